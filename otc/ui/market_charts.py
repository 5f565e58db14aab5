"""The pictures of the market page: how deep the venues stand around fair value, and the last hour with its dislocations."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from otc import ui
from otc.money import grouped
from otc.views.market_pair import DepthCurve, PairView


def depth_figure(pair: PairView) -> Any:
    """Bids to the left and asks to the right of fair value, venue upon venue, in the base; the outline is all of them."""
    import plotly.graph_objects as go

    figure, series = go.Figure(), ui.palette().series
    steps = [float(step) for step in pair.steps_bps]
    colours = {venue: series[at % len(series)] for at, venue in enumerate(sorted({curve.venue for curve in pair.depth}))}
    for side, sign in (("bids", -1), ("asks", 1)):
        shown: set[str] = set()
        for curve in pair.depth:
            figure.add_scatter(
                x=[step * sign for step in steps],
                y=_floats(curve, side),
                name=curve.venue,
                legendgroup=curve.venue,
                showlegend=sign < 0 and curve.venue not in shown,
                stackgroup=side,
                mode="lines",
                line={"width": 1, "shape": "vh", "color": colours[curve.venue]},
                hovertemplate=f"{curve.venue} {curve.symbol}: %{{y:,.4~g}} within %{{x:+.0f}} bps<extra></extra>",
            )
            shown.add(curve.venue)
    figure.add_vline(x=0, line={"width": 1, "dash": "dot", "color": ui.palette().muted})
    figure.update_xaxes(ticksuffix=" bps", tickformat="+d", fixedrange=True, nticks=7)
    figure.update_yaxes(rangemode="tozero", fixedrange=True, nticks=5, tickformat="~s")
    return figure


def mids_figure(pair: PairView, now: datetime, zone: ZoneInfo) -> Any:
    """The line of fair values in USD, by the time of the zone; a band wherever a venue stood away, from when to when."""
    import plotly.graph_objects as go

    figure, colours = go.Figure(), ui.palette()
    figure.add_scatter(
        x=[at.astimezone(zone) for at, _ in pair.mids],
        y=[float(mid) for _, mid in pair.mids],
        mode="lines",
        line={"width": 1.5, "color": colours.accent},
        showlegend=False,
        hovertemplate="%{x|%H:%M:%S} %{y:,.6~g}<extra></extra>",
    )
    for each in pair.dislocations if pair.mids else ():
        figure.add_vrect(
            x0=max(each.since, pair.mids[0][0]).astimezone(zone),
            x1=(each.ended_at or now).astimezone(zone),
            fillcolor=colours.series[1],
            opacity=0.35,
            line={"width": 1, "color": colours.series[1]},
        )
        figure.add_annotation(
            x=each.since.astimezone(zone), y=1, yref="paper", yanchor="top", xanchor="left", showarrow=False, font={"size": 10},
            text=f"{each.venue} {each.way} {grouped(abs(each.bps))}",
        )  # fmt: skip
    figure.update_xaxes(tickformat="%H:%M", fixedrange=True, nticks=7)
    figure.update_yaxes(fixedrange=True, nticks=4, tickformat=",.6~g")
    return figure


def _floats(curve: DepthCurve, side: str) -> list[float]:
    """A curve for a picture alone; figures in words stay exact."""
    sizes: tuple[Decimal, ...] = curve.bids if side == "bids" else curve.asks
    return [float(size) for size in sizes]
