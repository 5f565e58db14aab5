"""The live part of the market page: drawn anew each second; what all sessions show is worked out once a snapshot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import streamlit as st

from otc import ui
from otc.model.market import DeskRate, MarketView, Signals
from otc.ui import market_charts as charts
from otc.ui import market_rates as rates
from otc.ui import market_tables as tables
from otc.ui.charts import lay_out, show_laid_out
from otc.views.market import Board, board_of, still_true
from otc.views.market_pair import PairView, pair_view

_PICTURES_EVERY_S: Final = 10
"""A picture is put up anew as a whole: each second it would flicker, and drawing it takes as long as two redraws of the rest."""
_DEPTH_HEIGHT: Final = 170
_MIDS_HEIGHT: Final = 105


@dataclass(frozen=True, slots=True)
class Seen:
    """One snapshot as every session shows it."""

    view: MarketView
    signals: Signals
    typed: dict[str, DeskRate]
    now: datetime
    """When it was first looked at; ages are of then."""
    board: Board
    pairs_table: str
    mark: str
    """Differs where the snapshot does."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One pair of one snapshot as every session shows it."""

    pair: PairView
    venues_table: str
    events: str
    exclusions: str


@st.fragment(run_every=1)
def show(visit: ui.Visit) -> None:
    """The whole page under its top line."""
    seen = _seen(visit)
    strip, form = st.columns([19, 8], gap="small", vertical_alignment="top")
    with strip:
        rates.show_rates(seen.board, visit, visit.desk.now())
    with form:
        rates.ask_rates(visit, on_typed=_forget)
    if seen.board.standing != "live":
        tables.say_standing(seen.board, visit.desk.settings)
        if seen.board.standing == "off":
            return
    if visit.as_of != visit.now:
        ui.refused("The market has no past here: these figures are of now, whatever instant was asked about.")
    with st.container(key="dense_pairs"):
        st.markdown(seen.pairs_table)
    selector, legend = st.columns([5, 8], gap="small", vertical_alignment="center")
    with selector:
        pair = _ask_pair(list(visit.desk.settings.desk.two_way.pairs))
    legend.caption(ui.literal(tables.LEGEND))
    if pair:
        _show_pair(pair, seen, visit)


def _seen(visit: ui.Visit) -> Seen:
    now, view = visit.desk.now(), visit.rfqs.market.view()
    limit_s = visit.desk.settings.desk.market.exclude_age_s
    silent = now - view.taken_at > timedelta(seconds=float(limit_s))
    # A silent market has no new snapshots: what is said of its age moves on all the same.
    mark = f"{visit.desk.store.place} {view.taken_at.isoformat()} {int(now.timestamp()) if silent else ''}"
    return _snapshot(visit, still_true(view, limit_s, now), now, mark)


@st.cache_resource(max_entries=4, show_spinner=False)
def _snapshot(_visit: ui.Visit, _view: MarketView, _now: datetime, mark: str) -> Seen:
    signals, typed, settings = _visit.rfqs.market.signals(), _visit.rfqs.store.desk_rates(), _visit.desk.settings
    board = board_of(_view, signals, settings, typed, _now)
    return Seen(_view, signals, typed, _now, board, tables.pairs_table(board, settings), mark)


def _ask_pair(pairs: list[str]) -> str:
    """Which pair is open, kept in the address; the first unless another was chosen."""
    chosen = next(iter(ui.from_url("pair", pairs)), pairs[0] if pairs else "")
    st.session_state["market_pair"] = chosen
    st.segmented_control("Pair", pairs, key="market_pair", label_visibility="collapsed", on_change=_keep_pair)
    return chosen


def _keep_pair() -> None:
    # The open pair pressed again gives None: it stays open.
    if st.session_state["market_pair"]:
        ui.keep_in_url(pair=st.session_state["market_pair"])


def _show_pair(pair: str, seen: Seen, visit: ui.Visit) -> None:
    opened = _opened(visit, seen, pair, seen.mark)
    left, right = st.columns([5, 8], gap="small")
    with left, st.container(gap="xxsmall"):
        pictures = _pictures(seen, opened, visit.zone, pair, st.context.theme.type or "light", _slowly(seen, visit))
        st.caption(f"Cumulative depth by venue, {ui.literal(pair.split('/')[0])}, by bps from fair")
        show_laid_out(pictures[0], key="market_depth", alt=f"How much the venues hold of {pair} within 50 bps of fair value.")
        st.caption(f"{ui.literal(pair.split('/')[0])} in USD, last hour, with dislocations")
        show_laid_out(pictures[1], key="market_mids", alt=f"Fair value over the last hour, with the dislocations of {pair}.")
    with right, st.container(key="dense_venues", gap="xsmall"):
        st.markdown(opened.venues_table)
        st.markdown(opened.exclusions)
        st.markdown(opened.events)


@st.cache_resource(max_entries=24, show_spinner=False)
def _opened(_visit: ui.Visit, _seen: Seen, pair: str, mark: str) -> Opened:  # noqa: ARG001 - the key it is kept under
    settings, zone = _visit.desk.settings, _visit.zone
    view = pair_view(pair, _seen.view, _seen.signals, settings, _seen.typed, _seen.now)
    return Opened(
        view, tables.venues_table(view, settings), tables.events(view, _seen.now, zone), tables.exclusions(view.exclusions)
    )


def _forget() -> None:
    """Let the next redraw work out everything anew, as a rate was typed."""
    _snapshot.clear()
    _opened.clear()


def _slowly(seen: Seen, visit: ui.Visit) -> str:
    """The same for all snapshots of a few seconds."""
    return f"{visit.desk.store.place} {seen.board.standing} {int(seen.view.taken_at.timestamp()) // _PICTURES_EVERY_S}"


@st.cache_resource(max_entries=48, show_spinner=False)
def _pictures(_seen: Seen, _opened: Opened, _zone: ZoneInfo, pair: str, theme: str, mark: str) -> tuple[Any, Any]:  # noqa: ARG001 - a key to the cache
    """Depth and last hour; drawn for a theme, and never changed after, as sessions share them."""
    depth, mids = charts.depth_figure(_opened.pair), charts.mids_figure(_opened.pair, _seen.now, _zone)
    return lay_out(depth, _DEPTH_HEIGHT), lay_out(mids, _MIDS_HEIGHT)
