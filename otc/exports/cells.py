"""How one value of a table reads to a person: grouped figures, times in a named zone, nothing where there is none."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from otc.money import grouped, plain
from otc.views.table import Column, ColumnKind, Table

SIZE_PLACES: Final = 8
_PLACES: Final[dict[ColumnKind, int]] = {"money": 0, "price": 4, "bps": 1, "integer": 0, "hours": 1, "percent": 1}
_RIGHT: Final[frozenset[ColumnKind]] = frozenset({*_PLACES, "size"})


def is_figure(kind: ColumnKind) -> bool:
    """Whether a column of this kind holds figures, which stand at the right."""
    return kind in _RIGHT


def as_decimal(value: Decimal | int | float) -> Decimal:
    """The number as a person would copy it: a float by its shortest writing, not by its binary tail."""
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)


def with_total(table: Table, column: Column) -> Iterator[object]:
    """Every value under one column, the total's last where there is one."""
    yield from (row.get(column.key) for row in table.rows)
    if table.total is not None:
        yield table.total.get(column.key)


def places_of(table: Table, column: Column) -> int:
    """How many decimal places a column shows: fixed by its kind; for sizes as many as its longest needs, up to eight."""
    if column.kind != "size":
        return _PLACES.get(column.kind, 0)
    numbers = (value for value in with_total(table, column) if isinstance(value, Decimal | int | float))
    return min(max((_decimal_places(as_decimal(number)) for number in numbers), default=0), SIZE_PLACES)


def _decimal_places(number: Decimal) -> int:
    return len(plain(number).partition(".")[2]) if number.is_finite() else 0


def shown(value: object, kind: ColumnKind, places: int, zone: ZoneInfo) -> str:
    """Write one value for reading: a figure to `places`, an instant to the minute in `zone`, "" for None."""
    if value is None:
        return ""
    if isinstance(value, Decimal | int | float):
        return _figure(as_decimal(value), kind, places)
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def _figure(number: Decimal, kind: ColumnKind, places: int) -> str:
    if not number.is_finite():
        return str(number)
    return f"{grouped(number, places)}%" if kind == "percent" else grouped(number, places)


def total_value(table: Table, position: int) -> object:
    """What the total's line holds under the column at `position`: the word Total where the first one is free."""
    value = (table.total or {}).get(table.columns[position].key)
    return "Total" if value is None and position == 0 else value


def zone_words(instant: datetime, zone: ZoneInfo) -> str:
    """The zone by name and by what it is off UTC at `instant`: `Asia/Makassar (UTC+08:00)`."""
    offset = instant.astimezone(zone).isoformat()[-6:]
    return f"{zone.key} (UTC{offset})"
