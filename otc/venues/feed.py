"""One venue's task: its web socket where it has one, REST beside it as cross-check and for the rest, and its breaker.

Every `interval_ms` each symbol is looked at. A socket that told something lately is believed, and held against a REST book now
and then. REST speaks for one that says nothing; one that is broken, or twice in a row dead or far from REST, is hung up and
opened anew. Where REST has more to speak for than the venue's pace allows, it speaks for the symbols that are configured first.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from otc.clock import FAR_FUTURE, Clock
from otc.config.markets import VenueSettings
from otc.market.book import fault_of
from otc.market.judgement import Fault, NoAnswer, Observation
from otc.model.market import Book, BookKey, Instrument
from otc.money import BPS, CONTEXT
from otc.venues.breaker import CLOSED, Breaker, failed
from otc.venues.venue import Listing, Venue, VenueFailed

_CROSS_CHECK: Final = timedelta(seconds=15)
_SHORTEST_MS: Final = 20
"""No configuration makes the task spin."""
_APART_BPS: Final = Decimal(10)
"""How far one road's best bid may stand above the other's best ask before the socket is taken for wrong."""
_MOVED_BPS: Final = Decimal(1)
"""How far a best price must have gone on over REST before a socket that says nothing is taken for dead."""
_ROUND_MS: Final = 4000
"""A round of questions that takes longer makes every book of it too old before the next."""
_MUTE: Final = timedelta(seconds=15)
"""A venue's sockets that all told nothing for so long, not even a first book, are opened anew."""
_STOOD: Final = timedelta(minutes=1)
"""A line that stood so long and fails is opened anew without remembering earlier failures."""


