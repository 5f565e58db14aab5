"""How a size is spread over several ladders of levels so that it costs least, in lots that the venues take.

Cheapest marginal price first is exact while sizes may be anything. Lots and minimum sizes make it a puzzle: the greedy answer is
a bound that no dealable answer beats; it is repaired, and where the repair costs more than a tenth of a basis point over
the bound, the ladder that offends is tried below and above its offending amount, each way again greedily.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from heapq import heapify, heappop, heapreplace
from itertools import permutations
from operator import itemgetter, length_hint
from typing import Final, NamedTuple

from otc.model.market import Level
from otc.money import QUANTUM, ZERO

_GOOD_ENOUGH: Final = Decimal("0.00001")
"""Of the cost: a tenth of a basis point."""
_MOST_TRIES: Final = 8
_MOST_EXCHANGES: Final = 16
_SIZE: Final = itemgetter(1)
_Entry = tuple[Decimal, int, Decimal, Decimal, Iterator[Level]]
"""Signed price, which ladder, what the level has, the ladder's factor, the levels behind it."""
_BOUNDLESS: Final = Decimal("Infinity")


class Ladder(NamedTuple):
    """One side of one venue's book. Cost is price x factor: negative for a sale, so that least is best on both sides."""

    venue: str
    levels: Sequence[Level]
    factor: Decimal
    lot: Decimal
    least: Decimal
    """The smallest amount the venue takes, in whole lots."""
    cap: Decimal | None
    """The most the venue takes, over all its ladders."""


class Part(NamedTuple):
    """What one ladder takes: the amount, its cost, the signed price of its last level."""

    amount: Decimal
    cost: Decimal
    worst: Decimal


NOTHING: Final = Part(ZERO, ZERO, ZERO)


class Plan(NamedTuple):
    """A part for each ladder, in their order."""

    parts: tuple[Part, ...]

    @property
    def amount(self) -> Decimal:
        return sum((part.amount for part in self.parts), ZERO)

    @property
    def cost(self) -> Decimal:
        return sum((part.cost for part in self.parts), ZERO)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Between what amounts each ladder is tried; None is no bound."""

    lows: tuple[Decimal, ...]
    highs: tuple[Decimal | None, ...]

    def below(self, index: int, most: Decimal) -> "_Bounds":
        return replace(self, highs=(*self.highs[:index], most, *self.highs[index + 1 :]))

    def above(self, index: int, least: Decimal) -> "_Bounds":
        return replace(self, lows=(*self.lows[:index], least, *self.lows[index + 1 :]))


def in_lots(amount: Decimal, lot: Decimal) -> Decimal:
    """The most whole lots within an amount; all of it where there are no lots."""
    return (amount / lot).to_integral_value(ROUND_FLOOR) * lot if lot else amount


def _lots_over(amount: Decimal, lot: Decimal) -> Decimal:
    """The fewest lots, one at least, that hold an amount; the amount where there are no lots."""
    return max(lot, -in_lots(-amount, lot))


def least_of(levels: Iterable[Level], lot: Decimal, min_size: Decimal, min_notional: Decimal) -> Decimal | None:
    """The smallest amount in whole lots that meets a venue's minimum size and notional; None where its levels never do."""
    wanted, reached = min_notional, ZERO
    for price, size in levels:
        if price * size >= wanted:
            least = max(reached + (wanted / price).quantize(QUANTUM, ROUND_CEILING), min_size, lot)
            return (least / lot).to_integral_value(ROUND_CEILING) * lot if lot else least
        wanted -= price * size
        reached += size
    return None


def spread_out(ladders: Sequence[Ladder], size: Decimal) -> Plan:
    """Deal as much of a size as lots, minimum sizes, caps and levels allow, as cheaply as they allow; called in `money.CONTEXT`.

    Of equal prices the ladder that comes first is taken. What is no whole number of the finest lot stays undealt.
    """
    target = in_lots(size, min(ladder.lot for ladder in ladders))
    allowed = abs(ladders[0].levels[0].price * ladders[0].factor) * target * _GOOD_ENOUGH
    best = Plan((NOTHING,) * len(ladders))
    waiting = [_Bounds((ZERO,) * len(ladders), (None,) * len(ladders))]
    for _ in range(_MOST_TRIES):
        if not waiting:
            break
        bounds = waiting.pop()
        if (climbs := _greedy(ladders, bounds, target)) is None:
            continue
        amounts = [climb.amount for climb in climbs]
        offender = _offender(climbs)
        more = ZERO if offender is None else _repair(climbs, min(target, sum(amounts, ZERO)), allowed)
        plan = Plan(tuple(climb.part() for climb in climbs))
        if (plan.amount, -plan.cost) > (best.amount, -best.cost):
            best = plan
        if offender is None or sum(amounts) < target or (best.amount == target and best.cost <= plan.cost - more + allowed):
            continue
        waiting += _branches(ladders[offender], offender, amounts[offender], bounds)
    return best


