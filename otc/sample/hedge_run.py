"""A hedge on the simulated market from its first child to its last, and what it cost.

    policy(state, lines, ...) -> children -> HedgeMarket.send -> outcomes, known a little later -> state -> policy ...

Cost is against the undisturbed mid of each fill, fees included; the risk beside it is the variance of the mid while
something remained. The raw shortfall against the arrival price is both, and noise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import Final

from otc.config.hedging import HedgeSettings
from otc.hedging.decide import decide
from otc.ids import content_id
from otc.market.consolidated import Line
from otc.model.hedge import Child, HedgeMode, HedgeState, Parent, Urgency
from otc.model.market import SweepSide
from otc.money import BPS, CONTEXT, ZERO, exact
from otc.sample.hedge_liquidity import BEFORE_S, Scenario, price_of, scenario_of, variance_rate
from otc.sample.hedge_market import HedgeMarket, Outcome

EPOCH: Final = datetime.fromisoformat("2025-01-02T09:00:00+08:00")
RISK_AVERSION: Final = 0.01
_OUT_S: Final[Mapping[str, int]] = {"outage": 20, "rejected": 1}
_BP: Final = 1e-4
_BPS_QUANTUM: Final = Decimal("0.0001")

Policy = Callable[[HedgeState, Sequence[Line], Decimal, Decimal, datetime], Sequence[Child]]
"""State, lines, volatility, depth ratio, now -> the children to send now."""


@dataclass(frozen=True, slots=True)
class HedgeRun:
    """One hedge as it went."""

    parent: Parent
    outcomes: tuple[Outcome, ...]
    variance: float
    """Of the mid over what remained, in basis points squared: the part of the shortfall that is luck."""
    seconds: int
    way: tuple[float, ...]
    """What was dealt until the end of each second, as a part of the whole."""

    @property
    def filled(self) -> Decimal:
        return sum((outcome.filled for outcome in self.outcomes), ZERO)

    @property
    def paid(self) -> Decimal:
        return sum((outcome.filled * outcome.price for outcome in self.outcomes), ZERO)

    @property
    def fees(self) -> Decimal:
        return sum((outcome.fee for outcome in self.outcomes), ZERO)

    @property
    def cost_bps(self) -> float:
        """Against the undisturbed mid of each fill, fees included."""
        sign = 1 if self.parent.side == "buy" else -1
        undisturbed = sum(float(outcome.filled) * outcome.mid for outcome in self.outcomes)
        return (sign * (float(self.paid) - undisturbed) + float(self.fees)) / undisturbed / _BP if undisturbed else 0.0

    @property
    def penalised_bps(self) -> float:
        """J: the cost and what its risk is worth."""
        return self.cost_bps + RISK_AVERSION * self.variance


@dataclass(frozen=True, slots=True)
class HedgeFigures:
    """What the command line says of a hedge; prices are in the pair's quote currency."""

    parent_id: str
    filled: Decimal
    average_price: Decimal
    arrival_price: Decimal
    cost_bps: Decimal
    """The raw shortfall against the arrival price, fees included; positive where it cost."""
    fees_bps: Decimal
    venues: Mapping[str, Decimal]
    """How much each dealt, by name."""
    children: int


def by_decide(settings: HedgeSettings) -> Policy:
    """The desk's own planning as a policy."""
    return lambda state, lines, sigma_bps, depth_ratio, now: decide(state, lines, sigma_bps, depth_ratio, settings, now)


