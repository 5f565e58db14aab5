"""What is typed on the pricer: kept over reruns and page changes (session) and reloads (URL), and read into a request."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from otc.clock import at_local, parse_instant
from otc.config import Settings
from otc.errors import Refused
from otc.model import Quote, QuoteRequest, Rate, Side
from otc.money import Style, parse_typed
from otc.ui.pricer_fields import key, typed
from otc.ui.pricer_rates import rate_name, rates_of, restore_rate, said_of, typed_at
from otc.ui.shell import Visit, keep_in_url

FIELDS: Final[Mapping[str, str]] = {
    "client": "", "pair": "", "side": "BUY", "rupiah": "", "size": "", "maker": "", "needed": "", "purpose": "", "spread": "",
    "reason": "", "mode": "makers",
}  # fmt: skip
_KEPT: Final = "pricer_kept"
_QUOTE: Final = "pricer_quote"
BOTH: Final = "BOTH"
"""The client asks for both prices; venues alone make one for it."""


@dataclass(frozen=True)
class Draft:
    """What stands on the page: a request where all can be read, and a sentence for each field that cannot."""

    request: QuoteRequest | None
    problems: Mapping[str, str]
    """By field: what is wrong there."""
    missing: str
    """What to type next, where nothing is wrong but something is not there yet."""
    rates: tuple[Rate, ...]
    size: Decimal | None
    rupiah: Decimal | None
    tier: str = ""
    needed_by: datetime | None = None

    @property
    def what_next(self) -> str:
        """What stands between the trader and a price."""
        return "There is no price until the marked fields are put right." if self.problems else self.missing


def options(settings: Settings) -> dict[str, list[str]]:
    """What the choices may be: clients by id and tiers without a client, pairs, sides, market makers with "" for the best."""
    parties = settings.counterparties
    return {
        "client": ["", *(client.id for client in parties.clients), "tier A", "tier B", "tier C"],
        "pair": list(dict.fromkeys((*settings.desk.pairs, *settings.desk.two_way.pairs))),
        "side": [*(side.value for side in Side), BOTH],
        "maker": ["", *(maker.id for maker in parties.market_makers)],
        "mode": ["makers", "venues"],
    }


def side() -> Side | None:
    """What the client does; None where both prices are asked for."""
    return None if typed("side") == BOTH else Side(typed("side"))


def has_makers(settings: Settings) -> bool:
    """Whether market makers quote the page's pair: those in rupiah."""
    return typed("pair") in settings.desk.pairs


def from_venues(settings: Settings) -> bool:
    """Whether the price that counts is the venues': chosen, or the only one of the pair."""
    return typed("mode") == "venues" or not has_makers(settings)


def restore(visit: Visit) -> None:
    """Put back what was typed before: from the URL after a reload, from the session after another page."""
    allowed, kept = options(visit.desk.settings), st.session_state.setdefault(_KEPT, {})
    for name, default in FIELDS.items():
        if key(name) not in st.session_state:
            value = st.query_params.get(name) or kept.get(name) or default
            known = allowed.get(name)
            st.session_state[key(name)] = value if known is None or value in known else known[0]
    for text in st.query_params.get_all("rate"):
        maker_id, *parts = text.split("~")
        restore_rate(visit, rate_name(typed("pair"), maker_id), parts)
    for maker in visit.desk.settings.counterparties.market_makers:
        name = rate_name(typed("pair"), maker.id)
        restore_rate(visit, name, kept.get(name, ()))


def keep(visit: Visit, quote: Quote | None) -> None:
    """Note what is typed in the session and in the URL, the rates with the instants they were typed at."""
    kept: dict[str, object] = {name: typed(name) for name in FIELDS}
    rates = []
    for maker in visit.desk.settings.counterparties.market_makers:
        name = rate_name(typed("pair"), maker.id)
        if typed(name):
            parts = (typed(name), typed_at(name, visit.now).isoformat(), *said_of(name).texts())
            kept[name] = parts
            rates.append("~".join((maker.id, *parts)).rstrip("~"))
    st.session_state[_KEPT] = {**st.session_state.get(_KEPT, {}), **kept}
    keep_in_url(rate=rates, at=quote.quoted_at.isoformat() if quote else "", **{name: typed(name) for name in FIELDS})


def clear(*names: str) -> None:
    """Empty some fields; what they held is forgotten."""
    for name in names:
        st.session_state[key(name)] = FIELDS[name]


def clear_deal() -> None:
    """Empty what belongs to one deal; rates, client and pair stay."""
    clear("rupiah", "size", "needed", "purpose", "spread", "reason")


# ---------------------------------------------------------------- from text to a request


