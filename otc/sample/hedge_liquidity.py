"""What nobody decides in the simulated market of a hedge: where its mid goes, how deep and how noisy its venues are, what fails.

    Scenario + seed --drawn--> Weather: a value a second, before the hedge (for those who watch) and during it

A hedge moves prices, not the weather: so the same seed shows each policy the same market, and a bound may know it all.
Floats: nothing here is money.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import exp, log, sqrt
from random import Random
from typing import Final

from otc.errors import Refused
from otc.sample.market_listing import START

BEFORE_S: Final = 300
"""Watched before the hedge begins, so that volatility and usual depth are known."""
AFTER_S: Final = 180
"""Beyond the horizon, for what is late."""


@dataclass(frozen=True, slots=True)
class SimulatedVenue:
    """One venue in its usual state."""

    name: str
    taker_bps: float
    density: float
    """Base per basis point on either side."""
    half_spread_bps: float
    refill_s: float
    latency_s: float


VENUES: Final = (
    SimulatedVenue("venue-1", 2.5, 3.4, 1.2, 42.0, 0.15),
    SimulatedVenue("venue-2", 5.0, 2.3, 0.4, 42.0, 0.20),
    SimulatedVenue("venue-3", 3.0, 2.2, 1.2, 42.0, 0.25),
    SimulatedVenue("venue-4", 8.0, 1.6, 0.0, 42.0, 0.30),
)
"""Where the fee is high, the listed price stands closer: arbitrage looks at both."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """How a market behaves; the defaults are a usual day's."""

    name: str
    sigma_bps: float = 1.0
    """Volatility per square root of a second outside stress."""
    depth: float = 1.0
    stress_every_s: float = 600.0
    stress_lasts_s: float = 120.0
    stress_sigma: float = 2.0
    """What stress multiplies volatility with, and below it depth."""
    stress_depth: float = 0.6
    jumps_per_hour: float = 0.5
    jump_bps: float = 15.0
    rejects: float = 0.01
    partials: float = 0.05
    """How often an order finds only a part of what was shown."""
    late: float = 0.01
    """How often the answer to an order takes seconds."""
    latency: float = 1.0
    outages_per_hour: float = 0.5
    """Of each venue."""
    outage_s: float = 45.0
    stale_per_hour: float = 0.5
    stale_s: float = 30.0
    transient: float = 0.047
    """Basis points per unit dealt anywhere that all venues move by at first..."""
    transient_s: float = 150.0
    """...and lose again within about this time."""
    permanent: float = 0.008
    """Basis points per unit that stay."""
    refill: float = 1.0
    """Multiplies the venues' refill times."""
    venues: tuple[SimulatedVenue, ...] = field(default=VENUES)


_USUAL: Final = Scenario("usual")
SCENARIOS: Final = (
    _USUAL,
    replace(_USUAL, name="calm", sigma_bps=0.5, depth=1.5, stress_every_s=1e9),
    replace(_USUAL, name="volatile", sigma_bps=1.3, stress_every_s=300.0, stress_lasts_s=200.0),
    replace(_USUAL, name="thin", depth=0.5),
    replace(_USUAL, name="outages", outages_per_hour=8.0, outage_s=60.0),
    replace(_USUAL, name="rejects", rejects=0.1, partials=0.3, late=0.05, latency=2.5),
    replace(_USUAL, name="stale", stale_per_hour=12.0, stale_s=45.0),
    replace(_USUAL, name="jumps", jumps_per_hour=12.0, jump_bps=25.0),
)


def scenario_of(name: str, pair: str = "BTC/USD") -> Scenario:
    """The scenario of a name, as deep for a pair in dollars as it is for BTC; Refused where name or pair is not known."""
    worth = START["BTC"] / price_of(pair)
    for scenario in SCENARIOS:
        if scenario.name == name:
            passing, lasting = scenario.transient / worth, scenario.permanent / worth
            return replace(scenario, depth=scenario.depth * worth, transient=passing, permanent=lasting)
    raise Refused(f"There is no scenario {name!r}; known are {', '.join(one.name for one in SCENARIOS)}.", "scenario")


