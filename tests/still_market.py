"""A market that stands still: books of the shipped venues for tests that price from them, all received at the same instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from otc.model.market import Book, FeedHealth, Instrument, Level, MarketView, Signals

Sides = tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]]
"""Bids and asks as (price, size), best first."""

CALM: Mapping[tuple[str, str], Sides] = {
    ("binance", "BTC/USDT"): ([("59990", "100")], [("60010", "100")]),
    ("coinbase", "BTC/USD"): ([("59985", "60")], [("60015", "60")]),
    ("okx", "BTC/USDT"): ([("59980", "60")], [("60020", "60")]),
    ("kraken", "BTC/USD"): ([("59970", "60")], [("60030", "60")]),
    ("kraken", "USDT/USD"): ([("0.9999", "900000")], [("1.0001", "900000")]),
    ("kraken", "PAXG/USD"): ([("2649", "400")], [("2651", "400")]),
    ("indodax", "USDT/IDR"): ([("15845", "400000")], [("15855", "400000")]),
    ("tokocrypto", "USDT/IDR"): ([("15844", "300000")], [("15856", "300000")]),
}
"""USDT at par, rupiah at 15,850, and the four books of BTC around 60,000."""


@dataclass
class StillMarket:
    """A MarketData that always shows the same books, as old as it is told."""

    at: datetime
    books: Mapping[tuple[str, str], Sides] = field(default_factory=lambda: CALM)
    taker_bps: Decimal = Decimal(0)
    down: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Feeds that are out, with their reason."""
    known: Signals = field(default_factory=Signals)

    def view(self) -> MarketView:
        """The books of all feeds that are not down."""
        books = {key: book_of(key, sides, self.at) for key, sides in self.books.items() if key not in self.down}
        health = [FeedHealth(*key, "live", received_at=self.at) for key in books]
        health += [FeedHealth(*key, "down", reason) for key, reason in self.down.items()]
        listed = {key: listing_of(key, self.taker_bps) for key in self.books}
        return MarketView(self.at, books, listed, tuple(health))

    def signals(self) -> Signals:
        return self.known


def book_of(key: tuple[str, str], sides: Sides, at: datetime) -> Book:
    """A book from its sides as text."""
    bids, asks = (tuple(Level(Decimal(price), Decimal(size)) for price, size in side) for side in sides)
    return Book(*key, bids, asks, at)


def listing_of(key: tuple[str, str], taker_bps: Decimal) -> Instrument:
    """A listing without lots or minimum sizes."""
    nothing = Decimal(0)
    return Instrument(*key, key[1].replace("/", ""), nothing, nothing, nothing, nothing, taker_bps)
