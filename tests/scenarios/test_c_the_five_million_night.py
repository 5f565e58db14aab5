"""Scenario C, Wednesday 3 July 2024, as far as prices and facts tell it: five million USDT out, the market maker silent."""

from decimal import Decimal

import pytest

from otc.model import Kind, Leg, Side, Status, Trade
from tests.builders import at
from tests.scenarios.day import Day, near


@pytest.fixture
def trade(day: Day) -> Trade:
    """10:05: a client sells 5,000,000 USDT at a market maker's 15,900 and needs the rupiah by Thursday 10:00."""
    quote = day.quote(
        "2024-07-03 10:05",
        "USDT/IDR",
        "A",
        Side.SELL,
        {"MM-001": 15_900},
        "CLT-003",
        size=Decimal(5_000_000),
        purpose="capital injection",
        needed_by=at("2024-07-04 10:00"),
    )
    trade = day.desk.accept(quote.quote_id, "trader-1")
    day.landed(trade.transaction_id, client_crypto="2024-07-03 10:38", cover_crypto="2024-07-03 11:04")
    day.say("2024-07-03 11:05", Kind.EXPECTED, trade.transaction_id, Leg.COVER_FIAT, due_at=at("2024-07-03 13:30"))
    return trade


def test_the_figures_of_the_deal(trade):
    assert trade.client_amount_idr == 79_213_800_000
    assert near(trade.gross_spread_idr, 286_200_000)
    assert near(trade.tax_idr, 166_348_980)
    assert near(trade.net_pnl_idr, 119_851_020)


def test_coins_are_out_to_the_market_maker_for_79_5_billion(day, trade):
    assert trade.mm_amount_idr == 79_500_000_000
    state = day.state(trade.transaction_id)
    assert state.cover_crypto.final_at == at("2024-07-03 11:04")
    assert state.cover_fiat.final_at is None


def test_when_nothing_comes_by_13_30_it_is_reconciling_on_top_of_the_table(day, trade):
    assert day.status(trade.transaction_id, "2024-07-03 13:30") is Status.PENDING
    assert day.status(trade.transaction_id, "2024-07-03 13:31") is Status.RECONCILING
    item = day.open_item(trade.transaction_id, "2024-07-03 14:30")
    assert item is not None
    assert item.status is Status.RECONCILING
    assert item.needed_by == at("2024-07-04 10:00")


def test_it_settles_when_the_client_is_credited_and_is_recognised_that_day(day, trade):
    day.landed(trade.transaction_id, cover_fiat="2024-07-04 09:14")
    assert day.status(trade.transaction_id, "2024-07-04 09:30") is not Status.SETTLED
    day.landed(trade.transaction_id, client_fiat="2024-07-04 09:31")
    assert day.status(trade.transaction_id, "2024-07-04 09:31") is Status.SETTLED
    assert str(day.state(trade.transaction_id).recognised_on) == "2024-07-04"
    assert near(day.month("settlement", "2024-07", "2024-07-31 23:59").net_pnl_idr, 119_851_020)
