"""How much a mid moves: an exponentially weighted estimate of the last minutes, floored by the last day's and by config.

Floats inside; `volatility_bps` quantises once, and from there on it is Decimal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import log, sqrt
from typing import Final

from otc.money import ZERO

_BPS: Final = 1e4
_HALF_LIFE_S: Final = 300.0
_SAMPLE: Final = timedelta(seconds=5)
_QUANTUM: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Candle:
    """Open, high, low, close of a stretch of time, in any one currency."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    seconds: int


@dataclass(frozen=True, slots=True)
class Moves:
    """What was seen so far of one pair: weighted squared returns in bps^2, and the weighted seconds they took."""

    squares: float = 0.0
    seconds: float = 0.0
    mid: float = 0.0
    at: datetime | None = None


def moved(moves: Moves, mid: Decimal, now: datetime) -> Moves:
    """Take in a fair mid; one that comes less than five seconds after the last sample is passed over.

    A longer gap counts as the one return that it is, over the time it took.
    """
    price = float(mid)
    if moves.at is None:
        return Moves(mid=price, at=now)
    elapsed = (now - moves.at).total_seconds()
    if now - moves.at < _SAMPLE:
        return moves
    kept = 0.5 ** (elapsed / _HALF_LIFE_S)
    square = (log(price / moves.mid) * _BPS) ** 2
    return Moves(moves.squares * kept + square, moves.seconds * kept + elapsed, price, now)


def garman_klass_bps(candles: Sequence[Candle]) -> float:
    """Bps per square root of a second from open, high, low, close; 0 without candles."""
    seconds = sum(candle.seconds for candle in candles)
    variance = sum(_garman_klass(candle) for candle in candles)
    return sqrt(max(variance, 0.0) / seconds) * _BPS if seconds else 0.0


def volatility_bps(moves: Moves, floor_bps: Decimal, day: Sequence[Candle] = ()) -> Decimal:
    """Volatility in bps per square root of a second: the last minutes', but never below the day's nor the configured floor."""
    recent = sqrt(moves.squares / moves.seconds) if moves.seconds else 0.0
    measured = max(recent, garman_klass_bps(day))
    return max(Decimal(measured).quantize(_QUANTUM), floor_bps, ZERO)


def _garman_klass(candle: Candle) -> float:
    """Variance of one candle's log price (Garman and Klass, 1980)."""
    reach = log(float(candle.high / candle.low))
    body = log(float(candle.close / candle.open))
    return reach * reach / 2 - (2 * log(2) - 1) * body * body