def draft(visit: Visit) -> Draft:
    """Read the fields; each that cannot be read has its sentence, and the others stay."""
    problems: dict[str, str] = {}
    style, settings = visit.desk.settings.desk.number_style, visit.desk.settings
    size, rupiah = _number("size", style, problems), _number("rupiah", style, problems)
    spread, needed = _number("spread", style, problems), _needed_by(visit, problems)
    rates = tuple(rate for maker in settings.counterparties.market_makers for rate in rates_of(visit, maker.id, style, problems))
    client = settings.counterparties.client(typed("client"))
    tier = client.tier if client else typed("client").removeprefix("tier ")
    missing = _missing(tier, rates, size, rupiah, settings)
    read = Draft(None, problems, missing, rates, size, rupiah, tier, needed)
    asked = side()
    if problems or missing or asked is None:
        return read
    request = QuoteRequest(
        pair=typed("pair"),
        tier=tier,
        side=asked,
        rates=rates,
        size=size,
        client_amount_idr=None if size is not None else rupiah,
        client_id=client.id if client else "",
        override_bps=spread,
        override_reason=typed("reason") if spread is not None else "",
        purpose=typed("purpose"),
        needed_by=needed,
        bank_account_id=client.bank if client else "",
        market_maker_id=typed("maker"),
    )
    return replace(read, request=request)


def _missing(tier: str, rates: tuple[Rate, ...], size: Decimal | None, rupiah: Decimal | None, settings: Settings) -> str:
    if not has_makers(settings):
        return f"{typed('pair')} is priced from venues alone."
    if not rates:
        written = any(typed(rate_name(typed("pair"), maker.id)) for maker in settings.counterparties.market_makers)
        return "No market maker's rate stands any more; ask for new ones." if written else "Type the first market maker's rate."
    return missing_request(tier, size, rupiah) or (
        "" if side() else "A market maker's price is for one side; choose buys or sells."
    )


def missing_request(tier: str, size: Decimal | None, rupiah: Decimal | None) -> str:
    """What the request lacks, whoever prices it."""
    if not tier:
        return "Choose the client, or a tier where there is none yet."
    if size is None and rupiah is None:
        return "Type the rupiah, or the size."
    return ""


def _number(name: str, style: Style, problems: dict[str, str]) -> Decimal | None:
    if not typed(name):
        return None
    try:
        return parse_typed(typed(name), style)
    except Refused as error:
        problems[name] = str(error)
        return None


def _needed_by(visit: Visit, problems: dict[str, str]) -> datetime | None:
    text = typed("needed")
    if not text:
        return None
    try:
        at = _time_today(text, visit.now, visit.zone) or parse_instant(text, visit.zone)
        if at <= visit.now:
            raise Refused(f"{text} has passed; write a time to come, like 16:00 or 2024-12-31 16:00.")
    except Refused as error:
        problems["needed"] = str(error)
        return None
    return at


def _time_today(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    hours, colon, minutes = text.replace(".", ":").partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        return None
    local = now.astimezone(zone)
    return at_local(local.date(), local.time().replace(hour=int(hours), minute=int(minutes), second=0, microsecond=0), zone)


# ---------------------------------------------------------------- the quote that is shown


def offered(visit: Visit) -> tuple[Draft, Quote | None]:
    """What is typed and the quote it gives; what the pricer refuses stands at its field."""
    read = draft(visit)
    if read.request is None:
        return read, None
    try:
        return read, priced(visit, read.request)
    except Refused as error:
        return replace(read, problems={error.field or "pair": str(error)}), None


def with_problem(read: Draft, field: str, sentence: str) -> Draft:
    """What is typed, with a sentence more at one field, unless it has its own already; none where the field is empty."""
    return replace(read, problems={field: sentence, **read.problems}) if field else read


def priced(visit: Visit, request: QuoteRequest) -> Quote:
    """The quote of a request: the one shown before while its inputs stand, so that accepting it twice books one trade.

    After a reload it is priced at the instant it was priced at first, which the URL keeps: the same quote, the same id.
    """
    held = st.session_state.get(_QUOTE)
    if isinstance(held, Quote) and held.request == request and held.quoted_by == visit.actor and _stands(visit, held):
        return held
    at = (visit.now if isinstance(held, Quote) else _priced_before(visit)).astimezone(UTC)
    quote = visit.desk.pricer.price(request, visit.actor, at)
    st.session_state[_QUOTE] = quote
    return quote


def _stands(visit: Visit, held: Quote) -> bool:
    """Whether spread and tax are still those of the quote: a changed spreads.yaml counts from the next rerun on."""
    terms = visit.desk.pricer.terms(held.request, held.quoted_at)
    return (terms.spread_bps, terms.tax_rate) == (held.spread_bps, held.tax_rate)


def _priced_before(visit: Visit) -> datetime:
    try:
        at = parse_instant(st.query_params.get("at", ""), visit.zone)
    except Refused:
        return visit.now
    return at if visit.now - timedelta(days=1) < at <= visit.now else visit.now


def price_again() -> None:
    """Let the shown quote go; the next run prices anew at its own instant."""
    st.session_state.pop(_QUOTE, None)
    st.query_params.pop("at", None)
