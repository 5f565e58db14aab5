"""The market loop: one thread for all venues, which starts when somebody looks and is gone when the desk closes."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from otc.clock import Clock, system_clock
from otc.config.markets import MarketSettings, TwoWaySettings, Venues, VenueSettings
from otc.market.book import fault_of
from otc.model.market import Book, FeedHealth, MarketView
from otc.sample.exchange import Fault, LoopbackExchange
from otc.venues.ccxt_venue import CcxtVenue
from otc.venues.feeds import MakeVenue, ccxt_venue
from otc.venues.live import LiveMarket
from otc.venues.once import fetch_once
from otc.venues.venue import Venue
from tests.venues.floor import ROOT, few, ours, set_books
from tests.venues.scripted import Scripted


def at_once(name: str, settings: VenueSettings, clock: Clock) -> Venue:
    """A venue through ccxt that does not wait a quarter of a second when it is closed."""
    return CcxtVenue(name, settings, clock, timeout_on_exit=0)


Start = Callable[..., LiveMarket]
PATIENT = MarketSettings(warn_age_s=Decimal(30), exclude_age_s=Decimal(60))
"""A machine that tests run on may be slow: what is asked here is not how old a book may be."""


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a market that publishes twenty times a second; all that were started are closed."""
    started: list[LiveMarket] = []

    def begin(venues: Venues, settings: MarketSettings = PATIENT, make: MakeVenue = at_once) -> LiveMarket:
        market = LiveMarket(venues, settings, TwoWaySettings(), system_clock, every_s=0.05, make=make)
        started.append(market)
        market.view()
        return market

    yield begin
    for market in started:
        market.close()
    assert [thread.name for thread in threading.enumerate() if thread.name == "market"] == []


def until(market: LiveMarket, true: Callable[[MarketView], object], within_s: float = 20) -> MarketView:
    end = time.monotonic() + within_s
    while not true(view := market.view()):
        assert time.monotonic() < end, [(feed.venue, feed.symbol, feed.state, feed.reason) for feed in view.health]
        time.sleep(0.01)
    return view


def of(view: MarketView, venue: str, symbol: str) -> FeedHealth:
    (health,) = [feed for feed in view.health if (feed.venue, feed.symbol) == (venue, symbol)]
    return health


def test_every_venue_is_seen_over_its_own_road(exchange: LoopbackExchange, start: Start) -> None:
    """Sockets where there are any; the rupiah venues over REST; every id is the asserted one, Kraken's open market's too."""
    venues = few(ours(exchange))
    market = start(venues)
    view = until(market, lambda view: len(view.books) == len(view.health) == 6)
    roads: dict[str, set[str]] = {}
    for step in range(1, 400):
        set_books(exchange, step)
        view = market.view()
        for book in view.books.values():
            roads.setdefault(book.venue, set()).add(book.source)
        if all("socket" in roads.get(name, ()) for name in ("binance", "okx", "kraken", "coinbase")):
            break
        time.sleep(0.02)
    assert {name for name, seen in roads.items() if "socket" in seen} == {"binance", "okx", "kraken", "coinbase"}
    assert roads["indodax"] == roads["tokocrypto"] == {"rest"}
    wanted = {(name, symbol): own for name, venue in venues.items() for symbol, own in venue.symbols.items()}
    assert {key: found.native_id for key, found in view.instruments.items()} == wanted
    assert (view.simulated, market.signals().mids["BTC"][0][1]) == (False, Decimal(64_000))


def test_a_book_is_exact_over_the_socket_too(exchange: LoopbackExchange, start: Start) -> None:
    """Kraken's socket sends bare numbers, which JSON readers make floats of: 12345678.12345678 and more digits come whole."""
    market = start(few(ours(exchange, "kraken", "binance", "okx", "coinbase")))
    until(market, lambda view: view.books)
    bids = [(Decimal("64000.100000000000000001"), Decimal("12345678.12345678")), (Decimal("9999.9"), Decimal("0.00000001"))]
    asks = [(Decimal("64000.2"), Decimal("99999999.99999999")), (Decimal("100000.1"), Decimal("3.10"))]
    keys = [("kraken", "BTC/USD"), ("coinbase", "BTC/USD"), ("binance", "BTC/USDT"), ("okx", "BTC/USDT")]

    def told(view: MarketView) -> bool:
        # Set again and again: the line may just be opening.
        for venue, symbol in keys:
            exchange.floor.set_book(venue, symbol, bids, asks)
        return all(key in view.books and view.books[key].source == "socket" for key in keys)

    view = until(market, told)
    view = until(market, lambda view: all(key in view.books and view.books[key].bids[0] == bids[0] for key in keys))
    for key in keys:
        assert [tuple(level) for level in view.books[key].bids] == bids
        assert [tuple(level) for level in view.books[key].asks] == asks


