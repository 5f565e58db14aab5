"""A venue that does as the test says, for the feed alone."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from otc.clock import system_clock
from otc.model.market import Book, BookSource, Instrument, Level
from otc.venues.venue import Listing, VenueFailed


def book(symbol: str, bid: str, ask: str, source: BookSource = "rest", at: datetime | None = None) -> Book:
    """A book of one level a side."""
    one = Decimal(1)
    bids, asks = (Level(Decimal(bid), one),), (Level(Decimal(ask), one),)
    return Book("scripted", symbol, bids, asks, at or system_clock(), source)


@dataclass
class Scripted:
    """REST gives `rest` or fails with it; the socket keeps `line` and tells of it once whenever `ring` is called."""

    symbols: tuple[str, ...] = ("BTC/USD",)
    rest: dict[str, tuple[str, str] | Exception] = field(default_factory=dict)
    line: tuple[str, str] | None = None
    has_socket: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    hung_up: int = 0
    closed: bool = False
    _rung: asyncio.Event = field(default_factory=asyncio.Event)

    async def listing(self) -> Listing:
        self.asked["listing"] += 1
        zero = Decimal(0)
        made = {name: Instrument("scripted", name, name, zero, zero, zero, zero, zero) for name in self.symbols}
        return Listing(made, {})

    async def book(self, symbol: str) -> Book:
        self.asked[symbol] += 1
        said = self.rest.get(symbol, ("99", "101"))
        if isinstance(said, Exception):
            raise said
        return book(symbol, *said)

    def ring(self) -> None:
        self._rung.set()

    async def heard(self, symbol: str) -> datetime:
        self.asked["socket"] += 1
        await self._rung.wait()
        self._rung.clear()
        if self.line is None:
            raise VenueFailed("The line was cut.")
        return system_clock()

    def on_line(self, symbol: str, heard_at: datetime) -> Book | None:
        return book(symbol, *self.line, "socket", heard_at) if self.line else None

    async def hang_up(self) -> None:
        self.hung_up += 1
        self.line = None
        self.ring()

    async def close(self) -> None:
        self.closed = True
