"""Scenario A, Tuesday 5 March 2024: five billion rupiah of USDT, bought at 13:12, under the 14:00 cut-off."""

from decimal import Decimal

import pytest

from otc.model import Kind, Leg, Quote, Side, Status, Trade
from tests.builders import at
from tests.scenarios.day import Day, near

RATES = {"MM-001": 15_842, "MM-002": 15_836, "MM-003": 15_851}


@pytest.fixture
def quote(day: Day) -> Quote:
    """13:12: a tier A client buys IDR 5,000,000,000 of USDT; three market makers have said their rates."""
    asked = {"client_amount_idr": Decimal(5_000_000_000)}
    return day.quote("2024-03-05 13:12", "USDT/IDR", "A", Side.BUY, RATES, "CLT-001", **asked)


@pytest.fixture
def trade(day: Day, quote: Quote) -> Trade:
    """Accepted within the minute."""
    return day.desk.accept(quote.quote_id, "trader-1")


def test_the_cheapest_market_maker_is_chosen_and_every_line_is_known(quote):
    side = quote.dealt
    assert (side.market_maker_id, side.mm_rate_idr) == ("MM-002", 15_836)
    assert side.price_idr == Decimal("15893.0096")
    assert side.size == Decimal("314603.723639")
    assert side.client_amount_idr == 5_000_000_000
    assert near(side.gross_spread_idr, 17_935_432)
    assert near(side.tax_idr, 10_500_000)
    assert near(side.net_pnl_idr, 7_435_432)


def test_accept_clicked_twice_books_one_trade(day, quote, trade):
    day.clock.set("2024-03-05 13:12:30")
    assert day.desk.accept(quote.quote_id, "trader-1") == trade
    assert day.desk.store.transaction_ids() == [trade.transaction_id]


def test_it_settles_at_13_52_and_its_net_is_march_s(day, trade):
    day.landed(trade.transaction_id, cover_fiat="2024-03-05 13:25", cover_crypto="2024-03-05 13:38")
    day.landed(trade.transaction_id, client_fiat="2024-03-05 13:41", client_crypto="2024-03-05 13:52")
    assert day.status(trade.transaction_id, "2024-03-05 13:51:59") is Status.PENDING
    assert day.status(trade.transaction_id, "2024-03-05 13:52") is Status.SETTLED
    assert day.state(trade.transaction_id).recognised_at == at("2024-03-05 13:52")
    assert near(day.month("settlement", "2024-03", "2024-03-31 23:59").net_pnl_idr, 7_435_432)
    assert day.month("settlement", "2024-03", "2024-03-05 13:51:59").net_pnl_idr == 0
    assert day.open_item(trade.transaction_id, "2024-03-05 13:52") is None


def test_taken_by_the_bank_at_14_00_00_it_waits_for_the_next_morning(day, trade):
    """Variant: the window is half open, so at 14:00:00 it is too late; that is an alert and no failure."""
    day.landed(trade.transaction_id, cover_fiat="2024-03-05 13:25", cover_crypto="2024-03-05 13:38")
    day.say("2024-03-05 14:00:00", Kind.INSTRUCTED, trade.transaction_id, Leg.CLIENT_FIAT)
    item = day.open_item(trade.transaction_id, "2024-03-05 18:00")
    assert item is not None
    assert item.rolled, "the cut-off alert"
    assert item.status is Status.PENDING
    assert day.state(trade.transaction_id).client_fiat.expected_at == at("2024-03-06 08:00")
    assert day.status(trade.transaction_id, "2024-03-06 08:00") is Status.PENDING
    assert day.month("settlement", "2024-03", "2024-03-05 23:59").net_pnl_idr == 0


def test_a_second_before_the_cut_off_it_lands_the_same_day(day, trade):
    day.say("2024-03-05 13:59:59", Kind.INSTRUCTED, trade.transaction_id, Leg.CLIENT_FIAT)
    item = day.open_item(trade.transaction_id, "2024-03-05 14:00")
    assert item is not None
    assert not item.rolled
    assert day.state(trade.transaction_id).client_fiat.expected_at == at("2024-03-05 13:59:59")
