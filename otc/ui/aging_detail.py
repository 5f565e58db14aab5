"""One trade opened under the table: both legs on a time line with expected against actual, and the history of its facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import streamlit as st

from otc import ui
from otc.model import Fact, Leg, LegProgress, Projection, Side, Status, Trade
from otc.money import ZERO, plain
from otc.settlement.legs import leg_amount
from otc.settlement.status import in_force, status_of
from otc.views.table import Column, Table

_LEG_COLUMNS: Final = (
    Column("leg", "Leg"),
    Column("amount", "Amount"),
    Column("expected_at", "Expected", "instant"),
    Column("due_at", "Window ends", "instant"),
    Column("final_at", "Final", "instant"),
    Column("state", "State"),
)
_FACT_COLUMNS: Final = (
    Column("happened_at", "Happened", "instant"),
    Column("kind", "What"),
    Column("leg", "Leg"),
    Column("actor", "Who"),
    Column("evidence", "Evidence"),
    Column("amount", "Amount"),
    Column("note", "Note"),
    Column("recorded_at", "Recorded", "instant"),
)
_TRADE_COLUMNS: Final = (
    Column("transaction_id", "Trade"),
    Column("status", "Status"),
    Column("traded_at", "Traded", "instant"),
    Column("client_id", "Client"),
    Column("amount", "IDR", "money"),
    Column("news", "Last news"),
)
_FACT_WIDTHS: Final = {
    "happened_at": 126,
    "kind": 120,
    "leg": 150,
    "actor": 90,
    "evidence": 220,
    "amount": 120,
    "note": 260,
    "recorded_at": 126,
}


@dataclass(frozen=True, slots=True)
class OpenTrade:
    """A trade as of an instant, with its facts and what they project to."""

    trade: Trade
    facts: Sequence[Fact]
    projection: Projection
    as_of: datetime

    @property
    def status(self) -> Status:
        return status_of(self.projection.state, self.as_of)

    @property
    def kept(self) -> list[Fact]:
        """The facts in force."""
        return in_force(self.facts)


def opened(visit: ui.Visit, transaction_id: str) -> OpenTrade:
    """Ask for one trade at the visit's instant; Refused where there is none of that id."""
    return OpenTrade(*visit.desk.trade(transaction_id, visit.moment), visit.as_of)


def leg_words(leg: Leg, trade: Trade) -> str:
    """A leg by who moves what to whom: `rupiah from client`, `USDT to client`."""
    what = "rupiah" if leg.is_fiat else trade.asset
    client = leg in (Leg.CLIENT_FIAT, Leg.CLIENT_CRYPTO)
    comes_in = leg.is_fiat is (trade.side is Side.BUY) if client else leg.is_fiat is (trade.side is Side.SELL)
    return f"{what} {'from' if comes_in else 'to'} {'client' if client else 'market maker'}"


def leg_state_words(progress: LegProgress, as_of: datetime) -> str:
    """Where a leg stands, in shape and word."""
    late = progress.due_at is not None and progress.due_at < (progress.final_at or as_of)
    if progress.final_at is not None and progress.final_at <= as_of:
        return "● final, after its window" if late else "● final"
    return "◆ window passed" if late else "○ in its window"


def show_trades(trades: Sequence[OpenTrade], visit: ui.Visit) -> None:
    """One trade whole, several as a list, with a way to close them."""
    if len(trades) == 1:
        show_trade(trades[0], visit)
    else:
        total = sum((opened.trade.client_amount_idr for opened in trades), ZERO)
        _close(f"{len(trades)} trades · IDR {ui.rupiah(total)}", "")
        ui.dataframe(trades_table(trades), visit.zone, key="open_trades", height=37 + 31 * min(len(trades), 8))


def trades_table(trades: Sequence[OpenTrade]) -> Table:
    """Several trades, a line each."""
    rows = [
        {
            "transaction_id": opened.trade.transaction_id,
            "status": ui.STATUSES[opened.status],
            "traded_at": opened.trade.traded_at,
            "client_id": opened.trade.client_id,
            "amount": opened.trade.client_amount_idr,
            "news": opened.projection.state.news,
        }
        for opened in trades
    ]
    return Table("open trades", "Open under the table", _TRADE_COLUMNS, rows)


