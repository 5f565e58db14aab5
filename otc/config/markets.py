"""venues.yaml, and the parts of desk.yaml that price from venues: how feeds are judged, what each component charges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal, cast

from otc.errors import ConfigError
from otc.money import plain
from otc.strict_yaml import read_file

_MOST_TAKER_BPS: Final = 200
"""Fees above 2% are a mistake of the one who wrote them down."""


@dataclass(frozen=True, slots=True)
class VenueLimits:
    """How often a venue may be asked, how long one answer may take, and the largest size taken from it (0: no bound)."""

    interval_ms: int = 1000
    timeout_ms: int = 5000
    max_size: Mapping[str, Decimal] = field(default_factory=dict)
    """By base asset."""


@dataclass(frozen=True, slots=True)
class VenueSettings:
    """One venue of venues.yaml; `urls` and `options` go to ccxt as they are."""

    exchange: str
    """ccxt's name of it."""
    symbols: Mapping[str, str]
    """Unified symbol -> the venue's own id, which must be the one ccxt resolves it to."""
    taker_bps: Decimal
    depth: int = 100
    limits: VenueLimits = field(default_factory=VenueLimits)
    sockets: bool = True
    """Whether its web socket is used where ccxt has one."""
    urls: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)


MarketSource = Literal["live", "simulated", "off"]


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """How the market is watched and when a feed counts."""

    source: MarketSource = "off"
    warn_age_s: Decimal = Decimal(2)
    exclude_age_s: Decimal = Decimal(5)
    clean_s: int = 10
    """How long an excluded feed has to be clean before it counts again."""
    crossed_bps: Decimal = Decimal(2)
    """What dealing two books against each other may leave after fees: seconds for a feed, at once for a price."""
    crossed_s: int = 3
    depth_floor: Decimal = Decimal("0.3")
    """Depth below this part of its recent median excludes a feed."""
    absurd_bps: Decimal = Decimal(300)
    """A book this far from the median of the others is broken, not cheap."""
    dislocation_bps: Decimal = Decimal(5)
    dislocation_z: Decimal = Decimal(6)
    dislocation_s: int = 2
    rate_age_s: int = 3600
    """How old a typed USD/IDR or XAU/USD may be for a firm price."""
    gold_premium_bps: Decimal = Decimal(300)
    """How far PAXG may stand from XAU/USD, either way, for a firm price."""


@dataclass(frozen=True, slots=True)
class TwoWayPair:
    """What a two-way price of one pair needs; a pair in rupiah takes tick, places and margin from desk.yaml and spreads.yaml."""

    clip: Decimal
    """The largest child order of a hedge, in the base; the mid is executable for this size."""
    eta_bps: Decimal
    """Temporary impact in bps per unit a second."""
    sigma_floor_bps: Decimal
    """Volatility per square root of a second below which none is believed."""
    tick: Decimal = Decimal(0)
    size_places: int = 8
    spreads: Mapping[str, Decimal] = field(default_factory=dict)
    """Tier -> bps per side, for a pair that is not in rupiah."""


@dataclass(frozen=True, slots=True)
class TwoWaySettings:
    """What the components of a two-way price charge (reference: section 3 of the pricing notes)."""

    mode: Literal["full", "source"] = "full"
    ttl_s: int = 10
    chat_ttl_s: int = 30
    minimum_margin_bps: Decimal = Decimal(2)
    theta: Decimal = Decimal("0.5")
    liquidity_k: Decimal = Decimal(3)
    liquidity_cap_bps: Decimal = Decimal(15)
    inventory_skew_bps: Decimal = Decimal(0)
    financing_rate: Decimal = Decimal("0.09")
    handling_bps: Decimal = Decimal("0.5")
    unhedged_k: Decimal = Decimal("0.5")
    default_bps: Decimal = Decimal(0)
    """Probability of default times loss given default, in bps of the amount."""
    pays_p50_min: int = 30
    pays_p95_min: int = 180
    """How long clients take to pay after accepting."""
    horizon_s: int = 1200
    risk_aversion: Decimal = Decimal("0.01")
    largest_notional_usd: Decimal = Decimal(100_000_000)
    """The largest amount while no USD/IDR is known; with one, quoting.largest_notional_idr counts."""
    pairs: Mapping[str, TwoWayPair] = field(default_factory=dict)


Venues = Mapping[str, VenueSettings]


def load_venues(folder: Path) -> Venues:
    """Read venues.yaml: a key per venue; a folder without it has no venues. ConfigError names file, key and what is allowed."""
    path = folder / "venues.yaml"
    if not path.exists():
        return {}
    venues = cast(Venues, read_file(path, Mapping[str, VenueSettings]))
    for name, venue in venues.items():
        if not 0 <= venue.taker_bps <= _MOST_TAKER_BPS:
            raise ConfigError(f"{path}: {name}.taker_bps: {plain(venue.taker_bps)} stands there; allowed is 0 to 200.")
        if not venue.symbols:
            raise ConfigError(f'{path}: {name}.symbols: empty; list at least one like BTC/USDT: "BTCUSDT".')
        for symbol in venue.symbols:
            if symbol.count("/") != 1 or not all(symbol.split("/")):
                raise ConfigError(f"{path}: {name}.symbols: {symbol!r} stands there; allowed are unified symbols like BTC/USDT.")
        if not 1 <= venue.depth <= 5000:
            raise ConfigError(f"{path}: {name}.depth: {venue.depth} stands there; allowed is 1 to 5000 levels.")
    return venues
