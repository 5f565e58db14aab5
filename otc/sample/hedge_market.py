"""A market that a hedge moves: what it takes is missing and comes back, prices give way and half return, orders fail.

    Weather --step--> books (what is shown) --lines--> a policy --children--> send --> Outcome (what came of it, known when)

Each venue shows a ladder of even density from its best price on; what was taken stands between the two and refills. All venues
together move by what is dealt anywhere: a part of it passes, a part stays. Seeded; whoever shows it says SIMULATED.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import exp, sqrt
from random import Random
from statistics import median
from typing import Final, Literal

from otc.market.consolidated import Line
from otc.model.hedge import Child
from otc.model.market import Book, Instrument, Level, SweepSide
from otc.money import ZERO
from otc.sample.hedge_liquidity import BEFORE_S, Scenario, Weather, price_of, weather

LOT: Final = Decimal("0.00001")
_EDGES: Final = (
    *(0.25 * n for n in range(1, 9)),
    *(2.0 + 0.5 * n for n in range(1, 9)),
    *(6.0 + n for n in range(1, 15)),
    *(25.0, 30.0, 40.0, 55.0),
)
"""In basis points from the best price on: a level stands in the middle between two edges."""
_STEPS: Final = tuple(high - low for low, high in zip((0.0, *_EDGES), _EDGES, strict=False))
_MIDDLES: Final = tuple(high - step / 2 - 0.125 for high, step in zip(_EDGES, _STEPS, strict=True))
_DEAR: Final = 100.0
"""Dollars: a coin above it is dealt in cents, one below it in hundredths of them."""
_SAMPLE_S: Final = 5
_HALF_LIFE_S: Final = 300.0
_NEAR_BPS: Final = 10.0
_BP: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a child: how much at which average price, and when that is known."""

    child: Child
    filled: Decimal
    price: Decimal
    fee: Decimal
    """In the quote currency."""
    mid: float
    """The undisturbed mid at the fill."""
    at_s: float
    known_s: float
    fault: Literal["", "rejected", "outage"] = ""


