"""However a venue's answer is broken: nothing crashes, no bad book prices, and every exclusion has its reason."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.clock import system_clock
from otc.config.markets import MarketSettings, VenueLimits
from otc.market.judgement import Fault as NoBook
from otc.market.judgement import NoAnswer, judge, unjudged
from otc.model.market import Book
from otc.sample.exchange import Fault, LoopbackExchange
from otc.sample.exchange.faults import ORDER_FAULTS
from otc.venues.ccxt_venue import CcxtVenue
from otc.venues.once import fetch_once
from otc.venues.venue import VenueFailed
from tests.soak import examples
from tests.venues.broken import broken
from tests.venues.floor import NATIVE, few, one, ours, recorded
from tests.venues.reading import UNPACED, Reading
from tests.venues.wire import Said

UNTRUE = {Fault.DOUBLED, Fault.TENTH, Fault.FROZEN, Fault.WRONG_SYMBOL}
"""Sound books that are false: only beside the other venues can it be seen."""
NOT_OF_REST = {Fault.SOCKET_SILENT, Fault.SOCKET_DROPPED, Fault.SLOW}


def sound(book: Book) -> bool:
    """What may price, said again without the desk's own check."""
    numbers = [number for level in (*book.bids, *book.asks) for number in level]
    rising = all(a.price < b.price for a, b in pairwise((*reversed(book.bids), *book.asks)))
    return bool(book.bids and book.asks) and all(number.is_finite() and number > 0 for number in numbers) and rising


def outcome(ask: Callable[[], Book]) -> Book | VenueFailed:
    try:
        return ask()
    except VenueFailed as failure:
        return failure


def judged(came: Book | VenueFailed, symbol: str) -> tuple[bool, str]:
    """Whether the feed may price after one second with it, and the reason where it may not."""
    key = ("venue", symbol)
    seen = came if isinstance(came, Book) else NoBook(str(came)) if came.unreadable else NoAnswer(str(came))
    state, (health,) = judge(unjudged({}), {key: seen}, system_clock(), MarketSettings())
    return key in state.books, health.reason


@settings(max_examples=examples(500))
@given(venue=st.sampled_from(sorted(NATIVE)), drawn=st.data())
def test_no_broken_answer_becomes_a_book_that_prices(readings: dict[str, Reading], venue: str, drawn: st.DataObject) -> None:
    symbol, body = recorded(venue)
    said = drawn.draw(broken(body))
    came = outcome(lambda: readings[venue].book(symbol, said))
    prices, reason = judged(came, symbol)
    if prices:
        # By chance it is a sound book still; then every number of it stands in the answer, digit by digit.
        assert isinstance(came, Book)
        assert sound(came)
        assert said.status < 400
        told = [format(number, "f") for level in (*came.bids, *came.asks) for number in level]
        assert [number for number in told if number not in said.body] == []
    else:
        assert reason.endswith(".")
        assert len(reason) > 10


def test_the_same_answer_unbroken_prices(readings: dict[str, Reading]) -> None:
    """Otherwise the property above would hold of a reader that refuses everything."""
    for venue, read in readings.items():
        symbol, body = recorded(venue)
        assert judged(outcome(lambda: read.book(symbol, Said(body))), symbol) == (True, "")  # noqa: B023 - called at once


@pytest.mark.parametrize("body", ["<html>Down for maintenance</html>", "null", "", '{"bids":[["1","2"]', "[]", "{}"])
@pytest.mark.parametrize("venue", sorted(NATIVE))
def test_a_200_that_holds_no_book_is_none(readings: dict[str, Reading], venue: str, body: str) -> None:
    """ccxt makes an empty book of most of these and says that it succeeded."""
    came = outcome(lambda: readings[venue].book(recorded(venue)[0], Said(body, headers={"Content-Type": "text/html"})))
    assert isinstance(came, VenueFailed)
    assert came.unreadable
    assert str(came).startswith(f"{venue} sent")


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after": "120"}, 120),
        ({"Retry-After": "Mon, 02 Mar 2026 09:05:00 GMT", "Date": "Mon, 02 Mar 2026 09:00:00 GMT"}, 300),
        ({}, None),
        ({"Retry-After": "soon"}, None),
    ],
)
def test_a_ban_says_how_long(readings: dict[str, Reading], headers: dict[str, str], asked: float | None) -> None:
    for venue in ("binance", "kraken"):
        for status in (418, 429):
            said = Said("{}", status, headers)
            came = outcome(lambda: readings[venue].book(recorded(venue)[0], said))  # noqa: B023 - called at once
            assert isinstance(came, VenueFailed)
            assert (came.stop, came.retry_after_s) == (True, asked)


@pytest.mark.parametrize("venue", sorted(NATIVE))
def test_every_way_in_which_a_venue_can_fail_over_http(exchange: LoopbackExchange, venue: str) -> None:
    """Through real sockets: each fault of a closed list, twice in a row; then the venue is healed and prices at once."""
    quick = VenueLimits(interval_ms=50, timeout_ms=300)
    faults = [fault for fault in Fault if fault not in UNTRUE | NOT_OF_REST | ORDER_FAULTS]
    symbol, _ = recorded(venue)

    async def ask() -> dict[Fault | None, Book | VenueFailed]:
        came: dict[Fault | None, Book | VenueFailed] = {}
        reader = CcxtVenue(venue, one(exchange, venue, limits=quick), system_clock, **UNPACED)
        try:
            await reader.listing()
            for fault in (*faults, *(fault for fault in faults if fault is not Fault.HANG), None):
                exchange.fail(venue, fault)
                try:
                    came[fault] = await reader.book(symbol)
                except VenueFailed as failure:
                    came[fault] = failure
        finally:
            await reader.close()
        return came

    told = {fault: judged(came, symbol) for fault, came in asyncio.run(ask()).items()}
    assert told.pop(None) == (True, "")
    assert len(told) == len(faults) >= 20
    assert [fault for fault, (prices, reason) in told.items() if prices or not reason] == []


def test_a_sound_book_that_is_false_is_found_beside_the_others(exchange: LoopbackExchange) -> None:
    exchange.fail("binance", Fault.DOUBLED)
    venues = {**few(ours(exchange, "binance", "okx", "kraken")), **ours(exchange, "coinbase")}
    view = fetch_once(venues, MarketSettings(), system_clock)
    (health,) = [feed for feed in view.health if (feed.venue, feed.symbol) == ("binance", "BTC/USDT")]
    assert (health.state, ("binance", "BTC/USDT") in view.books) == ("excluded", False)
    assert "median" in health.reason
    assert {("kraken", "BTC/USD"), ("coinbase", "BTC/USD")} <= set(view.books)
