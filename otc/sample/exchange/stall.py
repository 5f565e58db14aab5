"""A venue's stall on the floor: what it sees when it is asked, and the shapes in which a venue file describes itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from otc.sample.exchange.faults import Fault, Memory, spoiled
from otc.sample.exchange.floor import Book, Floor, Level
from otc.sample.exchange.ledger import Dealt, Ledger, No, Placed
from otc.sample.exchange.listing import Market


@dataclass(frozen=True)
class Stall:
    """One venue at one request: its markets, the instant, and its books as the fault of the moment shows them."""

    venue: str
    floor: Floor
    fault: Fault | None
    memory: Memory
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def markets(self) -> tuple[Market, ...]:
        """What the venue lists, in its order."""
        return self.floor.markets(self.venue)

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self.floor.now()

    def market(self, name: str) -> Market | None:
        """The market of a native id, or the first open one of a unified name."""
        return self.floor.market(self.venue, name)

    def shown(self, name: str) -> Book | None:
        """The book that an asker is shown, dated now unless it is frozen; None where the market is not listed."""
        market = self.market(name)
        if market is None:
            return None
        book = replace(self.floor.book(self.venue, market), at=self.now())
        if self.fault is Fault.WRONG_SYMBOL:
            return self._neighbour(market, book)
        if self.fault is Fault.FROZEN:
            return self.memory.setdefault((self.venue, market.native_id), book)
        self.memory[self.venue, market.native_id] = book
        return spoiled(book, self.fault)

    def place(self, name: str, **order: str) -> Placed | No | None:
        """Take an order of `side`, `size`, `price` and `client_id`; None where the market is not listed."""
        market = self.market(name)
        if market is None:
            return None
        book = replace(self.floor.book(self.venue, market), at=self.now())
        return self.ledger.place(self.venue, book, self.fault, order)

    def listed_fills(self, order: Placed) -> tuple[Dealt, ...]:
        """An order's fills as far as they are listed."""
        return () if self.fault is Fault.UNLISTED else order.fills

    def _neighbour(self, market: Market, book: Book) -> Book:
        # Rather another coin: the same coin in another dollar would hardly show.
        others = sorted((other for other in self.markets if other.symbol != market.symbol), key=lambda m: m.base == market.base)
        if not others:
            return book
        return replace(self.floor.book(self.venue, others[0]), market=others[0], at=book.at)


@dataclass(frozen=True)
class Reply:
    """What a venue answers: a payload for JSON, and the HTTP status."""

    payload: object
    status: int = 200


Answer = Callable[[Stall, Mapping[str, str]], Reply]
"""Answers a request from its path's and its query's parts."""


@dataclass(frozen=True)
class Topic:
    """A market's book that a socket asked for, and how many levels a side."""

    native_id: str
    depth: int


@dataclass(frozen=True)
class Heard:
    """What follows from a message on a socket: texts to send at once, books to begin and native ids to end."""

    replies: tuple[str, ...] = ()
    begin: tuple[Topic, ...] = ()
    end: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stream:
    """How a venue speaks on its web socket; without `snapshot` the client fetches that over REST."""

    path: str
    hear: Callable[[Stall, str], Heard]
    change: Callable[[Book, Book], str]
    snapshot: Callable[[Book], str] | None = None
    greeting: tuple[str, ...] = ()


@dataclass(frozen=True)
class Venue:
    """A venue's side of the wire: the first part of its paths, what ccxt is given, its answers by `GET /path`, its stream.

    `refusals` are its own words by HTTP status; where it has none the status speaks for itself.
    """

    name: str
    prefix: str
    urls: Callable[[str], Mapping[str, object]]
    answers: Mapping[str, Answer]
    options: Mapping[str, object] = field(default_factory=dict)
    refusals: Mapping[int, object] = field(default_factory=dict)
    stream: Stream | None = None


def changes(before: tuple[Level, ...], after: tuple[Level, ...]) -> list[Level]:
    """What turns one side into the other: new and changed levels, and gone ones with size zero."""
    old = dict(before)
    kept = {price for price, _ in after}
    gone = [(price, Decimal(0)) for price, _ in before if price not in kept]
    return gone + [(price, size) for price, size in after if old.get(price) != size]


def cut(book: Book, depth: int) -> Book:
    """The best so many levels of each side."""
    return replace(book, bids=book.bids[:depth], asks=book.asks[:depth])
