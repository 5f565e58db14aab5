"""Markets for tests of the two-way engine: scenario E's still books, gold, and USDT on rupiah venues."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from otc.model.market import Book, DeskRate, FeedHealth, Instrument, Level, MarketView
from tests.quoting.two_way_cases import NOON

VENUES: Final = ("binance", "coinbase", "kraken", "okx")
Row = tuple[str, str, str, str, str]
"""Venue, symbol, bid, ask, size on either side."""
STILL: Final[tuple[Row, ...]] = (
    ("binance", "BTC/USD", "59990", "60010", "100"),
    ("coinbase", "BTC/USD", "59985", "60015", "60"),
    ("kraken", "BTC/USD", "59980", "60020", "60"),
    ("okx", "BTC/USD", "59970", "60030", "60"),
)
"""Scenario E: 280 BTC either way around 60,000."""
GOLD: Final[tuple[Row, ...]] = (
    ("binance", "PAXG/USDT", "2000", "2001", "500"),
    ("kraken", "PAXG/USD", "1998.5", "2000.5", "500"),
    ("kraken", "USDT/USD", "0.9989", "0.9991", "1000000"),
)
RUPIAH: Final[tuple[Row, ...]] = (
    ("indodax", "USDT/IDR", "15980", "16000", "900000"),
    ("tokocrypto", "USDT/IDR", "15984", "15996", "900000"),
    ("kraken", "USDT/USD", "0.9989", "0.9991", "1000000"),
)
"""A dollar is 15,990 / 0.999 rupiah."""


def market(*rows: Row, taken_at: datetime = NOON, down: Iterable[str] = (), taker_bps: int = 0) -> MarketView:
    """A view of one-level books; the feeds of venues that are `down` say so and have none."""
    shown = [row for row in rows if row[0] not in down]
    return MarketView(
        taken_at=taken_at,
        books={(venue, symbol): _book(venue, symbol, bid, ask, size, taken_at) for venue, symbol, bid, ask, size in shown},
        instruments={(venue, symbol): _instrument(venue, symbol, taker_bps) for venue, symbol, *_ in rows},
        health=tuple(
            FeedHealth(venue, symbol, "down", "The venue does not answer.")
            if venue in down
            else FeedHealth(venue, symbol, "live", received_at=taken_at)
            for venue, symbol, *_ in rows
        ),
    )


def typed(rate: str, name: str = "USD/IDR", typed_at: datetime = NOON) -> dict[str, DeskRate]:
    """A rate of the desk by its name."""
    return {name: DeskRate(f"rate of {name}", name, Decimal(rate), typed_at, "trader-1")}


def simulated(view: MarketView) -> MarketView:
    """The same market, labelled."""
    return replace(view, simulated=True)


def _book(venue: str, symbol: str, bid: str, ask: str, size: str, received_at: datetime) -> Book:
    amount = Decimal(size)
    return Book(venue, symbol, (Level(Decimal(bid), amount),), (Level(Decimal(ask), amount),), received_at)


def _instrument(venue: str, symbol: str, taker_bps: int) -> Instrument:
    nothing = Decimal(0)
    return Instrument(venue, symbol, symbol, Decimal("0.00000001"), Decimal("0.01"), nothing, nothing, Decimal(taker_bps))
