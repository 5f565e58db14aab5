"""The closed list of ways in which a venue can be told to fail, and what each does to a book."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from threading import Lock
from typing import Final

from otc.sample.exchange.floor import Book, Level

Memory = MutableMapping[tuple[str, str], Book]
"""The last good book shown of each venue and native id: what a frozen venue goes on showing."""


class Fault(StrEnum):
    """One way to fail."""

    HTML = "200 with a page of HTML"
    NULL = "200 with null"
    EMPTY = "200 with no body"
    TRUNCATED = "200 with JSON that breaks off"
    SERVER_ERROR = "500"
    UNKNOWN_ERROR = "503 Unknown error"
    BANNED = "418 with Retry-After"
    TOO_MANY = "429 with Retry-After"
    HANG = "no answer at all"
    RESET = "connection reset"
    SLOW = "a late answer"

    ONE_SIDED = "no asks"
    NO_LEVELS = "no levels"
    CROSSED = "best bid above best ask"
    NAN_PRICE = "a price that is no number"
    NAN_SIZE = "a size that is no number"
    INFINITE_PRICE = "an infinite price"
    INFINITE_SIZE = "an infinite size"
    ZERO_PRICE = "a price of zero"
    ZERO_SIZE = "a size of zero"
    NEGATIVE_PRICE = "a negative price"
    NEGATIVE_SIZE = "a negative size"
    UNSORTED = "levels out of order"
    DOUBLED = "prices twice what they are"
    TENTH = "prices a tenth of what they are"

    TAKEN_RESET = "the order is taken, then the connection reset"
    TAKEN_ERROR = "the order is taken, then 503 Unknown error"
    TAKEN_HTML = "the order is taken, then a page of HTML"
    TAKEN_NULL = "the order is taken, then null"
    TAKEN_EMPTY = "the order is taken, then no body"
    POOR = "the order is refused for want of funds"
    TWICE = "the order is refused as sent twice"
    PARTIAL = "half of the order is filled"
    NOTHING = "nothing of the order is filled"
    UNLISTED = "fills that are not listed yet"

    FROZEN = "the same book again and again, on both roads"
    WRONG_SYMBOL = "another market's book"
    SOCKET_SILENT = "a socket that stays open and says nothing"
    SOCKET_DROPPED = "a socket that is cut"


TAKEN: Final[Mapping[Fault, Fault]] = {
    Fault.TAKEN_RESET: Fault.RESET,
    Fault.TAKEN_ERROR: Fault.UNKNOWN_ERROR,
    Fault.TAKEN_HTML: Fault.HTML,
    Fault.TAKEN_NULL: Fault.NULL,
    Fault.TAKEN_EMPTY: Fault.EMPTY,
}
"""What is heard of a request that was carried out all the same."""
ORDER_FAULTS: Final = frozenset({*TAKEN, Fault.POOR, Fault.TWICE, Fault.PARTIAL, Fault.NOTHING, Fault.UNLISTED})
"""Faults that only orders have."""
SOCKET_FAULTS: Final = frozenset({Fault.SOCKET_SILENT, Fault.SOCKET_DROPPED})
"""Faults that REST answers do not have."""

Spoiler = Callable[[Book], Book]


def _best(price: str = "", size: str = "") -> Spoiler:
    def put(levels: tuple[Level, ...]) -> tuple[Level, ...]:
        """The levels with another best one."""
        if not levels:
            return levels
        first = (Decimal(price) if price else levels[0][0], Decimal(size) if size else levels[0][1])
        return (first, *levels[1:])

    return lambda book: replace(book, bids=put(book.bids), asks=put(book.asks))


def _scaled(factor: Decimal) -> Spoiler:
    def put(levels: tuple[Level, ...]) -> tuple[Level, ...]:
        return tuple((price * factor, size) for price, size in levels)

    return lambda book: replace(book, bids=put(book.bids), asks=put(book.asks))


def _crossed(book: Book) -> Book:
    if not book.bids or not book.asks:
        return book
    above = (book.asks[0][0] + book.market.tick, book.bids[0][1])
    return replace(book, bids=(above, *book.bids))


def _unsorted(book: Book) -> Book:
    # The best level goes last; one level alone is in any order, so it stays.
    return replace(book, bids=book.bids[1:] + book.bids[:1], asks=book.asks[1:] + book.asks[:1])


SPOILERS: Final[Mapping[Fault, Spoiler]] = {
    Fault.ONE_SIDED: lambda book: replace(book, asks=()),
    Fault.NO_LEVELS: lambda book: replace(book, bids=(), asks=()),
    Fault.CROSSED: _crossed,
    Fault.NAN_PRICE: _best(price="NaN"),
    Fault.NAN_SIZE: _best(size="NaN"),
    Fault.INFINITE_PRICE: _best(price="Infinity"),
    Fault.INFINITE_SIZE: _best(size="Infinity"),
    Fault.ZERO_PRICE: _best(price="0"),
    Fault.ZERO_SIZE: _best(size="0"),
    Fault.NEGATIVE_PRICE: _best(price="-1"),
    Fault.NEGATIVE_SIZE: _best(size="-1"),
    Fault.UNSORTED: _unsorted,
    Fault.DOUBLED: _scaled(Decimal(2)),
    Fault.TENTH: _scaled(Decimal("0.1")),
}
"""What the faults of the book's content do to it."""


def spoiled(book: Book, fault: Fault | None) -> Book:
    """The book as a venue with this fault would show it; a fault of another kind leaves it as it is."""
    spoil = SPOILERS.get(fault) if fault else None
    return spoil(book) if spoil else book


class Faults:
    """Which fault each venue has: one that stands until it is changed, and before it any that were scheduled, one an answer."""

    def __init__(self) -> None:
        self._standing: dict[str, Fault | None] = {}
        self._scheduled: dict[str, list[Fault | None]] = {}
        self._lock = Lock()

    def stand(self, venue: str, fault: Fault | None) -> None:
        """Give a venue a fault that stays, or None to heal it; what was scheduled is forgotten."""
        with self._lock:
            self._standing[venue] = fault
            self._scheduled.pop(venue, None)

    def schedule(self, venue: str, faults: Iterable[Fault | None]) -> None:
        """Give a venue's next answers a fault each, or None for a good one; then what stands applies again."""
        with self._lock:
            self._scheduled[venue] = list(faults)

    def standing(self, venue: str) -> Fault | None:
        """The fault that stands."""
        with self._lock:
            return self._standing.get(venue)

    def take(self, venue: str) -> Fault | None:
        """The fault of the next answer, which uses up the schedule."""
        with self._lock:
            waiting = self._scheduled.get(venue)
            return waiting.pop(0) if waiting else self._standing.get(venue)
