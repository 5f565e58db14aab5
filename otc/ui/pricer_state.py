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
from otc.ui.shell import Visit, keep_in_url

FIELDS: Final[Mapping[str, str]] = {
    "client": "", "pair": "", "side": "BUY", "rupiah": "", "size": "", "maker": "", "needed": "", "purpose": "", "spread": "",
    "reason": "",
}  # fmt: skip
_KEPT: Final = "pricer_kept"
_QUOTE: Final = "pricer_quote"


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

    @property
    def what_next(self) -> str:
        """What stands between the trader and a price."""
        return "There is no price until the marked fields are put right." if self.problems else self.missing


def key(name: str) -> str:
    """The session's key of a field's widget."""
    return f"pricer_{name}"


def typed(name: str) -> str:
    """What a field holds."""
    return str(st.session_state.get(key(name)) or "").strip()


def rate_name(pair: str, market_maker_id: str) -> str:
    """The name of a market maker's rate field; each pair has its own."""
    return f"rate {pair} {market_maker_id}"


def options(settings: Settings) -> dict[str, list[str]]:
    """What the choices may be: clients by id and tiers without a client, pairs, sides, market makers with "" for the best."""
    parties = settings.counterparties
    return {
        "client": ["", *(client.id for client in parties.clients), "tier A", "tier B", "tier C"],
        "pair": list(settings.desk.pairs),
        "side": [side.value for side in Side],
        "maker": ["", *(maker.id for maker in parties.market_makers)],
    }


def restore(visit: Visit) -> None:
    """Put back what was typed before: from the URL after a reload, from the session after another page."""
    allowed, kept = options(visit.desk.settings), st.session_state.setdefault(_KEPT, {})
    for name, default in FIELDS.items():
        if key(name) not in st.session_state:
            value = st.query_params.get(name) or kept.get(name) or default
            known = allowed.get(name)
            st.session_state[key(name)] = value if known is None or value in known else known[0]
    for text in st.query_params.get_all("rate"):
        maker_id, _, rest = text.partition("~")
        value, _, at = rest.partition("~")
        _restore_rate(visit, rate_name(typed("pair"), maker_id), value, at)
    for maker in visit.desk.settings.counterparties.market_makers:
        name = rate_name(typed("pair"), maker.id)
        _restore_rate(visit, name, *kept.get(name, ("", "")))


def _restore_rate(visit: Visit, name: str, value: str, at: str) -> None:
    if key(name) in st.session_state:
        return
    try:
        instant = parse_instant(at, visit.zone) if at else visit.now
    except Refused:
        instant = visit.now
    st.session_state[key(name)] = value
    st.session_state[key(f"{name} at")] = min(instant, visit.now)


def keep(visit: Visit, quote: Quote | None) -> None:
    """Note what is typed in the session and in the URL, the rates with the instants they were typed at."""
    kept: dict[str, object] = {name: typed(name) for name in FIELDS}
    rates = []
    for maker in visit.desk.settings.counterparties.market_makers:
        name = rate_name(typed("pair"), maker.id)
        if typed(name):
            at = typed_at(name, visit.now).isoformat()
            kept[name] = (typed(name), at)
            rates.append(f"{maker.id}~{typed(name)}~{at}")
    st.session_state[_KEPT] = {**st.session_state.get(_KEPT, {}), **kept}
    keep_in_url(rate=rates, at=quote.quoted_at.isoformat() if quote else "", **{name: typed(name) for name in FIELDS})


def note_rate(visit: Visit, name: str) -> None:
    """The instant at which a rate was typed."""
    st.session_state[key(f"{name} at")] = visit.desk.now().astimezone(UTC)


def typed_at(name: str, now: datetime) -> datetime:
    """When a rate was typed; now, where it never was."""
    at = st.session_state.get(key(f"{name} at"))
    return (at if isinstance(at, datetime) else now).astimezone(UTC)


def clear(*names: str) -> None:
    """Empty some fields; what they held is forgotten."""
    for name in names:
        st.session_state[key(name)] = FIELDS[name]


# ---------------------------------------------------------------- from text to a request


def draft(visit: Visit) -> Draft:
    """Read the fields; each that cannot be read has its sentence, and the others stay."""
    problems: dict[str, str] = {}
    style, settings = visit.desk.settings.desk.number_style, visit.desk.settings
    size, rupiah = _number("size", style, problems), _number("rupiah", style, problems)
    spread, needed = _number("spread", style, problems), _needed_by(visit, problems)
    rates = tuple(rate for maker in settings.counterparties.market_makers for rate in _rates(visit, maker.id, style, problems))
    client = settings.counterparties.client(typed("client"))
    tier = client.tier if client else typed("client").removeprefix("tier ")
    read = Draft(None, problems, _missing(tier, rates, size, rupiah), rates, size, rupiah)
    if problems or read.missing:
        return read
    request = QuoteRequest(
        pair=typed("pair"),
        tier=tier,
        side=Side(typed("side")),
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


def _missing(tier: str, rates: tuple[Rate, ...], size: Decimal | None, rupiah: Decimal | None) -> str:
    if not rates:
        return "Type the first market maker's rate."
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


def _rates(visit: Visit, maker: str, style: Style, problems: dict[str, str]) -> list[Rate]:
    """A market maker's rates as typed: one for both sides, or bid/ask."""
    name = rate_name(typed("pair"), maker)
    if not typed(name):
        return []
    at = typed_at(name, visit.now)
    try:
        figures = [parse_typed(part, style) for part in typed(name).split("/")]
        if len(figures) > 2 or figures != sorted(figures):
            raise Refused("Write one rate, or bid/ask with the lower one first.")
    except Refused as error:
        problems[name] = str(error)
        return []
    if len(figures) == 1:
        return [Rate(maker, figures[0], at)]
    return [Rate(maker, figures[0], at, Side.SELL), Rate(maker, figures[1], at, Side.BUY)]


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
