"""The left of the pricer: market makers' rates side by side, then who deals in what."""

from collections.abc import Mapping

import streamlit as st

from otc.config import MarketMaker
from otc.errors import Refused
from otc.model import Rate, Side
from otc.money import plain
from otc.quoting.messages import Language, rate_request
from otc.quoting.mm_pricer import best_rate
from otc.ui.clipboard import copy_button
from otc.ui.pricer_state import Draft, clear, draft, key, note_rate, options, rate_name, typed, typed_at
from otc.ui.shell import Visit
from otc.ui.states import refused
from otc.ui.words import span

_OLD_SECONDS = 120


def rates(visit: Visit, written: Draft, locked: bool) -> None:
    """One field a market maker, each with the age of what was typed and the best of each side marked; one request for all."""
    makers = visit.desk.settings.counterparties.market_makers
    with st.container(border=True, gap="xsmall"):
        head, english, indonesian = st.columns([4, 3, 3], vertical_alignment="center")
        head.markdown(f"**Market makers · {typed('pair')}**")
        with english:
            copy_button("Copy request EN", _request_text(visit, written, "english"), "copy_request_en")
        with indonesian:
            copy_button("Copy request ID", _request_text(visit, written, "indonesian"), "copy_request_id")
        for column, maker in zip(st.columns(len(makers), gap="small"), makers, strict=True):
            with column:
                _rate_field(visit, maker, written.problems, locked)
        _ages(visit, makers)


def _request_text(visit: Visit, written: Draft, language: Language) -> str:
    minutes = visit.desk.settings.desk.quoting.valid_s // 60
    return rate_request(typed("pair"), Side(typed("side")), written.size, written.rupiah, minutes, language)


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
    now, marks = visit.desk.now(), _best(draft(visit).rates)
    for column, maker in zip(st.columns(len(makers), gap="small"), makers, strict=True):
        name = rate_name(typed("pair"), maker.id)
        if not typed(name):
            column.badge("no rate", color="gray")
            continue
        age = now - typed_at(name, now)
        old = age.total_seconds() >= _OLD_SECONDS
        words = " ".join(filter(None, (marks.get(maker.id, ""), "◆" if old else "", span(age))))
        column.badge(words, color="orange" if old else "green" if maker.id in marks else "gray")


def _best(given: tuple[Rate, ...]) -> dict[str, str]:
    """The mark of each market maker that is best for a side."""
    found: dict[str, list[str]] = {}
    for side, word in ((Side.BUY, "buy"), (Side.SELL, "sell")):
        if any(rate.side in (None, side) for rate in given):
            found.setdefault(best_rate(side, given).market_maker_id, []).append(word)
    return {maker: f"★ {'+'.join(words)}" for maker, words in found.items()}


def request(visit: Visit, written: Draft, locked: bool) -> None:
    """Who deals in what: client, side, pair, rupiah or size, cover, needed-by, purpose, and a bounded change of the spread."""
    settings, problems, choices = visit.desk.settings, written.problems, options(visit.desk.settings)
    with st.container(border=True, gap="xsmall"):
        client, side = st.columns([3, 2])
        with client:
            st.selectbox(
                "Client", choices["client"], key=key("client"), format_func=lambda c: _client_words(visit, c), disabled=locked
            )
            _problem(problems, "client", "client_id", "tier")
        side.segmented_control(
            "Side",
            choices["side"],
            key=key("side"),
            required=True,
            disabled=locked,
            format_func=lambda s: f"{s.lower()}s",
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
    cover, needed, purpose = st.columns([3, 4, 4])
    cover.selectbox("Cover", makers, key=key("maker"), format_func=lambda m: names.get(m, "best"), disabled=locked)
    with needed:
        st.text_input("Needed by", key=key("needed"), placeholder="16:00 or a date and time", disabled=locked)
        _problem(problems, "needed")
    purpose.text_input("Purpose", key=key("purpose"), placeholder="capital injection", disabled=locked)
    spread, reason = st.columns([3, 8])
    with spread:
        st.text_input("Spread, bps", key=key("spread"), placeholder=_tier_spread(visit), disabled=locked)
        _problem(problems, "spread", "override_bps")
    with reason:
        st.text_input("Reason for another spread", key=key("reason"), disabled=locked or not typed("spread"))
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
