"""Scenario D, Friday 8 November 2024, as far as prices and facts tell it: fifty PAXG paid in two parts over two rails."""

from decimal import Decimal

import pytest

from otc.model import Kind, Leg, Side, Status, Trade
from tests.builders import at
from tests.scenarios.day import Day, near

PARTS = (Decimal(2_000_000_000), Decimal(131_707_500))


@pytest.fixture
def trade(day: Day) -> Trade:
    """A tier C client buys 50 PAXG at a market maker's 42,000,000; the first two billion are credited at 13:20."""
    quote = day.quote("2024-11-08 12:45", "PAXG/IDR", "C", Side.BUY, {"MM-002": 42_000_000}, "CLT-008", size=Decimal(50))
    trade = day.desk.accept(quote.quote_id, "trader-1")
    day.landed(trade.transaction_id, cover_fiat="2024-11-08 13:05", cover_crypto="2024-11-08 13:15")
    day.say("2024-11-08 13:20", Kind.CONFIRMED, trade.transaction_id, Leg.CLIENT_FIAT, amount=PARTS[0], evidence="RTGS 1")
    return trade


def test_the_figures_of_the_deal(trade):
    assert trade.client_amount_idr == 2_131_710_000
    assert near(trade.gross_spread_idr, 31_710_000)
    assert near(trade.tax_idr, 4_476_591)
    assert near(trade.net_pnl_idr, 27_233_409)


def test_a_part_inside_the_window_is_pending_and_no_cut_off_is_missed(day, trade):
    item = day.open_item(trade.transaction_id, "2024-11-08 14:00")
    assert item is not None
    assert item.status is Status.PENDING
    assert not item.rolled
    assert f"{PARTS[0] / trade.client_amount_idr:.1%}" == "93.8%"


def test_the_remainder_fits_bi_fast_at_any_hour(day, trade):
    taken = day.desk.rules.rails.accept("IDR", trade.client_amount_idr - PARTS[0], at("2024-11-08 14:00"))
    assert (taken.rail, taken.accepted_at, taken.rolled) == ("BI-FAST", at("2024-11-08 14:00"), False)


def test_a_second_part_that_is_2_500_short_does_not_settle_by_itself(day, trade):
    day.say("2024-11-08 16:20", Kind.CONFIRMED, trade.transaction_id, Leg.CLIENT_FIAT, amount=PARTS[1], evidence="BI-FAST 2")
    day.landed(trade.transaction_id, client_crypto="2024-11-08 17:05")
    assert trade.client_amount_idr - sum(PARTS) == 2_500
    assert day.status(trade.transaction_id, "2024-11-08 17:05") is not Status.SETTLED


def test_accepted_at_16_31_the_leg_keeps_16_20_and_the_trade_settles_at_17_05(day, trade):
    day.say("2024-11-08 16:20", Kind.CONFIRMED, trade.transaction_id, Leg.CLIENT_FIAT, amount=PARTS[1], evidence="BI-FAST 2")
    day.say("2024-11-08 16:31", Kind.CONFIRMED, trade.transaction_id, Leg.CLIENT_FIAT, happened="2024-11-08 16:20")
    day.landed(trade.transaction_id, client_crypto="2024-11-08 17:05")
    assert day.state(trade.transaction_id).client_fiat.final_at == at("2024-11-08 16:20")
    assert day.status(trade.transaction_id, "2024-11-08 17:04") is not Status.SETTLED
    assert day.status(trade.transaction_id, "2024-11-08 17:05") is Status.SETTLED
    assert near(day.month("settlement", "2024-11", "2024-11-30 23:59").net_pnl_idr, 27_233_409)
