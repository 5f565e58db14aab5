"""The aging list: worst first, each item with its bucket, why it is open and on whom it waits, and what is open in all."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from otc.model import Bucket, Cover, Fact, Kind, Leg, Side, Status, Trade
from otc.ports import Moment, Store
from otc.reports import open_items
from otc.views.aging import AgingRow, aging_table
from tests.builders import LARGE, SMALL, at, book, desk_on, fact, landed, opened, trade

FIAT, COINS = Leg.CLIENT_FIAT, Leg.CLIENT_CRYPTO
NOW = at("2024-03-20 12:00")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    made = opened("duckdb", tmp_path)
    yield made
    made.close()


def only(store: Store, one: Trade, facts: list[Fact], as_of: str) -> AgingRow:
    """The one open item of a store that holds one trade."""
    book(store, [(one, facts)])
    (row,) = open_items(desk_on(store), Moment(at(as_of)))
    return row


def test_the_worst_stand_first(store: Store) -> None:
    """Red, amber, green; in each the oldest first; of equal age by id."""
    ages = {"T-g": 23.0, "T-a": 24.0, "T-b": 168.0, "T-r": 168.1, "T-o": 500.0, "T-c": 168.0}
    book(store, [(trade(NOW - timedelta(hours=age), transaction_id=name), []) for name, age in ages.items()])
    rows = open_items(desk_on(store), Moment(NOW))
    assert [row.transaction_id for row in rows] == ["T-o", "T-r", "T-b", "T-c", "T-a", "T-g"]
    assert [row.bucket for row in rows] == [Bucket.RED] * 2 + [Bucket.AMBER] * 3 + [Bucket.GREEN]
    assert [row.age_hours for row in rows] == pytest.approx([500, 168.1, 168, 168, 24, 23])


def test_settled_and_cancelled_trades_are_not_open(store: Store) -> None:
    """What needs nobody is not on the list; what failed is."""
    done, off, failed = (trade(transaction_id=name) for name in ("T-done", "T-off", "T-failed"))
    book(
        store,
        [
            (done, landed(done, "2024-03-04 12:00")),
            (off, [fact(off, Kind.CANCELLED, None, "2024-03-04 11:00")]),
            (failed, [fact(failed, Kind.FAILED, None, "2024-03-04 11:00")]),
        ],
    )
    (row,) = open_items(desk_on(store), Moment(NOW))
    assert (row.transaction_id, row.status, row.why) == ("T-failed", Status.FAILED, "failed, needs a decision")


@pytest.mark.parametrize(
    ("side", "landed_leg", "waits_on", "why"),
    [
        (Side.BUY, None, "client", "window passed, rupiah and coins silent"),
        (Side.BUY, FIAT, "desk", "window passed, coins silent"),
        (Side.SELL, None, "client", "window passed, rupiah and coins silent"),
        (Side.SELL, COINS, "desk", "window passed, rupiah silent"),
    ],
)
def test_an_item_says_what_is_silent_and_who_has_to_move(
    store: Store, side: Side, landed_leg: Leg | None, waits_on: str, why: str
) -> None:
    """The client for what comes to us, the desk for what we send."""
    one = trade(side=side)
    facts = [fact(one, Kind.CONFIRMED, landed_leg, "2024-03-04 11:00")] if landed_leg else []
    row = only(store, one, facts, "2024-03-06 10:00")
    assert (row.status, row.waits_on, row.why) == (Status.RECONCILING, waits_on, why)
    assert row.legs == {None: "○○··", FIAT: "●○··", COINS: "○●··"}[landed_leg]


@pytest.mark.parametrize(
    ("side", "missing", "waits_on"),
    [
        (Side.BUY, Leg.COVER_FIAT, "desk"),
        (Side.BUY, Leg.COVER_CRYPTO, "market maker"),
        (Side.SELL, Leg.COVER_FIAT, "market maker"),
        (Side.SELL, Leg.COVER_CRYPTO, "desk"),
    ],
)
def test_a_covered_trade_waits_on_its_market_maker(store: Store, side: Side, missing: Leg, waits_on: str) -> None:
    """The cover's legs run against the client's."""
    one = trade(side=side, cover=Cover.MARKET_MAKER)
    facts = [said for said in landed(one, "2024-03-04 10:30") if said.leg is not missing]
    assert only(store, one, facts, "2024-03-06 10:00").waits_on == waits_on


@pytest.mark.parametrize(
    ("traded", "as_of", "why"),
    [
        ("2024-03-04 10:00", "2024-03-04 10:30", "rupiah and coins in transit"),
        ("2024-03-04 14:10", "2024-03-04 15:00", "cut-off missed, rupiah and coins roll"),
        ("2024-03-04 14:10", "2024-03-05 12:01", "window passed, rupiah and coins silent"),
    ],
)
def test_a_missed_cut_off_is_told_until_its_new_window_passes(store: Store, traded: str, as_of: str, why: str) -> None:
    """Rolled to Tuesday, due at 12:00: until then it is no fault."""
    assert only(store, trade(traded), [], as_of).why == why


def test_a_mismatch_does_not_agree(store: Store) -> None:
    """Seen before the window ends, it stands as such."""
    one = trade()
    row = only(store, one, [fact(one, Kind.MISMATCH, FIAT, "2024-03-04 10:10", note="wrong account")], "2024-03-04 10:30")
    assert (row.status, row.why, row.news) == (Status.RECONCILING, "does not agree", "client fiat mismatch: wrong account")


def test_a_past_instant_shows_no_later_news(store: Store) -> None:
    """As of Monday noon nobody knew that the coins would land on Tuesday."""
    one = trade()
    row = only(store, one, landed(one, "2024-03-04 11:00", "2024-03-05 11:00"), "2024-03-04 12:00")
    assert (row.legs, row.waits_on) == ("●○··", "desk")
    assert "crypto" not in row.news


def test_lateness_against_the_clients_need_is_an_alert_of_its_own(store: Store) -> None:
    """Needed by 15:00: planned for 10:05 it is in time, after 15:00 it is late; a rolled one is late from the start."""
    in_time = trade(needed_by=at("2024-03-04 15:00"))
    rolled = trade("2024-03-04 14:10", transaction_id="T-2", needed_by=at("2024-03-04 18:00"))
    book(store, [(in_time, []), (rolled, [])])
    desk = desk_on(store)
    early = {row.transaction_id: row.late_for_need for row in open_items(desk, Moment(at("2024-03-04 14:20")))}
    assert early == {"T-1": False, "T-2": True}
    assert {row.late_for_need for row in open_items(desk, Moment(at("2024-03-04 15:01")))} == {True}


def test_the_table_ends_in_what_is_open_in_all(store: Store) -> None:
    """Its last line adds up the rupiah and the profit that wait, exactly."""
    large, small = trade(amount=LARGE), trade(amount=SMALL, transaction_id="T-2")
    book(store, [(large, []), (small, [])])
    table = aging_table(open_items(desk_on(store), Moment(NOW)))
    assert table.total is not None
    assert table.total["transaction_id"] == "2 open"
    assert table.total["client_amount_idr"] == LARGE + SMALL
    assert table.total["net_pnl_idr"] == large.net_pnl_idr + small.net_pnl_idr
    assert [set(row) == {column.key for column in table.columns} for row in table.rows] == [True, True]
