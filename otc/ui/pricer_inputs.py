"""The left of the pricer: market makers' rates side by side, then who deals in what."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from otc.config import MarketMaker
from otc.errors import Refused
from otc.model import Rate, Side
from otc.money import plain
from otc.quoting.messages import Language, rate_request
from otc.quoting.mm_pricer import best_rate
from otc.ui import pricer_chat
from otc.ui.clipboard import copy_button
from otc.ui.pricer_fields import key, typed
from otc.ui.pricer_rates import note_rate, ran_out, rate_name, said_of, typed_at
from otc.ui.pricer_state import BOTH, Draft, clear, draft, from_venues, has_makers, options, side
from otc.ui.shell import Visit
from otc.ui.states import refused
from otc.ui.words import short_rupiah, span
from otc.views.pricer_chat import Wanted, covers

_OLD_SECONDS = 120


def rates(visit: Visit, written: Draft, locked: bool) -> None:
    """One field a market maker, each with the age of what was typed and the best of each side marked; one request for all."""
    makers, asked = visit.desk.settings.counterparties.market_makers, side()
    if not has_makers(visit.desk.settings):
        return
    with st.container(border=True, gap="xsmall"):
        head, english, indonesian, opener = st.columns([7, 6, 6, 7], vertical_alignment="center", gap="xsmall")
        head.markdown(f"**Market makers {typed('pair')}**")
        with opener:
            pricer_chat.opener()
        if asked:
            with english:
                copy_button("Request EN", _request_text(visit, written, asked, "english"), "copy_request_en")
            with indonesian:
                copy_button("Request ID", _request_text(visit, written, asked, "indonesian"), "copy_request_id")
        for column, maker in zip(st.columns(len(makers), gap="small"), makers, strict=True):
            with column:
                _rate_field(visit, maker, written.problems, locked)
        _ages(visit, makers)


def _request_text(visit: Visit, written: Draft, asked: Side, language: Language) -> str:
    minutes = visit.desk.settings.desk.quoting.valid_s // 60
    return rate_request(typed("pair"), asked, written.size, written.rupiah, minutes, language)


def _rate_field(visit: Visit, maker: MarketMaker, problems: Mapping[str, str], locked: bool) -> None:
    name = rate_name(typed("pair"), maker.id)
    st.text_input(
        maker.name,
        key=key(name),
        on_change=note_rate,
        args=(visit, name),
        placeholder="rate, or bid/ask",
        disabled=locked,
    )
    for field in (name, f"rate_{maker.id}"):
        if field in problems:
            refused(problems[field])


@st.fragment(run_every=2)
def _ages(visit: Visit, makers: tuple[MarketMaker, ...]) -> None:
    """How old each rate is, ticking, and which is best for which side."""
    now = visit.desk.now()
    read = draft(visit)
    names = [rate_name(typed("pair"), maker.id) for maker in makers]
    if any(typed(name) and ran_out(name, now) and not ran_out(name, visit.now) for name in names):
        st.rerun(scope="app")  # the price on the page may rest on it
    marks = _best(read.rates)
    for column, maker in zip(st.columns(len(makers), gap="small"), makers, strict=True):
        name = rate_name(typed("pair"), maker.id)
        if not typed(name):
            column.badge("no rate", color="gray")
            continue
        if ran_out(name, now):
            column.badge("✕ expired", color="red")
            continue
        if said_of(name).indicative:
            column.badge(f"◇ indicative {span(now - typed_at(name, now))}", color="orange")
            continue
        age = now - typed_at(name, now)
        old = age.total_seconds() >= _OLD_SECONDS
        words = " ".join(filter(None, (marks.get(maker.id, ""), "◆" if old else "", span(age))))
        column.badge(words, color="orange" if old else "green" if maker.id in marks else "gray")
        _terms_said(column, name, read, now)


def _terms_said(column: DeltaGenerator, name: str, read: Draft, now: datetime) -> None:
    """What the message said beside the rate: how long it still stands, and for how much."""
    said = said_of(name)
    if said.valid_s is not None:
        column.badge(f"stands {span(typed_at(name, now) + timedelta(seconds=said.valid_s) - now)}", color="gray")
    if said.size:
        size, currency = said.size.split(" ")
        most = Decimal(size)
        at = next((rate.rate_idr for rate in read.rates if rate_name(typed("pair"), rate.market_maker_id) == name), most)
        enough = covers((most, currency), at, Wanted(read.size, read.rupiah))
        words = f"{'up to' if enough else '◆ only'} {short_rupiah(most)} {currency}"
        column.badge(words, color="gray" if enough else "orange")


def _best(given: tuple[Rate, ...]) -> dict[str, str]:
    """The mark of each market maker that is best for a side."""
    found: dict[str, list[str]] = {}
    for of, word in ((Side.BUY, "buy"), (Side.SELL, "sell")):
        if any(rate.side in (None, of) for rate in given):
            found.setdefault(best_rate(of, given).market_maker_id, []).append(word)
    return {maker: f"★ {'+'.join(words)}" for maker, words in found.items()}


def request(visit: Visit, written: Draft, locked: bool) -> None:
    """Who deals in what: client, side, pair, rupiah or size, cover, needed-by, purpose, and a bounded change of the spread."""
    settings, problems, choices = visit.desk.settings, written.problems, options(visit.desk.settings)
    with st.container(border=True, gap="xsmall"):
        client, ways = st.columns([5, 4])
        with client:
            st.selectbox(
                "Client", choices["client"], key=key("client"), format_func=lambda c: _client_words(visit, c), disabled=locked
            )
            _problem(problems, "client", "client_id", "tier")
        ways.segmented_control(
            "Side",
            choices["side"],
            key=key("side"),
            required=True,
            disabled=locked,
            format_func=lambda s: "both" if s == BOTH else f"{s.lower()}s",
            width="stretch",
        )
        pair, rupiah, size = st.columns([3, 4, 4])
        pair.selectbox("Pair", choices["pair"], key=key("pair"), disabled=locked)
        with rupiah:
            st.text_input(
                "Rupiah", key=key("rupiah"), on_change=clear, args=("size",), placeholder="5,000,000,000", disabled=locked
            )
            _problem(problems, "rupiah", "client_amount_idr")
        with size:
            asset = typed("pair").split("/")[0]
            st.text_input(
                f"or size in {asset}", key=key("size"), on_change=clear, args=("rupiah",), placeholder=asset, disabled=locked
            )
            _problem(problems, "size")
        _terms(visit, problems, choices["maker"], locked)
    names = {maker.id: maker.name for maker in settings.counterparties.market_makers}
    for field in ("mm_rate", "market_maker_id", "pair"):
        if field in problems:
            refused(f"{names.get(typed('maker'), '')} {problems[field]}".strip())


def _terms(visit: Visit, problems: Mapping[str, str], makers: list[str], locked: bool) -> None:
    names = {maker.id: maker.name for maker in visit.desk.settings.counterparties.market_makers}
    by_makers = not from_venues(visit.desk.settings)
    cover, needed, purpose = st.columns([3, 4, 4])
    cover.selectbox(
        "Cover", makers, key=key("maker"), format_func=lambda m: names.get(m, "best"), disabled=locked or not by_makers
    )
    with needed:
        st.text_input("Needed by", key=key("needed"), placeholder="16:00 or a date and time", disabled=locked)
        _problem(problems, "needed")
    purpose.text_input("Purpose", key=key("purpose"), placeholder="capital injection", disabled=locked)
    spread, reason = st.columns([3, 8])
    with spread:
        st.text_input("Spread, bps", key=key("spread"), placeholder=_tier_spread(visit), disabled=locked or not by_makers)
        _problem(problems, "spread", "override_bps")
    with reason:
        st.text_input("Reason for another spread", key=key("reason"), disabled=locked or not by_makers or not typed("spread"))
        _problem(problems, "reason", "override_reason")


def _problem(problems: Mapping[str, str], *fields: str) -> None:
    for field in fields:
        if field in problems:
            refused(problems[field])


def _client_words(visit: Visit, choice: str) -> str:
    client = visit.desk.settings.counterparties.client(choice)
    if client:
        return f"{client.name} · tier {client.tier} · {client.id}"
    return f"no client yet · {choice}" if choice else "choose the client"


def _tier_spread(visit: Visit) -> str:
    """The spread that the tier gives, for the field that may change it."""
    client = visit.desk.settings.counterparties.client(typed("client"))
    tier = client.tier if client else typed("client").removeprefix("tier ")
    try:
        return f"{plain(visit.desk.pricer.spreads()[typed('pair')][tier])} by tier {tier}"
    except (KeyError, Refused):
        return "by tier"
