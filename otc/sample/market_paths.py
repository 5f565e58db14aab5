"""Where the simulated market really stands: one hidden dollar price per asset, moving by the second.

Coins walk with a volatility that itself wanders and jump now and then; stablecoins wander some bps around the dollar; the
rupiah walks slowly. Venues see these prices; none of them is the price. Floats: nothing here is money.
"""

from collections.abc import Mapping
from math import exp, sqrt
from random import Random
from typing import Final, NamedTuple

from otc.sample.market_listing import START

_HOUR_S: Final = 3600.0
_BP: Final = 1e-4


class _Walk(NamedTuple):
    """How one asset moves."""

    bps: float
    """Volatility per square root of a second."""
    home_s: float
    """Time after which most of a distance from the start is lost; 0: it never returns."""
    jumps_per_hour: float
    jump_bps: float


_WALKS: Final[Mapping[str, _Walk]] = {
    "BTC": _Walk(0.8, 0.0, 0.5, 20.0),
    "PAXG": _Walk(0.3, 0.0, 0.2, 10.0),
    "USDT": _Walk(0.06, _HOUR_S, 0.05, 6.0),
    "USDC": _Walk(0.04, _HOUR_S, 0.02, 4.0),
    "IDR": _Walk(0.08, 0.0, 0.05, 8.0),
}
_MOOD_S: Final = 600.0
"""How long a busy or a quiet time lasts."""
_MOOD: Final = 0.35
"""How much busier, as a standard deviation of the logarithm."""


class HiddenPrices:
    """Dollars per unit of each asset; `before` is where they stood one step ago, which slow venues still partly show."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(f"{seed}/hidden prices")
        self._away = dict.fromkeys(_WALKS, 0.0)
        self._mood = 0.0
        self.now: dict[str, float] = dict(START)
        self.before: dict[str, float] = dict(START)

    def step(self, seconds: float) -> None:
        """Let time pass, however long: the law of where it ends is the same in one step as in many."""
        self.before = dict(self.now)
        kept = exp(-seconds / _MOOD_S)
        self._mood = self._mood * kept + _MOOD * sqrt(1 - kept * kept) * self._chance.gauss(0, 1)
        for asset, walk in _WALKS.items():
            self._away[asset] += self._moved(walk, self._away[asset], seconds)
            self.now[asset] = START[asset] * exp(self._away[asset] * _BP)

    def jump(self, asset: str, bps: float) -> None:
        """Move one asset at once, everywhere."""
        self._away[asset] += bps
        self.now[asset] = START[asset] * exp(self._away[asset] * _BP)

    def mid(self, base: str, quote: str, lag: float) -> float:
        """What a base is worth in a quote currency, as a venue sees it that shows so much of the step before."""
        now, before = self.now[base] / self.now[quote], self.before[base] / self.before[quote]
        return now + lag * (before - now)

    def _moved(self, walk: _Walk, away: float, seconds: float) -> float:
        chance = self._chance
        spread = walk.bps * exp(self._mood) * sqrt(seconds)
        move = spread * chance.gauss(0, 1)
        if walk.home_s:
            kept = exp(-seconds / walk.home_s)
            lasting = walk.bps * sqrt(walk.home_s / 2 * (1 - kept * kept))
            move = away * (kept - 1) + lasting * exp(self._mood) * chance.gauss(0, 1)
        if chance.random() < 1 - exp(-walk.jumps_per_hour * seconds / _HOUR_S):
            move += walk.jump_bps * chance.gauss(0, 1)
        return move
