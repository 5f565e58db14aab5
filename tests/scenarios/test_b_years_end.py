"""Scenario B, Tuesday 31 December 2024: three BTC sold after which the rupiah miss the year."""

from decimal import Decimal

import pytest

from otc.model import Bucket, Kind, Leg, Side, Status, Trade
from otc.ports import Moment
from otc.reports import month_report
from tests.builders import at
from tests.scenarios.day import Day, near

NET = 34_472_413


@pytest.fixture
def trade(day: Day) -> Trade:
    """13:00: a tier B client sells 3 BTC, coins first; the coins' third confirmation comes at 14:20, the bank hears at 14:22."""
    asked = {"size": Decimal(3)}
    quote = day.quote("2024-12-31 13:00", "BTC/IDR", "B", Side.SELL, {"MM-001": 1_528_000_000}, "CLT-002", **asked)
    trade = day.desk.accept(quote.quote_id, "trader-1")
    day.landed(trade.transaction_id, client_crypto="2024-12-31 14:20")
    day.say("2024-12-31 14:22", Kind.INSTRUCTED, trade.transaction_id, Leg.CLIENT_FIAT)
    day.landed(trade.transaction_id, cover_crypto="2024-12-31 15:10", cover_fiat="2024-12-31 15:40")
    return trade


def test_the_figures_of_the_deal(trade):
    assert trade.client_price_idr == 1_513_331_200
    assert trade.client_amount_idr == 4_539_993_600
    assert near(trade.gross_spread_idr, 44_006_400)
    assert near(trade.tax_idr, 9_533_987)
    assert near(trade.net_pnl_idr, NET)


def test_the_missed_cut_off_is_an_alert_and_the_rupiah_are_expected_on_2_january(day, trade):
    item = day.open_item(trade.transaction_id, "2024-12-31 16:00")
    assert item is not None
    assert item.rolled, "the alert cutoff_missed"
    assert item.status is Status.PENDING
    assert day.state(trade.transaction_id).client_fiat.expected_at == at("2025-01-02 08:00")


@pytest.mark.parametrize(
    ("local", "bucket"),
    [
        ("2024-12-31 14:30", Bucket.GREEN),
        ("2025-01-01 12:59:59", Bucket.GREEN),
        ("2025-01-01 13:00:00", Bucket.AMBER),
        ("2025-01-02 08:46", Bucket.AMBER),
    ],
)
def test_it_is_green_for_a_day_and_amber_from_then(day, trade, local, bucket):
    item = day.open_item(trade.transaction_id, local)
    assert item is not None
    assert item.bucket is bucket
    assert item.status is Status.PENDING


def test_credited_on_2_january_it_is_january_s_and_december_keeps_the_trade(day, trade):
    day.landed(trade.transaction_id, client_fiat="2025-01-02 08:47")
    assert day.status(trade.transaction_id, "2025-01-02 08:46:59") is Status.PENDING
    assert day.status(trade.transaction_id, "2025-01-02 08:47") is Status.SETTLED
    end = "2025-01-31 23:59"
    assert near(day.month("trade", "2024-12", end).net_pnl_idr, NET)
    assert day.month("settlement", "2024-12", end).net_pnl_idr == 0
    assert day.month("trade", "2025-01", end).net_pnl_idr == 0
    assert near(day.month("settlement", "2025-01", end).net_pnl_idr, NET)


def test_the_bridge_tells_the_same_money_from_both_months(day, trade):
    day.landed(trade.transaction_id, client_fiat="2025-01-02 08:47")
    moment = Moment(at("2025-01-31 23:59"))
    december, january = (month_report(day.desk, month, moment) for month in ("2024-12", "2025-01"))
    lines = {
        (report.month, line.line): line.amount_idr for report in (december, january) for line in report.lines if line.amount_idr
    }
    assert lines.keys() == {("2024-12", "recognised_later"), ("2025-01", "traded_before")}
    assert near(lines["2024-12", "recognised_later"], -NET)
    assert near(lines["2025-01", "traded_before"], NET)
    for report in (december, january):
        bridged = report.trade.net_pnl_idr + sum((line.amount_idr for line in report.lines), Decimal(0))
        assert bridged == report.settlement.net_pnl_idr


def test_at_new_year_the_whole_net_is_open(day, trade):
    report = month_report(day.desk, "2024-12", Moment(at("2024-12-31 23:59")))
    lines = {line.line: line.amount_idr for line in report.lines if line.amount_idr}
    assert lines.keys() == {"open"}
    assert near(lines["open"], -NET)


def test_proof_that_comes_late_of_a_leg_in_time(day):
    """The other trade of the day: a BUY of 100,000 USDT whose settling on 31 December 13:55 is proved on 6 January."""
    quote = day.quote("2024-12-31 13:05", "USDT/IDR", "A", Side.BUY, {"MM-001": 15_800}, "CLT-001", size=Decimal(100_000))
    trade = day.desk.accept(quote.quote_id, "trader-1")
    for leg in Leg:
        day.say("2025-01-06 10:00", Kind.CONFIRMED, trade.transaction_id, leg, happened="2024-12-31 13:55")
    moment = Moment(at("2025-01-06 11:00"), known_at=at("2025-01-03 18:00"))
    assert day.desk.pnl("settlement", "month", moment) == []
    assert near(day.month("settlement", "2024-12", "2025-01-06 11:00").net_pnl_idr, 2_358_055)
