"""How much is due when: in a market that does not change, the path is Almgren and Chriss's, a refill longer at both ends."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from math import sinh, sqrt

import pytest

from otc.config.hedging import HedgeSettings
from otc.hedging.schedule import Liquidity, closing, due, ends_at
from otc.model.hedge import HedgeState
from tests.hedging.test_decide import NOW, D, parent

EVEN = HedgeSettings(jitter=D(0))
MARKET = Liquidity(density=6.0, sigma_bps=1.2, depth_ratio=1.0)


def path(state: HedgeState, market: Liquidity = MARKET, config: HedgeSettings = EVEN) -> list[tuple[int, float]]:
    """Seconds and what remains after each slice, where all is filled at once."""
    found = []
    for second in range(int(state.parent.horizon_s)):
        now = NOW + timedelta(seconds=second)
        if amount := due(state, D("0.0001"), market, config, now):
            state = replace(state, filled=state.filled + amount, children=state.children + 1, last_child_at=now)
            found.append((second, float(state.remaining)))
    return found


def test_an_adaptive_hedge_goes_by_almgren_and_chriss():
    """kappa = sqrt(lambda sigma^2 / (eta Q)), eta the memory over the density; each slice lasts until the next, 5 s."""
    kappa = sqrt(0.01 * 1.2**2 / (90 / 6.0 * 200))
    refill, whole = 60.0, 1190 + 2 * 60.0
    for second, left in path(HedgeState(parent(mode="adaptive", urgency="normal")))[10:-50]:
        planned = 200 * sinh(kappa * (whole - refill - second - 5)) / sinh(kappa * whole)
        assert left == pytest.approx(planned, abs=1)


def test_a_twap_is_a_straight_line_between_two_blocks():
    points = [point for point in path(HedgeState(parent())) if 100 <= point[0] <= 900]
    steps = [before[1] - after[1] for before, after in pairwise(points)]
    assert max(steps) / min(steps) < 1.15
    assert sum(steps) / len(steps) == pytest.approx(200 * 5 / (1190 + 2 * 60), rel=0.02)


def test_the_end_comes_before_the_horizon_so_that_late_answers_leave_time():
    state = HedgeState(parent())
    assert ends_at(state) == NOW + timedelta(minutes=20)
    assert not closing(state, EVEN, NOW + timedelta(seconds=1189))
    assert closing(state, EVEN, NOW + timedelta(seconds=1190))
    assert due(state, D(0), MARKET, EVEN, NOW + timedelta(seconds=1190)) == D(200)


def test_another_horizon_speeds_up_what_remains():
    state = HedgeState(parent(), filled=D(50), children=9, last_child_at=NOW + timedelta(seconds=300))
    now = NOW + timedelta(seconds=310)
    usual, sooner = (due(replace(state, horizon_s=seconds), D(0), MARKET, EVEN, now) for seconds in (1200, 600))
    assert sooner > 2 * usual > 0


def test_waits_are_moved_by_a_hash_and_by_no_more_than_the_jitter_allows():
    seconds = [second for second, _ in path(HedgeState(parent()), config=HedgeSettings())]
    gaps = {later - second for second, later in pairwise(seconds) if later < 1100}
    assert gaps <= {5, 6}, "asked each second: 4.25 to 5.75 s become 5 or 6"
    assert len(gaps) == 2
    others = [second for second, _ in path(HedgeState(parent(parent_id="hedge-2")), config=HedgeSettings())]
    assert others != seconds
    assert [second for second, _ in path(HedgeState(parent()), config=HedgeSettings())] == seconds


@pytest.mark.parametrize("depth", [0.0, 0.1, 5.0, 1000.0])
def test_absurd_depth_moves_a_slice_only_so_far(depth):
    state = HedgeState(parent(), filled=D(30), children=9, last_child_at=NOW + timedelta(seconds=100))
    now = NOW + timedelta(seconds=110)
    usual = due(state, D(0), MARKET, EVEN, now)
    found = due(state, D(0), replace(MARKET, depth_ratio=depth), EVEN, now)
    assert usual / Decimal("2.5") <= found <= usual * Decimal("1.6")


def test_books_without_any_depth_still_have_a_pace():
    state = HedgeState(parent(mode="adaptive", urgency="now"))
    assert due(state, D(0), replace(MARKET, density=0.0), EVEN, NOW) > 0
