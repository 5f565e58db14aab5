"""The trading floor: the present book of each market, set from any thread and heard by whoever listens."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from threading import Lock

from otc.clock import Clock, system_clock
from otc.errors import Refused
from otc.sample.exchange.listing import LISTINGS, Market

Level = tuple[Decimal, Decimal]
"""Price in the quote currency, size in the base."""
Listener = Callable[[str, str], None]
"""Is told the venue and the native id of a market whose book was set."""


@dataclass(frozen=True)
class Book:
    """A market's levels, best first; `sequence` grows by one with each book that is set."""

    market: Market
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    sequence: int
    at: datetime


class Floor:
    """All venues' markets and books. A market whose book was never set has an empty one."""

    def __init__(self, listings: Mapping[str, Sequence[Market]] = LISTINGS, clock: Clock = system_clock) -> None:
        self._listings = {venue: tuple(markets) for venue, markets in listings.items()}
        self._clock = clock
        self._books: dict[tuple[str, str], Book] = {}
        self._listeners: list[Listener] = []
        self._lock = Lock()

    def now(self) -> datetime:
        """The floor's present instant, in UTC."""
        return self._clock()

    def markets(self, venue: str) -> tuple[Market, ...]:
        """What a venue lists, in its order; nothing where the floor has no such venue."""
        return self._listings.get(venue, ())

    def market(self, venue: str, name: str) -> Market | None:
        """The market of a native id or, failing that, the first open market of a unified name; None where neither is listed."""
        listed = self.markets(venue)
        by_id = (market for market in listed if market.native_id == name)
        by_symbol = (market for market in listed if market.symbol == name and not market.dark)
        return next(by_id, None) or next(by_symbol, None)

    def set_book(self, venue: str, name: str, bids: Iterable[Level], asks: Iterable[Level]) -> Book:
        """Set the levels of a market, best first, as they stand; an alias sets the book that it shows. Tells the listeners.

        Raises Refused where the venue does not list the market. Nothing is checked or sorted: bad books are wanted too.
        """
        market = self.market(venue, name)
        if market is None:
            raise Refused(f"{venue} lists no {name}; pass a listing that has it.")
        place = market.alias_of or (venue, market.native_id)
        with self._lock:
            before = self._books.get(place)
            book = Book(market, tuple(bids), tuple(asks), before.sequence + 1 if before else 1, self.now())
            self._books[place] = book
        for told in (place, *self._aliases_of(place)):
            for listener in tuple(self._listeners):
                listener(*told)
        return book

    def book(self, venue: str, market: Market) -> Book:
        """The present book of a market of a venue."""
        place = market.alias_of or (venue, market.native_id)
        with self._lock:
            kept = self._books.get(place)
        return replace(kept, market=market) if kept else Book(market, (), (), 0, self.now())

    def listen(self, listener: Listener) -> None:
        """Call the listener from now on, in the thread that sets a book."""
        self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Call the listener no more."""
        self._listeners.remove(listener)

    def _aliases_of(self, place: tuple[str, str]) -> list[tuple[str, str]]:
        return [
            (venue, market.native_id)
            for venue, markets in self._listings.items()
            for market in markets
            if market.alias_of == place
        ]
