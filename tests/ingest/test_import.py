"""A file's good rows are booked once, its bad rows are named with line and reason, nothing is lost in between."""

from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otc.desk import Desk
from otc.exports.transactions import to_transactions_csv
from otc.model import Kind, Leg, Reject, Status
from otc.ports import Moment
from otc.reports import status_counts
from otc.settlement.status import status_of
from tests.builders import HandClock, at, desk_on, opened
from tests.ingest.rows import COLUMNS, Row, imported, mixed, row, without_times, written
from tests.soak import examples

NUMBERS = [name for name in COLUMNS if name.endswith(("_idr", "_amount", "_crypto", "_bps"))]


def status(desk: Desk, number: int) -> Status:
    """Where a trade of a file stands now."""
    _, _, projection = desk.trade(f"T-{number:05d}")
    return status_of(projection.state, desk.now())


# ---------------------------------------------------------------- what a good file gives


def test_a_file_is_booked_whole_and_a_second_time_not_at_all(desk, tmp_path):
    first = imported(desk, tmp_path, mixed())
    assert (first.read, first.booked, first.duplicates, first.rejected) == (8, 8, 0, ())
    second = imported(desk, tmp_path, mixed())
    assert (second.read, second.booked, second.duplicates, second.rejected) == (8, 0, 8, ())
    assert len(desk.store.transaction_ids()) == 8


def test_a_settled_row_is_two_confirmations_at_its_times(desk, tmp_path):
    imported(desk, tmp_path, [row(1)])
    _, facts, projection = desk.trade("T-00001")
    landed = {fact.leg: fact.happened_at for fact in facts if fact.kind is Kind.CONFIRMED}
    assert landed == {Leg.CLIENT_CRYPTO: at("2024-03-05 10:41"), Leg.CLIENT_FIAT: at("2024-03-05 11:36")}
    assert projection.state.recognised_at == at("2024-03-05 11:36")
    assert status_of(projection.state, at("2024-03-05 10:50")) is Status.PENDING
    assert status_of(projection.state, at("2024-03-05 11:36")) is Status.SETTLED


def test_the_times_of_an_unsettled_row_are_expectations_and_never_facts(desk, tmp_path):
    imported(desk, tmp_path, [row(4, "PENDING")])
    _, facts, projection = desk.trade("T-00004")
    assert {fact.kind for fact in facts} == {Kind.REPORTED, Kind.EXPECTED}
    assert projection.state.final_at is None
    assert projection.state.client_fiat.due_at == at("2024-03-05 11:39")
    assert projection.state.client_crypto.due_at == at("2024-03-05 10:44")
    assert status_of(projection.state, at("2024-03-05 10:44")) is Status.PENDING
    assert status_of(projection.state, at("2024-03-05 10:45")) is Status.RECONCILING


def test_the_files_own_status_is_kept_beside_the_derived_one(desk, tmp_path):
    """Two days later the PENDING rows are long past their windows."""
    imported(desk, tmp_path, mixed())
    moment = desk.moment()
    assert status_counts(desk, moment, reported=True).counts == {"SETTLED": 3, "PENDING": 2, "RECONCILING": 1, "FAILED": 2}
    assert status_counts(desk, moment).counts == {"SETTLED": 3, "PENDING": 0, "RECONCILING": 3, "FAILED": 2}


def test_unknown_names_are_booked_and_listed(desk, tmp_path):
    odd = row(1, client_id="CLT-900", bank_account_id="BANK-9", client_wallet_id="WALLET-BTC-001", market_maker_id="MM-9")
    result = imported(desk, tmp_path, [odd, row(2, client_id="CLT-900")])
    assert result.booked == 2
    said = "\n".join(result.warnings)
    assert "client CLT-900 is not in counterparties.yaml (2 rows)" in said
    assert "bank account BANK-9" in said
    assert "WALLET-BTC-001 holds BTC, not the USDT of the trade" in said
    assert "market maker MM-9" in said


# ---------------------------------------------------------------- the same id again


def test_a_pending_trade_settles_when_the_next_file_says_so(desk, clock, tmp_path):
    imported(desk, tmp_path, [row(1, "PENDING"), row(2)])
    clock.set("2024-03-08 09:00")
    result = imported(desk, tmp_path, [row(1), row(2)])
    assert (result.read, result.booked, result.updated, result.duplicates) == (2, 1, 1, 1)
    assert status(desk, 1) is Status.SETTLED
    assert desk.trade("T-00001")[2].state.recognised_at == at("2024-03-05 11:36")