def test_a_venue_that_hangs_or_is_gone_delays_nobody(exchange: LoopbackExchange, start: Start) -> None:
    exchange.fail("okx", Fault.HANG)
    venues = few(ours(exchange, "okx", "indodax", "binance"))
    venues["binance"] = replace(venues["binance"], urls={"api": {"public": "http://127.0.0.1:9/api/v3"}})
    market = start(venues)
    received = set()

    def told(view: MarketView) -> bool:
        received.add(of(view, "indodax", "USDT/IDR").received_at)
        return of(view, "okx", "BTC/USDT").failures > 0 and of(view, "binance", "BTC/USDT").failures > 0

    view = until(market, told)
    assert "did not answer within 1 s" in of(view, "okx", "BTC/USDT").reason
    assert "cannot be reached" in of(view, "binance", "BTC/USDT").reason
    # In the second that okx kept silent the rupiah venue was heard again and again.
    assert len(received - {None}) >= 3


def test_a_silent_socket_is_made_good_by_rest_and_opened_anew(exchange: LoopbackExchange, start: Start) -> None:
    venues = ours(exchange, "okx", symbols={"BTC/USDT": "BTC-USDT"})
    market = start(venues)
    key = ("okx", "BTC/USDT")

    def moving(view: MarketView) -> bool:
        set_books(exchange, int(time.monotonic() * 20) % 50)
        return key in view.books and view.books[key].source == "socket"

    until(market, moving)

    def opened() -> int:
        return sum("ws" in asked.path for asked in exchange.requests("okx"))

    before = opened()
    exchange.fail("okx", Fault.SOCKET_SILENT)
    set_books(exchange, 777)
    top = Decimal(64_000) + 776 * Decimal("0.1")
    view = until(market, lambda view: key in view.books and view.books[key].bids[0].price == top)
    assert view.books[key].source == "rest"
    until(market, lambda _: opened() > before)
    assert opened() > before


@pytest.mark.parametrize("fault", [Fault.NAN_PRICE, Fault.CROSSED])
def test_no_bad_book_comes_over_a_socket(exchange: LoopbackExchange, start: Start, fault: Fault) -> None:
    venues = few(ours(exchange, "binance", "okx", "coinbase"))
    market = start(venues, settings=replace(PATIENT, clean_s=0))
    until(market, lambda view: len(view.books) == 3)
    for name in venues:
        exchange.fail(name, fault)
    view, bad = market.view(), set()
    for step in range(100, 130):
        set_books(exchange, step)
        view = market.view()
        bad |= {key for key, book in view.books.items() if fault_of(book)}
        if all(feed.state in ("excluded", "down") for feed in view.health):
            break
        time.sleep(0.05)
    assert bad == set()
    assert [feed.reason for feed in view.health if not feed.reason] == []
    for name in venues:
        exchange.fail(name, None)

    def healed(view: MarketView) -> bool:
        set_books(exchange, int(time.monotonic() * 20) % 50)
        return len(view.books) == 3

    until(market, healed)


def test_a_wrong_id_puts_that_market_out_and_no_other(exchange: LoopbackExchange, start: Start) -> None:
    symbols = {"BTC/USD": "USDTZUSD", "USDT/USD": "USDTZUSD"}
    market = start(ours(exchange, "kraken", symbols=symbols))
    view = until(market, lambda view: view.books)
    assert set(view.books) == {("kraken", "USDT/USD")}
    assert of(view, "kraken", "BTC/USD").state == "down"
    assert "not as 'USDTZUSD'; correct its id in venues.yaml" in of(view, "kraken", "BTC/USD").reason


def test_an_exchange_that_nobody_knows_is_a_sentence(exchange: LoopbackExchange, start: Start) -> None:
    venues = ours(exchange, "indodax")
    venues["moon"] = replace(venues["indodax"], exchange="moonbase")
    view = until(start(venues), lambda view: view.books)
    assert "'moonbase' is no exchange that ccxt knows" in of(view, "moon", "USDT/IDR").reason


