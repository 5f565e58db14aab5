"""A small report of the tests' own making: two open trades, one of them by a client whose name is a formula."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from otc.views.table import Column, Document, Table

COLUMNS = (
    Column("transaction_id", "Trade"),
    Column("client", "Client"),
    Column("trades", "Trades", "integer"),
    Column("size", "Size", "size"),
    Column("price", "Client price IDR", "price"),
    Column("amount_idr", "Amount IDR", "money"),
    Column("net_idr", "Net PnL IDR", "money"),
    Column("spread_bps", "Spread bps", "bps"),
    Column("age_hours", "Age h", "hours"),
    Column("share", "Share", "percent"),
    Column("expected_at", "Expected", "instant"),
    Column("trade_date", "Trade date", "day"),
)
ROWS = (
    {
        "transaction_id": "OTC-00001",
        "client": "=cmd|' /C calc'!A0",
        "trades": 1200,
        "size": Decimal("105158.8259"),
        "price": Decimal("15891.4771794"),
        "amount_idr": Decimal("1671129082.937146400000000000"),
        "net_idr": Decimal("1987216.161646564"),
        "spread_bps": Decimal("12"),
        "age_hours": 33.5,
        "share": 7.25,
        "expected_at": datetime(2024, 12, 31, 16, 30, 5, tzinfo=UTC),
        "trade_date": date(2024, 12, 31),
    },
    {
        "transaction_id": "OTC-00002",
        "client": "Niaga & <b>Łódź</b> 中 Ķ",
        "trades": 3,
        "size": Decimal("0.51234567"),
        "price": Decimal("1543210987"),
        "amount_idr": Decimal("6127896764.978563"),
        "net_idr": Decimal("-2382150.5"),
        "spread_bps": Decimal("103.25"),
        "age_hours": 410.25,
        "share": None,
        "expected_at": None,
        "trade_date": None,
    },
)
TOTAL = {"trades": 1203, "amount_idr": Decimal("7799025847.9157094"), "net_idr": Decimal("-394934.338353436")}


@pytest.fixture
def table() -> Table:
    """Two rows and their total; every kind of column."""
    return Table("Open items", "Open items, worst first", COLUMNS, ROWS, "Age counts from the trade.", TOTAL)


@pytest.fixture
def document(table: Table) -> Document:
    """The sample store's report as of 2 January 2025 09:00 in the desk's zone: that table and an empty one."""
    return Document(
        title="Settlement aging",
        desk="OTC desk",
        label="SAMPLE",
        as_of=datetime(2025, 1, 2, 1, 0, tzinfo=UTC),
        zone=ZoneInfo("Asia/Makassar"),
        parameters=(("Pair", "all"), ("Client", "=1+1")),
        tables=(table, Table("Failed", "Failed trades", COLUMNS, ())),
    )