class HedgeMarket:
    """One market under one hedge, second by second from its beginning."""

    def __init__(self, scenario: Scenario, seed: int, side: SweepSide, horizon_s: int, pair: str, began_at: datetime) -> None:
        self.scenario, self.side, self.began_at = scenario, side, began_at
        self.weather: Weather = weather(scenario, seed, horizon_s)
        self.second = 0
        self.taken = [0.0] * len(scenario.venues)
        """Base that is missing on our side of each venue."""
        self.passing_bps = 0.0
        self.lasting_bps = 0.0
        self.start_price = price_of(pair)
        self._tick = Decimal("0.01") if self.start_price > _DEAR else Decimal("0.0001")
        self._sign = 1 if side == "buy" else -1
        self._chance = Random(f"{seed}/orders")
        self._instruments = tuple(
            Instrument(v.name, pair, pair, LOT, self._tick, Decimal("0.0001"), Decimal(5), Decimal(str(v.taker_bps)))
            for v in scenario.venues
        )
        self._shown: list[Line | None] = [None] * len(scenario.venues)
        self._squares, self._weights = _before(self.weather.mid_bps)
        self._depths = [self._depth(self.weather.density[at], None) for at in range(0, BEFORE_S, _SAMPLE_S)]
        self._show()

    @property
    def now(self) -> datetime:
        return self.began_at + timedelta(seconds=self.second)

    @property
    def over(self) -> bool:
        """Whether the drawn weather ends here."""
        return BEFORE_S + self.second + 2 >= len(self.weather.mid_bps)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The books that are shown: none of a venue that is down, an old one of a feed that stands still."""
        down = self.weather.down[BEFORE_S + self.second]
        return tuple(line for line, out in zip(self._shown, down, strict=True) if line and not out)

    @property
    def mid(self) -> float:
        """The undisturbed mid."""
        return self._mid_at(0.0)

    @property
    def sigma_bps(self) -> Decimal:
        """Volatility as one sees it who samples mids every five seconds."""
        return Decimal(sqrt(self._squares / self._weights)).quantize(Decimal("0.0001"))

    @property
    def depth_ratio(self) -> Decimal:
        """Depth on our side against its median of the last five minutes."""
        return Decimal(self._depths[-1] / median(self._depths)).quantize(Decimal("0.0001"))

    def step(self) -> None:
        """Let a second pass."""
        self.second += 1
        self.passing_bps *= exp(-1 / self.scenario.transient_s)
        refills = (venue.refill_s * self.scenario.refill for venue in self.scenario.venues)
        self.taken = [missing * exp(-1 / refill) for missing, refill in zip(self.taken, refills, strict=True)]
        self._show()
        if self.second % _SAMPLE_S == 0:
            self._watch()

    def send(self, child: Child) -> Outcome:
        """Deal a child as far as the book gives when it arrives; limits are kept, lots too."""
        index = next(n for n, venue in enumerate(self.scenario.venues) if venue.name == child.venue)
        venue, chance, at = self.scenario.venues[index], self._chance, BEFORE_S + self.second
        latency = min(venue.latency_s * self.scenario.latency * exp(0.4 * chance.gauss(0, 1)), 0.95)
        rejected, partial, late = (
            chance.random() < odds for odds in (self.scenario.rejects, self.scenario.partials, self.scenario.late)
        )
        part, wait = chance.uniform(0.2, 0.9), chance.uniform(2.0, 10.0)
        arrived = self.second + latency
        known = self.second + (wait if late else 2 * latency)
        if self.weather.down[at][index]:
            return Outcome(child, ZERO, ZERO, ZERO, self.mid, arrived, known, "outage")
        if rejected:
            return Outcome(child, ZERO, ZERO, ZERO, self.mid, arrived, known, "rejected")
        mid, density = self._mid_at(latency), self.weather.density[at][index]
        start = self.weather.offset_bps[at][index] + self.passing_bps + self.lasting_bps
        limit_bps = self._sign * (float(child.limit_price) / mid - 1) / _BP
        room = density * (limit_bps - start) - self.taken[index]
        room *= part if partial else 1.0
        filled = child.size if room >= float(child.size) else int(max(room, 0.0) / float(LOT)) * LOT
        dealt = float(filled)
        moves = self.scenario.transient + self.scenario.permanent
        price_bps = start + (self.taken[index] + dealt / 2) / density + moves * dealt / 2
        price = Decimal(mid * (1 + self._sign * price_bps * _BP)).quantize(self._tick)
        price = min(price, child.limit_price) if self.side == "buy" else max(price, child.limit_price)
        self.taken[index] += dealt
        self.passing_bps += self.scenario.transient * dealt
        self.lasting_bps += self.scenario.permanent * dealt
        fee = (price * filled * self._instruments[index].taker_bps / 10_000).quantize(Decimal("0.00000001"))
        return Outcome(child, filled, price, fee, mid, arrived, known)

    def _mid_at(self, latency: float) -> float:
        """Between two seconds the mid goes straight."""
        here, there = self.weather.mid_bps[BEFORE_S + self.second], self.weather.mid_bps[BEFORE_S + self.second + 1]
        return self.start_price * exp((here + (there - here) * latency) * _BP)

    def _watch(self) -> None:
        at = BEFORE_S + self.second
        moved = self.weather.mid_bps[at] - self.weather.mid_bps[at - _SAMPLE_S]
        kept = 0.5 ** (_SAMPLE_S / _HALF_LIFE_S)
        self._squares, self._weights = self._squares * kept + moved**2, self._weights * kept + _SAMPLE_S
        self._depths = [*self._depths[-59:], self._depth(self.weather.density[at], self.taken)]

    def _depth(self, density: Sequence[float], taken: Sequence[float] | None) -> float:
        missing = taken or [0.0] * len(density)
        return sum(max(one * _NEAR_BPS - gone, 0.0) for one, gone in zip(density, missing, strict=True))

    def _show(self) -> None:
        at = BEFORE_S + self.second
        for index, frozen in enumerate(self.weather.stale[at]):
            if not frozen or self._shown[index] is None:
                self._shown[index] = self._line(index, at)

    def _line(self, index: int, at: int) -> Line:
        density, offset = self.weather.density[at][index], self.weather.offset_bps[at][index]
        noise = offset - self.scenario.venues[index].half_spread_bps
        moved = self.passing_bps + self.lasting_bps
        centre = self.mid * (1 + self._sign * (moved + noise) * _BP)
        half = self.scenario.venues[index].half_spread_bps
        ours = _side(centre, self._sign, half + self.taken[index] / density, density, self._tick)
        theirs = _side(centre, -self._sign, half, density, self._tick)
        bids, asks = (theirs, ours) if self.side == "buy" else (ours, theirs)
        instrument = self._instruments[index]
        return Line(instrument, Book(instrument.venue, instrument.symbol, bids, asks, self.now, "simulated"), Decimal(1))


def _side(centre: float, sign: int, start_bps: float, density: float, tick: Decimal) -> tuple[Level, ...]:
    """Levels from a best price on, in ticks and lots."""
    ticks = centre / float(tick)
    first = round(ticks * (1 + sign * start_bps * _BP))
    prices = [tick * (first + sign * round(middle * ticks * _BP)) for middle in _MIDDLES]
    return tuple(Level(price, LOT * (int(density * step * 100_000) or 1)) for price, step in zip(prices, _STEPS, strict=True))


def _before(mid_bps: Sequence[float]) -> tuple[float, float]:
    """Squared moves of the time before the hedge, and the seconds they took, newer ones weighing more."""
    squares = weights = 0.0
    kept = 0.5 ** (_SAMPLE_S / _HALF_LIFE_S)
    for at in range(_SAMPLE_S, BEFORE_S + 1, _SAMPLE_S):
        squares = squares * kept + (mid_bps[at] - mid_bps[at - _SAMPLE_S]) ** 2
        weights = weights * kept + _SAMPLE_S
    return squares, weights
