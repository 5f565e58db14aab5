"""The expected cost of a hedge is that of Almgren and Chriss's schedule, however small, large, calm or patient it is."""

from decimal import Context, Decimal, localcontext
from math import cosh, inf, sinh, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.hedging.cost import expected_cost
from tests.soak import examples

BOOK = {"sigma_bps": Decimal("0.5"), "eta_bps": Decimal(20), "horizon_s": 1200, "risk_aversion": Decimal("0.01")}
SLICES = 4000


def cost(size: object, **changes: object):
    """A hedge of so many coins within twenty minutes."""
    return expected_cost(Decimal(str(size)), **{**BOOK, **changes})  # type: ignore[arg-type]  # fields of expected_cost


def simpson(values: list[float], width: float) -> float:
    """The integral over evenly spaced values, an odd number of them."""
    return width / 3 * (values[0] + 4 * sum(values[1:-1:2]) + 2 * sum(values[2:-1:2]) + values[-1])


def summed(size: float, sigma: float, eta: float, horizon: float, aversion: float) -> tuple[float, float]:
    """Impact and risk in bps, added up along the schedule itself: eta x pace on what is dealt, lambda x variance of the cost."""
    kappa, width = sqrt(aversion * sigma**2 / (eta * size)), horizon / SLICES
    left = [size * sinh(kappa * (horizon - n * width)) / sinh(kappa * horizon) for n in range(SLICES + 1)]
    pace = [size * kappa * cosh(kappa * (horizon - n * width)) / sinh(kappa * horizon) for n in range(SLICES + 1)]
    impact = simpson([eta * p * p / size for p in pace], width)
    variance = simpson([(sigma * q / size) ** 2 for q in left], width)
    return impact, aversion * variance


@pytest.mark.parametrize(
    ("size", "sigma", "eta", "horizon", "aversion"),
    [
        (200, 0.5, 20, 1200, 0.01),
        (200, 0.05, 20, 1200, 0.01),
        (1, 0.5, 20, 1200, 0.01),
        (5, 3.0, 40, 600, 0.01),
        (1_000_000, 0.05, 0.002, 1200, 0.01),
        (200, 0.5, 20, 90, 0.001),
    ],
)
def test_the_closed_form_is_what_the_schedule_itself_adds_up_to(size, sigma, eta, horizon, aversion):
    coins, bps, slope, risk_per_bps = (Decimal(str(figure)) for figure in (size, sigma, eta, aversion))
    found = expected_cost(coins, bps, slope, horizon, risk_per_bps)
    impact, risk = summed(size, sigma, eta, horizon, aversion)
    assert float(found.impact_bps) == pytest.approx(impact, rel=1e-7, abs=1e-6)
    assert float(found.risk_bps) == pytest.approx(risk, rel=1e-7, abs=1e-6)


@pytest.mark.parametrize("sigma", ["0.01", "5", "50", "99.9", "100", "100.1", "1000", "20000"])
def test_twelve_digits_are_right_also_where_the_parts_of_the_risk_nearly_cancel(sigma):
    """A million coins in one second at one bps a unit: an even pace costs 10^6 bps, and kT is a thousandth of sigma."""
    found = expected_cost(Decimal(10**6), Decimal(sigma), Decimal(1), 1, Decimal(1))
    with localcontext(Context(prec=60)):
        x = Decimal(sigma) / 1000
        doubled = (2 * x).exp()
        coth, inverse_sinh_squared = (doubled + 1) / (doubled - 1), 4 * doubled / (doubled - 1) ** 2
        impact, risk = (10**6 * x * (coth + sign * x * inverse_sinh_squared) / 2 for sign in (1, -1))
    assert found.impact_bps == pytest.approx(impact, rel=Decimal("1e-12"), abs=Decimal("0.000001"))
    assert found.risk_bps == pytest.approx(risk, rel=Decimal("1e-11"), abs=Decimal("0.000001"))


def test_no_other_pace_costs_less_than_the_one_the_cost_is_of():
    """Trading evenly, or by a schedule one and a half times as hasty or as calm, has the larger sum of impact and risk."""
    size, sigma, eta, horizon, aversion = 200.0, 0.5, 20.0, 1200.0, 0.01
    best = float(cost(200).total_bps)
    evenly = eta * size / horizon + aversion * sigma**2 * horizon / 3
    others = []
    for hasty in (1.5, 1 / 1.5):
        impact, risk = summed(size, sigma * hasty, eta, horizon, aversion)
        others.append(impact + risk / hasty**2)
    assert best < min(evenly, *others)


def test_a_patient_hedge_costs_as_the_root_of_its_size_and_as_the_volatility():
    """With time to spare, four times the coins cost twice as much a coin, and so does twice the volatility."""
    patient = {"horizon_s": 1_000_000}
    one = cost(1, **patient)
    for other in (cost(4, **patient), cost(1, sigma_bps=Decimal(1), **patient)):
        assert float(other.impact_bps) == pytest.approx(2 * float(one.impact_bps), abs=2e-6)
        assert float(other.risk_bps) == pytest.approx(2 * float(one.risk_bps), abs=2e-6)
    assert one.impact_bps == one.risk_bps, "the optimum splits the cost in halves"


def test_in_a_still_market_the_best_pace_is_even_and_nothing_is_risked():
    still = cost(300, sigma_bps=Decimal(0))
    assert (still.impact_bps, still.risk_bps, still.kappa) == (Decimal(5), Decimal(0), 0.0)  # 20 x 300 / 1200
    assert cost(300, risk_aversion=Decimal(0)) == still


def test_where_trading_moves_nothing_all_is_dealt_at_once():
    free = cost(300, eta_bps=Decimal(0))
    assert (free.total_bps, free.kappa) == (0, inf)
    assert cost(0).total_bps == 0


def test_extreme_hedges_have_a_price_instead_of_an_overflow():
    """A millionth of a coin over a month, and a mountain of them within a second."""
    assert cost("0.000001", horizon_s=2_592_000).total_bps < Decimal("0.01")
    assert cost(1_000_000, horizon_s=1).impact_bps == pytest.approx(Decimal(20_000_000), rel=Decimal("1e-6"))


@pytest.mark.parametrize("wrong", [{"horizon_s": 0}, {"sigma_bps": Decimal(-1)}, {"eta_bps": Decimal(-1)}])
def test_a_hedge_that_cannot_be_is_a_fault_of_its_caller(wrong):
    with pytest.raises(ValueError, match="horizon"):
        cost(1, **wrong)


SIZES = st.decimals(Decimal("0.00000001"), Decimal(10_000_000), places=8)
SIGMAS = st.decimals(Decimal(0), Decimal(50), places=4)


@settings(max_examples=examples(200), deadline=None)
@given(SIZES, SIZES, SIGMAS, SIGMAS, st.decimals(Decimal("0.0001"), Decimal(100), places=4), st.integers(1, 100_000))
def test_both_parts_grow_with_size_and_with_volatility(size, more, sigma, wilder, eta, horizon):
    small, large = sorted((size, more))
    calm, wild = sorted((sigma, wilder))
    low = expected_cost(small, calm, eta, horizon, Decimal("0.01"))
    for high in (
        expected_cost(large, calm, eta, horizon, Decimal("0.01")),
        expected_cost(small, wild, eta, horizon, Decimal("0.01")),
    ):
        assert high.impact_bps >= low.impact_bps >= 0
        assert high.risk_bps >= low.risk_bps >= 0
