"""What the simulated venues list: tick, lot and least order of each symbol, how wide its book usually stands and how deep."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from otc.config.markets import Venues
from otc.errors import ConfigError
from otc.model.market import BookKey, Instrument

START: Final[Mapping[str, float]] = {
    "USD": 1.0,
    "BTC": 60_000.0,
    "PAXG": 2_650.0,
    "USDT": 0.9996,
    "USDC": 0.9999,
    "IDR": 1 / 15_856.0,
}
"""Dollars per unit where a simulation starts: USDT/IDR stands at 15,850 then."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How one symbol is dealt on a venue of ordinary size."""

    tick: str
    lot: str
    min_size: str
    min_notional: str
    half_spread_bps: float
    depth: float
    """A side, in the base, within `span_bps`."""
    span_bps: float
    noise_bps: float
    """How far a venue's mid usually stands from where the market is."""


_HABITS: Final[Mapping[str, Habit]] = {
    "BTC/USD": Habit("0.01", "0.00000001", "0.0001", "1", 0.1, 120.0, 30.0, 0.4),
    "BTC/USDT": Habit("0.01", "0.00001", "0.00001", "5", 0.1, 120.0, 30.0, 0.4),
    "BTC/IDR": Habit("1000", "0.00000001", "0.00001", "10000", 6.0, 2.5, 120.0, 1.2),
    "PAXG/USD": Habit("0.01", "0.00001", "0.001", "1", 1.5, 60.0, 60.0, 0.6),
    "PAXG/USDT": Habit("0.01", "0.0001", "0.0001", "5", 1.0, 120.0, 60.0, 0.6),
    "USDT/USD": Habit("0.0001", "0.01", "1", "1", 0.5, 6_000_000.0, 25.0, 0.3),
    "USDC/USD": Habit("0.0001", "0.01", "1", "1", 0.5, 3_000_000.0, 25.0, 0.3),
    "USDC/USDT": Habit("0.0001", "1", "1", "5", 0.5, 15_000_000.0, 25.0, 0.3),
    "USDT/IDR": Habit("1", "0.01", "1", "10000", 2.0, 400_000.0, 60.0, 0.8),
}


def habit_of(venue: str, symbol: str) -> Habit:
    """How a symbol is dealt; ConfigError where the simulation knows no such symbol."""
    if symbol not in _HABITS:
        raise ConfigError(
            f"venues.yaml: {venue}.symbols: {symbol} cannot be simulated; "
            f"known are {', '.join(_HABITS)}. Take it out, or choose market.source live."
        )
    return _HABITS[symbol]


def instruments(venues: Venues) -> dict[BookKey, Instrument]:
    """What the simulated venues list, under the same names as the real ones."""
    found = {}
    for name, venue in venues.items():
        for symbol, native_id in venue.symbols.items():
            habit = habit_of(name, symbol)
            sizes = (Decimal(habit.lot), Decimal(habit.tick), Decimal(habit.min_size), Decimal(habit.min_notional))
            found[name, symbol] = Instrument(name, symbol, native_id, *sizes, venue.taker_bps)
    return found