def test_what_was_known_before_the_second_file_can_still_be_asked(desk, clock, tmp_path):
    imported(desk, tmp_path, [row(1, "PENDING")])
    clock.set("2024-03-08 09:00")
    imported(desk, tmp_path, [row(1)])
    now, then = at("2024-03-08 09:00"), at("2024-03-07 18:00")
    assert status_counts(desk, Moment(now)).counts["SETTLED"] == 1
    assert status_counts(desk, Moment(now, known_at=then)).counts == {"SETTLED": 0, "PENDING": 0, "RECONCILING": 1, "FAILED": 0}


def test_new_leg_times_are_new_facts_and_the_last_word_dates_the_leg(desk, clock, tmp_path):
    imported(desk, tmp_path, [row(1)])
    clock.set("2024-03-08 09:00")
    late = "2024-03-06 08:30:00"
    changed = row(1, fiat_settlement_timestamp=late, pnl_recognition_timestamp=late)
    assert imported(desk, tmp_path, [changed]).updated == 1
    assert desk.trade("T-00001")[2].state.client_fiat.final_at == at("2024-03-06 08:30")
    assert to_transactions_csv(desk, desk.moment()) == written([changed])
    assert imported(desk, tmp_path, [row(1), changed]).duplicates == 2


@pytest.mark.parametrize("name", ["pair", "client_id", "market_maker_id"])
def test_changed_terms_of_a_booked_trade_are_refused(desk, tmp_path, name):
    imported(desk, tmp_path, [row(1)])
    other = {"pair": "USDC/IDR", "client_id": "CLT-002", "market_maker_id": "MM-002"}[name]
    result = imported(desk, tmp_path, [row(1) | {name: other}])
    assert (result.booked, result.duplicates) == (0, 0)
    assert result.rejected[0].line == 2
    assert f"another {name}" in result.rejected[0].reason


def test_an_id_that_stands_twice_with_other_terms_in_one_file_is_refused(desk, tmp_path):
    twin = row(2, transaction_id="T-00001")
    result = imported(desk, tmp_path, [row(1), twin, row(1), row(3)])
    assert (result.read, result.booked, result.duplicates) == (4, 2, 1)
    assert [(r.line, r.field) for r in result.rejected] == [(3, "transaction_id")]


