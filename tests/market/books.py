"""Books, lines and views for tests, built in one line each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from otc.market.consolidated import Line
from otc.model.market import Book, FeedHealth, Instrument, Level, MarketView

NOW: Final = datetime(2025, 1, 2, 1, 0, tzinfo=UTC)
Side = Iterable[tuple[object, object]]
STILL: Final = [(60_010, 59_990, 100), (60_015, 59_985, 60), (60_020, 59_980, 60), (60_030, 59_970, 60)]
"""Asks, bids and sizes of four venues around 60,000."""


def levels(side: Side) -> tuple[Level, ...]:
    """Levels from prices and sizes in any notation that Decimal reads."""
    return tuple(Level(Decimal(str(price)), Decimal(str(size))) for price, size in side)


def book(venue: str, symbol: str, bids: Side, asks: Side, at: datetime = NOW) -> Book:
    """A book received at an instant."""
    return Book(venue, symbol, levels(bids), levels(asks), at)


def around(venue: str, symbol: str, middle: object, at: datetime = NOW) -> Book:
    """A book of ten levels a side, a ten-thousandth apart around a middle; its sizes are the venue's own."""
    centre, own = Decimal(str(middle)), Decimal(sum(map(ord, venue + symbol)))
    step = centre / 10_000
    bids, asks = ([(centre + sign * step * n, own / 100 + n) for n in range(1, 11)] for sign in (-1, 1))
    return book(venue, symbol, bids, asks, at)


def instrument(venue: str, symbol: str, **terms: str) -> Instrument:
    """A listing without lots, minimum sizes and fees but those given."""
    words = ("lot", "tick", "min_size", "min_notional", "taker_bps")
    return Instrument(venue, symbol, symbol, *(Decimal(terms.get(word, "0")) for word in words))


def line(shown: Book, rate: object = 1, cap: object = None, **terms: str) -> Line:
    """A line of a book under terms."""
    most = None if cap is None else Decimal(str(cap))
    return Line(instrument(shown.venue, shown.symbol, **terms), shown, Decimal(str(rate)), most)


def still_lines(**terms: str) -> list[Line]:
    """Four venues of one level a side around 60,000."""
    return [line(book(f"venue-{n}", "BTC/USD", [(b, s)], [(a, s)]), **terms) for n, (a, b, s) in enumerate(STILL, 1)]


def view(*books: Book, health: Sequence[FeedHealth] = (), terms: Mapping[str, str] | None = None) -> MarketView:
    """A market that lists what its books show."""
    listed = {(shown.venue, shown.symbol): instrument(shown.venue, shown.symbol, **(terms or {})) for shown in books}
    return MarketView(NOW, {(shown.venue, shown.symbol): shown for shown in books}, listed, tuple(health))