def simulate(market: HedgeMarket, parent: Parent, policy: Policy) -> HedgeRun:
    """Work a parent off second by second, until all is dealt or the drawn market ends."""
    state = HedgeState(parent, horizon_s=parent.horizon_s)
    outcomes: list[Outcome] = []
    waiting: list[Outcome] = []
    variance, done, way = 0.0, ZERO, []
    while not market.over:
        for outcome in [one for one in waiting if one.known_s <= market.second]:
            waiting.remove(outcome)
            state = _known(state, outcome, market.began_at)
        if state.filled >= parent.size:
            break
        children = policy(state, market.lines, market.sigma_bps, market.depth_ratio, market.now)
        for child in children:
            outcome = market.send(child)
            done += outcome.filled
            outcomes.append(outcome)
            waiting.append(outcome)
            flying = state.in_flight + child.size
            state = replace(state, in_flight=flying, children=state.children + 1, last_child_at=market.now)
        left = float(1 - done / parent.size)
        variance += variance_rate(market.scenario, market.weather.sigma_bps[BEFORE_S + market.second]) * left**2
        way.append(1 - left)
        market.step()
    return HedgeRun(parent, tuple(outcomes), variance, market.second, tuple(way))


def parent_of(
    scenario: Scenario,
    seed: int,
    mode: HedgeMode,
    urgency: Urgency,
    *,
    pair: str = "BTC/USD",
    side: SweepSide = "buy",
    size: Decimal = Decimal(200),
    horizon_s: int = 1200,
    clip: Decimal = Decimal(10),
    limit_bps: Decimal = Decimal(500),
) -> Parent:
    """A parent whose id comes from all that it is."""
    what = (scenario.name, str(seed), mode, urgency, pair, side, str(size), str(horizon_s), str(clip))
    return Parent(
        content_id("simulated", *what), pair, side, size, horizon_s, mode, urgency, clip, Decimal(str(price_of(pair))),
        ZERO, limit_bps, EPOCH, "simulation",
    )  # fmt: skip


def run_hedge(
    pair: str,
    side: SweepSide,
    size: Decimal,
    minutes: int,
    mode: HedgeMode,
    seed: int,
    *,
    urgency: Urgency = "normal",
    clip: Decimal = Decimal(10),
    scenario: str = "usual",
    settings: HedgeSettings | None = None,
) -> HedgeFigures:
    """A simulated hedge in the command line's figures; the same arguments give the same answer, to the byte.

    clip: the largest child, in the base; minutes: above 0. Refused where the pair is not one in dollars.
    """
    weather_of = scenario_of(scenario, pair)
    parent = parent_of(weather_of, seed, mode, urgency, pair=pair, side=side, size=size, horizon_s=minutes * 60, clip=clip)
    market = HedgeMarket(weather_of, seed, side, parent.horizon_s, pair, EPOCH)
    return figures(simulate(market, parent, by_decide(settings or HedgeSettings())))


def figures(run: HedgeRun) -> HedgeFigures:
    """What the command line says of a hedge."""
    parent, filled = run.parent, run.filled
    venues: dict[str, Decimal] = {}
    for outcome in run.outcomes:
        if outcome.filled:
            venues[outcome.child.venue] = venues.get(outcome.child.venue, ZERO) + outcome.filled
    with localcontext(CONTEXT):
        average = exact(run.paid / filled) if filled else ZERO
        fees_bps = (run.fees / run.paid * BPS).quantize(_BPS_QUANTUM) if filled else ZERO
        moved = (average / parent.arrival_price - 1) * BPS if filled else ZERO
        cost_bps = (moved if parent.side == "buy" else -moved) + fees_bps
    return HedgeFigures(
        parent.parent_id,
        filled,
        average,
        parent.arrival_price,
        cost_bps.quantize(_BPS_QUANTUM),
        fees_bps,
        dict(sorted(venues.items())),
        len(run.outcomes),
    )


def _known(state: HedgeState, outcome: Outcome, began_at: datetime) -> HedgeState:
    """The state once a child's answer is in; a venue that failed is left out for a while."""
    out_until = dict(state.venue_out_until)
    if outcome.fault:
        until = began_at + timedelta(seconds=outcome.known_s + _OUT_S[outcome.fault])
        out_until[outcome.child.venue] = max(until, out_until.get(outcome.child.venue, until))
    return replace(
        state,
        filled=state.filled + outcome.filled,
        in_flight=state.in_flight - outcome.child.size,
        venue_out_until=out_until,
    )
