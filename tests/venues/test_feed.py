"""A venue's task believes its socket only as far as REST bears it out, and leaves a failing venue alone."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from otc.clock import Clock, system_clock
from otc.config.markets import VenueLimits, VenueSettings
from otc.market.judgement import Fault, NoAnswer, Observation
from otc.model.market import Book
from otc.venues.feed import Feed
from otc.venues.venue import VenueFailed
from tests.venues.scripted import Scripted, book

MS_20 = VenueLimits(interval_ms=20)


def lived(
    venue: Scripted, story: Callable[[Feed], Awaitable[None]], limits: VenueLimits = MS_20, clock: Clock = system_clock
) -> None:
    """Run a venue's task beside a story; the task is cancelled at its end."""

    async def live() -> None:
        settings = VenueSettings("scripted", {symbol: symbol for symbol in venue.symbols}, Decimal(10), limits=limits)
        feed = Feed("scripted", venue, settings, clock, lambda: 1.0)
        task = asyncio.create_task(feed.run())
        try:
            await story(feed)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    asyncio.run(live())
    assert venue.closed


def seen(feed: Feed, symbol: str = "BTC/USD") -> Observation | None:
    return feed.observations().get(("scripted", symbol))


def seen_book(feed: Feed) -> Book:
    found = seen(feed)
    assert isinstance(found, Book)
    return found


def silence(feed: Feed, symbol: str = "BTC/USD") -> NoAnswer:
    found = seen(feed, symbol)
    assert isinstance(found, NoAnswer)
    return found


def road(feed: Feed) -> str:
    found = seen(feed)
    return found.source if isinstance(found, Book) else ""


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(3):
        while not true():
            await asyncio.sleep(0.005)


def test_without_a_socket_rest_is_asked_every_interval():
    venue = Scripted()

    async def story(feed: Feed) -> None:
        assert seen(feed) is None
        await until(lambda: venue.asked["BTC/USD"] >= 3)
        assert isinstance(seen(feed), Book)
        assert feed.instruments["BTC/USD"].venue == "scripted"

    lived(venue, story)
    assert (venue.asked["listing"], venue.asked["socket"]) == (1, 0)


def test_a_socket_that_speaks_saves_asking():
    """It is held against REST at first and then only now and then."""
    venue = Scripted(has_socket=True, line=("99", "101"))

    async def story(feed: Feed) -> None:
        for _ in range(40):
            venue.ring()
            await asyncio.sleep(0.005)
        assert road(feed) == "socket"

    lived(venue, story)
    assert venue.asked["BTC/USD"] <= 4
    assert venue.hung_up == 0


@pytest.mark.parametrize("line", [("101", "99"), ("99", "99"), ("110", "111"), ("90", "91")])
def test_a_socket_that_is_crossed_or_far_from_rest_is_hung_up(line):
    venue = Scripted(has_socket=True, line=line)

    async def story(feed: Feed) -> None:
        venue.ring()
        await until(lambda: venue.hung_up)
        await until(lambda: road(feed) == "rest")

    lived(venue, story)
    assert venue.hung_up >= 1


def test_a_socket_that_is_silent_while_the_market_moves_is_hung_up():
    venue = Scripted(has_socket=True, line=("99", "101"))

    async def story(feed: Feed) -> None:
        venue.ring()
        await until(lambda: venue.asked["BTC/USD"] >= 3)
        assert venue.hung_up == 0
        venue.rest["BTC/USD"] = ("99.01", "101")
        await until(lambda: venue.hung_up == 1)
        assert seen_book(feed).bids[0].price == Decimal("99.01")

    lived(venue, story)


@dataclass
class Changing(Scripted):
    """Every second answer over REST is `other`."""

    other: tuple[str, str] = ("99", "101")

    async def book(self, symbol: str) -> Book:
        if self.asked[symbol] % 2:
            self.asked[symbol] += 1
            return book(symbol, *self.other)
        return await super().book(symbol)


@pytest.mark.parametrize("other", [("99.5", "101"), ("110", "111")])
def test_a_socket_that_rest_contradicts_but_once_is_kept(other):
    """REST may know a change a moment before a quiet socket tells it; hanging up would cost every symbol of the venue."""
    venue = Changing(has_socket=True, line=("99", "101"), other=other)

    async def story(feed: Feed) -> None:
        venue.ring()
        await until(lambda: venue.asked["BTC/USD"] >= 12)

    lived(venue, story)
    assert venue.hung_up == 0


