"""What the venues did with orders: each is filled at once against the book as far as its limit goes, and the rest cancelled.

The venues differ in what an id used twice means: Binance and Kraken know it among open orders alone, and none is open here, so
they deal again; OKX refuses it; Coinbase answers with the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import count
from threading import Lock
from typing import Final

from otc.sample.exchange.faults import Fault
from otc.sample.exchange.floor import Book
from otc.sample.exchange.listing import Market

_FEE: Final = Decimal("0.001")
_ZERO: Final = Decimal(0)


class No(StrEnum):
    """Why an order was not taken."""

    POOR = "not enough of it"
    TWICE = "an id that is taken"


@dataclass(frozen=True)
class Dealt:
    """One execution; the fee is in the quote currency."""

    trade_id: int
    price: Decimal
    size: Decimal
    fee: Decimal


@dataclass(frozen=True)
class Placed:
    """An order that was taken, with all that came of it."""

    order_id: int
    client_id: str
    market: Market
    side: str
    size: Decimal
    price: Decimal
    at: datetime
    fills: tuple[Dealt, ...]

    @property
    def filled(self) -> Decimal:
        """How much of it was dealt."""
        return sum((fill.size for fill in self.fills), _ZERO)

    @property
    def paid(self) -> Decimal:
        """In the quote currency, without fees."""
        return sum((fill.size * fill.price for fill in self.fills), _ZERO)

    @property
    def fees(self) -> Decimal:
        """In the quote currency."""
        return sum((fill.fee for fill in self.fills), _ZERO)


class Ledger:
    """All venues' orders; may be read from any thread."""

    def __init__(self) -> None:
        self._placed: dict[str, list[Placed]] = {}
        self._numbers = count(1001)
        self._lock = Lock()

    def orders(self, venue: str) -> tuple[Placed, ...]:
        """A venue's orders, oldest first."""
        with self._lock:
            return tuple(self._placed.get(venue, ()))

    def find(self, venue: str, client_id: str = "", order_id: str = "") -> Placed | None:
        """The latest order under an id of the client's, or of the venue's."""
        wanted = (one for one in reversed(self.orders(venue)) if client_id in ("", one.client_id))
        return next((one for one in wanted if order_id in ("", str(one.order_id))), None) if client_id or order_id else None

    def place(self, venue: str, book: Book, fault: Fault | None, order: Mapping[str, str]) -> Placed | No:
        """Take an order of `side`, `size`, `price` and `client_id`, or say why not."""
        if fault is Fault.POOR:
            return No.POOR
        first = self.find(venue, order["client_id"])
        if fault is Fault.TWICE or (first and venue == "okx"):
            return No.TWICE
        if first and venue == "coinbase":
            return first
        size, price = Decimal(order["size"]), Decimal(order["price"])
        half = size / 2 // book.market.lot * book.market.lot
        most = half if fault is Fault.PARTIAL else _ZERO if fault is Fault.NOTHING else size
        fills = tuple(self._dealt(book, order["side"].lower(), most, price))
        placed = Placed(next(self._numbers), order["client_id"], book.market, order["side"].lower(), size, price, book.at, fills)
        with self._lock:
            self._placed.setdefault(venue, []).append(placed)
        return placed

    def _dealt(self, book: Book, side: str, most: Decimal, limit: Decimal) -> list[Dealt]:
        found = []
        for price, size in book.asks if side == "buy" else book.bids:
            part = min(most, size)
            if part <= 0 or (price > limit if side == "buy" else price < limit):
                break
            most -= part
            found.append(Dealt(next(self._numbers), price, part, part * price * _FEE))
        return found
