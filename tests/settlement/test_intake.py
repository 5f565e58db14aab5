"""A file's rows against what is booked: new trades, corrected times, other terms; each row accounted for."""

from dataclasses import replace
from pathlib import Path

import pytest

from otc.model import Fact, Kind, Leg, Reject, Trade
from otc.ports import Moment, Store, TransactionRow
from otc.settlement.intake import Intake
from tests.builders import STORE_KINDS, at, desk_on, fact, opened, rules, shipped, trade

NEW_YEAR = Moment(at("2025-03-01 00:00"))


def row(one: Trade, coins: str, rupiah: str, recorded: str, line: int = 2) -> TransactionRow:
    """A row that reports a trade settled at two times."""
    words = f"{coins}-{rupiah}"
    said = [
        fact(one, Kind.REPORTED, None, one.traded_at, recorded, note="SETTLED", fact_id=f"r-{one.transaction_id}-{words}"),
        fact(one, Kind.CONFIRMED, Leg.CLIENT_CRYPTO, coins, recorded, fact_id=f"c-{one.transaction_id}-{words}"),
        fact(one, Kind.CONFIRMED, Leg.CLIENT_FIAT, rupiah, recorded, fact_id=f"f-{one.transaction_id}-{words}"),
    ]
    return TransactionRow(line, one, tuple(replace(f, actor="import") for f in said))


def taken(store: Store, *rows: TransactionRow | Reject) -> Intake:
    """Rows merged into a store in one write."""
    intake = Intake(shipped(), rules())
    with store.writing() as writer:
        writer.append(intake.merge(rows, writer))
    return intake


@pytest.mark.parametrize("kind", STORE_KINDS)
def test_corrected_times_move_the_profit_to_its_month(kind: str, tmp_path: Path) -> None:
    """A file said 31 December, the next one says the rupiah came on 2 January: the trade is January's.

    Asked for what was known at the new year, it is still December's.
    """
    store = opened(kind, tmp_path)
    one = trade("2024-12-31 10:00")
    first = row(one, "2024-12-31 11:00", "2024-12-31 11:30", "2024-12-31 18:00")
    second = row(one, "2024-12-31 11:00", "2025-01-02 09:00", "2025-01-05 09:00")
    assert taken(store, first).booked == 1
    again = taken(store, second)
    assert (again.read, again.booked, again.updated, again.duplicates) == (1, 1, 1, 0)
    assert taken(store, second).duplicates == 1
    assert taken(store, first).duplicates == 1
    desk = desk_on(store)
    assert [(line.key, line.trades) for line in desk.pnl("settlement", "month", NEW_YEAR)] == [("2025-01", 1)]
    knew = Moment(at("2025-03-01 00:00"), at("2025-01-01 00:00"))
    assert [(line.key, line.trades) for line in desk.pnl("settlement", "month", knew)] == [("2024-12", 1)]
    assert desk.pnl("settlement", "month", Moment(at("2025-01-01 00:00"))) == []
    _, facts, projection = desk.trade("T-1", NEW_YEAR)
    assert projection.state.final_at == projection.state.recognised_at == at("2025-01-02 09:00")
    assert sum(1 for said in facts if said.kind is Kind.REVERSED) == 2
    store.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return opened("duckdb", tmp_path)


def test_a_row_that_reports_a_settled_trade_as_failed_takes_the_profit_back_when_it_failed(store: Store) -> None:
    """What was recognised in December stays December's; January gives it back."""
    one = trade("2024-12-31 10:00")
    taken(store, row(one, "2024-12-31 11:00", "2024-12-31 11:30", "2024-12-31 18:00"))
    said: list[Fact] = [
        fact(one, Kind.REPORTED, None, one.traded_at, "2025-01-05 09:00", note="FAILED"),
        fact(one, Kind.FAILED, None, "2025-01-03 10:00", "2025-01-05 09:00"),
    ]
    taken(store, TransactionRow(2, one, tuple(replace(f, actor="import") for f in said)))
    months = desk_on(store).pnl("settlement", "month", NEW_YEAR)
    assert [(line.key, line.trades) for line in months] == [("2024-12", 1), ("2025-01", -1)]
    store.close()


def test_other_commercial_terms_under_a_known_id_are_refused(store: Store) -> None:
    """The terms of a trade never change; the row is rejected with its line, and the good rows beside it are booked."""
    one, two = trade("2024-12-31 10:00"), trade("2024-12-31 10:00", transaction_id="T-2")
    times = ("2024-12-31 11:00", "2024-12-31 11:30", "2024-12-31 18:00")
    found = taken(
        store,
        row(one, *times),
        row(replace(one, client_amount_idr=one.client_amount_idr + 1), *times, line=3),
        Reject(4, "pair", "is no pair"),
        row(two, *times, line=5),
        row(two, *times, line=6),
    )
    result = found.result()
    assert (result.read, result.booked, result.duplicates, len(result.rejected)) == (5, 2, 1, 2)
    refused = result.rejected[0]
    assert (refused.line, refused.field) == (3, "transaction_id")
    assert "T-1 is booked with another client_amount_idr" in refused.reason
    assert store.trades(["T-1"])["T-1"] == one
    store.close()


def test_unknown_names_are_taken_and_listed(store: Store) -> None:
    """An unknown client is no reason to lose its trade; a wallet of another asset is a warning."""
    one = trade(client_id="CLT-999", client_wallet_id="WALLET-BTC-001")
    result = taken(store, row(one, "2024-03-04 11:00", "2024-03-04 12:00", "2024-03-05 09:00")).result()
    assert result.booked == 1
    assert "client CLT-999 is not in counterparties.yaml (1 rows)" in result.warnings
    assert "wallet WALLET-BTC-001 holds BTC, not the USDT of the trade (1 rows)" in result.warnings
    store.close()
