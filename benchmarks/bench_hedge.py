"""Simulated hedges against their peers and a clairvoyant bound, on seeds that nothing was tuned on; and a decision's time."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import mean, median, quantiles, stdev

import pytest

from benchmarks.bench_sweep import _bare, _lines
from benchmarks.conftest import say
from otc.config.hedging import HedgeSettings
from otc.hedging.cost import expected_cost
from otc.hedging.decide import decide
from otc.model.hedge import HedgeMode, HedgeState, Parent, Urgency
from otc.sample.hedge_bound import clairvoyant
from otc.sample.hedge_liquidity import SCENARIOS, Scenario, scenario_of, weather
from otc.sample.hedge_market import HedgeMarket
from otc.sample.hedge_peers import PEERS
from otc.sample.hedge_run import EPOCH, RISK_AVERSION, HedgeRun, Policy, by_decide, parent_of, simulate

pytestmark = pytest.mark.bench
SEEDS = range(120_000, 120_000 + int(os.environ.get("HEDGE_SEEDS", "40")))
FEWER = SEEDS[: max(10, len(SEEDS) // 3)]
HORIZON_S = 1200
SIZE = Decimal(200)
NAIVE, SPACED, LOOP = "naive TWAP on one venue", "source's clips, spaced", "source's loop, a clip a second"
DESK = by_decide(HedgeSettings())
ESTIMATE = {"sigma_bps": Decimal("1.48"), "eta_bps": Decimal("17.9"), "fixed_bps": Decimal("3.36")}
"""Fitted on seeds 1000 to 1011 from 10 to 400 coins: volatility and impact as the hedger acts by them, fees, half a spread."""
WORST_ESTIMATE_BPS = 0.3
DECISION_MS = 5


@dataclass(frozen=True)
class Figures:
    """Means over seeds in bps, with their standard errors."""

    cost: float
    cost_error: float
    penalised: float
    penalised_error: float


def test_a_decision_over_four_venues_of_a_thousand_levels() -> None:
    """Timed one by one, each beside a bare heap that finds the average price of 200 coins and nothing else.

    Judged by the processor's time: on a machine that others use the clock on the wall measures the others.
    """
    lines, settings = _lines(), HedgeSettings()
    now = lines[0].book.received_at
    state = HedgeState(
        _parent("adaptive", "normal", now), children=3, filled=Decimal(10), last_child_at=now - timedelta(minutes=1)
    )
    taken, floor, wall = [], [], []
    children = decide(state, lines, Decimal(1), Decimal(1), settings, now)
    assert children
    for _ in range(1000):
        started, began = time.perf_counter_ns(), time.thread_time_ns()
        decide(state, lines, Decimal(1), Decimal(1), settings, now)
        between = time.thread_time_ns()
        wall.append((time.perf_counter_ns() - started) / 1e6)
        _bare(lines, SIZE)
        floor.append((time.thread_time_ns() - between) / 1e6)
        taken.append((between - began) / 1e6)
    p99, floor_p99, wall_p99 = (quantiles(times, n=100)[98] for times in (taken, floor, wall))
    say("a decision, 4 x 1,000 levels", {"p50": median(taken), "p99": p99, "p99 on the wall": wall_p99}, "ms")
    say("its floor, a bare heap", {"p50": median(floor), "p99": floor_p99}, "ms")
    assert p99 < DECISION_MS


def test_twenty_minutes_of_two_hundred_coins_against_peers_and_the_bound() -> None:
    usual = scenario_of("usual")
    bound = _bound(usual, SEEDS)
    peers = {name: _figures([_run(usual, seed, peer) for seed in SEEDS]) for name, peer in PEERS.items()}
    clips, twap, adaptive = (_desk(usual, SEEDS, mode, urgency) for mode, urgency in _MODES)
    for name, found in {**peers, "clips calm": clips, "twap calm": twap, "adaptive normal": adaptive, "bound": bound}.items():
        _told(name, found, bound)
    say("twap cost against", {name: twap.cost / peers[name].cost for name in (NAIVE, SPACED, LOOP)}, "times")
    say("adaptive J against", {NAIVE: adaptive.penalised / peers[NAIVE].penalised}, "times")
    assert twap.cost <= 1.15 * bound.cost
    assert twap.cost <= 0.8 * peers[NAIVE].cost
    assert twap.cost <= 0.65 * peers[SPACED].cost
    assert twap.cost <= 0.4 * peers[LOOP].cost
    assert adaptive.penalised <= 1.17 * bound.penalised
    assert adaptive.penalised <= 0.72 * peers[NAIVE].penalised


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_each_market_scenario_stays_near_its_bound_and_below_a_naive_twap(scenario: Scenario) -> None:
    bound = _bound(scenario, FEWER)
    naive = _figures([_run(scenario, seed, PEERS[NAIVE]) for seed in FEWER])
    twap, adaptive = _desk(scenario, FEWER, "twap", "calm"), _desk(scenario, FEWER, "adaptive", "normal")
    for name, found in {"bound": bound, NAIVE: naive, "twap calm": twap, "adaptive normal": adaptive}.items():
        _told(f"{scenario.name}: {name}", found, bound)
    assert twap.cost <= 1.25 * bound.cost
    assert twap.cost <= 0.9 * naive.cost
    assert adaptive.penalised <= 1.25 * bound.penalised
    assert adaptive.penalised <= 0.9 * naive.penalised


def test_the_estimate_before_the_trade_is_right_on_average() -> None:
    usual = scenario_of("usual")
    misses = {}
    for size in (10, 25, 50, 100, 200, 400):
        parent_size = Decimal(size)
        found = _figures([_run(usual, seed, DESK, "adaptive", "normal", parent_size) for seed in FEWER])
        impact = expected_cost(
            parent_size, ESTIMATE["sigma_bps"], ESTIMATE["eta_bps"], HORIZON_S, Decimal(str(RISK_AVERSION))
        ).impact_bps
        estimate = float(ESTIMATE["fixed_bps"] + impact)
        misses[str(size)] = estimate - found.cost
        print(f"\nestimate of {size}: {estimate:.2f}, result {found.cost:.2f} +- {found.cost_error:.2f}")
    say("mean error of the estimate", {"all sizes": mean(misses.values()), "worst size": max(misses.values(), key=abs)}, "bps")
    assert max(map(abs, misses.values())) <= WORST_ESTIMATE_BPS


_MODES: Sequence[tuple[HedgeMode, Urgency]] = (("clips", "calm"), ("twap", "calm"), ("adaptive", "normal"))


def _parent(mode: HedgeMode, urgency: Urgency, began_at: datetime) -> Parent:
    parent = parent_of(scenario_of("usual"), 0, mode, urgency)
    return replace(parent, began_at=began_at - timedelta(minutes=5))


def _run(
    scenario: Scenario, seed: int, policy: Policy, mode: HedgeMode = "clips", urgency: Urgency = "calm", size: Decimal = SIZE
) -> HedgeRun:
    parent = parent_of(scenario, seed, mode, urgency, size=size, horizon_s=HORIZON_S)
    return simulate(HedgeMarket(scenario, seed, "buy", HORIZON_S, parent.pair, EPOCH), parent, policy)


def _desk(scenario: Scenario, seeds: Sequence[int], mode: HedgeMode, urgency: Urgency) -> Figures:
    """Means of the desk's own planning; in each run all is filled and nothing more."""
    runs = [_run(scenario, seed, DESK, mode, urgency) for seed in seeds]
    assert all(run.filled == SIZE for run in runs)
    return _figures(runs)


