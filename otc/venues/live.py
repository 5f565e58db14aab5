"""All venues in one thread and one asyncio loop: each has a task of its own, so that a slow or dead one delays nobody.

Once a second what came of each is judged and published as one immutable MarketView; whoever asks gets the last one at once.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from threading import Event, Lock, Thread
from typing import Final

from otc.clock import Clock
from otc.config.markets import MarketSettings, TwoWaySettings, Venues
from otc.market.watch import Watch
from otc.model.market import FeedHealth, MarketView, Signals
from otc.venues.feeds import MakeVenue, broken_off, ccxt_venue, keys_of, open_feeds, seen_by

_LOG: Final = logging.getLogger(__name__)
_PAUSE: Final = timedelta(seconds=5)
"""Between two starts: each asks every venue for its list."""
_CLOSED: Final = "The market is not watched any more; start the desk again."


class LiveMarket:
    """The market as the venues show it: `view` starts the thread on first need, `close` ends it with all it has open.

    A fault of the program ends the thread; then `view` starts another one, which begins with nothing of what the first had seen.
    """

    def __init__(
        self,
        venues: Venues,
        settings: MarketSettings,
        two_way: TwoWaySettings,
        clock: Clock,
        *,
        every_s: float = 1.0,
        make: MakeVenue = ccxt_venue,
    ) -> None:
        self._venues = venues
        self._settings = settings
        self._two_way = two_way
        self._clock = clock
        self._every_s = every_s
        self._make = make
        self._lock = Lock()
        self._thread: Thread | None = None
        self._started_at = clock()
        self._closing = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._published = (Watch.begun(venues), self._silent("It has not been asked yet."))

    def view(self) -> MarketView:
        """The market as it was last published; without the thread that watches, every feed is down and says so."""
        with self._lock:
            if self._is_to_start():
                self._thread = Thread(target=self._run, name="market", daemon=True)
                self._started_at = self._clock()
                self._thread.start()
            watching = self._thread is not None and self._thread.is_alive()
        return self._silent(_CLOSED) if self._closing.is_set() and not watching else self._published[1]

    def _is_to_start(self) -> bool:
        if self._closing.is_set() or (self._thread and self._thread.is_alive()):
            return False
        # A clock that was set back starts it too.
        return self._thread is None or abs(self._clock() - self._started_at) >= _PAUSE

    def signals(self) -> Signals:
        """What watching has told so far."""
        return self._published[0].signals(self._two_way)

    def close(self) -> None:
        """Stop watching; returns when thread, sessions and sockets are gone. A closed market is not started again."""
        self._closing.set()
        loop, wake = self._loop, self._wake
        if loop and wake:
            with suppress(RuntimeError):  # the loop ended by itself
                loop.call_soon_threadsafe(wake.set)
        with self._lock:
            thread = self._thread
        if thread:
            thread.join()

    def _silent(self, sentence: str) -> MarketView:
        keys = [key for name, venue in self._venues.items() for key in keys_of(name, venue)]
        return MarketView(self._clock(), health=tuple(FeedHealth(*key, "down", sentence) for key in keys))

    # ---------------------------------------------------------------- in the thread

    def _run(self) -> None:
        asyncio.run(self._watched())

    async def _watched(self) -> None:
        watching = asyncio.create_task(self._watch())
        await asyncio.wait([watching])
        if error := watching.exception():
            _LOG.error("The market is not watched for a moment.", exc_info=error)
            sentence = f"Watching stopped because of a fault in the program ({type(error).__name__}) and starts again; report it."
            self._published = (Watch.begun(self._venues), self._silent(sentence))

    async def _watch(self) -> None:
        self._wake = wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        feeds, problems = open_feeds(self._venues, self._clock, self._make)
        silent = {key: why for name, why in problems.items() for key in keys_of(name, self._venues[name])}
        tasks = {feed.name: asyncio.create_task(feed.run(), name=feed.name) for feed in feeds}
        try:
            while not self._closing.is_set():
                silent.update(broken_off(self._venues, tasks))
                tasks = {name: task for name, task in tasks.items() if not task.done()}
                self._published = seen_by(self._published[0], feeds, silent, self._clock(), self._settings)
                with suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), self._every_s)
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
