"""Which feeds count: from what came of each, second by second, to its health and to the books that may price.

    Book | Fault | NoAnswer --> a complaint: out at once, back after ten clean seconds --> FeedHealth, and the books that count

A feed is out while its book is broken, old, frozen, absurd beside the others, thin beside its own last minutes, or
dealable against another venue at a profit after fees for longer than such a thing lasts.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from otc.config.markets import MarketSettings, Venues
from otc.market.book import PRICING, fault_of
from otc.market.comparison import Group, Motion, Sighting, absurd, crossed, frozen, motion_seen, others_mid
from otc.market.consensus import by_base, dollar_rates, median_near, mid_of
from otc.market.depth import DepthNorm, depth_near, depth_ratio, depth_seen
from otc.model.market import Book, BookKey, FeedHealth, FeedState
from otc.money import LARGEST, QUANTUM, grouped

_NEVER: Final = "No book has come yet."


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that is no book, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No answer came: why, how often in a row, and when the next attempt may be made."""

    reason: str
    failures: int = 1
    retry_at: datetime | None = None


Observation = Book | Fault | NoAnswer
"""The last that came of a feed; a book may be given again until the next one comes."""
Observations = Mapping[BookKey, Observation]


@dataclass(frozen=True, slots=True)
class _Feed:
    """What is remembered of one symbol of one venue."""

    book: Book | None = None
    """The last sound one."""
    fault: str = ""
    """Of the last answer; nonsense is not forgiven."""
    silence: NoAnswer | None = None
    """Since the last answer; it is forgiven as long as the book is young."""
    depth: DepthNorm = field(default_factory=DepthNorm)
    ratio: Decimal | None = None
    """Depth as a part of its normal."""
    motion: Motion = field(default_factory=Motion)
    crossed_at: datetime | None = None
    out_for: str = ""
    """Why it was last excluded; empty while it counts."""
    clean_at: datetime | None = None
    """Since when nothing is wrong with it, while it is still out."""


@dataclass(frozen=True, slots=True)
class JudgementState:
    """What is remembered from one second to the next, with its last verdict."""

    taker_bps: Mapping[str, Decimal]
    """By venue."""
    feeds: Mapping[BookKey, _Feed] = field(default_factory=lambda: MappingProxyType({}))
    rates: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Dollars per unit of a quote currency."""
    agreed: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """The last undisputed mid of each base, in dollars."""
    sightings: Group = field(default_factory=lambda: MappingProxyType({}))
    """Best prices in dollars of each living book, those that are out for their price or depth included: what `look` takes."""
    health: tuple[FeedHealth, ...] = ()

    @property
    def books(self) -> Mapping[BookKey, Book]:
        """The books that may price."""
        counted = [(feed.venue, feed.symbol) for feed in self.health if feed.state in PRICING]
        return {key: book for key in counted if (book := self.feeds[key].book)}

    def depth_of(self, key: BookKey) -> tuple[Decimal | None, Decimal | None]:
        """Usual depth of a book near its mid, in its base, and today's as a part of it; None while not known."""
        feed = self.feeds.get(key, _Feed())
        return feed.depth.normal, feed.ratio


def unjudged(venues: Venues) -> JudgementState:
    """The state before the first second: nothing seen yet of venues with these fees."""
    return JudgementState({name: venue.taker_bps for name, venue in venues.items()})


