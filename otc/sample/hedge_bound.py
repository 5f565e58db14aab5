"""A bound for a hedge on the simulated market: what it costs one who knows all liquidity in advance, but not where prices go.

    minimise  sum over t, venue of x (fee + offset + (missing + x/2) / density) + X (impact so far + own impact of X / 2)
              + risk aversion x variance x (what remains)^2,        x >= 0, sum x = the size, x = 0 where a venue is down

Depth, noise, outages and volatility of each second are known, nothing is rejected, late or stale, and sizes may be anything.
What is missing, what passes and what stays follow the simulator's own laws. The sum is convex in x where density does not
fall faster than books refill; it is minimised by an accelerated projected gradient for many seeds at once, then the
schedule that was found is priced as it is: so the figure is a cost that is reached, a little above the true minimum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from otc.sample.hedge_liquidity import BEFORE_S, Scenario, Weather, variance_rate

_ROUNDS: Final = 300
_SAFE: Final = 1.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Per seed, in basis points: the cost of the schedule found and J of it."""

    cost_bps: Floats
    penalised_bps: Floats


def clairvoyant(
    scenario: Scenario, weathers: Sequence[Weather], size: float, horizon_s: int, risk_aversion: float, step_s: int = 2
) -> Bounds:
    """The bound for each weather; a risk aversion of 0 gives the least cost, the hedger's own the least J.

    step_s: seconds between two trades of the schedule, each of which deals as smoothly as a second allows.
    """
    market = _Market(scenario, weathers, horizon_s, step_s)
    dealt = market.even(size)
    ahead, momentum = dealt.copy(), 1.0
    steepness = market.steepness()
    best, best_dealt = np.full(len(weathers), np.inf), dealt
    for _ in range(_ROUNDS):
        total, gradient = market.total(ahead, size, risk_aversion)
        better = total < best
        best = np.where(better, total, best)
        best_dealt = np.where(better[:, None, None], ahead, best_dealt)
        following = market.allowed(ahead - gradient * (size / steepness)[:, None, None], size)
        grown = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = following + (momentum - 1) / grown * (following - dealt)
        ahead = market.allowed(ahead, size)
        dealt, momentum = following, grown
    cost, _ = market.total(best_dealt, size, 0.0)
    return Bounds(cost, market.total(best_dealt, size, 0.01)[0])


class _Market:
    """Arrays of (seed, time, venue), and the sum with its gradient."""

    def __init__(self, scenario: Scenario, weathers: Sequence[Weather], horizon_s: int, step_s: int) -> None:
        window = slice(BEFORE_S, BEFORE_S + horizon_s, step_s)
        fees = np.array([venue.taker_bps for venue in scenario.venues])
        self.fixed = np.array([weather.offset_bps[window] for weather in weathers]) + fees
        self.density = np.array([weather.density[window] for weather in weathers])
        self.up = ~np.array([weather.down[window] for weather in weathers], dtype=bool)
        sigmas = np.array([weather.sigma_bps[window] for weather in weathers])
        self.variance = np.vectorize(lambda sigma: variance_rate(scenario, sigma))(sigmas) * step_s
        refills = np.array([venue.refill_s * scenario.refill for venue in scenario.venues])
        self.kept, self.passing = np.exp(-step_s / refills), float(np.exp(-step_s / scenario.transient_s))
        self.transient, self.permanent = scenario.transient, scenario.permanent
        self.steps = self.density.shape[1]

    def even(self, size: float) -> Floats:
        """A first guess: evenly in time, by depth over the venues."""
        return self.allowed(self.density / self.density.sum(axis=(1, 2), keepdims=True) * size, size)

    def steepness(self) -> Floats:
        """Above the largest curvature of the sum: its kernels' areas added up."""
        own = 2 / (self.density.min(axis=(1, 2)) * (1 - self.kept.max()))
        shared = 2 * self.transient / (1 - self.passing) + self.permanent * self.steps
        return np.asarray(_SAFE * (own + shared * self.density.shape[2]))

    def total(self, dealt: Floats, size: float, risk_aversion: float) -> tuple[Floats, Floats]:
        """Cost and risk in bps of the whole, by seed, and their gradient by (seed, time, venue)."""
        seeds, steps, venues = dealt.shape
        missing, passing, lasting = np.zeros((seeds, venues)), np.zeros(seeds), np.zeros(seeds)
        gradient, cost = np.empty_like(dealt), np.zeros(seeds)
        both = dealt.sum(axis=2)
        for t in range(steps):
            x, density, whole = dealt[:, t], self.density[:, t], both[:, t]
            shared = passing + lasting + (self.transient + self.permanent) * whole / 2
            price = self.fixed[:, t] + (missing + x / 2) / density
            cost += (x * price).sum(axis=1) + whole * shared
            gradient[:, t] = price + x / 2 / density + (shared + (self.transient + self.permanent) * whole / 2)[:, None]
            missing = (missing + x) * self.kept
            passing = (passing + self.transient * whole) * self.passing
            lasting = lasting + self.permanent * whole
        self._later(dealt, both, gradient)
        left = 1 - np.cumsum(both, axis=1) / size
        risk = risk_aversion * (self.variance * left**2).sum(axis=1)
        steeper = np.cumsum((self.variance * left)[:, ::-1], axis=1)[:, ::-1] * (-2 * risk_aversion / size)
        return cost / size + risk, gradient / size + steeper[:, :, None]

    def _later(self, dealt: Floats, both: Floats, gradient: Floats) -> None:
        """Add what a unit dealt now makes all later ones dearer."""
        seeds, steps, venues = dealt.shape
        own: Any = np.zeros((seeds, venues))
        passing, lasting = np.zeros(seeds), np.zeros(seeds)
        for t in range(steps - 1, -1, -1):
            gradient[:, t] += own + (self.transient * passing + self.permanent * lasting)[:, None]
            own = (own + dealt[:, t] / self.density[:, t]) * self.kept
            passing = (passing + both[:, t]) * self.passing
            lasting = lasting + both[:, t]

    def allowed(self, dealt: Floats, size: float) -> Floats:
        """The nearest schedule that sells nothing back, rests where a venue is down and sums to the size."""
        flat = np.where(self.up, dealt, -np.inf).reshape(len(dealt), -1)
        ordered = -np.sort(-flat, axis=1)
        sums = np.cumsum(np.where(np.isfinite(ordered), ordered, 0.0), axis=1) - size
        counts = np.arange(1, flat.shape[1] + 1)
        held = (ordered - sums / counts > 0).sum(axis=1)
        level = sums[np.arange(len(flat)), held - 1] / held
        return np.asarray(np.maximum(flat - level[:, None], 0.0).reshape(dealt.shape))
