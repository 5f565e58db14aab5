"""The import: a million checked rows in under 60 s and 2 GB, growing linearly, beside reading the same file and its numbers."""

import csv
import time
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.conftest import MILLION, Imported, import_apart, say
from otc.views.transactions import COLUMNS

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
BOUND_SECONDS, BOUND_MB = 60, 2_000
QUARTER = MILLION // 4
MOST_GROWTH = 1.25
"""How much dearer a row may be among a million than among a quarter of them."""
_AMOUNTS = slice(COLUMNS.index("volume_crypto"), COLUMNS.index("net_pnl_idr") + 1)


def test_a_million_rows_are_booked_in_a_minute_and_two_gigabytes(imported: Imported, million: Path) -> None:
    """Every row checked, its facts and its state stored, all in one write that counts whole or not at all."""
    floor = _read(million)
    figures = {
        "import": imported.seconds,
        "its processor time": imported.cpu_seconds,
        "read and parse": floor,
        "bound": BOUND_SECONDS,
    }
    say(f"import of {imported.rows:,} rows", figures, "s")
    say("its memory, all processes at their peaks", {"import": imported.megabytes, "bound": BOUND_MB}, "MB")
    assert imported.rows == MILLION
    assert imported.megabytes < BOUND_MB
    assert imported.seconds < BOUND_SECONDS


def test_the_import_grows_linearly(imported: Imported, million: Path, tmp_path: Path) -> None:
    """A row among a million costs what a row among a quarter of a million costs."""
    head = tmp_path / "quarter.csv"
    with million.open(encoding="utf-8") as whole, head.open("w", encoding="utf-8") as part:
        part.writelines(islice(whole, QUARTER + 1))
    quarter = import_apart(head, tmp_path / "quarter.duckdb")
    each = {name: done.cpu_seconds / done.rows * 1e6 for name, done in (("a quarter", quarter), ("a million", imported))}
    say("import, processor time a row", each, "us")
    assert each["a million"] < each["a quarter"] * MOST_GROWTH


def _read(path: Path) -> float:
    """The least there is to do: the csv module's fields, and their ten amounts as Decimals."""
    began = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as file:
        for row in islice(csv.reader(file), 1, None):
            for amount in row[_AMOUNTS]:
                Decimal(amount)
    return time.perf_counter() - began
