"""What a hedge is expected to cost: Almgren and Chriss's optimum for a size, a volatility and a horizon, in closed form.

q(t) = Q sinh(k(T-t)) / sinh(kT)            what is left to deal, k = sqrt(lambda sigma^2 / (eta Q))
J    = impact + risk                        impact = eta/Q x integral of q'(t)^2, risk = lambda sigma^2 x integral of (q(t)/Q)^2

The hedger trades by the same k, so a quote charges what its own hedge is expected to cost.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import exp, expm1, inf, sqrt
from typing import Final

from otc.money import ZERO

_QUANTUM: Final = Decimal("0.000001")
"""Floats become Decimals once, at a millionth of a basis point."""
_SERIES_BELOW: Final = 0.1
"""Below it the two terms of the risk nearly cancel, and their series is right to 11 digits."""


@dataclass(frozen=True, slots=True)
class HedgeCost:
    """Both parts of the cost in bps of the price, and the urgency of the schedule per second."""

    impact_bps: Decimal
    risk_bps: Decimal
    kappa: float
    """Infinite where trading costs nothing: all at once."""

    @property
    def total_bps(self) -> Decimal:
        return self.impact_bps + self.risk_bps


def expected_cost(size: Decimal, sigma_bps: Decimal, eta_bps: Decimal, horizon_s: int, risk_aversion: Decimal) -> HedgeCost:
    """Impact and risk of hedging `size` within `horizon_s` seconds, each at a millionth of a basis point.

    sigma_bps: volatility per square root of a second; eta_bps: temporary impact per unit a second; risk_aversion: per bps, so
    that J = cost + risk_aversion x variance of the cost. None is negative and the horizon is above zero: ValueError otherwise.
    Source: Almgren and Chriss, Optimal execution of portfolio transactions (2000), in continuous time.
    """
    if horizon_s <= 0 or min(size, sigma_bps, eta_bps, risk_aversion) < 0:
        raise ValueError("a hedge's size, volatility, impact and risk aversion are 0 or more, its horizon above 0")
    slope, variance_rate = float(eta_bps) * float(size), float(risk_aversion) * float(sigma_bps) ** 2
    if slope == 0:
        return HedgeCost(ZERO, ZERO, inf)
    kappa = sqrt(variance_rate / slope)
    impact, risk = _shapes(kappa * horizon_s)
    evenly = slope / horizon_s  # what an even pace costs
    return HedgeCost(_decimal(evenly * impact), _decimal(evenly * risk), kappa)


def _shapes(x: float) -> tuple[float, float]:
    """x [coth(x)/2 + x/(2 sinh^2 x)] and x [coth(x)/2 - x/(2 sinh^2 x)]; 1 and 0 at x = 0, both x/2 where x is large."""
    if x < _SERIES_BELOW:
        square = x * x
        impact = 1 + square**2 * (1 / 45 - square * (4 / 945 - square / 1575))
        return impact, square * (1 / 3 - square * (2 / 45 - square * (2 / 315 - square * 4 / 4725)))
    fading = exp(-2 * x)  # unlike sinh it cannot overflow
    rest = -expm1(-2 * x)
    coth, inverse_sinh_squared = (1 + fading) / rest, 4 * fading / rest**2
    return x * (coth + x * inverse_sinh_squared) / 2, x * (coth - x * inverse_sinh_squared) / 2


def _decimal(bps: float) -> Decimal:
    return Decimal(bps).quantize(_QUANTUM)
