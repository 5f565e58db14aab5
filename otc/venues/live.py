"""All venues in one thread and one asyncio loop: each has a task of its own, so that a slow or dead one delays nobody.

Once a second what came of each is judged and published as one immutable MarketView; whoever asks gets the last one at once.
"""

import asyncio
from contextlib import suppress
from threading import Event, Lock, Thread

from otc.clock import Clock
from otc.config.markets import MarketSettings, TwoWaySettings, Venues
from otc.market.watch import Watch
from otc.model.market import FeedHealth, MarketView, Signals
from otc.venues.feeds import MakeVenue, broken_off, ccxt_venue, keys_of, open_feeds, seen_by


class LiveMarket:
    """The market as the venues show it: `view` starts the thread on first need, `close` ends it with all it has open."""

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
        self._closing = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._published = (Watch.begun(venues), self._silent("It has not been asked yet."))

    def view(self) -> MarketView:
        """The market as it was last published; without the thread that watches, every feed is down and says so."""
        with self._lock:
            if self._thread is None and not self._closing.is_set():
                self._thread = Thread(target=self._run, name="market", daemon=True)
                self._thread.start()
        if self._thread is None or not self._thread.is_alive():
            return self._silent("The market is not watched any more; start the desk again.")
        return self._published[1]

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
        asyncio.run(self._watch())

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
