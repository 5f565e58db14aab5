"""Each component of a two-way price charges what its formula says, and says how it came about."""

from dataclasses import replace
from decimal import Decimal
from math import log, sqrt

import pytest

from otc.hedging.cost import expected_cost
from otc.model.rfq import SettlementInputs
from otc.quoting import components
from tests.quoting.two_way_cases import DEFAULTS, exactly, inputs


def bps(charge: components.Charge) -> Decimal:
    """What it takes on both sides alike."""
    assert charge.ask_bps == charge.bid_bps
    return charge.ask_bps


def test_the_margin_is_what_the_costs_leave_of_the_configured_spread_so_that_no_risk_is_charged_twice():
    left = components.margin(inputs(margin_bps=Decimal(8)), Decimal("3.5"))
    assert bps(left) == Decimal("4.5")
    assert left.words == "BTC/USD tier A 8 bps less costs of 3.5 bps."


def test_costs_above_the_spread_leave_the_minimum_margin():
    least = components.margin(inputs(margin_bps=Decimal(8), minimum_margin_bps=Decimal(2)), Decimal("6.01"))
    assert bps(least) == 2
    assert least.words.endswith("the minimum, 2 bps.")


def test_the_sources_mode_charges_its_spread_and_the_tax_alone():
    charged = components.charges(inputs(mode="source", margin_bps=Decimal(8), tax_rate=Decimal("0.0021")))
    assert [(part.name, bps(part)) for part in charged] == [("margin", Decimal(8)), ("tax", Decimal(21))]


def test_impact_and_hedge_risk_are_the_hedgers_own_expected_cost():
    asked = inputs(size=Decimal(37), sigma_bps=Decimal("0.7"))
    cost = expected_cost(Decimal(37), Decimal("0.7"), asked.eta_bps, asked.horizon_s, asked.risk_aversion)
    assert [bps(part) for part in components.hedge(asked)] == [cost.impact_bps, cost.risk_bps]
    assert "37 BTC within 1200 s" in components.hedge(asked)[0].words


def test_half_the_spread_of_a_clip_is_charged_with_its_fees():
    assert bps(components.fee_and_half_spread(inputs(half_spread_bps=Decimal("3.1234567")))) == Decimal("3.123457")


def test_books_that_are_crossed_make_no_better_price():
    charged = components.fee_and_half_spread(inputs(half_spread_bps=Decimal("-107.3")))
    assert bps(charged) == 0
    assert charged.words.endswith("-107.3 bps; nothing is charged.")


def test_a_price_that_stands_longer_costs_as_the_root_of_its_time():
    """Half of 0.4 standard deviations of ten seconds; thirty in chat cost the root of three times as much."""
    short = components.validity(inputs(ttl_s=10, sigma_bps=Decimal("0.5")))
    chat = components.validity(inputs(ttl_s=30, sigma_bps=Decimal("0.5")))
    assert float(bps(short)) == pytest.approx(0.5 * 0.4 * 0.5 * sqrt(10), abs=1e-6)
    assert float(bps(chat)) == pytest.approx(float(bps(short)) * sqrt(3), abs=2e-6)
    assert short.words == "10 s to accept: 0.5 x 0.4 x 0.5 bps per root second x sqrt(10 s) = 0.3162 bps."


@pytest.mark.parametrize(
    ("ratio", "charged"),
    [("1", 0.0), ("2.5", 0.0), ("0.5", 3 * log(2)), ("0.1", 3 * log(10)), ("0.001", 15.0), ("0", 15.0), ("-1", 15.0)],
)
def test_thin_books_cost_the_logarithm_of_what_is_missing_up_to_the_cap(ratio, charged):
    assert float(bps(components.liquidity(inputs(depth_ratio=Decimal(ratio))))) == pytest.approx(charged, abs=1e-6)


def test_a_skew_moves_both_prices_the_same_way():
    up = components.inventory_skew(inputs(inventory_skew_bps=Decimal(3)))
    down = components.inventory_skew(inputs(inventory_skew_bps=Decimal(-3)))
    assert (up.ask_bps, up.bid_bps) == exactly(3, -3), "a dearer ask, and a bid that gives up less"
    assert (down.ask_bps, down.bid_bps) == exactly(-3, 3)
    assert "buy" in up.words
    assert "sell" in down.words


def test_a_cut_off_missed_on_a_friday_costs_three_nights_and_the_handling():
    """0.09 / 365 a night is 2.465753 bps."""
    missed = components.settlement(inputs(settlement=SettlementInputs(Decimal(1), 3, "RTGS closed at 14:00.")))
    assert bps(missed) == Decimal("7.897260")
    assert missed.words.startswith("RTGS closed at 14:00. 100 % to miss the cut-off x (3 nights at 9 % a year = 7.3973 bps")
    half = components.settlement(inputs(settlement=SettlementInputs(Decimal("0.5"), 3)))
    assert bps(half) == Decimal("3.948630")


def test_without_a_cut_off_settlement_costs_nothing():
    assert bps(components.settlement(inputs(settlement=SettlementInputs(Decimal(0), 3)))) == 0


def test_hours_unhedged_and_a_likely_default_cost_on_top():
    """Half a standard deviation of four hours, and 2 bps expected to be lost."""
    carried = SettlementInputs(Decimal(0), 0, unhedged_hours=Decimal(4))
    charged = components.settlement(inputs(settlement=carried, charges=replace(DEFAULTS, default_bps=Decimal(2))))
    assert float(bps(charged)) == pytest.approx(0.5 * 0.5 * sqrt(4 * 3600) + 2, abs=1e-6)
    assert charged.words.endswith("+ 4 h unhedged 30 bps + default 2 bps = 32 bps.")


def test_only_pairs_that_are_taxed_bear_a_tax():
    assert bps(components.tax(inputs(tax_rate=Decimal("0.0021")))) == 21
    assert bps(components.tax(inputs(tax_rate=Decimal(0)))) == 0


def test_all_costs_count_against_the_margin_but_neither_tax_nor_skew():
    asked = inputs(margin_bps=Decimal(100), tax_rate=Decimal("0.0021"), inventory_skew_bps=Decimal(7))
    charged = {part.name: part for part in components.charges(asked)}
    assert list(charged) == [
        "margin", "fee_and_half_spread", "impact", "hedge_risk", "validity", "liquidity", "settlement", "inventory_skew", "tax"
    ]  # fmt: skip
    assert sum(part.ask_bps for part in charged.values()) == 100 + 21 + 7
    assert sum(part.bid_bps for part in charged.values()) == 100 + 21 - 7