def judge(
    state: JudgementState,
    observations: Observations,
    now: datetime,
    settings: MarketSettings,
    dislocated: Container[BookKey] = (),
) -> tuple[JudgementState, tuple[FeedHealth, ...]]:
    """One second's verdict on every feed from the last that came of each; one not observed is judged by what came before.

    Feeds known to be `dislocated` have no say in what a USDT or a rupiah is worth here.
    """
    feeds = dict(state.feeds)
    for key, observation in observations.items():
        feeds[key] = _received(feeds.get(key, _Feed()), observation, now)
    young = {key: feed.book for key, feed in feeds.items() if feed.book and not _unusable(feed, now, settings)}
    middles = {key: mid_of(book) for key, book in young.items() if not feeds[key].out_for}
    rates = dollar_rates(middles, state.rates, dislocated)
    sightings = _sightings(young, rates, state.taker_bps)
    complaints = {
        key: why for key, sighting in sightings.items() if (why := _unbookable(sighting.bid, sighting.ask, "in dollars"))
    }
    agreed, living = dict(state.agreed), dict[BookKey, Sighting]()
    for base, group in by_base(_without(sightings, complaints)).items():
        beside = _compared(group, feeds, agreed.get(base), now, settings)
        feeds |= beside.feeds
        complaints |= beside.complaints
        living |= beside.living
        if beside.agreed is not None:
            agreed[base] = beside.agreed
    feeds = {key: _settled(feed, complaints.get(key, ""), now, settings) for key, feed in sorted(feeds.items())}
    health = tuple(_health(key, feed, now, settings) for key, feed in feeds.items())
    return JudgementState(state.taker_bps, feeds, rates, agreed, living, health), health


class _Compared(NamedTuple):
    """What comparing the books of one base has told."""

    feeds: Mapping[BookKey, _Feed]
    complaints: Mapping[BookKey, str]
    living: Group
    agreed: float | None


def _compared(
    group: Group, feeds: Mapping[BookKey, _Feed], agreed: float | None, now: datetime, settings: MarketSettings
) -> _Compared:
    """Leave out the absurd, then the frozen, then see who crosses whom."""
    complaints = absurd(group, agreed, float(settings.absurd_bps))
    group = _without(group, complaints)
    known = {key: _moved(feeds[key], others_mid(group, key), now) for key in group}
    complaints |= {key: why for key, feed in known.items() if (why := frozen(feed.motion, others_mid(group, key), now))}
    group = _without(group, complaints)
    blamed = crossed(group, agreed, float(settings.crossed_bps))
    for key in group:
        crossed_at = (known[key].crossed_at or now) if key in blamed else None
        if crossed_at != known[key].crossed_at:
            known[key] = replace(known[key], crossed_at=crossed_at)
    lasting = timedelta(seconds=settings.crossed_s)
    complaints |= {key: why for key, why in blamed.items() if now - (known[key].crossed_at or now) >= lasting}
    undisputed = [sighting.mid for sighting in _without(group, blamed).values()]
    living = {key: sighting._replace(changed_at=known[key].motion.changed_at or now) for key, sighting in group.items()}
    return _Compared(known, complaints, living, median_near(undisputed, agreed) if undisputed else None)


def _received(feed: _Feed, observation: Observation, now: datetime) -> _Feed:
    """A feed with what came last in it; a book that was given before changes nothing but what silence there was."""
    if isinstance(observation, NoAnswer):
        return replace(feed, silence=observation)
    if isinstance(observation, Fault):
        return replace(feed, fault=observation.reason, silence=None)
    if observation is feed.book:
        return replace(feed, fault="", silence=None) if feed.fault or feed.silence else feed
    if fault := fault_of(observation) or _unbookable(observation.bids[0].price, observation.asks[0].price):
        return replace(feed, fault=fault, silence=None)
    depth = depth_near(observation)
    return replace(
        feed,
        book=observation,
        fault="",
        silence=None,
        ratio=depth_ratio(feed.depth, depth),
        depth=depth_seen(feed.depth, depth, now),
    )


def _unusable(feed: _Feed, now: datetime, settings: MarketSettings) -> str:
    """Why there is nothing to judge a feed by, as a sentence; empty where there is a sound, young book."""
    if feed.fault and not feed.silence:
        return feed.fault
    if feed.book is None:
        return feed.silence.reason if feed.silence else _NEVER
    if not _is_old(feed, now, settings):
        return feed.fault
    return f"Nothing sound received for {_age_s(feed.book, now):.0f} s." + (f" {feed.silence.reason}" if feed.silence else "")


