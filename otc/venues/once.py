"""Every venue asked a single time over REST: what a command line needs.

First all are asked what they list, then those that told for their books: who hangs or lists slowly makes nobody's book old.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from otc.clock import Clock
from otc.config.markets import MarketSettings, Venues
from otc.market.watch import Watch
from otc.model.market import BookKey, MarketView
from otc.venues.feeds import MakeVenue, broken_off, ccxt_venue, keys_of, open_feeds, seen_by

_LISTING: Final = 3 / 8
"""The part of the time that lists may take: of eight seconds it leaves five, in which Kraken can be asked for four books."""


def fetch_once(
    venues: Venues, settings: MarketSettings, clock: Clock, *, timeout_s: float = 8.0, make: MakeVenue = ccxt_venue
) -> MarketView:
    """Ask all venues at once and give what came within the time; who did not answer is down with its reason.

    A book is excluded for the age that it had when it came: it cannot be renewed while others are waited for. It is dated by when
    it came all the same, and the view by its end. Not to be called in a running asyncio loop.
    """
    return asyncio.run(_asked_once(venues, settings, clock, timeout_s, make))


async def _asked_once(venues: Venues, settings: MarketSettings, clock: Clock, timeout_s: float, make: MakeVenue) -> MarketView:
    feeds, problems = open_feeds(venues, clock, make)
    silent = {key: why for name, why in problems.items() for key in keys_of(name, venues[name])}
    end = asyncio.get_running_loop().time() + timeout_s
    try:
        silent |= await _answered(venues, {feed.name: feed.list_once() for feed in feeds}, timeout_s * _LISTING)
        asked_at = clock()
        left_s = end - asyncio.get_running_loop().time()
        late = await _answered(venues, {feed.name: feed.ask_once() for feed in feeds}, left_s)
        came = {key for feed in feeds for key in feed.observations()}
        silent |= {key: why for key, why in late.items() if key not in came}
        now = clock()
        return seen_by(Watch.begun(venues), feeds, silent, now, _patient(settings, asked_at, now))[1]
    finally:
        await asyncio.gather(*(feed.close() for feed in feeds))


async def _answered(
    venues: Venues, questions: Mapping[str, Coroutine[object, object, object]], within_s: float
) -> dict[BookKey, str]:
    """Wait for every venue's answer; gives the books of those that have none by then, with the reason."""
    tasks = {name: asyncio.create_task(question) for name, question in questions.items()}
    if tasks:
        await asyncio.wait(tasks.values(), timeout=within_s)
    late = {name: task for name, task in tasks.items() if not task.done()}
    for task in late.values():
        task.cancel()
    await asyncio.gather(*late.values(), return_exceptions=True)
    sentence = f"It did not answer within {within_s:.1f} s."
    return {key: sentence for name in late for key in keys_of(name, venues[name])} | broken_off(venues, tasks)


def _patient(settings: MarketSettings, asked_at: datetime, now: datetime) -> MarketSettings:
    """Books may be as much older as was waited for the slowest."""
    waited_s = Decimal(max((now - asked_at).total_seconds(), 0.0))
    return replace(settings, exclude_age_s=settings.exclude_age_s + waited_s)