def price_of(pair: str) -> float:
    """Where a simulated pair starts, in dollars; Refused where it is not one in dollars."""
    base, _, quote = pair.partition("/")
    if quote != "USD" or base not in START or base == quote:
        raise Refused(f"{pair} cannot be hedged on the simulated market; take one in USD like BTC/USD.", "pair")
    return START[base]


@dataclass(frozen=True, slots=True)
class Weather:
    """A value for each second from `BEFORE_S` before the hedge on; inner sequences are by venue."""

    mid_bps: Sequence[float]
    """Where the undisturbed mid stands against the start of the hedge, as a logarithm in basis points."""
    sigma_bps: Sequence[float]
    density: Sequence[Sequence[float]]
    """By second, then venue: base per basis point."""
    offset_bps: Sequence[Sequence[float]]
    """By second, then venue: half the spread and the venue's own noise, together what its best price is away from the mid."""
    down: Sequence[Sequence[bool]]
    stale: Sequence[Sequence[bool]]


def weather(scenario: Scenario, seed: int, horizon_s: int) -> Weather:
    """Draw a market; each thing that chance decides has a stream of its own."""
    seconds = BEFORE_S + horizon_s + AFTER_S
    stressed = _spells(Random(f"{seed}/stress"), seconds, scenario.stress_every_s, scenario.stress_lasts_s)
    sigma = [scenario.sigma_bps * (scenario.stress_sigma if wild else 1.0) for wild in stressed]
    common = _wander(Random(f"{seed}/depth"), seconds, 0.3, 150.0)
    density, offset, down, stale = [], [], [], []
    for venue in scenario.venues:
        own = _wander(Random(f"{seed}/{venue.name}/depth"), seconds, 0.4, 60.0)
        noise = _wander(Random(f"{seed}/{venue.name}/noise"), seconds, 0.5, 40.0)
        deep = venue.density * scenario.depth
        density.append(
            [deep * exp(both + one) * (scenario.stress_depth if wild else 1.0)
             for both, one, wild in zip(common, own, stressed, strict=True)]
        )  # fmt: skip
        offset.append([venue.half_spread_bps + one for one in noise])
        down.append(_spells(Random(f"{seed}/{venue.name}/outages"), seconds, 3600 / scenario.outages_per_hour, scenario.outage_s))
        stale.append(_spells(Random(f"{seed}/{venue.name}/stale"), seconds, 3600 / scenario.stale_per_hour, scenario.stale_s))
    return Weather(
        _walk(Random(f"{seed}/mid"), sigma, scenario),
        sigma,
        list(zip(*density, strict=True)),
        list(zip(*offset, strict=True)),
        list(zip(*down, strict=True)),
        list(zip(*stale, strict=True)),
    )


def variance_rate(scenario: Scenario, sigma_bps: float) -> float:
    """Basis points squared per second, jumps included."""
    return sigma_bps**2 + scenario.jumps_per_hour / 3600 * scenario.jump_bps**2


def _wander(chance: Random, seconds: int, deviation: float, memory_s: float) -> list[float]:
    """A value that wanders around 0 and returns to it within about `memory_s`."""
    kept = exp(-1 / memory_s)
    fresh = deviation * sqrt(1 - kept * kept)
    found = [deviation * chance.gauss(0, 1)]
    for _ in range(seconds):
        found.append(found[-1] * kept + fresh * chance.gauss(0, 1))
    return found


def _spells(chance: Random, seconds: int, every_s: float, lasts_s: float) -> list[bool]:
    """True while a spell lasts; both waits are exponential."""
    found: list[bool] = []
    spell = False
    while len(found) <= seconds:
        lasts = -log(1 - chance.random()) * (lasts_s if spell else every_s)
        found += [spell] * min(int(lasts) + 1, seconds + 1)
        spell = not spell
    return found[: seconds + 1]


def _walk(chance: Random, sigma: Sequence[float], scenario: Scenario) -> list[float]:
    """The mid, 0 where the hedge begins."""
    at, found = 0.0, []
    for spread in sigma:
        found.append(at)
        jump = chance.random() < scenario.jumps_per_hour / 3600
        at += spread * chance.gauss(0, 1) + (scenario.jump_bps * chance.gauss(0, 1) if jump else 0.0)
    start = found[BEFORE_S]
    return [value - start for value in found]