def _is_old(feed: _Feed, now: datetime, settings: MarketSettings) -> bool:
    """Whether the last sound book is too old to count, or there is none."""
    return feed.book is None or _age_s(feed.book, now) > float(settings.exclude_age_s)


def _unbookable(bid: Decimal | float, ask: Decimal | float, unit: str = "") -> str:
    """Why best prices cannot be booked, as a sentence; empty where they can."""
    if QUANTUM <= bid <= ask <= LARGEST:
        return ""
    stated = f" {unit}" if unit else ""
    return f"The book's best prices{stated}, {bid:.6g} and {ask:.6g}, are beyond what can be booked."


def _settled(feed: _Feed, complaint: str, now: datetime, settings: MarketSettings) -> _Feed:
    """Out at the first complaint, in again after the clean seconds."""
    trouble = _unusable(feed, now, settings) or complaint or _thin(feed, settings)
    if trouble:
        return replace(feed, out_for=trouble, clean_at=None)
    if not feed.out_for:
        return feed
    clean_at = feed.clean_at or now
    if now - clean_at >= timedelta(seconds=settings.clean_s):
        return replace(feed, out_for="", clean_at=None)
    return replace(feed, clean_at=clean_at)


def _health(key: BookKey, feed: _Feed, now: datetime, settings: MarketSettings) -> FeedHealth:
    state, reason = _standing(feed, now, settings)
    return FeedHealth(
        *key,
        state,
        reason,
        received_at=feed.book.received_at if feed.book else None,
        source=feed.book.source if feed.book else "rest",
        failures=feed.silence.failures if feed.silence else 0,
        retry_at=feed.silence.retry_at if feed.silence else None,
    )


def _standing(feed: _Feed, now: datetime, settings: MarketSettings) -> tuple[FeedState, str]:
    if feed.out_for and feed.clean_at:
        clean_s = (now - feed.clean_at).total_seconds()
        return "excluded", f"Clean for {clean_s:.0f} s of {settings.clean_s}; it was out: {feed.out_for}"
    if feed.out_for and feed.silence and _is_old(feed, now, settings):
        return "down", feed.out_for
    if feed.out_for and not feed.fault and _is_old(feed, now, settings):
        return "stale" if feed.book else "down", feed.out_for
    if feed.out_for:
        return "excluded", feed.out_for
    age_s = _age_s(feed.book, now) if feed.book else 0.0
    if age_s > float(settings.warn_age_s):
        return "warn", f"Received {age_s:.1f} s ago."
    return "live", ""


def _thin(feed: _Feed, settings: MarketSettings) -> str:
    if feed.ratio is None or feed.ratio >= settings.depth_floor:
        return ""
    now, least = grouped(feed.ratio * 100), grouped(settings.depth_floor * 100)
    return f"Depth near the mid is {now}% of its recent median; {least}% is the least."


def _moved(feed: _Feed, others: float | None, now: datetime) -> _Feed:
    return replace(feed, motion=motion_seen(feed.motion, feed.book, others, now)) if feed.book else feed


def _sightings(
    young: Mapping[BookKey, Book], rates: Mapping[str, float], taker_bps: Mapping[str, Decimal]
) -> dict[BookKey, Sighting]:
    """Best prices in dollars, as far as the quote currency has been measured."""
    found = {}
    for (venue, symbol), book in young.items():
        if rate := rates.get(symbol.split("/")[1]):
            fee = float(taker_bps.get(venue, 0))
            bid, ask = float(book.bids[0].price) * rate, float(book.asks[0].price) * rate
            found[venue, symbol] = Sighting(bid, ask, fee, book.received_at, book.received_at)
    return found


def _without(group: Group, keys: Container[BookKey]) -> dict[BookKey, Sighting]:
    return {key: sighting for key, sighting in group.items() if key not in keys}


def _age_s(book: Book, now: datetime) -> float:
    return (now - book.received_at).total_seconds()