def test_a_fault_of_the_program_in_one_venue_leaves_the_others(exchange: LoopbackExchange, start: Start) -> None:
    venues = ours(exchange, "indodax", "okx")

    def make(name: str, settings: VenueSettings, clock: Clock) -> Venue:
        broken = Scripted(symbols=("BTC/USDT",), rest={"BTC/USDT": ZeroDivisionError("a bug")})
        return broken if name == "okx" else at_once(name, settings, clock)

    market = start(venues, make=make)
    view = until(market, lambda view: len(view.books) == 2 and "fault in the program" in of(view, "okx", "BTC/USDT").reason)
    assert of(view, "okx", "BTC/USDT").state == "down"
    assert {venue for venue, _ in view.books} == {"indodax"}


class Spoiled(Scripted):
    """A socket whose book cannot even be looked at: what fails is not its own task but the judging."""

    def on_line(self, symbol: str, heard_at: datetime) -> Book | None:
        raise ZeroDivisionError("a bug")


def test_a_fault_of_the_program_in_judging_is_told_and_watching_starts_again(caplog: pytest.LogCaptureFixture) -> None:
    """Not at once: every start asks all venues for their lists."""
    ahead, made = timedelta(), list[Scripted]()

    def make(*_: object) -> Venue:
        venue = Scripted(("USDT/IDR",)) if made else Spoiled(("USDT/IDR",), line=("99", "101"), has_socket=True)
        venue.ring()
        made.append(venue)
        return venue

    venues = {"indodax": VenueSettings("indodax", {"USDT/IDR": "usdtidr"}, Decimal(30))}
    market = LiveMarket(venues, PATIENT, TwoWaySettings(), lambda: system_clock() + ahead, every_s=0.01, make=make)
    sentence = "Watching stopped because of a fault in the program (ZeroDivisionError) and starts again; report it."
    view = until(market, lambda view: "fault" in of(view, "indodax", "USDT/IDR").reason)
    assert (view.books, of(view, "indodax", "USDT/IDR").state) == ({}, "down")
    assert of(view, "indodax", "USDT/IDR").reason == sentence
    assert "a bug" in caplog.text
    for _ in range(20):
        market.view()
        time.sleep(0.005)
    assert (len(made), made[0].closed) == (1, True)
    ahead = timedelta(seconds=5)
    until(market, lambda view: view.books)
    market.close()
    assert (len(made), market.view().books) == (2, {})
    assert of(market.view(), "indodax", "USDT/IDR").reason == "The market is not watched any more; start the desk again."


def test_twenty_starts_and_stops_leave_nothing_behind(exchange: LoopbackExchange) -> None:
    before = set(threading.enumerate())
    asked = ours(exchange, "indodax")
    for turn in range(20):
        make = ccxt_venue if turn == 19 else (lambda *_: Scripted(symbols=("USDT/IDR",)))
        market = LiveMarket(asked, MarketSettings(), TwoWaySettings(), system_clock, every_s=0.01, make=make)
        until(market, lambda view: view.books)
        market.close()
        assert set(threading.enumerate()) <= before
        assert {feed.reason for feed in market.view().health} == {"The market is not watched any more; start the desk again."}
        assert market.view().books == {}


def test_a_market_that_was_never_looked_at_never_started(exchange: LoopbackExchange) -> None:
    market = LiveMarket(ours(exchange), MarketSettings(), TwoWaySettings(), system_clock)
    market.close()
    assert exchange.requests("okx") == ()


def test_the_desk_starts_without_ccxt() -> None:
    """It takes a second and a hundred megabytes: only the thread that watches imports it."""
    script = "import sys, otc.cli, otc.runtime; print([name for name in sys.modules if name.startswith(('ccxt', 'aiohttp'))])"
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_an_address_that_was_not_given_never_leaves_this_machine(left: list[object]) -> None:
    """The guard of these tests: without `urls` ccxt would go to the venue itself, and is caught."""
    venues = {"indodax": VenueSettings("indodax", {"USDT/IDR": "usdtidr"}, Decimal(30))}
    view = fetch_once(venues, PATIENT, system_clock)
    assert left == ["indodax.com"]
    left.clear()
    assert of(view, "indodax", "USDT/IDR").state == "down"