def _close(heading: str, badge: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(ui.literal(heading), anchor=False, width="content")
        if badge:
            st.badge(badge, color=ui.badge_colour(badge))
        st.space("stretch")
        st.button("Close", key="close_trades", type="tertiary", on_click=close_trades)


def close_trades() -> None:
    """Open no trade: neither in the address nor in the table."""
    ui.keep_in_url(trade="")
    st.session_state["open_rows"] = {"selection": {"rows": []}}
    st.session_state["open_rows_meant"] = ([], [])


def show_trade(opened: OpenTrade, visit: ui.Visit) -> None:
    """Heading, time line and legs of one trade."""
    trade = opened.trade
    with st.container(gap="xxsmall"):
        _head(opened, visit)
    ui.chart(
        time_line(opened, visit),
        height=64 + 28 * len(trade.legs),
        key=f"legs_{trade.transaction_id}",
        alt=f"Legs of {trade.transaction_id}: expected, end of the window, final.",
    )
    ui.dataframe(legs_table(opened), visit.zone, key=f"leg_rows_{trade.transaction_id}", widths={"leg": 150})


def show_history(trades: Sequence[OpenTrade], visit: ui.Visit) -> None:
    """The facts of the one trade that is open."""
    if len(trades) == 1:
        st.caption("History, the latest first")
        table = facts_table(trades[0])
        ui.dataframe(table, visit.zone, key=f"facts_{trades[0].trade.transaction_id}", widths=_FACT_WIDTHS)


def _head(opened: OpenTrade, visit: ui.Visit) -> None:
    trade = opened.trade
    _close(trade.transaction_id, ui.STATUSES[opened.status])
    size = f"{trade.side.value} {ui.exact(trade.size)} {trade.asset} at {ui.exact(trade.client_price_idr)}"
    st.markdown(ui.literal(f"{trade.client_name or trade.client_id} · {size} · IDR {ui.rupiah(trade.client_amount_idr)}"))
    more = [
        f"traded {ui.instant(trade.traded_at, visit.zone)}",
        trade.market_maker_name or trade.market_maker_id,
        trade.bank_account_id,
    ]
    if trade.needed_by:
        more.append(f"needed by {ui.instant(trade.needed_by, visit.zone)}")
    st.caption(ui.literal(" · ".join(filter(None, [*more, trade.purpose]))))


def legs_table(opened: OpenTrade) -> Table:
    """The tracked legs: amount, expected, end of the window, finality."""
    trade, state = opened.trade, opened.projection.state
    rows = [
        {
            "leg": leg_words(leg, trade),
            "amount": ui.exact(leg_amount(trade, leg)),
            "expected_at": state.leg(leg).expected_at,
            "due_at": state.leg(leg).due_at,
            "final_at": state.leg(leg).final_at,
            "state": leg_state_words(state.leg(leg), opened.as_of),
        }
        for leg in trade.legs
    ]
    return Table("legs", "Legs", _LEG_COLUMNS, rows)


def facts_table(opened: OpenTrade) -> Table:
    """Every fact, the latest first; what was withdrawn stays readable and says so."""
    kept = {fact.fact_id for fact in opened.kept}
    rows = [
        _fact_row(fact, opened.trade, fact.fact_id in kept or fact.kind.value == "reversed") for fact in reversed(opened.facts)
    ]
    return Table("facts", "History", _FACT_COLUMNS, rows)


def _fact_row(fact: Fact, trade: Trade, stands: bool) -> dict[str, object]:
    return {
        "happened_at": fact.happened_at,
        "kind": fact.kind.value.replace("_", " ") + ("" if stands else " (withdrawn)"),
        "leg": leg_words(fact.leg, trade) if fact.leg else "whole trade",
        "actor": fact.actor,
        "evidence": fact.evidence,
        "amount": "" if fact.amount is None else plain(fact.amount),
        "note": fact.note,
        "recorded_at": fact.recorded_at,
    }


def time_line(opened: OpenTrade, visit: ui.Visit) -> Any:
    """A figure with a line a leg: its window as a bar, expected, end of the window and finality as marks, now as a rule."""
    import plotly.graph_objects as go

    colours, trade = ui.palette(), opened.trade
    figure = go.Figure()
    legs = [(leg_words(leg, trade), opened.projection.state.leg(leg)) for leg in reversed(trade.legs)]
    local = _local_times(visit)
    for name, progress in legs:
        figure.add_scatter(
            x=[local(progress.expected_at), local(progress.due_at)],
            y=[name, name],
            mode="lines",
            line={"width": 9, "color": colours.grid},
            hoverinfo="skip",
            showlegend=False,
        )
    for word, symbol, colour, times in (
        ("expected", "diamond-open", colours.muted, [p.expected_at for _, p in legs]),
        ("window ends", "line-ns-open", colours.ink, [p.due_at for _, p in legs]),
        ("final", "circle", colours.accent, [p.final_at for _, p in legs]),
    ):
        marker = {"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2, "color": colour}}
        figure.add_scatter(
            x=[local(at) for at in times],
            y=[name for name, _ in legs],
            mode="markers",
            name=word,
            marker=marker,
            hovertemplate=f"{word} %{{x|%a %-d %b %H:%M}}<extra></extra>",
        )
    _rules(figure, opened, local)
    figure.update_yaxes(showgrid=False, fixedrange=True)
    figure.update_xaxes(showgrid=True, gridcolor=colours.grid, tickformat="%-d %b %H:%M", nticks=6)
    return figure


def _local_times(visit: ui.Visit) -> Any:
    """A chart knows no zones: it is given the wall time of the desk's."""
    return lambda at: None if at is None else at.astimezone(visit.zone).replace(tzinfo=None)


def _rules(figure: Any, opened: OpenTrade, local: Any) -> None:
    """The trade and the instant asked about as upright rules; an instant far beyond the legs is told in words."""
    colours, trade = ui.palette(), opened.trade
    legs = [opened.projection.state.leg(leg) for leg in trade.legs]
    times = [trade.traded_at, *(at for leg in legs for at in (leg.expected_at, leg.due_at, leg.final_at) if at)]
    length = max(max(times) - min(times), timedelta(hours=1))
    near = opened.as_of <= max(times) + length
    until = max(*times, opened.as_of) if near else max(times) + length / 6
    figure.update_xaxes(range=[local(min(times) - length / 16), local(until + length / 16)])
    figure.add_vline(x=local(trade.traded_at), line={"width": 1, "color": colours.muted, "dash": "dot"})
    if near:
        figure.add_vline(x=local(opened.as_of), line={"width": 1.5, "color": colours.accent})
    else:
        words = f"as of {ui.span(opened.as_of - max(times))} later →"
        figure.add_annotation(
            x=1, y=1.0, xref="paper", yref="paper", yanchor="bottom", xanchor="right", showarrow=False, text=words
        )