# ---------------------------------------------------------------- one figure altered


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(80))
@given(st.data())
def test_any_figure_altered_beyond_the_tolerance_costs_its_row_and_only_that(desk, tmp_path, data):
    """Line and column are named; the row is not booked, the seven others are there. The mid stands alone inside its band."""
    rows = mixed()
    victim = data.draw(st.integers(0, 7))
    name = data.draw(st.sampled_from([name for name in NUMBERS if name != "mid_price_idr"]))
    figure = Decimal(rows[victim][name])
    by = data.draw(st.sampled_from(["1.5", "-1.5", "25", "-1000000", "0.01%", "-3%", "100%"]))
    change = figure * Decimal(by[:-1]) / 100 if by.endswith("%") else Decimal(by)
    unit = Decimal(2) if name.endswith("price_idr") and rows[victim]["pair"] != "USDT/IDR" else Decimal("1.01")
    if abs(change) < unit and name not in ("volume_crypto", "spread_bps"):
        change = unit.copy_sign(change)
    if name == "spread_bps" and abs(change) < Decimal("0.01"):
        change = Decimal("0.01")
    if name == "volume_crypto" and abs(change) * Decimal(rows[victim]["mm_price_idr"]) < 2:
        change = Decimal("0.01")
    rows[victim] |= {name: f"{figure + change:f}"}
    result = imported(desk, tmp_path, rows)
    assert [r.line for r in result.rejected] == [victim + 2], (name, change)
    assert result.rejected[0].field in COLUMNS
    assert result.rejected[0].reason
    assert result.booked + result.duplicates == 7


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"trade_date": "2024-03-06"}, "trade_date"),
        ({"trade_date": ""}, "trade_date"),
        ({"trade_timestamp": "2024-03-06 10:01:00"}, "trade_date"),
        ({"trade_timestamp": "05/03/2024 10:01"}, "trade_timestamp"),
        ({"trade_timestamp": ""}, "trade_timestamp"),
        ({"pair": "DOGE/IDR"}, "pair"),
        ({"direction": "buy"}, "direction"),
        ({"direction": "SELL"}, "client_price_idr"),
        ({"client_tier": "D"}, "client_tier"),
        ({"transaction_id": ""}, "transaction_id"),
        ({"transaction_id": " "}, "transaction_id"),
        ({"transaction_id": "T" * 65}, "transaction_id"),
        ({"client_id": ""}, "client_id"),
        ({"bank_account_id": ""}, "bank_account_id"),
        ({"volume_crypto": "NaN"}, "volume_crypto"),
        ({"volume_crypto": "inf"}, "volume_crypto"),
        ({"volume_crypto": "1_001"}, "volume_crypto"),
        ({"volume_crypto": "1,001"}, "volume_crypto"),
        ({"volume_crypto": "0"}, "volume_crypto"),
        ({"volume_crypto": "-1001"}, "volume_crypto"),
        ({"volume_crypto": ""}, "volume_crypto"),
        ({"volume_crypto": "1e30"}, "volume_crypto"),
        ({"mid_price_idr": "16600"}, "mid_price_idr"),
        ({"mid_price_idr": "15000"}, "mid_price_idr"),
        ({"spread_bps": "-15"}, "spread_bps"),
        ({"spread_bps": "1001"}, "spread_bps"),
        ({"spread_bps": "16"}, "client_price_idr"),
        ({"net_pnl_idr": "0"}, "net_pnl_idr"),
        ({"status": "DONE"}, "status"),
        ({"status": "settled"}, "status"),
        ({"status": "PENDING"}, "net_pnl_idr"),
        ({"crypto_settlement_timestamp": ""}, "crypto_settlement_timestamp"),
        ({"crypto_settlement_timestamp": "2024-03-05 10:00:59"}, "crypto_settlement_timestamp"),
        ({"crypto_settlement_timestamp": "2024-03-05 12:00:00"}, "pnl_recognition_timestamp"),
        ({"fiat_settlement_timestamp": "2024-03-05 11:35:00"}, "pnl_recognition_timestamp"),
        ({"pnl_recognition_timestamp": "2024-03-05 11:38:00"}, "pnl_recognition_timestamp"),
        ({"pnl_recognition_timestamp": ""}, "pnl_recognition_timestamp"),
        ({"pnl_recognition_month": "2024-04"}, "pnl_recognition_month"),
        ({"pnl_recognition_month": ""}, "pnl_recognition_month"),
        ({"notes": "a\tb"}, "notes"),
        ({"client_name": "a\x00b"}, "client_name"),
    ],
)
def test_a_row_that_contradicts_itself_is_rejected_with_its_line_and_column(desk, tmp_path, changes, field):
    result = imported(desk, tmp_path, [row(1), row(2) | changes, row(3)])
    if changes.keys() == {"trade_timestamp"} and changes["trade_timestamp"].startswith("2024"):
        assert result.rejected  # a day later than its legs too, whichever is said first
    else:
        assert [(r.line, r.field) for r in result.rejected] == [(3, field)]
    assert (result.read, result.booked) == (3, 2)


def test_a_trade_before_the_first_tax_line_is_rejected_with_the_way_out(desk, tmp_path):
    old = {name: value.replace("2024", "2022") for name, value in row(1).items()}
    early = {name: value.replace("2022-03", "2022-04") for name, value in old.items()}
    result = imported(desk, tmp_path, [early])
    assert result.booked == 0
    assert "tax line" in result.rejected[0].reason


# ---------------------------------------------------------------- export: the 31 columns back


def bytes_back(desk: Desk) -> bytes:
    """The transactions as the export writes them now."""
    return to_transactions_csv(desk, desk.moment())


@pytest.mark.parametrize("kind", ["duckdb", "csv"])
def test_the_file_comes_back_to_the_byte_from_either_store(kind, tmp_path):
    with closing(opened(kind, tmp_path)) as store:
        desk = desk_on(store, HandClock(at("2024-03-07 09:00")))
        imported(desk, tmp_path, mixed())
        assert bytes_back(desk) == written(mixed())
    with closing(opened(kind, tmp_path, create=False)) as store:
        assert bytes_back(desk_on(store, HandClock(at("2024-03-07 09:00")))) == written(mixed())


