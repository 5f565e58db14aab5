"""Dislocations: a venue whose price has left the others, by how much, since when, and what dealing it would leave after fees.

A venue's residual is its mid against the median of the others, all in dollars. It is measured against its own last five
minutes: a winsorised, exponentially weighted mean and mean absolute deviation. Out is what lies more than 6 deviations and
5 bps from its own normal for two seconds, in two books one after the other. So a venue that is always a little dear, one that
drifts slowly, a jump of the whole market and a venue that has fallen silent or frozen are no dislocations.
Statistics are floats; what an event says is quantised to hundredths of a bp.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from otc.config.markets import MarketSettings
from otc.market.comparison import Group, Sighting, mids
from otc.market.consensus import BPS, away_bps, by_base, median_near
from otc.model.market import BookKey, Dislocation

_HALF_LIFE_S: Final = 300.0
_WARM_S: Final = 30.0
"""How long a residual is watched before it is judged."""
_WINSOR: Final = 3.0
"""What lies further out than so many deviations counts as if it lay there."""
_TO_SIGMA: Final = 1.2533
"""From a mean absolute deviation to a standard deviation."""
_LEAST_SCALE_BPS: Final = 0.25
_LONGEST_GAP: Final = timedelta(seconds=2)
"""Samples further apart than this say nothing of the time between them."""
_BACK: Final = 0.5
"""An event ends below this part of the thresholds that began it."""
_PLACES: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Watched:
    """One feed's normal and where it stands against it."""

    at: datetime
    fine_at: datetime
    """When it was last seen in place."""
    normal: float = 0.0
    scale: float = 1.0
    seconds: float = 0.0
    """How long it has been watched."""
    out: tuple[datetime, ...] = ()
    """When the first two books that were out of place were received."""
    event: Dislocation | None = None


@dataclass(frozen=True, slots=True)
class DislocationState:
    """What is remembered from one look to the next."""

    watched: Mapping[BookKey, _Watched] = field(default_factory=lambda: MappingProxyType({}))
    agreed: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """The last undisputed mid of each base."""

    @property
    def dislocated(self) -> frozenset[BookKey]:
        """The feeds that are out of place now."""
        return frozenset(key for key, watched in self.watched.items() if watched.event)

    @property
    def ongoing(self) -> tuple[Dislocation, ...]:
        """What is dislocated now, the furthest first, at its present size."""
        found = [watched.event for watched in self.watched.values() if watched.event]
        return tuple(sorted(found, key=lambda event: -abs(event.bps)))


def look(
    state: DislocationState, seen: Mapping[BookKey, Sighting], now: datetime, settings: MarketSettings
) -> tuple[DislocationState, tuple[Dislocation, ...]]:
    """One look at all sound books, about once a second; returns what has begun and what has ended with it.

    A feed that is not seen is not judged; a dislocation of one that stays away longer than a feed may be old has ended.
    """
    watched, agreed = dict(state.watched), dict(state.agreed)
    for base, group in by_base(seen).items():
        away = away_bps(mids(group), agreed.get(base), state.dislocated)
        for key, bps in away.items():
            watched[key] = _judged(watched.get(key), key, bps, group, now, settings)
        agreed[base] = _agreed(group, watched, agreed.get(base))
    limit = timedelta(seconds=float(settings.exclude_age_s))
    for key, feed in state.watched.items():
        if feed.event and watched[key].at != now and now - feed.at > limit:
            watched[key] = replace(feed, event=None, out=())
    return DislocationState(watched, agreed), _turns(state.watched, watched, now)


