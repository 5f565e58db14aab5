"""What the delimited file promises: exact figures, times with their offset, nothing a spreadsheet would execute."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otc.exports.delimited import to_csv
from otc.views.table import Column, Table

ZONE = ZoneInfo("Asia/Makassar")


def read(written: bytes) -> list[list[str]]:
    """The fields as any reader of CSV gets them."""
    return list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))


def one(value: object, column: Column) -> str:
    """What one value becomes, read back; a second column keeps an empty line a row."""
    table = Table("One", "One", (column, Column("end", "End")), ({column.key: value, "end": "."},))
    return read(to_csv(table, ZONE))[1][0]


def test_the_file_opens_in_a_spreadsheet_as_unicode_with_windows_line_ends(table: Table) -> None:
    """A byte order mark first, CRLF after every record, the keys as heading, the total left out."""
    written = to_csv(table, ZONE)
    assert written.startswith(b"\xef\xbb\xbftransaction_id,client,")
    assert written.endswith(b"\r\n")
    assert written.count(b"\r\n") == written.count(b"\n") == 3
    assert [row[0] for row in read(written)] == ["transaction_id", "OTC-00001", "OTC-00002"]


def test_every_figure_is_exact_and_every_time_has_its_offset(table: Table) -> None:
    """Nothing is rounded, grouped or padded; an absent value is an empty field."""
    heading, first, second = read(to_csv(table, ZONE))
    assert dict(zip(heading, first, strict=True)) == {
        "transaction_id": "OTC-00001",
        "client": "'=cmd|' /C calc'!A0",
        "trades": "1200",
        "size": "105158.8259",
        "price": "15891.4771794",
        "amount_idr": "1671129082.9371464",
        "net_idr": "1987216.161646564",
        "spread_bps": "12",
        "age_hours": "33.5",
        "share": "7.25",
        "expected_at": "2025-01-01T00:30:05+08:00",
        "trade_date": "2024-12-31",
    }
    assert second[1] == "Niaga & <b>Łódź</b> 中 Ķ"
    assert second[-3:] == ["", "", ""]


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_name_that_a_spreadsheet_would_execute_gets_an_apostrophe(name: str) -> None:
    """The six beginnings that make a formula of text."""
    assert one(name, Column("client", "Client")) == f"'{name}"


def test_a_negative_amount_is_a_number_and_stays_one() -> None:
    """The apostrophe is for text alone: a loss is not a formula."""
    assert one(Decimal("-2382150.5"), Column("net", "Net", "money")) == "-2382150.5"
    assert one(-3, Column("count", "Count", "integer")) == "-3"


def test_a_small_float_is_written_without_an_exponent() -> None:
    """A reader of plain decimals reads it too."""
    assert one(0.00001, Column("share", "Share", "percent")) == "0.00001"


def test_an_empty_table_is_its_heading() -> None:
    """No rows, no surprise."""
    empty = Table("Failed", "Failed trades", (Column("transaction_id", "Trade"), Column("net", "Net", "money")), ())
    assert to_csv(empty, ZONE) == b"\xef\xbb\xbftransaction_id,net\r\n"


def test_an_instant_is_written_in_the_zone_it_is_asked_in() -> None:
    """16:30 UTC on the last of December is the first of January at UTC+8."""
    instant = datetime(2024, 12, 31, 16, 30, tzinfo=UTC)
    assert one(instant, Column("at", "At", "instant")) == "2025-01-01T00:30:00+08:00"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**19), max_value=10**19))
def test_any_amount_reads_back_to_the_last_digit(amount: Decimal) -> None:
    """All 38 digits a store keeps survive the file."""
    assert Decimal(one(amount, Column("amount", "Amount", "money"))) == amount


@given(st.text())
def test_any_text_reads_back_and_none_of_it_can_be_executed(text: str) -> None:
    """Quotes, line breaks and commas included; at most an apostrophe is added."""
    found = one(text, Column("note", "Note"))
    assert found in (text, f"'{text}")
    assert not found.startswith(("=", "+", "-", "@", "\t", "\r"))
