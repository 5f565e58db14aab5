"""The top of the market page: USD/IDR and gold with their ages, where the market is from, and a form to type both rates."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import streamlit as st

from otc import ui
from otc.errors import OtcError
from otc.market.currencies import USD_IDR, XAU_USD, Gold
from otc.model.market import UsedRate
from otc.money import grouped, parse_typed
from otc.ui.market_tables import age_words
from otc.views.market import Board

_PLACES: Final = 2
_TYPED: Final = (USD_IDR, XAU_USD)
_REFUSALS: Final = "market_refusals"


def show_rates(board: Board, visit: ui.Visit, now: datetime) -> None:
    """Four figures, each with where it is from and how old it is, and a line on the market as a whole."""
    measured, typed = _rupiah(board)
    figures = (
        ("USD/IDR, venues", measured, "no rupiah venue prices it"),
        ("USD/IDR, desk", typed, "not typed yet"),
        ("XAU/USD, desk", board.gold.metal, "not typed yet"),
        ("PAXG/USD, venues", board.gold.token, "no venue prices it"),
    )
    *places, last = st.columns([5, 4, 4, 5, 6], gap="xsmall")
    for place, (label, rate, missing) in zip(places, figures, strict=True):
        with place:
            _figure(label, rate, missing, board, visit, now)
    with last, st.container(gap="xxsmall"):
        _standing(board, now)


def _rupiah(board: Board) -> tuple[UsedRate | None, UsedRate | None]:
    """What the venues say, and what the desk typed."""
    typed = next((rate for rate in board.rupiah if rate.source.startswith("typed")), None)
    return next((rate for rate in board.rupiah if rate is not typed), None), typed


def _figure(label: str, rate: UsedRate | None, missing: str, board: Board, visit: ui.Visit, now: datetime) -> None:
    if rate is None:
        st.markdown(f":small[{label}]  \n**—**  \n:small[{missing}]")
        return
    limit_s = visit.desk.settings.desk.market.rate_age_s
    old = (now - rate.at).total_seconds() > limit_s
    age = f":orange[◆ {age_words(now - rate.at)} old]" if old else f"{age_words(now - rate.at)} old"
    used = ", used" if rate == board.rupiah_used else ""
    # Of "USDT/IDR of indodax over USDT/USD of kraken" the venues that say rupiah are what a person asks for.
    source = ui.literal(rate.source.partition(" over ")[0].rpartition(" of ")[2])
    beside = _premium(board.gold) if rate is board.gold.token else ""
    st.markdown(f":small[{label}{used}]  \n**{grouped(rate.rate, _PLACES)}**{beside}  \n:small[{age} · {source}]")


def _premium(gold: Gold) -> str:
    """How much dearer or cheaper the token is than the metal."""
    if gold.premium_bps is None:
        return ""
    return f" :small[{grouped(abs(gold.premium_bps), 1)} bps {'over' if gold.premium_bps >= 0 else 'under'} gold]"


def _standing(board: Board, now: datetime) -> None:
    if board.simulated:
        st.badge("◆ SIMULATED market", color="orange")
    if board.standing == "off":
        st.badge("○ no market", color="gray")
        return
    words = f"{board.feeds_pricing} of {board.feeds} feeds price, seen {age_words(now - board.taken_at)} ago"
    if not board.feeds_pricing:
        st.badge(f"▲ {words}", color="red")
    elif board.feeds_pricing < board.feeds:
        st.badge(f"◆ {words}", color="orange")
    else:
        st.badge(f"● {words}", color="green")


def ask_rates(visit: ui.Visit, on_typed: Callable[[], None]) -> None:
    """Two fields and a button; what cannot be kept is told under its field. `on_typed` runs once a rate was kept."""
    refusals: dict[str, str] = st.session_state.get(_REFUSALS, {})
    with st.form("market_rates", border=False, clear_on_submit=False, enter_to_submit=True):
        *fields, button = st.columns([3, 3, 2], gap="xsmall", vertical_alignment="top")
        for field, name in zip(fields, _TYPED, strict=True):
            with field:
                st.text_input(f"Type {name}", key=f"market_rate {name}", placeholder="as it stands now")
                if name in refusals:
                    ui.refused(refusals[name])
        with button:
            st.space("small")
            st.form_submit_button("Keep", key="keep_rates", width="stretch", on_click=_keep, args=(visit, on_typed))


def _keep(visit: ui.Visit, on_typed: Callable[[], None]) -> None:
    """Keep each rate that was typed; a field that was kept is empty again."""
    refusals = {}
    for name in _TYPED:
        text = st.session_state[f"market_rate {name}"].strip()
        if not text:
            continue
        try:
            rate = parse_typed(text, visit.desk.settings.desk.number_style)
            visit.rfqs.type_rate(name, rate, visit.actor)
        except OtcError as error:
            refusals[name] = str(error)
        else:
            st.session_state[f"market_rate {name}"] = ""
            on_typed()
    st.session_state[_REFUSALS] = refusals
