"""A month on both bases and the bridge between them, line by line, on trades made for each line."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from otc.desk import Desk
from otc.errors import Refused
from otc.model import Kind, Leg, PnlRow
from otc.money import ZERO
from otc.pnl.bridge import LINES
from otc.ports import Moment
from otc.reports import month_document, month_report, months
from otc.views.pnl import LINE_TITLES, bridge_lines, month_bounds, month_lines, pnl_table
from otc.views.table import counted
from tests.builders import STORE_KINDS, History, at, book, desk_on, fact, landed, opened, trade

FIAT = Leg.CLIENT_FIAT
NET = trade().net_pnl_idr
SPRING = Moment(at("2025-04-01 00:00"))


def year_end() -> list[History]:
    """One trade for each line of December's or January's bridge, all of the same amounts."""
    made = {
        name: trade(day, transaction_id=name)
        for name, day in {
            "same-month": "2024-12-02 10:00",
            "later": "2024-12-31 14:10",
            "open": "2024-12-30 10:00",
            "failed": "2024-12-30 11:00",
            "cancelled": "2024-12-30 12:00",
            "reversed": "2024-12-03 10:00",
            "again": "2024-12-04 10:00",
        }.items()
    }
    facts = {
        "same-month": landed(made["same-month"], "2024-12-02 12:00"),
        "later": landed(made["later"], "2025-01-02 09:00"),
        "open": [],
        "failed": [fact(made["failed"], Kind.FAILED, None, "2024-12-30 15:00")],
        "cancelled": [fact(made["cancelled"], Kind.CANCELLED, None, "2024-12-30 15:00")],
        "reversed": [
            *landed(made["reversed"], "2024-12-03 12:00"),
            fact(made["reversed"], Kind.RETURNED, FIAT, "2025-01-06 10:00"),
        ],
        "again": [
            *landed(made["again"], "2024-12-04 12:00"),
            fact(made["again"], Kind.RETURNED, FIAT, "2024-12-20 10:00"),
            fact(made["again"], Kind.CONFIRMED, FIAT, "2025-01-07 10:00"),
        ],
    }
    return [(one, facts[name]) for name, one in made.items()]


@pytest.fixture(params=STORE_KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A desk with that year end."""
    store = opened(request.param, tmp_path)
    book(store, year_end())
    yield desk_on(store)
    store.close()


def test_december_is_bridged_line_by_line(desk: Desk) -> None:
    """Seven traded; one later, one open, one failed, one cancelled; one taken back in December itself: two remain."""
    report = month_report(desk, "2024-12", SPRING)
    found = {line.line: (line.trades, line.amount_idr) for line in report.lines}
    none = (0, ZERO)
    assert found == {
        "recognised_later": (1, -NET),
        "open": (1, -NET),
        "failed": (1, -NET),
        "cancelled": (1, -NET),
        "traded_before": none,
        "reversed": (1, -NET),
        "recognised_again": none,
    }
    assert (report.trade.trades, report.trade.net_pnl_idr) == (7, 7 * NET)
    assert (report.settlement.trades, report.settlement.net_pnl_idr) == (2, 2 * NET)
    assert [line.line for line in report.lines] == list(LINES)
    assert len(report.bridge.rows) == 5


def test_january_has_what_december_left(desk: Desk) -> None:
    """Nothing was traded in it: one of December came, one went back, one came again."""
    report = month_report(desk, "2025-01", SPRING)
    found = {line.line: (line.trades, line.amount_idr) for line in report.lines if line.trades}
    assert found == {"traded_before": (1, NET), "reversed": (1, -NET), "recognised_again": (1, NET)}
    assert (report.trade.trades, report.settlement.trades, report.settlement.net_pnl_idr) == (0, 1, NET)


def test_december_as_of_its_end_knows_nothing_of_january(desk: Desk) -> None:
    """What was to land in January was open then, and the bridge shows none of its later times."""
    report = month_report(desk, "2024-12", Moment(at("2024-12-31 23:00")))
    found = {line.line: line.trades for line in report.lines if line.trades}
    assert found == {"open": 2, "failed": 1, "cancelled": 1, "reversed": 1}
    (later,) = [row for row in report.bridge.rows if row["transaction_id"] == "later"]
    assert (later["status"], later["recognised_at"], later["fiat_final_at"]) == ("PENDING", None, None)


