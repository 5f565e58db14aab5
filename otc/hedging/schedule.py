"""How much of a hedge is due now: a function of where it stands, the clock and the market, with no memory of its own.

    clips      clip after clip, evenly over the horizon
    twap       even slices; more where books are deep and full, less where they are thin or eaten
    adaptive   the same around Almgren and Chriss's schedule, solved again on what remains

Floats inside: a pace is no money; sizes become Decimal once, in whole lots, where they are routed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from math import ceil, exp, expm1, sqrt
from typing import Final

from otc.config.hedging import HedgeSettings
from otc.model.hedge import HedgeState

_QUANTUM: Final = Decimal("0.00000001")
_STILL: Final = 1e-6
"""Below it a schedule is even."""


@dataclass(frozen=True, slots=True)
class Liquidity:
    """What the books say about pace, in floats."""

    density: float
    """Base per basis point that all venues show together, fees counted."""
    sigma_bps: float
    depth_ratio: float


def ends_at(state: HedgeState) -> datetime:
    """When the horizon ends, as it was last set."""
    return state.parent.began_at + timedelta(seconds=state.horizon_s or state.parent.horizon_s)


def closing(state: HedgeState, settings: HedgeSettings, now: datetime) -> bool:
    """Whether all that remains is to be dealt at once."""
    return _left_s(state, settings, now) <= 0


def due(state: HedgeState, least: Decimal, liquidity: Liquidity, settings: HedgeSettings, now: datetime) -> Decimal:
    """How much is to be sent now, at most what remains; 0 while it is too early.

    `least` is the smallest order that any venue takes: slices below it are made fewer, not larger than they must be.
    """
    remaining, left_s = state.remaining, _left_s(state, settings, now)
    if left_s <= 0:
        return remaining
    if state.parent.mode == "clips":
        return _clip(state, liquidity, settings, left_s, now)
    slices = ceil(left_s / float(settings.slice_s))
    if least:
        slices = max(1, min(slices, int(remaining / least)))
    wait_s = left_s / slices
    if _too_early(state, wait_s, settings, now):
        return Decimal(0)
    since_s = (now - state.last_child_at).total_seconds() if state.last_child_at else wait_s
    lasts_s = min(max(wait_s, since_s), 2 * wait_s, left_s)  # whoever is asked seldom deals for longer
    wanted = _slice(state, liquidity, settings, left_s, lasts_s)
    return min(remaining, max(least, Decimal(wanted).quantize(_QUANTUM)))


def _left_s(state: HedgeState, settings: HedgeSettings, now: datetime) -> float:
    """Seconds until the closing begins."""
    return _open_s(state, settings) - (now - state.parent.began_at).total_seconds()


def _open_s(state: HedgeState, settings: HedgeSettings) -> float:
    """Seconds from the beginning to the closing; of a horizon that is shorter than ten closings, a tenth is kept for it."""
    whole = float(state.horizon_s or state.parent.horizon_s)
    return whole - min(float(settings.closing_s), whole / 10)


def _clip(state: HedgeState, liquidity: Liquidity, settings: HedgeSettings, left_s: float, now: datetime) -> Decimal:
    """The source's clip where its time has come; what remains is spread over the time left in whole clips."""
    clips = ceil(state.remaining / state.parent.clip)
    wait_s = left_s / clips / _haste(state, liquidity, settings)
    return Decimal(0) if _too_early(state, wait_s, settings, now) else min(state.parent.clip, state.remaining)


def _haste(state: HedgeState, liquidity: Liquidity, settings: HedgeSettings) -> float:
    """By how much an even plan is hastened: not where it is calm, fully where it must be now, else by volatility."""
    if state.parent.urgency == "calm" or state.parent.mode == "adaptive":
        return 1.0
    fastest = float(settings.fastest)
    if state.parent.urgency == "now":
        return fastest
    return min(max(liquidity.sigma_bps / float(settings.usual_sigma_bps), 1.0), fastest)


def _slice(state: HedgeState, liquidity: Liquidity, settings: HedgeSettings, left_s: float, wait_s: float) -> float:
    """What to deal now: the pace of the schedule solved again on what remains, and a part of what the plan is ahead or behind.

    The plan takes what full books give at once, at the beginning and at the end, and goes in between as fast as they refill
    (Obizhaeva and Wang): an Almgren and Chriss schedule that is a refill time longer at both ends. Deep books are dealt on more
    than thin ones, in proportion, which keeps the marginal price of each slice alike.
    """
    size, remaining = float(state.parent.size), float(state.remaining)
    refill = min(float(settings.refill_s), left_s / 4)
    kappa, hasty = _kappa(state, liquidity, settings), _haste(state, liquidity, settings)
    elapsed = max(_open_s(state, settings) - left_s, 0.0)
    planned = 1 - _rest(kappa, elapsed + left_s + 2 * refill, hasty * elapsed + refill)
    behind = planned * size - (size - remaining)
    even = hasty * remaining * _rate(kappa, left_s + refill) * wait_s
    ratio = min(max(liquidity.depth_ratio, 1 / float(settings.depth_weight)), float(settings.depth_weight))
    return max((even + behind * float(settings.catch_up)) * ratio, even * float(settings.slowest))


def _rate(kappa: float, left_s: float) -> float:
    """The part of what remains that Almgren and Chriss's schedule deals per second: kappa x coth(kappa T)."""
    x = kappa * left_s
    return 1 / left_s if x < _STILL else kappa * (1 + exp(-2 * x)) / -expm1(-2 * x)


def _rest(kappa: float, whole_s: float, at_s: float) -> float:
    """The part of the whole that it has left then: sinh(kappa (T - t)) / sinh(kappa T), which neither overflows nor cancels."""
    left_s = max(whole_s - at_s, 0.0)
    if kappa * whole_s < _STILL:
        return left_s / whole_s
    return exp(-kappa * (whole_s - left_s)) * expm1(-2 * kappa * left_s) / expm1(-2 * kappa * whole_s)


def _kappa(state: HedgeState, liquidity: Liquidity, settings: HedgeSettings) -> float:
    """Almgren and Chriss's urgency per second, with the impact that the books show now; none for an even plan."""
    if state.parent.mode == "twap":
        return 0.0
    aversion = float(settings.risk_aversion) * {"calm": 0.0, "normal": 1.0, "now": float(settings.hasty)}[state.parent.urgency]
    if not liquidity.density:
        return 0.0
    eta = float(settings.memory_s) / liquidity.density
    return sqrt(aversion * liquidity.sigma_bps**2 / (eta * float(state.parent.size)))


def _too_early(state: HedgeState, wait_s: float, settings: HedgeSettings, now: datetime) -> bool:
    if state.last_child_at is None:
        return False
    moved = float(settings.jitter) * (_fraction(state.parent.parent_id, state.children) - 0.5)
    return (now - state.last_child_at).total_seconds() < wait_s * (1 + moved)


def _fraction(parent_id: str, number: int) -> float:
    """Between 0 and 1, the same for the same parent and number."""
    return int.from_bytes(blake2b(f"{parent_id}/{number}".encode(), digest_size=4).digest(), "big") / 2**32