def _bound(scenario: Scenario, seeds: Sequence[int]) -> Figures:
    """The least cost and, of another schedule, the least J."""
    weathers = [weather(scenario, seed, HORIZON_S) for seed in seeds]
    cheapest = clairvoyant(scenario, weathers, float(SIZE), HORIZON_S, 0.0).cost_bps.tolist()
    safest = clairvoyant(scenario, weathers, float(SIZE), HORIZON_S, RISK_AVERSION).penalised_bps.tolist()
    return Figures(mean(cheapest), _error(cheapest), mean(safest), _error(safest))


def _figures(runs: Sequence[HedgeRun]) -> Figures:
    costs, penalised = [run.cost_bps for run in runs], [run.penalised_bps for run in runs]
    return Figures(mean(costs), _error(costs), mean(penalised), _error(penalised))


def _error(values: Sequence[float]) -> float:
    return float(stdev(values) / len(values) ** 0.5)


def _told(name: str, found: Figures, bound: Figures) -> None:
    print(
        f"\n{name}: cost {found.cost:.2f} +- {found.cost_error:.2f} bps ({found.cost / bound.cost:.3f} of the bound), "
        f"J {found.penalised:.2f} +- {found.penalised_error:.2f} ({found.penalised / bound.penalised:.3f})"
    )
