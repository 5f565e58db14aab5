"""The pictures of the month-end page: both bases by month, and the bridge between them as a waterfall."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from otc import ui
from otc.ui.pnl_month import MonthPage
from otc.views.pnl import MonthLine

_BILLION: Final = Decimal(10) ** 9
_MILLION: Final = Decimal(10) ** 6
SHORT_TITLES: Final = {
    "recognised_later": "recognised<br>later",
    "open": "still<br>open",
    "failed": "failed",
    "cancelled": "cancelled",
    "traded_before": "traded<br>before",
    "reversed": "taken<br>back",
    "recognised_again": "recognised<br>again",
}
_ALWAYS: Final = ("recognised_later", "open", "traded_before")
"""Lines that stand in the picture even where they are zero."""


def months_unit(months: Sequence[MonthLine]) -> tuple[Decimal, str]:
    """The unit in which the bars are drawn, and its word: billions of rupiah, or millions for a small desk."""
    largest = max((abs(row.net_pnl_idr) for line in months for row in (line.settlement, line.trade)), default=Decimal(0))
    return (_BILLION, "bn") if largest >= _BILLION else (_MILLION, "m")


def months_figure(months: Sequence[MonthLine], chosen: str) -> Any:
    """Net PnL by month in the unit that suits it, settlement basis beside trade basis; the chosen month stands out."""
    import plotly.graph_objects as go

    colours = ui.palette()
    figure = go.Figure()
    unit, word = months_unit(months)
    strength = [1.0 if line.month == chosen else 0.55 for line in months]
    for name, colour, amounts in (
        ("settlement basis", colours.accent, [line.settlement.net_pnl_idr for line in months]),
        ("trade basis", colours.second, [line.trade.net_pnl_idr for line in months]),
    ):
        figure.add_bar(
            x=[line.month for line in months],
            y=[_in(amount, unit) for amount in amounts],
            name=name,
            marker={"color": colour, "opacity": strength},
            customdata=[ui.rupiah(amount) for amount in amounts],
            hovertemplate="%{x} " + name + "<br>IDR %{customdata}<extra></extra>",
        )
    figure.update_xaxes(type="category", fixedrange=True)
    figure.update_yaxes(tickformat=",.1f" if word == "bn" else ",.0f", fixedrange=True, nticks=5)
    return figure


def bridge_figure(page: MonthPage) -> Any:
    """From trade basis to settlement basis in millions of rupiah; lines without a trade are left out but for the usual ones."""
    import plotly.graph_objects as go

    colours, report = ui.palette(), page.report
    lines = [line for line in report.lines if line.trades or line.line in _ALWAYS]
    names = ["trade basis", *(SHORT_TITLES[line.line] for line in lines), "settlement<br>basis"]
    amounts = [report.trade.net_pnl_idr, *(line.amount_idr for line in lines), report.settlement.net_pnl_idr]
    ends = (0, len(amounts) - 1)
    words = [(ui.rupiah if at in ends else ui.signed_rupiah)(amount / _MILLION) for at, amount in enumerate(amounts)]
    figure = go.Figure()
    figure.add_waterfall(
        x=names,
        y=[_in(amount, _MILLION) for amount in amounts],
        measure=["absolute", *("relative" for _ in lines), "total"],
        text=words,
        textposition="outside",
        textfont={"size": 11, "color": colours.ink},
        cliponaxis=False,
        increasing={"marker": {"color": colours.accent}},
        decreasing={"marker": {"color": colours.series[3]}},
        totals={"marker": {"color": colours.total}},
        connector={"line": {"color": colours.muted, "width": 1}},
        customdata=[ui.rupiah(amount) for amount in amounts],
        hovertemplate="%{x}<br>IDR %{customdata}<extra></extra>",
        showlegend=False,
    )
    figure.update_yaxes(range=_from_just_below(amounts, lines_of=amounts[1:-1]), tickformat=",.0f", fixedrange=True, nticks=5)
    figure.update_xaxes(fixedrange=True, tickangle=0)
    return figure


def _from_just_below(amounts: Sequence[Decimal], lines_of: Sequence[Decimal]) -> list[float]:
    """The axis: it begins just below the lowest step, so that steps small beside the totals can be seen."""
    level = amounts[0]
    levels = [level, amounts[-1]]
    for amount in lines_of:
        level += amount
        levels.append(level)
    lowest, highest = min(levels), max(levels)
    room = max((highest - lowest), abs(highest) / 50, Decimal(1)) * Decimal("0.35")
    return [_in(min(lowest - room, Decimal(0)) if lowest <= room else lowest - room, _MILLION), _in(highest + room, _MILLION)]


def _in(amount: Decimal, unit: Decimal) -> float:
    """An amount for a picture alone; figures in words stay exact."""
    return float(amount / unit)
