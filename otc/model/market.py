"""Records of the market: what venues list, the books they send, and what a size costs in all of them together.

    Instrument --listed by a venue--> Book (checked) --.
                                                        >-- MarketView (immutable, every second) --sweep--> Sweep
    DeskRate (USD/IDR, XAU/USD as the desk types them) -'

Prices are in the quote currency of the symbol, sizes in its base; both Decimal as the venue wrote them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple


class Level(NamedTuple):
    """One level of a book."""

    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True)
class Instrument:
    """One symbol as one venue lists it; `symbol` is the unified name like BTC/USDT, `native_id` the venue's own."""

    venue: str
    symbol: str
    native_id: str
    lot: Decimal
    """Sizes are whole multiples of it; 0 where the venue states none."""
    tick: Decimal
    min_size: Decimal
    min_notional: Decimal
    """In the quote currency."""
    taker_bps: Decimal

    @property
    def base(self) -> str:
        return self.symbol.split("/")[0]

    @property
    def quote(self) -> str:
        return self.symbol.split("/")[1]


BookSource = Literal["socket", "rest", "simulated"]


@dataclass(frozen=True, slots=True)
class Book:
    """One venue's book of one symbol, best level first on both sides, as it was received."""

    venue: str
    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    received_at: datetime
    """By the desk's clock: few venues send a time of their own, so age is judged by receipt."""
    source: BookSource = "rest"
    venue_at: datetime | None = None


BookKey = tuple[str, str]
"""Venue and unified symbol."""

FeedState = Literal["live", "warn", "stale", "excluded", "down"]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How one symbol of one venue does: `excluded` and `stale` feeds price nothing; `reason` is a sentence, empty while live."""

    venue: str
    symbol: str
    state: FeedState
    reason: str = ""
    received_at: datetime | None = None
    source: BookSource = "rest"
    failures: int = 0
    """In a row."""
    retry_at: datetime | None = None
    """When the breaker lets the next attempt through."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a venue's book takes no part in a price."""

    venue: str
    symbol: str
    reason: str


@dataclass(frozen=True, slots=True)
class MarketView:
    """All of the market at one instant, immutable: books that passed the checks, what is listed, how each feed does."""

    taken_at: datetime
    books: Mapping[BookKey, Book] = field(default_factory=dict)
    instruments: Mapping[BookKey, Instrument] = field(default_factory=dict)
    health: tuple[FeedHealth, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class DeskRate:
    """A rate as a person of the desk typed it: USD/IDR or XAU/USD."""

    rate_id: str
    name: str
    rate: Decimal
    typed_at: datetime
    typed_by: str


@dataclass(frozen=True, slots=True)
class UsedRate:
    """A conversion that a price went through, with where it is from and how old it was."""

    name: str
    rate: Decimal
    source: str
    at: datetime


SweepSide = Literal["buy", "sell"]
"""What the desk does on the venues: buy takes asks, sell takes bids."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a size costs at once in the consolidated book, all in: fees paid, dollars of every kind converted.

    Prices are in the wanted currency per unit of the base.
    """

    side: SweepSide
    size: Decimal
    filled: Decimal
    """What visible levels hold of it; the rest is extrapolated."""
    average_price: Decimal
    worst_price: Decimal
    venues: tuple[tuple[str, Decimal], ...]
    """How much each takes, by name; what is extrapolated belongs to none."""
    extrapolated: Decimal = Decimal(0)
    """Size beyond what is visible, priced along the book's own shape."""

    @property
    def indicative(self) -> bool:
        """More than half of it is beyond what is visible."""
        return self.extrapolated * 2 > self.size


@dataclass(frozen=True, slots=True)
class Dislocation:
    """A venue that stands away from the others: cheap or dear, by how much, since when."""

    venue: str
    symbol: str
    way: Literal["cheap", "dear"]
    bps: Decimal
    """From its own normal against the others; above zero where it is dear."""
    net_bps: Decimal
    """What buying low and selling high at the best prices would leave after both fees; below zero where fees eat it."""
    since: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Signals:
    """What watching the market for a while tells, by base asset; what is not known is absent."""

    sigma_bps: Mapping[str, Decimal] = field(default_factory=dict)
    """Volatility per square root of a second."""
    depth_ratio: Mapping[str, Decimal] = field(default_factory=dict)
    """Depth now against its recent median."""
    mids: Mapping[str, tuple[tuple[datetime, Decimal], ...]] = field(default_factory=dict)
    """Fair value in USD over the last hour."""
    dislocations: tuple[Dislocation, ...] = ()
    """Running ones first, then those that ended within the hour, newest first."""
