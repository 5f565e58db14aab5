"""A calm market to open with: a ladder around a usual price for each market, moved a little at each step."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from otc.sample.exchange.floor import Floor, Level
from otc.sample.exchange.listing import Market

_MIDS: Final[Mapping[str, Decimal]] = {
    "BTC/USD": Decimal("61840.00"), "BTC/USDT": Decimal("61830.00"), "BTC/USDC": Decimal("61845.00"),
    "PAXG/USD": Decimal("2440.00"), "PAXG/USDT": Decimal("2439.50"),
    "USDT/USD": Decimal("1.0002"), "USDC/USD": Decimal("0.9999"), "USDC/USDT": Decimal("0.9997"),
    "USDT/IDR": Decimal(15842), "USDC/IDR": Decimal(15838), "BTC/IDR": Decimal(979_700_000),
}  # fmt: skip
"""symbol -> the price around which its books open, in the quote currency."""
_SWING_TICKS: Final = 5
_LOTS_A_LEVEL: Final = 1000


def ladder(market: Market, mid: Decimal, levels: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """Bids and asks, best first, a tick apart from a tick beside the mid on; each level is larger than the one before it."""
    size = max(market.lot * _LOTS_A_LEVEL, market.min_size)
    steps = range(1, levels + 1)
    bids = tuple((mid - market.tick * step, size * step) for step in steps)
    asks = tuple((mid + market.tick * step, size * step) for step in steps)
    return bids, asks


def open_books(floor: Floor, venues: Mapping[str, object], step: int = 0, levels: int = 50) -> None:
    """Set a ladder in every open market of the venues whose price is known; steps swing it by up to five ticks."""
    for venue in venues:
        for market in floor.markets(venue):
            if market.symbol in _MIDS and not market.dark and market.alias_of is None:
                swing = step * 3 % (2 * _SWING_TICKS + 1) - _SWING_TICKS
                floor.set_book(venue, market.native_id, *ladder(market, _MIDS[market.symbol] + swing * market.tick, levels))