class Feed:
    """What is known of one venue, and the task that keeps it known; all of it belongs to one asyncio loop.

    `draw` gives chance from 0 to 1 for the back-off.
    """

    def __init__(self, name: str, venue: Venue, settings: VenueSettings, clock: Clock, draw: Callable[[], float]) -> None:
        self.name = name
        self.instruments: Mapping[str, Instrument] = {}
        self._venue = venue
        self.settings = settings
        self._clock = clock
        self._draw = draw
        interval_ms = max(settings.limits.interval_ms, _SHORTEST_MS)
        self._interval = timedelta(milliseconds=interval_ms)
        self._most = max(_ROUND_MS // interval_ms, 1)
        self._breaker = CLOSED
        self._asked: dict[str, tuple[datetime, Observation]] = {}
        self._heard: dict[str, datetime] = {}
        self._lines: dict[str, Book] = {}
        self._doubted: dict[str, datetime] = {}
        self._spoiled = False
        self._opened_at = FAR_FUTURE

    # ---------------------------------------------------------------- what is known

    def observations(self) -> dict[BookKey, Observation]:
        """The last that came of each symbol, over whichever road; nothing of one that nothing has come of yet."""
        seen = {(self.name, symbol): self._observation(symbol) for symbol in self.settings.symbols}
        return {key: observation for key, observation in seen.items() if observation}

    def _observation(self, symbol: str) -> Observation | None:
        line = self._line(symbol)
        _, observed = self._asked.get(symbol, (None, None))
        if line is None or observed is None:
            return line or observed
        if isinstance(observed, Book):
            return line if line.received_at >= observed.received_at else observed
        # While the socket speaks it does not matter that REST does not.
        return observed if self._is_quiet(line, self._clock()) else line

    def _line(self, symbol: str) -> Book | None:
        """The socket's book as a record: made once a change, and only when somebody looks."""
        heard_at = self._heard.get(symbol)
        if heard_at is None:
            return None
        kept = self._lines.get(symbol)
        if kept is None or kept.received_at != heard_at:
            kept = self._venue.on_line(symbol, heard_at)
            if kept is None:
                return None
            self._lines[symbol] = kept
        return kept

    # ---------------------------------------------------------------- its task

    async def run(self) -> None:
        """Keep the venue known until the task is cancelled; ends its sessions and sockets then."""
        try:
            await self._list()
            self._opened_at = self._clock()
            async with asyncio.TaskGroup() as tasks:
                for symbol in self.instruments if self._venue.has_socket else ():
                    tasks.create_task(self._listen(symbol))
                while True:
                    await asyncio.gather(self._look(), self._pause(CLOSED))
        finally:
            await self.close()

    async def list_once(self) -> bool:
        """Ask a single time what the venue lists; whether it told."""
        try:
            listing: Listing = await self._venue.listing()
        except VenueFailed as failure:
            self._failed(failure, self.settings.symbols)
            return False
        self._breaker = CLOSED
        self.instruments = listing.instruments
        for symbol, sentence in listing.refused.items():
            self._note(symbol, NoAnswer(sentence))
        return True

    async def ask_once(self) -> None:
        """Ask a single time, over REST, for every book that is listed."""
        await self._ask_all(list(self.instruments))

    async def close(self) -> None:
        """End its sessions and sockets."""
        await self._venue.close()

    async def _list(self) -> None:
        while not await self.list_once():
            await self._pause(self._breaker)

    async def _pause(self, breaker: Breaker) -> None:
        """An interval, and on until the breaker lets through; in short sleeps, so that a clock set back keeps nobody waiting."""
        await asyncio.sleep(self._interval.total_seconds())
        while breaker.phase(self._clock()) == "open":
            await asyncio.sleep(self._interval.total_seconds())

    # ---------------------------------------------------------------- REST

    async def _look(self) -> None:
        """Ask for each symbol that needs it, as far as the breaker lets through."""
        now = self._clock()
        phase = self._breaker.phase(now)
        if phase == "open":
            return
        due = [symbol for symbol in self.instruments if self._is_due(symbol, now)]
        if phase == "half_open" and self.instruments:
            # Another one each time: a market that never answers shall not speak for the venue.
            probes = due or list(self.instruments)
            due = [probes[self._breaker.failures % len(probes)]]
        await self._ask_all(self._in_time(due))
        mute = self._venue.has_socket and not self._heard and now - self._opened_at > _MUTE
        if self._spoiled or mute:
            await self._hang_up()

    def _in_time(self, due: list[str]) -> list[str]:
        """As many as can be asked for before the first is old again: some books in time are worth more than all of them late."""
        sentence = f"{self.name} can be asked for {self._most} books in time without its web socket; this is not among the first."
        for symbol in due[self._most :]:
            self._note(symbol, NoAnswer(sentence))
        return due[: self._most]

    def _is_due(self, symbol: str, now: datetime) -> bool:
        line = self._line(symbol)
        if line is None or symbol in self._doubted or self._is_quiet(line, now) or fault_of(line):
            return True
        asked_at, _ = self._asked.get(symbol, (None, None))
        return asked_at is None or now - asked_at >= _CROSS_CHECK

    def _is_quiet(self, line: Book, now: datetime) -> bool:
        return now - line.received_at > self._interval

    async def _ask_all(self, symbols: list[str]) -> None:
        failures = [failure for failure in await asyncio.gather(*map(self._ask, symbols)) if failure]
        # One bad market is no dead venue; only where nothing came, or silence is asked for, is the venue left alone.
        grave = next((failure for _, failure in failures if failure.stop), None)
        if grave or (failures and len(failures) == len(symbols)):
            self._failed(grave or failures[0][1], self.settings.symbols if grave else [symbol for symbol, _ in failures])
        elif symbols:
            self._breaker = CLOSED
        for symbol, failure in failures:
            self._note(symbol, self._observed(failure))

    async def _ask(self, symbol: str) -> tuple[str, VenueFailed] | None:
        try:
            book = await self._venue.book(symbol)
        except VenueFailed as failure:
            return symbol, failure
        self._note(symbol, book)
        line = self._line(symbol)
        if line and self._disproved(line, book):
            self._spoiled = True
        return None

    def _disproved(self, line: Book, book: Book) -> bool:
        """Whether a REST book shows that the socket's is broken, or for the second time wrong or dead.

        Dead is one that says nothing while the market moves. Once proves nothing: a change may be known over REST a moment before
        the socket tells it, and a hang-up costs all symbols.
        """
        doubted = self._doubted.pop(line.symbol, None)
        if fault_of(line):
            return True
        quiet = self._is_quiet(line, book.received_at)
        if fault_of(book) or not (_moved(line, book) if quiet else _apart(line, book)):
            return False
        self._doubted[line.symbol] = line.received_at
        return doubted == line.received_at if quiet else doubted is not None

    def _failed(self, failure: VenueFailed, symbols: Iterable[str]) -> None:
        self._breaker = failed(self._breaker, self._clock(), self._draw(), stop=failure.stop, retry_after_s=failure.retry_after_s)
        for symbol in symbols:
            self._note(symbol, self._observed(failure))

    def _observed(self, failure: VenueFailed) -> Observation:
        if failure.unreadable:
            return Fault(str(failure))
        return NoAnswer(str(failure), self._breaker.failures, self._breaker.open_until)

    def _note(self, symbol: str, observation: Observation) -> None:
        self._asked[symbol] = (self._clock(), observation)

    # ---------------------------------------------------------------- the web socket

    async def _listen(self, symbol: str) -> None:
        line, since = CLOSED, FAR_FUTURE
        while True:
            try:
                self._heard[symbol] = await self._venue.heard(symbol)
                since = min(since, self._heard[symbol])
            except VenueFailed as failure:
                self._heard.pop(symbol, None)
                self._spoiled = self._spoiled or failure.unreadable
                now = self._clock()
                line, since = failed(line if now - since < _STOOD else CLOSED, now, self._draw()), FAR_FUTURE
                await self._pause(line)

    async def _hang_up(self) -> None:
        self._spoiled = False
        self._heard.clear()
        self._lines.clear()
        self._doubted.clear()
        self._opened_at = self._clock()
        await self._venue.hang_up()


def _apart(first: Book, second: Book) -> bool:
    high, low = max(first.bids[0].price, second.bids[0].price), min(first.asks[0].price, second.asks[0].price)
    return CONTEXT.divide((high - low) * BPS, low) > _APART_BPS


def _moved(first: Book, second: Book) -> bool:
    tops = ((first.bids[0].price, second.bids[0].price), (first.asks[0].price, second.asks[0].price))
    return any(CONTEXT.divide(abs(one - other) * BPS, one) > _MOVED_BPS for one, other in tops)
