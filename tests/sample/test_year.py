"""What the transaction file of the sample year promises, re-checked from its text alone."""

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime, time
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path

import pytest

from otc.config import Settings
from otc.errors import Refused
from otc.sample.files import reference_tables, write
from otc.sample.findings import as_text, findings
from otc.sample.year import make_year

Rows = list[dict[str, str]]
Golden = Callable[[str, str | bytes], None]

COLUMNS = (
    "transaction_id trade_date trade_timestamp pair direction client_id client_name client_type client_tier market_maker_id "
    "market_maker_name volume_crypto mid_price_idr mm_price_idr client_price_idr spread_bps idr_mm_amount idr_client_amount "
    "gross_spread_idr tax_idr net_pnl_idr bank_account_id client_wallet_id mm_wallet_id crypto_settlement_timestamp "
    "fiat_settlement_timestamp pnl_recognition_timestamp pnl_recognition_month status exchange_ref notes"
).split()
CLOSED = {"2024-02-08", "2024-02-09", "2024-02-14", "2024-03-11", "2024-03-12", "2024-04-08", "2024-04-12", "2024-04-15"} | {
    "2024-11-27", "2024-12-25", "2024-12-26", "2025-01-01",
}  # fmt: skip
"""Weekdays on which Indonesia's banks were closed, from the published decrees."""
AS_OF = "2025-01-02 09:00:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def number(row: dict[str, str], column: str) -> Decimal:
    return Decimal(row[column])


def test_one_seed_gives_the_same_bytes_everywhere(settings: Settings, year: Rows, tmp_path: Path, golden: Golden) -> None:
    """Two runs are equal, and equal to what is pinned; `make update-golden` renews it after a wanted change."""
    first = write(tmp_path / "first", year, settings).read_bytes()
    second = write(tmp_path / "second", make_year(settings), settings).read_bytes()
    assert first == second
    golden("sample/first_rows.csv", b"".join(first.splitlines(keepends=True)[:13]).decode())
    golden("sample/transactions.sha256", f"{hashlib.sha256(first).hexdigest()}  transactions.csv\n")


def test_another_seed_is_another_year(settings: Settings) -> None:
    assert make_year(settings, seed=1, trades=50) != make_year(settings, seed=2, trades=50)


def test_the_file_has_the_31_columns_in_order_and_plain_line_ends(settings: Settings, tmp_path: Path) -> None:
    content = write(tmp_path, make_year(settings, trades=20), settings).read_bytes()
    lines = content.decode().split("\n")
    assert lines[0].split(",") == COLUMNS
    assert len(COLUMNS) == 31
    assert len(lines) == 22
    assert lines[-1] == ""
    assert b"\r" not in content


def test_the_year_counts_as_its_source(year: Rows) -> None:
    """5,968 trades: 5,537 settled, 53 failed, 378 open of which at least 177 reconciling."""
    count = Counter(row["status"] for row in year)
    assert count["SETTLED"] == 5537
    assert count["FAILED"] == 53
    assert count["PENDING"] + count["RECONCILING"] == 378
    assert count["RECONCILING"] >= 177
    assert count["PENDING"] > 0
    assert sum(count.values()) == 5968


def test_every_amount_follows_from_size_and_prices(year: Rows) -> None:
    for row in year:
        size, buys = number(row, "volume_crypto"), row["direction"] == "BUY"
        client, maker = number(row, "idr_client_amount"), number(row, "idr_mm_amount")
        total = size * number(row, "client_price_idr")
        assert client == total.to_integral_value(ROUND_CEILING if buys else ROUND_FLOOR)
        assert maker == size * number(row, "mm_price_idr")
        assert number(row, "gross_spread_idr") == abs(client - maker)
        assert number(row, "tax_idr") == client * Decimal("0.0021")
        earned = number(row, "gross_spread_idr") - number(row, "tax_idr")
        assert number(row, "net_pnl_idr") == (earned if row["status"] == "SETTLED" else 0)


def test_every_client_price_is_the_formula_at_its_tick(year: Rows) -> None:
    for row in year:
        sign = 1 if row["direction"] == "BUY" else -1
        tick = Decimal("0.0001") if row["pair"] in ("USDT/IDR", "USDC/IDR") else Decimal(1)
        raw = number(row, "mm_price_idr") * (1 + sign * (number(row, "spread_bps") / 10000 + Decimal("0.0021")))
        beyond = sign * (number(row, "client_price_idr") - raw)
        assert 0 <= beyond < tick
        assert number(row, "client_price_idr") % tick == 0


def test_numbers_are_canonical_and_sizes_at_the_pairs_places(year: Rows) -> None:
    for row in year:
        for column in COLUMNS[11:21]:
            assert row[column] == f"{number(row, column).normalize():f}"
        places = 6 if row["pair"] in ("USDT/IDR", "USDC/IDR") else 8
        assert -int(number(row, "volume_crypto").as_tuple().exponent) <= places


def test_trades_come_in_order_of_time_on_banking_days(year: Rows) -> None:
    assert [row["transaction_id"] for row in year] == [f"OTC-{n:05d}" for n in range(1, 5969)]
    times = [at(row["trade_timestamp"]) for row in year]
    assert times == sorted(times)
    for row, traded in zip(year, times, strict=True):
        assert row["trade_date"] == f"{traded:%Y-%m-%d}"
        assert traded.weekday() < 5
        assert row["trade_date"] not in CLOSED
    assert {traded.year for traded in times} == {2024}


def test_rupiah_move_on_two_banks_and_coins_on_a_wallet_of_their_asset(year: Rows) -> None:
    assert {row["bank_account_id"] for row in year} == {"BANK-IDR-001", "BANK-IDR-002"}
    assert len({row["client_id"] for row in year}) == 10
    assert len({row["market_maker_id"] for row in year}) == 3
    assert {row["exchange_ref"] for row in year} == {"EX-001", "EX-002"}
    assert all(row["client_wallet_id"] == f"WALLET-{row['pair'][:-4]}-001" for row in year)
    assert {row["notes"] for row in year} == {""}