class _Climb:
    """How far one ladder is climbed: its first `full` levels, and `last` of the next."""

    def __init__(self, ladder: Ladder, low: Decimal) -> None:
        self.ladder = ladder
        self.full = 0
        self.last = ZERO
        self.amount = ZERO
        self.move(low)

    def move(self, change: Decimal) -> Decimal:
        """Climb up or down by an amount, as far as the ladder goes; the signed cost of that."""
        levels, cost, left = self.ladder.levels, ZERO, change
        while left > 0 and self.full < len(levels):
            step = min(left, levels[self.full].size - self.last)
            cost += step * levels[self.full].price
            left -= step
            self.last += step
            if self.last == levels[self.full].size:
                self.full, self.last = self.full + 1, ZERO
        while left < 0 and (self.full or self.last):
            if not self.last:
                self.full -= 1
                self.last = levels[self.full].size
            step = min(-left, self.last)
            cost -= step * levels[self.full].price
            left += step
            self.last -= step
        self.amount += change - left
        return cost * self.ladder.factor

    def cut(self) -> Decimal:
        """Climb down to whole lots, or to nothing below the least; the signed cost of that."""
        amount = in_lots(self.amount, self.ladder.lot)
        if amount < self.ladder.least:
            amount = ZERO
        return self.move(amount - self.amount) if amount != self.amount else ZERO

    def next_price(self) -> Decimal | None:
        """The signed price of the next unit; None at the end."""
        levels = self.ladder.levels
        return levels[self.full].price * self.ladder.factor if self.full < len(levels) else None

    def entry(self, index: int) -> _Entry | None:
        """The level it stands on, as the heap holds it; None at the end."""
        steps = iter(self.ladder.levels[self.full :])
        if level := next(steps, None):
            return level.price * self.ladder.factor, index, level.size - self.last, self.ladder.factor, steps
        return None

    def settle(self, left: int, last: Decimal) -> None:
        """Stand where that many levels are left, and take so much more of the first of them."""
        full = len(self.ladder.levels) - left
        self.last = last + (self.last if full == self.full else ZERO)
        self.full = full
        self.amount = sum(map(_SIZE, self.ladder.levels[:full]), self.last)

    def part(self) -> Part:
        """What is taken, priced."""
        taken = self.ladder.levels[: self.full]
        if self.last:
            taken = [*taken, Level(self.ladder.levels[self.full].price, self.last)]
        if not taken:
            return NOTHING
        cost = sum([price * size for price, size in taken], ZERO)
        return Part(self.amount, cost * self.ladder.factor, taken[-1].price * self.ladder.factor)


def _greedy(ladders: Sequence[Ladder], bounds: _Bounds, size: Decimal) -> list[_Climb] | None:
    """The cheapest way to deal a size within bounds, or all there is where that is less; None where the lows cannot be met."""
    climbs = [_Climb(ladder, low) for ladder, low in zip(ladders, bounds.lows, strict=True)]
    left, room = size - sum(bounds.lows), _room(ladders, bounds)
    unmet = any(climb.amount < low for climb, low in zip(climbs, bounds.lows, strict=True))
    if unmet or left < 0 or any(most < 0 for most in room.values()):
        return None
    _race(climbs, left, room)
    return climbs


def _race(climbs: Sequence[_Climb], left: Decimal, room: dict[str | int, Decimal]) -> None:
    """Climb on, always where the next level is cheapest: the heap holds the level that each ladder stands on."""
    limits = [[key for key in (climb.ladder.venue, index) if key in room] for index, climb in enumerate(climbs)]
    heap = [entry for index, climb in enumerate(climbs) if (entry := climb.entry(index))]
    heapify(heap)
    while heap:
        _, index, available, factor, steps = heap[0]
        if available > left or limits[index]:
            take = min(available, left, *(room[key] for key in limits[index]))
            for key in limits[index]:
                room[key] -= take
            if take < available:
                climbs[index].settle(length_hint(steps) + 1, take)
                left -= take
                heappop(heap)
                if left:
                    continue
                break
        left -= available
        if level := next(steps, None):
            heapreplace(heap, (level[0] * factor, index, level[1], factor, steps))
        else:
            climbs[index].settle(0, ZERO)
            heappop(heap)
    for _, index, _, _, steps in heap:
        climbs[index].settle(length_hint(steps) + 1, ZERO)


