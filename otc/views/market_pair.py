"""One pair of the market page, opened: each venue's prices and health, how deep the venues stand, its last hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import Final

from otc.config import Settings
from otc.market.agreement import agreeing
from otc.market.book import health_by_book
from otc.market.consolidated import Best, Line, best, fair_value, lines_of
from otc.market.depth import NEAR_BPS
from otc.model.market import BookKey, BookSource, DeskRate, Dislocation, Exclusion, FeedState, Level, MarketView, Signals
from otc.money import BPS, CONTEXT, ZERO
from otc.views.market import age_of, rates_of

_STEPS: Final = 25
"""Points of a depth curve on each side."""
_MOST_MIDS: Final = 180


@dataclass(frozen=True, slots=True)
class VenueRow:
    """One book of the pair's base; prices in the pair's quote currency, None where the book prices nothing."""

    venue: str
    symbol: str
    state: FeedState
    reason: str
    age: timedelta | None
    source: BookSource | None
    bid: Decimal | None = None
    ask: Decimal | None = None
    net_bid: Decimal | None = None
    """Of the venue's fee."""
    net_ask: Decimal | None = None
    best_bid: bool = False
    """The highest net bid of all."""
    best_ask: bool = False


@dataclass(frozen=True, slots=True)
class DepthCurve:
    """How much one book holds up to each distance from fair value, in the base; as long as `PairView.steps_bps`."""

    venue: str
    symbol: str
    bids: tuple[Decimal, ...]
    asks: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class PairView:
    """What the page shows of the pair that is selected."""

    pair: str
    fair: Decimal | None
    venues: tuple[VenueRow, ...]
    """Those that price first, then by name."""
    steps_bps: tuple[Decimal, ...]
    """Distances from fair value, nearest first."""
    depth: tuple[DepthCurve, ...]
    mids: tuple[tuple[datetime, Decimal], ...]
    """Fair value of the base in USD, oldest first; thinned out to what a picture shows."""
    dislocations: tuple[Dislocation, ...]
    """Running ones first, then those of the last hour, newest first."""
    exclusions: tuple[Exclusion, ...]


def pair_view(
    pair: str, view: MarketView, signals: Signals, settings: Settings, typed: Mapping[str, DeskRate], now: datetime
) -> PairView:
    """One of desk.yaml's two-way pairs, opened."""
    base, quote = pair.split("/")
    found, out = lines_of(view, base, quote, settings.venues, rates_of(view, settings, typed, now))
    agreed = agreeing(found, settings.desk.market.crossed_bps, signals.dislocations)
    lines, exclusions = agreed.lines, (*out, *agreed.excluded)
    fair = fair_value(lines) if lines else None
    steps = tuple(NEAR_BPS * step / _STEPS for step in range(_STEPS + 1))
    mids = signals.mids.get(base, ())
    return PairView(
        pair=pair,
        fair=fair,
        venues=_venues(view, lines, exclusions, now),
        steps_bps=steps,
        depth=tuple(_curve(line, fair, steps) for line in lines) if fair else (),
        mids=mids[:: max(1, -(-len(mids) // _MOST_MIDS))],
        dislocations=tuple(each for each in signals.dislocations if each.symbol.split("/")[0] == base),
        exclusions=exclusions,
    )


def _venues(view: MarketView, lines: Sequence[Line], exclusions: Sequence[Exclusion], now: datetime) -> tuple[VenueRow, ...]:
    health, prices = health_by_book(view), best(lines)
    top_bid = max((each.net_bid for each in prices), default=ZERO)
    low_ask = min((each.net_ask for each in prices), default=ZERO)
    priced = [_priced(each, view, top_bid, low_ask, now) for each in prices]
    out = []
    for excluded in exclusions:
        feed = health.get((excluded.venue, excluded.symbol))
        # A feed may be well and its book yet take no part: it shows another's book, or nothing converts it.
        state: FeedState = feed.state if feed and feed.state in ("stale", "down") else "excluded"
        age = age_of(feed.received_at, now) if feed else None
        source = feed.source if feed and feed.received_at else None
        out.append(VenueRow(excluded.venue, excluded.symbol, state, excluded.reason, age, source))
    return (*priced, *out)


def _priced(each: Best, view: MarketView, top_bid: Decimal, low_ask: Decimal, now: datetime) -> VenueRow:
    key: BookKey = (each.venue, each.symbol)
    book, feed = view.books[key], health_by_book(view).get(key)
    return VenueRow(
        *key,
        state=feed.state if feed else "live",
        reason=feed.reason if feed else "",
        age=age_of(book.received_at, now),
        source=book.source,
        bid=each.bid,
        ask=each.ask,
        net_bid=each.net_bid,
        net_ask=each.net_ask,
        best_bid=each.net_bid == top_bid,
        best_ask=each.net_ask == low_ask,
    )


def _curve(line: Line, fair: Decimal, steps: Sequence[Decimal]) -> DepthCurve:
    with localcontext(CONTEXT):
        lows = [fair * (1 - step / BPS) / line.rate for step in steps]
        highs = [fair * (1 + step / BPS) / line.rate for step in steps]
    book = line.book
    return DepthCurve(book.venue, book.symbol, _reached(book.bids, lows, -1), _reached(book.asks, highs, 1))


def _reached(levels: Sequence[Level], edges: Sequence[Decimal], ascending: int) -> tuple[Decimal, ...]:
    """The size of the levels up to each edge; levels and edges both lead away from the middle."""
    found, so_far, at = [], ZERO, 0
    for edge in edges:
        while at < len(levels) and (edge - levels[at].price) * ascending >= 0:
            so_far += levels[at].size
            at += 1
        found.append(so_far)
    return tuple(found)