def _judged(before: _Watched | None, key: BookKey, bps: float, group: Group, now: datetime, settings: MarketSettings) -> _Watched:
    if before is None:
        return _Watched(at=now, fine_at=now, normal=bps)
    if now <= before.at:
        return before
    deviation = bps - before.normal
    feed = _remembered(before, deviation, now)
    strength = min(
        abs(deviation) / float(settings.dislocation_bps), abs(deviation) / before.scale / float(settings.dislocation_z)
    )
    if before.event:
        return _followed(feed, before.event, strength, deviation, group, now)
    if strength <= 1 or before.seconds < _WARM_S:
        return replace(feed, fine_at=now, out=())
    received = group[key].received_at
    if group[key].changed_at <= before.fine_at and not before.out:
        # The same book was in place a moment ago: it is the market that has moved, and this venue has not followed yet.
        return feed
    fine_at = before.fine_at if now - before.at <= _LONGEST_GAP else before.at if before.out else now
    out = before.out if before.out and received <= before.out[-1] else (*before.out, received)[:2]
    feed = replace(feed, out=out, fine_at=fine_at)
    lasted = (now - fine_at).total_seconds() >= settings.dislocation_s
    if len(out) == 2 and lasted and _others_have_answered(key, group, out[0]):
        return replace(feed, event=_event(key, deviation, group, out[0]))
    return feed


def _remembered(before: _Watched, deviation: float, now: datetime) -> _Watched:
    """The normal with one more deviation in it, its reach bounded; and the scale, which learns nothing from a dislocation."""
    elapsed = (now - before.at).total_seconds()
    seconds = before.seconds + elapsed
    share = max(1 - 0.5 ** (elapsed / _HALF_LIFE_S), min(elapsed / seconds, 0.1))
    reach = _WINSOR * before.scale
    bounded = min(max(deviation, -reach), reach)
    scale = before.scale if before.event else before.scale + share * (abs(bounded) * _TO_SIGMA - before.scale)
    normal, scale = before.normal + share * bounded, max(scale, _LEAST_SCALE_BPS)
    return _Watched(now, before.fine_at, normal, scale, seconds, before.out, before.event)


def _followed(feed: _Watched, event: Dislocation, strength: float, deviation: float, group: Group, now: datetime) -> _Watched:
    """An event at its present size, or without it once it is back in place."""
    if strength < _BACK or (deviation > 0) != (event.way == "dear"):
        return replace(feed, event=None, fine_at=now, out=())
    return replace(feed, event=_event((event.venue, event.symbol), deviation, group, event.since))


def _others_have_answered(key: BookKey, group: Group, since: datetime) -> bool:
    """More than half of the others have sent a book since; until then it may be this venue that was first."""
    answered = [sighting.received_at >= since for other, sighting in group.items() if other != key]
    return sum(answered) * 2 > len(answered)


def _event(key: BookKey, deviation: float, group: Group, since: datetime) -> Dislocation:
    own = group[key]
    others = [sighting for other, sighting in group.items() if other != key]
    if deviation > 0:
        net = own.paid / min(other.cost for other in others) - 1
        return Dislocation(*key, "dear", _quantised(deviation), _quantised(net * BPS), since)
    net = max(other.paid for other in others) / own.cost - 1
    return Dislocation(*key, "cheap", _quantised(deviation), _quantised(net * BPS), since)


def _quantised(bps: float) -> Decimal:
    return Decimal(bps).quantize(_PLACES)


def _agreed(group: Group, watched: Mapping[BookKey, _Watched], former: float | None) -> float:
    """What those that are in place agree on; where all are out, what those say together."""
    in_place = [sighting.mid for key, sighting in group.items() if not (key in watched and watched[key].event)]
    return median_near(in_place or list(mids(group).values()), former)


def _turns(before: Mapping[BookKey, _Watched], after: Mapping[BookKey, _Watched], now: datetime) -> tuple[Dislocation, ...]:
    """What has begun or ended between two looks."""
    turns: Sequence[Dislocation] = ()
    for key, feed in after.items():
        former = before[key].event if key in before else None
        if feed.event and not former:
            turns = (*turns, feed.event)
        elif former and not feed.event:
            turns = (*turns, replace(former, ended_at=now))
    return tuple(turns)
