"""Every venue asked a single time over REST: what a command line needs."""

import asyncio

from otc.clock import Clock
from otc.config.markets import MarketSettings, Venues
from otc.market.watch import Watch
from otc.model.market import MarketView
from otc.venues.feeds import MakeVenue, broken_off, ccxt_venue, keys_of, open_feeds, seen_by


def fetch_once(
    venues: Venues, settings: MarketSettings, clock: Clock, *, timeout_s: float = 15.0, make: MakeVenue = ccxt_venue
) -> MarketView:
    """Ask all venues at once and give what came within the time; who did not answer is down with its reason.

    Not to be called in a running asyncio loop.
    """
    return asyncio.run(_asked_once(venues, settings, clock, timeout_s, make))


async def _asked_once(venues: Venues, settings: MarketSettings, clock: Clock, timeout_s: float, make: MakeVenue) -> MarketView:
    feeds, problems = open_feeds(venues, clock, make)
    silent = {key: why for name, why in problems.items() for key in keys_of(name, venues[name])}
    questions = {feed.name: asyncio.create_task(feed.ask_once()) for feed in feeds}
    if questions:
        _, late = await asyncio.wait(questions.values(), timeout=timeout_s)
        for question in late:
            question.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    silent |= broken_off(venues, questions)
    return seen_by(Watch.begun(venues), feeds, silent, clock(), settings)[1]
