"""A venue on paper: orders meet the books that the market shows, and what they fill is simulated and named PAPER.

Of one book each level is filled once, however many orders come before the next book. What it filled is kept in memory: an order
that a process did not live to hear of was never dealt, and is not found.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from threading import Lock

from otc.clock import Clock
from otc.model.hedge import Child
from otc.model.market import Level
from otc.money import BPS, CONTEXT, exact, total_of
from otc.ports import MarketData, OrderAnswer, SendAnswer, VenueFill


@dataclass
class PaperVenue:
    """An Execution of one venue's name without the venue."""

    name: str
    market: MarketData
    clock: Clock
    expiry: timedelta | None = timedelta(0)
    _orders: dict[str, tuple[VenueFill, ...]] = field(default_factory=dict)
    _taken: dict[tuple[str, Decimal], Decimal] = field(default_factory=dict)
    """Size taken from a level of the books shown since `_shown_at`."""
    _shown_at: dict[str, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def send(self, child: Child) -> SendAnswer:
        """Fill what the book gives within the limit, at once; the rest is cancelled. An id counts once."""
        with self._lock:
            if child.child_id in self._orders:
                return SendAnswer("unknown", reason="This id was sent before.")
            book = self.market.view().books.get((self.name, child.symbol))
            if book is None:
                return SendAnswer("rejected", reason=f"{self.name} shows no book of {child.symbol} now.")
            if self._shown_at.get(child.symbol) != book.received_at:
                self._shown_at[child.symbol] = book.received_at
                self._taken = {key: size for key, size in self._taken.items() if key[0] != child.symbol}
            self._orders[child.child_id] = self._filled(child, book.asks if child.side == "buy" else book.bids)
        return SendAnswer("sent", f"PAPER-{child.child_id}")

    def look_up(self, child: Child, venue_order_id: str) -> OrderAnswer:
        """What it filled; an order of another process is not known."""
        fills = self._orders.get(child.child_id)
        if fills is None:
            return OrderAnswer("not_found")
        return OrderAnswer("found", f"PAPER-{child.child_id}", False, total_of(fill.size for fill in fills), fills)

    def _filled(self, child: Child, levels: Iterable[Level]) -> tuple[VenueFill, ...]:
        fills: list[VenueFill] = []
        instrument = self.market.view().instruments.get((self.name, child.symbol))
        rest, now = child.size, self.clock()
        for price, size in levels:
            beyond = price > child.limit_price if child.side == "buy" else price < child.limit_price
            taken = self._taken.get((child.symbol, price), Decimal(0))
            part = min(rest, size - taken)
            if beyond or rest <= 0:
                break
            if part <= 0:
                continue
            with localcontext(CONTEXT):
                fee = exact(part * price * (instrument.taker_bps if instrument else Decimal(0)) / BPS)
                rest -= part
            self._taken[child.symbol, price] = taken + part
            trade_id = f"PAPER-{child.child_id}-{len(fills) + 1}"
            fills.append(VenueFill(trade_id, price, part, fee, child.symbol.split("/")[1], now))
        return tuple(fills)
