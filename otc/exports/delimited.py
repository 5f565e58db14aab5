"""A table as a delimited file: every figure exact, every time with its offset, no text that a spreadsheet would execute."""

import csv
import io
import math
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from otc import money
from otc.clock import iso
from otc.exports.cells import as_decimal
from otc.views.table import Table

_EXECUTED: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes text that starts so for a formula, in a file where nothing says otherwise."""


def to_csv(table: Table, zone: ZoneInfo) -> bytes:
    """Write the rows under their column keys: UTF-8 with a byte order mark, comma, CRLF; the total and the note stay out.

    Decimals are exact and ungrouped; instants are ISO 8601 in `zone`; None is an empty field. Text that starts with one
    of = + - @ tab CR gets an apostrophe before it; numbers never do.
    """
    held = io.StringIO(newline="")
    writer = csv.writer(held)
    keys = [column.key for column in table.columns]
    writer.writerow([_inert(key) for key in keys])
    writer.writerows([_field(row.get(key), zone) for key in keys] for row in table.rows)
    return held.getvalue().encode("utf-8-sig", errors="replace")


def _field(value: object, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal | int | float):
        return money.plain(as_decimal(value)) if math.isfinite(value) else str(value)
    if isinstance(value, datetime):
        return iso(value, zone)
    return value.isoformat() if isinstance(value, date) else _inert(str(value))


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_EXECUTED) else text