def test_pnl_is_recognised_at_the_later_leg_and_only_then(year: Rows) -> None:
    for row in year:
        legs = [row["crypto_settlement_timestamp"], row["fiat_settlement_timestamp"]]
        if row["status"] == "SETTLED":
            assert row["pnl_recognition_timestamp"] == max(legs)
            assert row["pnl_recognition_month"] == max(legs)[:7]
            assert max(legs) <= AS_OF
        else:
            assert "" in legs
            assert row["pnl_recognition_timestamp"] == row["pnl_recognition_month"] == ""


def test_the_client_goes_first(year: Rows) -> None:
    """Coins go out after a buyer's rupiah are in, rupiah after a seller's coins; nothing lands before its trade."""
    for row in year:
        fiat, crypto = row["fiat_settlement_timestamp"], row["crypto_settlement_timestamp"]
        first, second = (fiat, crypto) if row["direction"] == "BUY" else (crypto, fiat)
        assert first or not second
        assert not first or first > row["trade_timestamp"]
        assert not second or second > first


def test_no_large_rupiah_land_outside_an_open_bank_window(year: Rows) -> None:
    large = [row for row in year if number(row, "idr_client_amount") > 250_000_000 and row["fiat_settlement_timestamp"]]
    assert len(large) > 5000
    for row in large:
        landed = at(row["fiat_settlement_timestamp"])
        assert time(8) <= landed.time() < time(14)
        assert landed.weekday() < 5
        assert f"{landed:%Y-%m-%d}" not in CLOSED


def test_small_rupiah_land_at_any_hour(year: Rows) -> None:
    """Up to IDR 250 million BI-FAST takes it, evenings included."""
    small = [row for row in year if number(row, "idr_client_amount") <= 250_000_000 and row["fiat_settlement_timestamp"]]
    assert any(at(row["fiat_settlement_timestamp"]).time() >= time(14) for row in small)


def test_only_what_is_inside_its_window_is_pending(year: Rows) -> None:
    """On 2 January 09:00 a window that is still open began on the last two days of the year."""
    pending = [row for row in year if row["status"] == "PENDING"]
    assert all(row["trade_date"] in ("2024-12-30", "2024-12-31") for row in pending)
    paid_before_the_cutoff = [
        row
        for row in year
        if row["direction"] == "BUY" and not row["fiat_settlement_timestamp"] and row["trade_timestamp"] < "2024-12-31 14:00:00"
    ]
    assert {row["status"] for row in paid_before_the_cutoff} == {"RECONCILING", "FAILED"}


def test_every_finding_of_the_source_holds(year: Rows, settings: Settings) -> None:
    measured = findings(year, settings)
    table = as_text(measured)
    assert len(measured) >= 30
    assert [finding.claim for finding in measured if not finding.holds] == [], f"\n{table}"


def test_the_findings_come_from_causes_and_not_from_one_seed(settings: Settings) -> None:
    measured = findings(make_year(settings, seed=3), settings)
    assert [finding.claim for finding in measured if not finding.holds] == [], f"\n{as_text(measured)}"


def test_a_finding_fails_where_its_cause_is_taken_away(year: Rows, settings: Settings) -> None:
    """Were rupiah credited on the day of the trade whatever the hour, the cut-off's findings would not hold."""
    without = [
        row | {"fiat_settlement_timestamp": row["trade_timestamp"], "pnl_recognition_month": row["trade_date"][:7]}
        if row["status"] == "SETTLED"
        else row
        for row in year
    ]
    failed = {finding.claim for finding in findings(without, settings) if not finding.holds}
    assert "next-day rupiah, % after 13:00 and before noon" in failed
    assert "trades of 30-31 December recognised in January" in failed
    assert "months that end with trades still to be recognised" in failed


def test_another_number_of_trades_keeps_the_shares(settings: Settings) -> None:
    """500 trades: 53/5,968 of them fail (4.4), 378/5,968 are open (31.7)."""
    rows = make_year(settings, trades=500)
    count = Counter(row["status"] for row in rows)
    assert len(rows) == 500
    assert count["FAILED"] == 4
    assert count["PENDING"] + count["RECONCILING"] == 32
    assert count["SETTLED"] == 464
    stable = sum(row["pair"] in ("USDT/IDR", "USDC/IDR") for row in rows)
    assert 400 < stable < 450


@pytest.mark.parametrize("trades", [1, 2, 17])
def test_a_handful_of_trades_can_be_asked_for(settings: Settings, trades: int) -> None:
    assert len(make_year(settings, trades=trades)) == trades


@pytest.mark.parametrize("trades", [0, -1, 10_000_001])
def test_no_trades_or_too_many_are_refused_in_words(settings: Settings, trades: int) -> None:
    with pytest.raises(Refused, match="ask for 1 to 10,000,000"):
        make_year(settings, trades=trades)


def test_the_reference_tables_have_the_prototypes_columns(settings: Settings, tmp_path: Path) -> None:
    write(tmp_path, [], settings)
    headers = {path.stem: path.read_text().splitlines()[0] for path in tmp_path.glob("ref_*.csv")}
    assert headers == {
        "ref_clients": "id,name,type,tier",
        "ref_market_makers": "id,name,type",
        "ref_bank_accounts": "id,bank,currency,type",
        "ref_wallets": "id,chain,asset,type",
        "ref_exchanges": "id,exchange,type",
    }
    assert [len(table) - 1 for table in reference_tables(settings).values()] == [10, 3, 3, 5, 2]
