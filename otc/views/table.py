"""What a screen shows and a file holds: typed columns over plain rows, and a document of several tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

ColumnKind = Literal["text", "money", "price", "size", "bps", "integer", "hours", "percent", "instant", "day"]
"""money: exact IDR, shown in whole rupiah. price: IDR a unit, 4 places. size: of the asset, up to 8 places. hours: a float."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the key into a row, the words above it, how its values are written."""

    key: str
    title: str
    kind: ColumnKind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under typed columns; values are str, Decimal, int, float (hours, percent), datetime (UTC), date or None."""

    name: str
    """Short, fit for a sheet's tab and a file's name."""
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, object]]
    note: str = ""
    total: Mapping[str, object] | None = None
    """A last line under the rows, set apart; its figures come from the same query as the rows."""


@dataclass(frozen=True, slots=True)
class Document:
    """A report to take away: what it is, as of when, from what store, and its tables."""

    title: str
    desk: str
    label: str
    """SAMPLE or SIMULATED where the figures are; empty on real ones."""
    as_of: datetime
    zone: ZoneInfo
    parameters: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]


def counted(number: int, noun: str) -> str:
    """So many of a thing, in words: `1 trade`, `5,968 trades`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
