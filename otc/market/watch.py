"""What watching the market from second to second adds up to: judged feeds, volatility, depth, dislocations, the last hour's mids.

observations of one second --watched--> Watch --view--> MarketView        (who may price)
                                              --signals--> Signals        (what the quote engine and the screens read of it)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from otc.config.markets import MarketSettings, TwoWaySettings, Venues
from otc.market.dislocation import DislocationState, look
from otc.market.judgement import JudgementState, Observations, judge, unjudged
from otc.market.volatility import Moves, moved, volatility_bps
from otc.model.market import BookKey, Dislocation, Instrument, MarketView, Signals
from otc.money import ZERO, exact

_REMEMBERED: Final = timedelta(hours=1)
_MID_EVERY: Final = timedelta(seconds=10)
"""How often a mid is kept for the last hour's line."""

Mids = tuple[tuple[datetime, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """What is remembered of the market, and what it amounts to now."""

    judged: JudgementState
    dislocated: DislocationState = field(default_factory=DislocationState)
    ended: tuple[Dislocation, ...] = ()
    """Of the last hour, newest first."""
    moves: Mapping[str, Moves] = field(default_factory=lambda: MappingProxyType({}))
    mids: Mapping[str, Mids] = field(default_factory=lambda: MappingProxyType({}))

    @staticmethod
    def begun(venues: Venues) -> "Watch":
        """Nothing seen yet."""
        return Watch(unjudged(venues))

    def view(self, instruments: Mapping[BookKey, Instrument], now: datetime, *, simulated: bool = False) -> MarketView:
        """The market as it stands: the books that may price, and how each feed does."""
        return MarketView(now, self.judged.books, instruments, self.judged.health, simulated)

    def signals(self, two_way: TwoWaySettings) -> Signals:
        """What the watching tells of each base asset."""
        return Signals(
            sigma_bps={base: volatility_bps(seen, _floor_of(base, two_way)) for base, seen in self.moves.items() if seen.seconds},
            depth_ratio=self._depth_ratios(),
            mids=self.mids,
            dislocations=(*self.dislocated.ongoing, *self.ended),
        )

    def _depth_ratios(self) -> dict[str, Decimal]:
        """By base: today's depth of all its books as a part of what is usual of them."""
        now_of, usual_of = dict[str, Decimal](), dict[str, Decimal]()
        for key in self.judged.books:
            usual, part = self.judged.depth_of(key)
            if usual is not None and part is not None:
                base = key[1].split("/")[0]
                usual_of[base] = usual_of.get(base, ZERO) + usual
                now_of[base] = now_of.get(base, ZERO) + usual * part
        return {base: exact(now_of[base] / usual) for base, usual in usual_of.items() if usual}


def watched(before: Watch, observations: Observations, now: datetime, settings: MarketSettings) -> Watch:
    """One second more: every feed judged, every mid and dislocation taken in."""
    judged, _ = judge(before.judged, observations, now, settings, before.dislocated.dislocated)
    dislocated, turns = look(before.dislocated, judged.sightings, now, settings)
    ended = [turn for turn in turns if turn.ended_at] + list(before.ended)
    fair = {
        base: exact(Decimal(mid))
        for base, mid in judged.agreed.items()
        if any(k[1].startswith(f"{base}/") for k in judged.sightings)
    }
    return replace(
        before,
        judged=judged,
        dislocated=dislocated,
        ended=tuple(event for event in ended if event.ended_at and now - event.ended_at < _REMEMBERED),
        moves={**before.moves, **{base: moved(before.moves.get(base, Moves()), mid, now) for base, mid in fair.items()}},
        mids={**before.mids, **{base: _with(before.mids.get(base, ()), mid, now) for base, mid in fair.items()}},
    )


def _with(mids: Mids, mid: Decimal, now: datetime) -> Mids:
    """The last hour's mids with one more, unless the last is too young."""
    if mids and now - mids[-1][0] < _MID_EVERY:
        return mids
    return (*(kept for kept in mids if now - kept[0] < _REMEMBERED), (now, mid))


def _floor_of(base: str, two_way: TwoWaySettings) -> Decimal:
    return max((pair.sigma_floor_bps for name, pair in two_way.pairs.items() if name.split("/")[0] == base), default=ZERO)