def test_a_socket_that_says_nothing_of_a_hair_is_kept():
    venue = Scripted(has_socket=True, line=("99", "101"), rest={"BTC/USD": ("99.009", "101")})

    async def story(feed: Feed) -> None:
        venue.ring()
        await until(lambda: venue.asked["BTC/USD"] >= 8)

    lived(venue, story)
    assert venue.hung_up == 0


def test_a_socket_that_spoke_between_two_checks_is_not_dead():
    """It is quiet at both, but it told something new meanwhile."""
    venue = Scripted(has_socket=True, line=("99", "101"), rest={"BTC/USD": ("99.5", "101")})

    async def story(feed: Feed) -> None:
        for times in range(1, 9):
            venue.ring()
            await until(partial(asked, times))

    def asked(times: int) -> bool:
        return venue.asked["BTC/USD"] >= times

    lived(venue, story)
    assert venue.hung_up == 0


def test_a_socket_that_never_tells_a_first_book_is_opened_anew():
    ahead = timedelta()
    venue = Scripted(has_socket=True, line=("99", "101"))

    async def story(feed: Feed) -> None:
        nonlocal ahead
        await until(lambda: venue.asked["BTC/USD"] >= 3)
        assert venue.hung_up == 0
        ahead = timedelta(seconds=16)
        await until(lambda: venue.hung_up)
        assert road(feed) == "rest"

    lived(venue, story, clock=lambda: system_clock() + ahead)
    assert venue.hung_up == 1


def test_a_venue_too_slow_for_all_its_books_keeps_the_first_ones_young():
    """Every 1.3 s, as Kraken allows: four books would each be 5.2 s old before they come again, and all be excluded."""
    venue = Scripted(symbols=("BTC/USD", "PAXG/USD", "USDT/USD", "USDC/USD"))

    async def story(feed: Feed) -> None:
        await until(lambda: venue.asked["BTC/USD"])
        assert [symbol for symbol in venue.symbols if isinstance(seen(feed, symbol), Book)] == ["BTC/USD", "PAXG/USD", "USDT/USD"]
        sentence = "scripted can be asked for 3 books in time without its web socket; this is not among the first."
        assert silence(feed, "USDC/USD").reason == sentence

    lived(venue, story, VenueLimits(interval_ms=1300))
    assert venue.asked == {"listing": 1, "BTC/USD": 1, "PAXG/USD": 1, "USDT/USD": 1}


def test_a_socket_that_was_cut_is_opened_anew():
    venue = Scripted(has_socket=True, line=("99", "101"))

    async def story(feed: Feed) -> None:
        venue.ring()
        await until(lambda: venue.asked["socket"] == 2)
        kept, venue.line = venue.line, None
        venue.ring()
        await until(lambda: venue.asked["socket"] == 3)
        venue.line = kept
        venue.ring()
        await until(lambda: road(feed) == "socket")

    lived(venue, story)
    assert venue.asked["socket"] >= 3


def test_a_ban_silences_the_whole_venue_for_as_long_as_it_says():
    venue = Scripted(symbols=("BTC/USD", "USDT/USD"))
    venue.rest["BTC/USD"] = VenueFailed("It asks for silence.", stop=True, retry_after_s=60)

    async def story(feed: Feed) -> None:
        await until(lambda: seen(feed))
        before = venue.asked.total()
        await asyncio.sleep(0.15)
        assert venue.asked.total() == before
        for symbol in venue.symbols:
            answer = silence(feed, symbol)
            assert answer.reason == "It asks for silence."
            assert (answer.retry_at or system_clock()) - system_clock() > timedelta(seconds=58)

    lived(venue, story)


def test_one_bad_market_is_no_dead_venue():
    venue = Scripted(symbols=("BTC/USD", "USDT/USD"))
    venue.rest["BTC/USD"] = VenueFailed("It sent no usable book.", unreadable=True)

    async def story(feed: Feed) -> None:
        await until(lambda: venue.asked["USDT/USD"] >= 8)
        assert seen(feed) == Fault("It sent no usable book.")
        assert isinstance(seen(feed, "USDT/USD"), Book)

    lived(venue, story)
    assert venue.asked["BTC/USD"] >= 7


def test_a_dead_venue_is_asked_less_and_less_and_comes_back():
    venue = Scripted()
    venue.rest["BTC/USD"] = VenueFailed("It cannot be reached.")

    async def story(feed: Feed) -> None:
        await until(lambda: venue.asked["BTC/USD"] == 3)
        await asyncio.sleep(0.3)
        assert venue.asked["BTC/USD"] == 3
        assert (silence(feed).reason, silence(feed).failures) == ("It cannot be reached.", 3)
        venue.rest.clear()
        await until(lambda: isinstance(seen(feed), Book))

    lived(venue, story)
    assert venue.asked["BTC/USD"] >= 4