def _room(ladders: Sequence[Ladder], bounds: _Bounds) -> dict[str | int, Decimal]:
    """What each venue that is capped, and each ladder that is bounded, may still take above its low."""
    room: dict[str | int, Decimal] = {ladder.venue: ladder.cap for ladder in ladders if ladder.cap is not None}
    for index, (ladder, low, high) in enumerate(zip(ladders, bounds.lows, bounds.highs, strict=True)):
        if high is not None:
            room[index] = high - low
        if ladder.venue in room:
            room[ladder.venue] -= low
    return room


def _offender(climbs: Sequence[_Climb]) -> int | None:
    """The ladder with the coarsest amount that its venue would not take; None where all can be dealt."""
    wrong = [
        (max(climb.ladder.lot, climb.ladder.least), index)
        for index, climb in enumerate(climbs)
        if climb.amount and (climb.amount < climb.ladder.least or climb.amount != in_lots(climb.amount, climb.ladder.lot))
    ]
    return max(wrong)[1] if wrong else None


def _repair(climbs: Sequence[_Climb], target: Decimal, allowed: Decimal) -> Decimal:
    """Cut all to what their venues take, and give what is cut off to where it is cheapest; the signed cost of the change.

    Two ladders then exchange lots while not all is dealt, or the change costs more than is allowed and that helps.
    """
    cost = sum((climb.cut() for climb in climbs), ZERO)
    onwards = [(price, index) for index, climb in enumerate(climbs) if (price := climb.next_price()) is not None]
    for _, index in sorted(onwards):
        climb = climbs[index]
        more = min(target - _dealt(climbs), _cap_left(climb, climbs))
        cost += climb.move(in_lots(more, climb.ladder.lot)) + climb.cut()
    for _ in range(_MOST_EXCHANGES):
        left = target - _dealt(climbs)
        if (not left and cost <= allowed) or (change := _exchange(climbs, left)) is None:
            break
        cost += change
    return cost


def _exchange(climbs: Sequence[_Climb], left: Decimal) -> Decimal | None:
    """Raise one ladder by the fewest lots that hold what is left, lower another by what is too much; the signed cost of the best.

    None, and nothing done, where no two can, or where nothing is left and it would not be cheaper.
    """
    best: tuple[Decimal, _Climb, Decimal, _Climb, Decimal] | None = None
    for up, down in permutations(climbs, 2):
        over = _lots_over(max(left, up.ladder.least - up.amount), up.ladder.lot) - left
        over = max(_lots_over(over, down.ladder.lot), over)
        more = left + over
        after = down.amount - over
        room = _cap_left(up, climbs) + (over if up.ladder.venue == down.ladder.venue else ZERO)
        whole = more == in_lots(more, up.ladder.lot) and over == in_lots(over, down.ladder.lot)
        if more > room or not whole or not (after == 0 or after >= down.ladder.least):
            continue
        before = up.amount
        cost = up.move(more)
        if up.amount == before + more:
            lower = cost + down.move(-over)
            down.move(over)
            if best is None or lower < best[0]:
                best = lower, up, more, down, over
        up.move(before - up.amount)
    if best is None or (not left and best[0] >= 0):
        return None
    cost, up, more, down, over = best
    up.move(more)
    down.move(-over)
    return cost


def _dealt(climbs: Sequence[_Climb]) -> Decimal:
    return sum((climb.amount for climb in climbs), ZERO)


def _cap_left(climb: _Climb, climbs: Sequence[_Climb]) -> Decimal:
    cap = climb.ladder.cap
    return _BOUNDLESS if cap is None else cap - sum(other.amount for other in climbs if other.ladder.venue == climb.ladder.venue)


def _branches(ladder: Ladder, index: int, amount: Decimal, bounds: _Bounds) -> list[_Bounds]:
    """Two ways to go on from an amount that the venue would not take: at most the lots below it, at least those above it."""
    lower = in_lots(amount, ladder.lot)
    below = bounds.below(index, lower if lower >= ladder.least else ZERO)
    return [below, bounds.above(index, max(lower + ladder.lot, ladder.least))]
