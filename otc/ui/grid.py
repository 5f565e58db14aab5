"""A Table as a grid: money in whole rupiah, grouped and right-aligned, instants in the desk's zone, states as badges."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from otc.money import plain, round_to
from otc.ui.words import BADGE_COLOURS
from otc.views.table import Column, ColumnKind, Table

LARGEST_ROWS: Final = 5_000
"""More rows than this make the browser slow; a page beyond is asked for instead."""
_FORMATS: Final[Mapping[ColumnKind, str]] = {
    "money": "%,d",
    "price": "%,.4f",
    "bps": "%,.1f",
    "integer": "%,d",
    "hours": "%,d",
    "percent": "%,.1f%%",
}
_ROW_HEIGHT: Final = 31
_HEADER_HEIGHT: Final = 31


def dataframe(
    table: Table,
    zone: ZoneInfo,
    *,
    key: str,
    height: int | None = None,
    badges: Sequence[str] = (),
    select: Literal["", "single-row", "multi-row"] = "",
    widths: Mapping[str, int] | None = None,
) -> list[int]:
    """Show a table and return the positions of the rows the reader has selected.

    `badges` names text columns shown as coloured badges (their values are words of `ui.words`); `select` is "" (none),
    "single-row" or "multi-row"; `height` in pixels, by default as high as the rows; `widths` in pixels by column key.
    """
    rows = table.rows[:LARGEST_ROWS]
    shown = pd.DataFrame({c.key: _series(c, rows, c.key in badges) for c in table.columns})
    config = {c.key: _config(c, rows, zone, c.key in badges, (widths or {}).get(c.key)) for c in table.columns}
    given: dict[str, Any] = {
        "hide_index": True,
        "column_config": config,
        "row_height": _ROW_HEIGHT,
        "key": key,
        "placeholder": "",
    }
    given["height"] = height or _HEADER_HEIGHT + 2 + _ROW_HEIGHT * max(1, len(rows))
    if not select:
        st.dataframe(shown, alt=table.title, **given)
        return []
    chosen = st.dataframe(shown, on_select="rerun", selection_mode=select, alt=table.title, **given)
    if len(table.rows) > LARGEST_ROWS:
        st.caption(f"The first {LARGEST_ROWS:,} of {len(table.rows):,} rows; filter to see the others.")
    return [row for row in chosen["selection"]["rows"] if row < len(rows)]


def _series(column: Column, rows: Sequence[Mapping[str, object]], badge: bool) -> pd.Series:
    values = [row.get(column.key) for row in rows]
    if badge:
        return pd.Series([[value] if value else [] for value in values], dtype=object)
    if column.kind in ("money", "integer"):
        return pd.Series([_whole(value) for value in values], dtype="Int64")
    if column.kind in ("price", "size", "bps", "hours", "percent"):
        # For the eye alone: exact figures are in the exports, and these stay well within what a float tells apart.
        return pd.Series([None if value is None else float(str(value)) for value in values], dtype="Float64")
    if column.kind == "instant":
        return pd.to_datetime(pd.Series([_instant(value) for value in values], dtype=object), utc=True)
    return pd.Series(values, dtype=object)


def _whole(value: object) -> int | None:
    if isinstance(value, Decimal):
        return int(round_to(value, Decimal(1), "half_even"))
    return int(value) if isinstance(value, int) else None


def _instant(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _config(column: Column, rows: Sequence[Mapping[str, object]], zone: ZoneInfo, badge: bool, width: int | None) -> Any:
    make: Callable[..., Any]
    if badge:
        words = list(dict.fromkeys(str(row[column.key]) for row in rows if row.get(column.key)))
        colours = [BADGE_COLOURS.get(word, "#4A5A66") for word in words]
        return st.column_config.MultiselectColumn(column.title, options=words, color=colours or None, width=width)
    if column.kind == "size":
        return st.column_config.NumberColumn(column.title, format=f"%,.{_places(column, rows)}f", width=width)
    if column.kind in _FORMATS:
        return st.column_config.NumberColumn(column.title, format=_FORMATS[column.kind], width=width)
    if column.kind == "instant":
        make = st.column_config.DatetimeColumn
        return make(column.title, format="ddd D MMM YY HH:mm", timezone=zone.key, width=width)
    if column.kind == "day":
        return st.column_config.DateColumn(column.title, format="ddd D MMM YYYY", width=width)
    return st.column_config.TextColumn(column.title, width=width)


def _places(column: Column, rows: Sequence[Mapping[str, object]]) -> int:
    """Decimal places that the column's sizes need, 2 to 8."""
    sizes = [value for row in rows if isinstance(value := row.get(column.key), Decimal)]
    return min(8, max((len(plain(size).partition(".")[2]) for size in sizes), default=2))