ODD: list[tuple[str, Callable[[Row], dict[str, str]]]] = [
    ("floats", lambda made: {name: made[name] + ("" if "." in made[name] else ".0") for name in NUMBERS}),
    ("trailing zeros", lambda made: {"volume_crypto": made["volume_crypto"] + ".000", "spread_bps": "15.00"}),
    ("leading zero and sign", lambda made: {"volume_crypto": "+0" + made["volume_crypto"]}),
    ("exponent", lambda made: {"spread_bps": "1.5e1"}),
    ("spaces", lambda made: {"tax_idr": f" {made['tax_idr']} "}),
    ("digits beyond eighteen", lambda made: {"mid_price_idr": made["mid_price_idr"] + "0" * 20 + "1"}),
    ("ISO times", lambda made: {name: made[name].replace(" ", "T") for name in COLUMNS if name.endswith("_timestamp")}),
    ("offsets", lambda made: {name: made[name] + "+08:00" for name in COLUMNS if name.endswith("_timestamp")}),
    ("microseconds", lambda made: {"trade_timestamp": made["trade_timestamp"] + ".250000"}),
    (
        "compact time",
        lambda made: {"trade_timestamp": made["trade_timestamp"].replace("-", "").replace(":", "").replace(" ", "T")},
    ),
    ("net as a float", lambda made: {"net_pnl_idr": f"{Decimal(made['net_pnl_idr']) + Decimal('0.000001'):f}"}),
    ("formula in a name", lambda made: {"client_name": "=HYPERLINK(1)", "notes": "@SUM(A1)", "exchange_ref": "-1+1"}),
    ("comma and quotes", lambda made: {"client_name": 'PT "Maju", Tbk', "notes": "a,b"}),
    ("other scripts", lambda made: {"client_name": "Søren 株式会社"}),
    ("blank texts", lambda made: {"client_name": "", "mm_wallet_id": "", "exchange_ref": "", "market_maker_name": " "}),
]


@pytest.mark.parametrize("change", [change for _, change in ODD], ids=[name for name, _ in ODD])
def test_odd_but_valid_spellings_come_back_to_the_byte(desk, tmp_path, change):
    made = row(1)
    content = written([made | change(made), row(2), row(6, "RECONCILING")])
    result = imported(desk, tmp_path, content)
    assert result.rejected == ()
    assert bytes_back(desk) == content


def test_a_row_changed_by_facts_shows_its_new_status_and_times(desk, clock, tmp_path):
    imported(desk, tmp_path, [row(1, "PENDING", net_pnl_idr="0.0"), row(2)])
    for leg, moment in ((Leg.CLIENT_CRYPTO, "2024-03-05 12:00"), (Leg.CLIENT_FIAT, "2024-03-05 13:00")):
        desk.say(Kind.CONFIRMED, "T-00001", "ops-1", leg=leg, happened_at=at(moment))
    settled = row(1, crypto_settlement_timestamp="2024-03-05 12:00:00")
    settled |= dict.fromkeys(("fiat_settlement_timestamp", "pnl_recognition_timestamp"), "2024-03-05 13:00:00")
    assert bytes_back(desk) == written([settled, row(2)])


def test_a_settled_row_that_loses_a_leg_earns_nothing_in_the_file(desk, tmp_path):
    imported(desk, tmp_path, [row(1)])
    desk.say(Kind.RETURNED, "T-00001", "ops-1", leg=Leg.CLIENT_FIAT, happened_at=at("2024-03-06 10:00"), note="wrong account")
    line = bytes_back(desk).decode().splitlines()[1].split(",")
    shown = dict(zip(COLUMNS, line, strict=True))
    assert (shown["status"], shown["net_pnl_idr"], shown["pnl_recognition_month"]) == ("FAILED", "0", "")


def test_an_export_of_an_earlier_instant_is_a_file_that_can_be_imported(desk, tmp_path):
    """At 11:00 no leg of the rows' rupiah had landed: nothing may call itself SETTLED with an empty time."""
    imported(desk, tmp_path, mixed())
    early = to_transactions_csv(desk, Moment(at("2024-03-05 11:00")))
    assert b"SETTLED" not in early
    assert b"FAILED" not in early
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with closing(opened("duckdb", elsewhere)) as store:
        result = imported(desk_on(store, HandClock(at("2024-03-05 11:00"))), elsewhere, early)
    assert (result.booked, result.rejected) == (8, ())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(40))
@given(st.text(max_size=40).filter(lambda text: text.isprintable() and "\ufffd" not in text))
def test_any_printable_name_comes_back_to_the_byte(desk, tmp_path, name):
    desk_id = f"N-{abs(hash(name)):x}"
    made = row(1, client_name=name, transaction_id=desk_id)
    assert imported(desk, tmp_path, [made]).rejected == ()
    lines = to_transactions_csv(desk, desk.moment()).splitlines()
    assert written([made]).splitlines()[1] in lines


def test_an_empty_store_exports_the_header_alone(desk):
    assert bytes_back(desk) == written([])


def test_rejects_are_records_with_line_field_and_reason(desk, tmp_path: Path):
    result = imported(desk, tmp_path, [without_times(row(1))])
    assert result.rejected == (Reject(2, "crypto_settlement_timestamp", "is empty on a SETTLED row"),)
