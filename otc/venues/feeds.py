"""All venues' feeds together: opened, and judged into one view."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from random import SystemRandom
from types import MappingProxyType
from typing import Final

from otc.clock import Clock
from otc.config.markets import MarketSettings, Venues, VenueSettings
from otc.errors import ConfigError
from otc.market.judgement import NoAnswer, Observation
from otc.market.watch import Watch, watched
from otc.model.market import BookKey, FeedHealth, MarketView
from otc.venues.feed import Feed
from otc.venues.venue import Venue

_LOG: Final = logging.getLogger(__name__)

MakeVenue = Callable[[str, VenueSettings, Clock], Venue]
"""Makes the reader of a venue; ConfigError where there is no such exchange."""


def ccxt_venue(name: str, settings: VenueSettings, clock: Clock) -> Venue:
    """A venue through ccxt, which is imported here: it takes a second that only who watches the venues shall wait."""
    from otc.venues.ccxt_venue import CcxtVenue

    return CcxtVenue(name, settings, clock)


def open_feeds(venues: Venues, clock: Clock, make: MakeVenue) -> tuple[list[Feed], dict[str, str]]:
    """A feed for each venue, and by venue a sentence for each that can have none."""
    feeds, problems, draw = [], {}, SystemRandom().random
    for name, settings in venues.items():
        try:
            feeds.append(Feed(name, make(name, settings, clock), settings, clock, draw))
        except ConfigError as error:
            problems[name] = str(error)
    return feeds, problems


def seen_by(
    before: Watch, feeds: Sequence[Feed], silent: Mapping[BookKey, str], now: datetime, settings: MarketSettings
) -> tuple[Watch, MarketView]:
    """What came of every feed, judged at one instant; `silent` are feeds that nothing can come of, with the reason."""
    seen: dict[BookKey, Observation] = {}
    for feed in feeds:
        seen.update(feed.observations())
    seen.update({key: NoAnswer(reason) for key, reason in silent.items()})
    watch = watched(before, seen, now, settings)
    instruments = {(feed.name, symbol): found for feed in feeds for symbol, found in feed.instruments.items()}
    view = watch.view(MappingProxyType(instruments), now)
    known = {_key(health) for health in view.health}
    waiting = [key for feed in feeds for key in keys_of(feed.name, feed.settings) if key not in known]
    health = (*view.health, *(FeedHealth(*key, "down", "It has not answered yet.") for key in waiting))
    return watch, replace(view, health=tuple(sorted(health, key=_key)))


def _key(health: FeedHealth) -> BookKey:
    return health.venue, health.symbol


def broken_off(venues: Venues, tasks: Mapping[str, asyncio.Task[object]]) -> dict[BookKey, str]:
    """The books of venues whose task ended by an unforeseen error, and the sentence for it; the error goes to the log."""
    ended = {name: task for name, task in tasks.items() if task.done() and not task.cancelled() and task.exception()}
    for name, task in ended.items():
        _LOG.error("The task of %s ended.", name, exc_info=task.exception())
    reason = "Its reader stopped because of a fault in the program; start the desk again and report it."
    return {key: reason for name in ended for key in keys_of(name, venues[name])}


def keys_of(name: str, settings: VenueSettings) -> list[BookKey]:
    """The keys of a venue's books."""
    return [(name, symbol) for symbol in settings.symbols]
