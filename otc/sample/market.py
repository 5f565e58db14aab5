"""The markets of the sample: the daily mids of its year, and a simulated market of venues that lives by the second.

Daily mids are a seeded walk around the year's known turning points, in whole numbers. The simulated market is hidden prices
seen through each venue's noise, ticks and troubles; it is chosen by config, and whoever shows it says SIMULATED.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from threading import Lock
from typing import Final

from otc.clock import Clock
from otc.config.markets import MarketSettings, Venues
from otc.market.judgement import Observation, Observations, judge, unjudged
from otc.model.market import BookKey, MarketView
from otc.sample.draws import Draws
from otc.sample.market_faults import USUAL, Incident, IncidentKind, Incidents
from otc.sample.market_listing import instruments
from otc.sample.market_paths import HiddenPrices
from otc.sample.market_venues import SimulatedVenue

UNITS: Final = 10_000
"""Mids are kept as whole ten-thousandths of a rupiah."""
_PPM: Final = 1_000_000

_SECOND: Final = timedelta(seconds=1)
_MOST_STEPS: Final = 30
"""A longer pause is caught up with in one coarse step and then so many seconds."""

_DOLLAR: Final = (
    ("2024-01-02", 15_480), ("2024-02-01", 15_660), ("2024-03-15", 15_690), ("2024-04-17", 16_200), ("2024-06-20", 16_330),
    ("2024-07-15", 16_180), ("2024-08-20", 15_620), ("2024-09-25", 15_450), ("2024-10-15", 15_560), ("2024-11-14", 15_880),
    ("2024-12-19", 16_220), ("2024-12-31", 16_110),
)  # fmt: skip
_BITCOIN: Final = (
    ("2024-01-02", 695_000_000), ("2024-01-23", 672_000_000), ("2024-02-29", 970_000_000), ("2024-03-14", 1_130_000_000),
    ("2024-05-02", 950_000_000), ("2024-06-06", 1_140_000_000), ("2024-07-08", 915_000_000), ("2024-07-29", 1_090_000_000),
    ("2024-09-06", 850_000_000), ("2024-10-29", 1_120_000_000), ("2024-11-22", 1_560_000_000), ("2024-12-17", 1_640_000_000),
    ("2024-12-31", 1_505_000_000),
)  # fmt: skip
_GOLD: Final = (
    ("2024-01-02", 31_950_000), ("2024-02-14", 31_500_000), ("2024-03-20", 33_900_000), ("2024-04-19", 38_700_000),
    ("2024-05-20", 38_900_000), ("2024-06-10", 37_600_000), ("2024-07-17", 39_800_000), ("2024-08-20", 39_200_000),
    ("2024-09-26", 40_700_000), ("2024-10-30", 43_500_000), ("2024-11-14", 40_900_000), ("2024-12-31", 42_300_000),
)  # fmt: skip

_PATHS: Final[Mapping[str, tuple[tuple[tuple[str, int], ...], int]]] = {
    "USDT/IDR": (_DOLLAR, 700),
    "USDC/IDR": (_DOLLAR, 700),
    "BTC/IDR": (_BITCOIN, 11_000),
    "PAXG/IDR": (_GOLD, 4_000),
}
"""pair -> turning points (rupiah), and the largest daily step around them in parts per million."""


def daily_mids(seed: int, pair: str, days: Sequence[date]) -> tuple[int, ...]:
    """The mid of each day in ten-thousandths of a rupiah: the path between turning points, and a walk pulled back to it."""
    points, step_ppm = _PATHS[pair]
    path = [(date.fromisoformat(day), rupiah * UNITS) for day, rupiah in points]
    draws = Draws(seed, f"mid {pair}")
    mids, away = [], 0
    for day in days:
        away = away * 9 // 10 + draws.between(-step_ppm, step_ppm)
        on_path = _between(path, day)
        mids.append(on_path + on_path * away // _PPM)
    return tuple(mids)


def shifted(mid: int, ppm: int) -> Decimal:
    """A mid moved by parts per million, in rupiah."""
    return Decimal(mid + mid * ppm // _PPM).scaleb(-4)


def _between(path: Sequence[tuple[date, int]], day: date) -> int:
    if day <= path[0][0]:
        return path[0][1]
    for (start, low), (end, high) in pairwise(path):
        if day <= end:
            return low + (high - low) * (day - start).days // (end - start).days
    return path[-1][1]


class SimulatedMarket:
    """All venues of venues.yaml, simulated; keeps the MarketData port. One seed and one sequence of steps give the same books.

    It moves in steps of a second as its clock does. What goes wrong on it is in `labels`, for measuring alone.
    """

    def __init__(
        self,
        venues: Venues,
        settings: MarketSettings,
        clock: Clock,
        seed: int = 1,
        levels: int = 60,
        per_hour: Mapping[IncidentKind, float] = USUAL,
    ) -> None:
        self.instruments = instruments(venues)
        self.prices = HiddenPrices(seed)
        self._settings, self._clock = settings, clock
        self._start = self.now = clock()
        self._incidents = Incidents(venues, seed, per_hour)
        self._venues = [
            SimulatedVenue(name, venue, self.instruments, self.prices, place, levels, seed)
            for place, (name, venue) in enumerate(venues.items())
        ]
        self._judgement = unjudged(venues)
        self._lock = Lock()
        self._view = MarketView(self.now, instruments=self.instruments, simulated=True)

    @property
    def labels(self) -> Sequence[Incident]:
        """What has gone wrong so far."""
        return tuple(self._incidents.labels)

    def strike(self, incident: Incident) -> None:
        """Let something go wrong, as a demonstration or a test wants it."""
        self._incidents.add(incident)

    def step(self, seconds: float = 1.0) -> Observations:
        """Let time pass; returns the last that came of every symbol of every venue."""
        self.now += timedelta(seconds=seconds)
        self.prices.step(seconds)
        wrong = self._incidents.step(self.now, seconds)
        found: dict[BookKey, Observation] = {}
        for venue in self._venues:
            found |= venue.observed(self._start, self.now, wrong.get(venue.name))
        return found

    def steps_to(self, now: datetime) -> Iterator[tuple[datetime, Observations]]:
        """The seconds up to an instant, each with what came; a long pause is passed over in one coarse step but for its end."""
        behind_s = (now - self.now) // _SECOND
        if behind_s > _MOST_STEPS:
            observations = self.step(float(behind_s - _MOST_STEPS))
            yield self.now, observations
            behind_s = _MOST_STEPS
        for _ in range(behind_s):
            observations = self.step()
            yield self.now, observations

    def view(self) -> MarketView:
        """The market as of the clock's last whole second; safe to be asked from many threads."""
        with self._lock:
            for at, observations in self.steps_to(self._clock()):
                self._judgement, health = judge(self._judgement, observations, at, self._settings)
                self._view = MarketView(at, self._judgement.books, self.instruments, health, simulated=True)
            return self._view
