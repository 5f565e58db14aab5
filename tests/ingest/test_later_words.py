"""What a later file, or a later line, says of a trade replaces what was said before; nothing is dropped without a word."""

from pathlib import Path

import pytest

from otc.exports.transactions import to_transactions_csv
from otc.model import Status
from otc.settlement.status import status_of
from tests.ingest.rows import Row, imported, row, without_times

CANCELLED = without_times(row(1, "CANCELLED"))


def _stands(desk, transaction_id: str = "T-00001") -> Status:
    _, _, projection = desk.trade(transaction_id)
    return status_of(projection.state, desk.now())


def _exported_status(desk) -> str:
    line = to_transactions_csv(desk, desk.moment()).decode().splitlines()[1]
    return line.split(",")[28]


@pytest.mark.parametrize(
    ("before", "after", "stands"),
    [
        (row(1, "FAILED"), row(1, "RECONCILING"), Status.RECONCILING),
        (row(1, "FAILED"), row(1, "PENDING"), Status.RECONCILING),  # its window has passed
        (row(1, "FAILED"), row(1), Status.SETTLED),
        (CANCELLED, row(1), Status.SETTLED),
        (CANCELLED, row(1, "FAILED"), Status.FAILED),
        (row(1, "RECONCILING"), row(1), Status.SETTLED),
        (row(1, "RECONCILING"), row(1, "FAILED"), Status.FAILED),
        (row(1), row(1, "FAILED"), Status.FAILED),
        (row(1), CANCELLED, Status.CANCELLED),
    ],
)
def test_what_a_later_file_says_replaces_what_was_said(desk, tmp_path: Path, before: Row, after: Row, stands: Status) -> None:
    imported(desk, tmp_path, [before], "before.csv")
    result = imported(desk, tmp_path, [after], "after.csv")
    assert (result.booked, result.updated, result.rejected) == (1, 1, ())
    assert _stands(desk) is stands
    assert _exported_status(desk) == after["status"]


def test_of_two_lines_on_one_trade_the_later_has_the_last_word(desk, tmp_path: Path) -> None:
    rows = [made for n in range(1, 31) for made in (row(n, "PENDING"), row(n))]
    result = imported(desk, tmp_path, rows)
    assert (result.read, result.booked, result.rejected) == (60, 60, ())
    counted = {str(found["reported_status"]): found["trades"] for found in desk.rows("counts", desk.moment())}
    assert counted == {"SETTLED": 30}


def test_an_older_word_that_comes_again_changes_nothing_and_is_pointed_out(desk, tmp_path: Path) -> None:
    imported(desk, tmp_path, [row(1, "PENDING")], "first.csv")
    imported(desk, tmp_path, [row(1)], "second.csv")
    result = imported(desk, tmp_path, [row(1, "PENDING")], "first again.csv")
    assert (result.booked, result.duplicates) == (0, 1)
    assert any("the later word stands" in warning for warning in result.warnings)
    assert _stands(desk) is Status.SETTLED


def test_the_same_file_again_says_when_it_was_imported_before(desk, tmp_path: Path) -> None:
    imported(desk, tmp_path, [row(1)])
    again = imported(desk, tmp_path, [row(1)])
    assert any("the same file was imported on 2024-03-07T09:00:00" in warning for warning in again.warnings)


@pytest.mark.parametrize("empty", ["crypto_settlement_timestamp", "fiat_settlement_timestamp"])
def test_an_unsettled_row_may_lack_either_legs_time(desk, tmp_path: Path, empty: str) -> None:
    result = imported(desk, tmp_path, [row(1, "PENDING", **{empty: ""})])
    assert (result.booked, result.rejected) == (1, ())
    assert _stands(desk) is Status.RECONCILING


def test_a_row_worth_less_than_a_rupiah_is_rejected_and_its_neighbours_are_booked(desk, tmp_path: Path) -> None:
    tiny = row(
        2, volume_crypto="0.00002", idr_mm_amount="0.316005", idr_client_amount="0.317142618", gross_spread_idr="0.001137618"
    )
    tiny |= {"tax_idr": "0.0006659994978", "net_pnl_idr": "0.0004716185022"}
    result = imported(desk, tmp_path, [row(1), tiny, row(3)])
    assert (result.read, result.booked) == (3, 2)
    assert [(reject.line, reject.field) for reject in result.rejected] == [(3, "idr_client_amount")]


def test_a_price_of_another_asset_is_outside_its_pairs_band(desk, tmp_path: Path) -> None:
    result = imported(desk, tmp_path, [row(1, pair="USDT/IDR") | {"pair": "BTC/IDR"}])
    assert [(reject.field, "price band of BTC/IDR" in reject.reason) for reject in result.rejected] == [("mm_price_idr", True)]


@pytest.mark.parametrize("changed", [{"bank_account_id": "BANK-IDR-002"}, {"client_tier": "B"}, {"client_wallet_id": "WALLET-X"}])
def test_another_account_wallet_or_tier_under_a_known_id_is_refused(desk, tmp_path: Path, changed: Row) -> None:
    imported(desk, tmp_path, [row(1)], "before.csv")
    result = imported(desk, tmp_path, [row(1) | changed], "after.csv")
    assert [(reject.line, next(iter(changed)) in reject.reason) for reject in result.rejected] == [(2, True)]