def test_both_bases_agree_over_all_months_but_for_what_never_lands(desk: Desk) -> None:
    """The months' differences add up to what is open, failed, cancelled or taken back for good: four of seven."""
    lines = months(desk, SPRING)
    assert [line.month for line in lines] == ["2024-12", "2025-01"]
    assert sum((line.difference_idr for line in lines), ZERO) == -4 * NET


def test_the_report_adds_up_in_every_table(desk: Desk) -> None:
    """Totals by pair, client and market maker are the month's settlement basis; the bridge's table closes."""
    report = month_report(desk, "2024-12", SPRING)
    for rows in (report.by_pair, report.by_client, report.by_market_maker):
        assert sum((row.net_pnl_idr for row in rows), ZERO) == report.settlement.net_pnl_idr
    document = month_document(desk, report, SPRING)
    summary = next(table for table in document.tables if table.name == "bridge")
    amounts = [Decimal(str(row["amount_idr"])) for row in summary.rows]
    assert summary.total is not None
    assert sum(amounts, ZERO) == summary.total["amount_idr"]
    assert report.bridge.total == {"transaction_id": "5 lines", "amount_idr": -5 * NET}


def test_a_month_without_anything_is_zero(desk: Desk) -> None:
    """No rows, no error: both bases zero, every line zero."""
    report = month_report(desk, "2023-06", SPRING)
    assert (report.settlement, report.trade) == (PnlRow("all", 0), PnlRow("all", 0))
    assert {line.trades for line in report.lines} == {0}


@pytest.mark.parametrize("month", ["2024-13", "December", "", "2024"])
def test_a_month_that_is_none_is_refused(desk: Desk, month: str) -> None:
    """The sentence shows how a month is written."""
    with pytest.raises(Refused, match="write it like 2024-12"):
        month_report(desk, month, SPRING)


def test_grouping_by_anything_else_is_refused(desk: Desk) -> None:
    """What a report can be grouped by is a closed list; no text of a user becomes SQL."""
    with pytest.raises(Refused, match="nothing to group by"):
        desk.rows("pnl_trade", SPRING, by="1; DROP TABLE fact", since=None, before=None)


def test_months_reach_from_first_to_first() -> None:
    """Half open; December ends where the next year starts."""
    assert month_bounds("2024-12") == (date(2024, 12, 1), date(2025, 1, 1))
    assert month_bounds("2024-02") == (date(2024, 2, 1), date(2024, 3, 1))


def test_a_month_that_one_basis_lacks_is_zero_there() -> None:
    """Side by side in the months' order."""
    (first, second) = month_lines([PnlRow("2025-01", 1, net_pnl_idr=NET)], [PnlRow("2024-12", 1, net_pnl_idr=NET)])
    assert (first.month, first.difference_idr) == ("2024-12", -NET)
    assert (second.month, second.difference_idr) == ("2025-01", NET)


def test_every_line_of_the_bridge_has_its_words() -> None:
    """And a line without a trade stands with zero."""
    assert set(LINE_TITLES) == set(LINES)
    assert [(line.trades, line.amount_idr) for line in bridge_lines([])] == [(0, ZERO)] * len(LINES)


def test_a_grouped_table_ends_in_its_total() -> None:
    """Trades and each amount, added exactly beyond the digits of Python's default context."""
    amount = Decimal("9999999999999.000000000000000001")
    rows = [PnlRow(key, 2, amount, amount, amount, amount) for key in ("a", "b", "c")]
    total = pnl_table("by pair", "Net PnL by pair", "Pair", rows, "settlement").total
    assert total is not None
    assert (total["key"], total["trades"]) == ("Total", 6)
    assert {total[name] for name in ("volume_idr", "gross_spread_idr", "tax_idr", "net_pnl_idr")} == {
        Decimal("29999999999997.000000000000000003")
    }


def test_one_is_told_in_the_singular() -> None:
    """Totals, tiles and alerts count in words; only one is not many."""
    assert [counted(n, "trade") for n in (0, 1, 2, 5968)] == ["0 trades", "1 trade", "2 trades", "5,968 trades"]
