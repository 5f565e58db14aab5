"""Real ccxt classes with the HTTP level in the test's hands: the listing comes from the loopback exchange, the rest is told."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from otc.clock import system_clock
from otc.config.markets import VenueSettings
from otc.model.market import Book
from otc.venues.ccxt_venue import CcxtVenue
from tests.venues.wire import Said, Wire

UNPACED = {"enableRateLimit": False, "timeout_on_exit": 0}
"""ccxt neither waits between questions nor at the end."""


class Reading:
    """One venue that lists what the loopback exchange lists, and then answers as it is told."""

    def __init__(self, name: str, settings: VenueSettings, runner: asyncio.Runner) -> None:
        self._runner = runner
        runner.run(self._open(name, settings))

    async def _open(self, name: str, settings: VenueSettings) -> None:
        self.wire = Wire(aiohttp.ClientSession())
        self.venue = CcxtVenue(name, settings, system_clock, session=self.wire, **UNPACED)
        try:
            await self.venue.listing()
        except BaseException:
            await self.close()
            raise

    def book(self, symbol: str, said: Said) -> Book:
        """What comes of an answer; VenueFailed where it is no book."""
        self.wire.said = said
        return self._runner.run(self.venue.book(symbol))

    async def close(self) -> None:
        await self.venue.close()
        await self.wire.real.close()


@contextmanager
def reading(name: str, settings: VenueSettings) -> Iterator[Reading]:
    """A venue being read, closed at the end."""
    with asyncio.Runner() as runner:
        opened = Reading(name, settings, runner)
        try:
            yield opened
        finally:
            runner.run(opened.close())
