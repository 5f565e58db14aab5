"""The simulated market of a hedge: seeded to the byte, keeps its own books, hurts whoever is hasty, and its bound is a bound."""

from dataclasses import replace
from decimal import Decimal

import pytest

from otc.config.hedging import HedgeSettings
from otc.errors import Refused
from otc.model.hedge import Child
from otc.sample.hedge_bound import clairvoyant
from otc.sample.hedge_liquidity import BEFORE_S, SCENARIOS, scenario_of, weather
from otc.sample.hedge_market import LOT, HedgeMarket
from otc.sample.hedge_peers import PEERS
from otc.sample.hedge_run import EPOCH, RISK_AVERSION, HedgeRun, Policy, by_decide, parent_of, run_hedge, simulate

SHORT_S = 120
SIZE = Decimal(20)
DESK = by_decide(HedgeSettings())
USUAL = scenario_of("usual")


def hedged(policy: Policy, seed: int = 7, scenario: str = "usual", mode: str = "twap", **changes: object) -> HedgeRun:
    """Twenty coins in two minutes, unless told otherwise."""
    terms = {"size": SIZE, "horizon_s": SHORT_S, "clip": Decimal(2), **changes}
    parent = parent_of(scenario_of(scenario), seed, mode, "calm", **terms)  # type: ignore[arg-type]  # fields of parent_of
    return simulate(HedgeMarket(scenario_of(scenario), seed, parent.side, parent.horizon_s, parent.pair, EPOCH), parent, policy)


def market(seed: int = 7, side: str = "buy") -> HedgeMarket:
    return HedgeMarket(USUAL, seed, side, SHORT_S, "BTC/USD", EPOCH)  # type: ignore[arg-type]  # a side


def order(of: HedgeMarket, size: str, limit: str, venue: str = "venue-1") -> Child:
    side = of.side
    return Child(f"child-{size}", "parent", 1, venue, "BTC/USD", side, Decimal(size), Decimal(limit), Decimal(60000), of.now)


def test_a_seed_gives_the_same_hedge_to_the_byte_and_another_seed_another():
    one, again, other = (str(run_hedge("BTC/USD", "buy", Decimal(5), 2, "twap", seed)) for seed in (3, 3, 4))
    assert one == again != other


def test_the_figures_add_up():
    found = run_hedge("BTC/USD", "sell", Decimal(5), 2, "adaptive", 11)
    assert found.filled == Decimal(5) == sum(found.venues.values())
    below = (1 - found.average_price / found.arrival_price) * 10_000
    assert found.cost_bps == pytest.approx(below + found.fees_bps, abs=Decimal("0.0002"))
    assert Decimal("2.5") <= found.fees_bps <= Decimal(8)


def test_a_pair_that_is_not_in_dollars_cannot_be_simulated():
    with pytest.raises(Refused, match="BTC/USD"):
        run_hedge("USDT/IDR", "buy", Decimal(5), 2, "twap", 1)


def test_other_coins_are_as_deep_in_dollars_as_bitcoin():
    found = run_hedge("USDT/USD", "buy", Decimal(600_000), 2, "twap", 1, clip=Decimal(100_000))
    assert found.filled == Decimal(600_000)
    assert abs(found.cost_bps) < 60


@pytest.mark.parametrize("scenario", [one.name for one in SCENARIOS])
@pytest.mark.parametrize("mode", ["clips", "twap", "adaptive"])
def test_in_every_scenario_all_is_filled_and_nothing_more(scenario, mode):
    found = hedged(DESK, scenario=scenario, mode=mode)
    assert found.filled == SIZE
    assert all(outcome.filled <= outcome.child.size for outcome in found.outcomes)


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_limits_and_lots_are_kept_and_impact_is_against_the_dealer(side):
    found = hedged(DESK, side=side)
    sign = 1 if side == "buy" else -1
    for outcome in found.outcomes:
        assert outcome.filled % LOT == 0
        assert sign * (outcome.child.limit_price - outcome.price) >= 0 or not outcome.filled
    assert found.filled == SIZE
    assert found.cost_bps > 2.5, "the lowest fee alone is that"


def test_what_is_taken_is_missing_moves_all_venues_and_comes_back():
    of = market()
    before = of.lines[1].book.asks[1].price
    of.send(order(of, "50", "70000"))
    assert of.taken[0] == pytest.approx(50)
    lasting, at_first = of.lasting_bps, of.passing_bps
    for _ in range(300):
        if of.over:
            break
        of.step()
    assert of.taken[0] < 1
    assert of.passing_bps < at_first / 4
    assert of.lasting_bps == lasting > 0
    assert of.lines[1].book.asks[1].price != before


def test_an_order_whose_limit_is_out_of_reach_fills_nothing_and_one_at_a_limit_only_so_far():
    of = market()
    best = of.lines[0].book.asks[1].price
    assert of.send(order(of, "5", "50000")).filled == 0
    part = of.send(order(of, "90", str(best + 12))).filled
    assert 0 < part < 90


def test_an_order_to_a_venue_that_is_down_fails_as_an_outage():
    scenario = replace(USUAL, outages_per_hour=3600.0, outage_s=10_000.0)
    of = HedgeMarket(scenario, 1, "buy", SHORT_S, "BTC/USD", EPOCH)
    while of.lines:
        of.step()
    assert of.send(order(of, "1", "70000")).fault == "outage"


def test_whoever_hurries_pays_more():
    """The same coins of the same market: one order, the loop, the spaced clips and the slices, dearest first."""
    names = ("one order on one venue", "source's loop, a clip a second", "source's clips, spaced")
    costs = [
        sum(hedged(policy, seed, size=Decimal(60), clip=Decimal(6)).cost_bps for seed in range(4))
        for policy in (*(PEERS[name] for name in names), DESK)
    ]
    assert costs == sorted(costs, reverse=True)


@pytest.mark.parametrize("risk_aversion", [0.0, RISK_AVERSION])
def test_no_policy_is_cheaper_than_the_bound(risk_aversion):
    """Summed over seeds: a clairvoyant of liquidity pays least, and an even pace is not his."""
    seeds = range(4)
    weathers = [weather(USUAL, seed, SHORT_S) for seed in seeds]
    bound = clairvoyant(USUAL, weathers, float(SIZE), SHORT_S, risk_aversion)
    least = bound.penalised_bps if risk_aversion else bound.cost_bps
    for policy in (DESK, PEERS["source's clips, spaced"], PEERS["naive TWAP on one venue"]):
        runs = [hedged(policy, seed) for seed in seeds]
        reached = [run.penalised_bps if risk_aversion else run.cost_bps for run in runs]
        assert sum(reached) > float(least.sum())


def test_a_bound_without_impact_is_the_cheapest_offset_and_fee_there_ever_is():
    """Endless density and no impact: all is dealt in the one second where fee and offset are least."""
    endless = replace(USUAL, depth=1e9, transient=0.0, permanent=0.0, outages_per_hour=1e-9)
    drawn = weather(endless, 5, SHORT_S)
    seconds = range(BEFORE_S, BEFORE_S + SHORT_S, 2)
    cheapest = min(venue.taker_bps + drawn.offset_bps[at][index] for at in seconds for index, venue in enumerate(endless.venues))
    found = clairvoyant(endless, [drawn], 20.0, SHORT_S, 0.0).cost_bps[0]
    assert found == pytest.approx(cheapest, abs=0.02)


def test_an_unknown_scenario_is_refused_by_name():
    with pytest.raises(Refused, match="usual"):
        scenario_of("sunny")
