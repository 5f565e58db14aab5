"""Asked once, no venue costs another one its price: books count by their age when they came."""

import time
from datetime import timedelta
from decimal import Decimal

from otc.clock import system_clock
from otc.config.markets import MarketSettings, VenueLimits
from otc.market.book import PRICING
from otc.sample.exchange import Fault, LoopbackExchange
from otc.venues.once import fetch_once
from tests.venues.floor import ours

PATIENT = VenueLimits(timeout_ms=60_000)
"""The venue's own time-out does not end the waiting."""
STRICT = MarketSettings(exclude_age_s=Decimal("0.9"))


def test_who_hangs_with_its_list_is_not_waited_for(exchange: LoopbackExchange) -> None:
    """The others are asked for their books afterwards: they are young."""
    exchange.fail("binance", Fault.HANG)
    venues = ours(exchange, "binance", "okx", "indodax", limits=PATIENT)
    view = fetch_once(venues, STRICT, system_clock, timeout_s=4)
    assert {feed.state for feed in view.health if feed.venue != "binance"} == {"live"}
    assert {(feed.state, feed.reason) for feed in view.health if feed.venue == "binance"} == {
        ("down", "It did not answer within 1.5 s.")
    }
    assert {(book.venue, book.source) for book in view.books.values()} == {("okx", "rest"), ("indodax", "rest")}
    assert view.instruments["indodax", "BTC/IDR"].tick == 1000
    assert view.instruments["indodax", "BTC/IDR"].min_notional == 10_000


def test_who_hangs_with_its_books_makes_nobody_stale(exchange: LoopbackExchange) -> None:
    """The others' books came at once and are dated so; that they are older than the limit at the end is not their fault."""
    exchange.fail("binance", Fault.HANG)
    exchange.fail_next("binance", [None])
    venues = ours(exchange, "binance", "okx", "indodax", limits=PATIENT)
    began, before = time.monotonic(), system_clock()
    view = fetch_once(venues, STRICT, system_clock, timeout_s=2)
    assert time.monotonic() - began < 3.5
    assert {feed.venue for feed in view.health if feed.state in PRICING} == {"okx", "indodax"}
    late = [feed for feed in view.health if feed.venue == "binance"]
    assert [feed.state for feed in late] == ["down"] * 3
    assert all(feed.reason.startswith("It did not answer within 1.") for feed in late)
    assert view.taken_at - before >= timedelta(seconds=2)
    for book in view.books.values():
        assert view.taken_at - book.received_at > timedelta(seconds=0.9)


def test_a_venue_that_may_be_asked_slowly_makes_nobody_stale(exchange: LoopbackExchange) -> None:
    """Kraken's books come 1.2 seconds apart."""
    symbols = {"BTC/USD": "XXBTZUSD", "PAXG/USD": "PAXGUSD"}
    venues = {**ours(exchange, "kraken", symbols=symbols), **ours(exchange, "okx")}
    view = fetch_once(venues, STRICT, system_clock)
    assert {feed.state for feed in view.health} <= PRICING
    assert set(view.books) == {(name, symbol) for name, venue in venues.items() for symbol in venue.symbols}
    came = sorted(book.received_at for key, book in view.books.items() if key[0] == "kraken")
    assert came[-1] - came[0] > timedelta(seconds=1)
