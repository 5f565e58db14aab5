"""What others do with the same hedge: the source's loop, its clips spaced, a TWAP on one venue, one order, one sweep."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from math import ceil
from typing import Final

from otc.ids import content_id
from otc.market.consolidated import Line, sweep
from otc.market.ladder import in_lots
from otc.model.hedge import Child, HedgeState
from otc.money import BPS, CONTEXT, round_to
from otc.sample.hedge_run import Policy

_ONE_VENUE: Final = "venue-1"


def source_loop(state: HedgeState, lines: Sequence[Line], _sigma: Decimal, _depth: Decimal, now: datetime) -> Sequence[Child]:
    """The source's loop as written: a clip, a second, the venue with the best listed price, fees unseen."""
    best = _best(lines, state)
    return [_market(state, best, min(state.parent.clip, state.remaining), now)] if best and state.remaining > 0 else []


def spaced_clips(state: HedgeState, lines: Sequence[Line], sigma: Decimal, depth: Decimal, now: datetime) -> Sequence[Child]:
    """The same clips, spaced evenly over the horizon."""
    return source_loop(state, lines, sigma, depth, now) if _is_time(state, now) else []


def naive_twap(state: HedgeState, lines: Sequence[Line], _sigma: Decimal, _depth: Decimal, now: datetime) -> Sequence[Child]:
    """The same clips, evenly, all on the one venue with the lowest fee; it waits where that is down."""
    one = next((line for line in lines if line.book.venue == _ONE_VENUE), None)
    ready = one and state.remaining > 0 and _is_time(state, now)
    return [_market(state, one, min(state.parent.clip, state.remaining), now)] if one and ready else []


def one_order(state: HedgeState, lines: Sequence[Line], _sigma: Decimal, _depth: Decimal, now: datetime) -> Sequence[Child]:
    """All of it at once on one venue."""
    one = next((line for line in lines if line.book.venue == _ONE_VENUE), None)
    return [_market(state, one, state.remaining, now)] if one and state.remaining > 0 else []


def one_sweep(state: HedgeState, lines: Sequence[Line], _sigma: Decimal, _depth: Decimal, now: datetime) -> Sequence[Child]:
    """All of it at once over all venues, where it is cheapest by what they show."""
    if not lines or state.remaining <= 0:
        return []
    parts = sweep(lines, state.parent.side, state.remaining).venues
    by_venue = {line.book.venue: line for line in lines}
    return [_market(state, by_venue[venue], size, now, extra) for extra, (venue, size) in enumerate(parts)]


PEERS: Final[Mapping[str, Policy]] = {
    "one order on one venue": one_order,
    "one sweep over all": one_sweep,
    "source's loop, a clip a second": source_loop,
    "source's clips, spaced": spaced_clips,
    "naive TWAP on one venue": naive_twap,
}


def _is_time(state: HedgeState, now: datetime) -> bool:
    """Whether the plan of even clips asks for another one by now."""
    parent = state.parent
    clips = ceil(parent.size / parent.clip)
    begun = (now - parent.began_at) / timedelta(seconds=parent.horizon_s / clips)
    return state.filled + state.in_flight < min(parent.size, parent.clip * (int(begun) + 1))


def _best(lines: Sequence[Line], state: HedgeState) -> Line | None:
    """Who lists the best price, whatever the fee."""
    if state.parent.side == "buy":
        return min(lines, key=lambda line: line.book.asks[0].price, default=None)
    return max(lines, key=lambda line: line.book.bids[0].price, default=None)


def _market(state: HedgeState, line: Line, size: Decimal, now: datetime, extra: int = 0) -> Child:
    """An order without a price limit but the parent's collar."""
    parent, number = state.parent, state.children + 1 + extra
    way = 1 if parent.side == "buy" else -1
    with localcontext(CONTEXT):
        limit = round_to(parent.arrival_price * (1 + way * parent.limit_bps / BPS), line.instrument.tick, "half_even")
        size = in_lots(size, line.instrument.lot)
    return Child(
        content_id(parent.parent_id, str(number)), parent.parent_id, number, line.book.venue, line.book.symbol, parent.side,
        size, limit, limit, now,
    )  # fmt: skip
