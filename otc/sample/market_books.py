"""One simulated book: a ladder around a mid, in the venue's ticks and lots, eaten into now and then and refilled."""

from datetime import datetime
from math import ceil, exp, floor, sqrt
from random import Random
from typing import Final

from otc.model.market import Book, Instrument, Level
from otc.sample.market_listing import Habit

_SHAPE: Final = 1.2
"""Depth within a distance grows with its power."""
_PATTERNS: Final = 8
"""Different sets of level distances and sizes, ready made: a step picks one a side, which is what makes it cheap."""
_REFILL_S: Final = 8.0
_EATEN_PER_S: Final = 0.02
_EATEN_TO: Final = 0.6
_LEAST: Final = 0.5
"""Of a side's depth: ordinary trades take no more."""
_NOISE_S: Final = 4.0
_BP: Final = 1e-4


class BookMaker:
    """Makes the books of one symbol of one venue, one after the other."""

    def __init__(self, instrument: Instrument, habit: Habit, share: float, levels: int, seed: int, price: float) -> None:
        self._instrument, self._habit = instrument, habit
        self._chance = Random(f"{seed}/{instrument.venue}/{instrument.symbol}")
        self._tick = float(instrument.tick)
        self._noise_bps = 0.0
        self._full = {"bids": 1.0, "asks": 1.0}
        self._patterns = [self._pattern(levels, share, price) for _ in range(_PATTERNS)]

    def book(self, price: float, now: datetime, seconds: float, depth: float = 1.0) -> Book:
        """The book around a price, after so many seconds since the last one, with a part of its usual depth."""
        chance, habit, tick = self._chance, self._habit, self._tick
        kept = exp(-seconds / _NOISE_S)
        self._noise_bps = self._noise_bps * kept + habit.noise_bps * sqrt(1 - kept * kept) * chance.gauss(0, 1)
        mid = price * (1 + self._noise_bps * _BP)
        half = mid * habit.half_spread_bps * _BP
        bid = floor((mid - half) / tick)
        ask = max(ceil((mid + half) / tick), bid + 1)
        return Book(
            self._instrument.venue,
            self._instrument.symbol,
            self._side("bids", bid, -1, seconds, depth),
            self._side("asks", ask, 1, seconds, depth),
            now,
            "simulated",
        )

    def _side(self, side: str, best: int, way: int, seconds: float, depth: float) -> tuple[Level, ...]:
        chance = self._chance
        full = 1 - (1 - self._full[side]) * exp(-seconds / _REFILL_S)
        if chance.random() < _EATEN_PER_S * min(seconds, 1.0):
            full = max(full * _EATEN_TO, _LEAST)
        self._full[side] = full
        distances, lots = self._patterns[chance.randrange(_PATTERNS)]
        scale = full * depth * (0.9 + 0.2 * chance.random())
        price, size = self._instrument.tick, self._instrument.lot
        prices = [price * (best + way * distance) for distance in distances]
        sizes = [size * (int(lot * scale) or 1) for lot in lots]
        return tuple(map(Level._make, zip(prices, sizes, strict=True)))

    def _pattern(self, levels: int, share: float, price: float) -> tuple[list[int], list[float]]:
        """Distances from the best price in ticks, the first 0, and full sizes in lots."""
        chance, habit = self._chance, self._habit
        distances, lots = [], []
        former, held = -1, 0.0
        for number in range(1, levels + 1):
            reach = number / levels
            former = max(
                former + 1, round((number - 1) / levels * habit.span_bps * _BP * price / self._tick * chance.uniform(0.9, 1.1))
            )
            holds = habit.depth * share * reach**_SHAPE
            distances.append(former)
            lots.append((holds - held) / float(self._instrument.lot) * chance.lognormvariate(-0.125, 0.5))
            held = holds
        return distances, lots
