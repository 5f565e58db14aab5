"""The cells of a workbook: what Excel accepts as a name, a text, a number or a date, and how each looks."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from otc.exports.cells import as_decimal, is_figure
from otc.money import plain
from otc.views.table import Column, ColumnKind

INK: Final = "#16211D"
INSTANT: Final = "yyyy-mm-dd hh:mm:ss"
_LONGEST_TEXT: Final = 32_767
_CUT: Final = " (cut here; the CSV holds it whole)"
_FIRST_EXCEL_YEAR: Final = 1901
_TOO_LARGE: Final = 10**15
_WHOLE_ONLY: Final = 10**14
"""From here on fifteen digits leave none for a fraction."""
_FIFTEEN_DIGITS: Final = Context(prec=15, rounding=ROUND_DOWN)
"""Down, so that 1.4999... never becomes the half that Excel would show as the next rupiah."""
_TAKEN: Final = frozenset({"parameters", "history"})
"""Our own first sheet, and a name that Excel keeps for itself."""
_NUMBER_FORMAT: Final[dict[ColumnKind, str]] = {
    "text": "@",
    "money": "#,##0;[Red](#,##0)",
    "price": "#,##0.0000",
    "bps": "#,##0.0",
    "integer": "#,##0",
    "hours": "#,##0.0",
    "percent": "0.0%",
    "instant": INSTANT,
    "day": "yyyy-mm-dd",
}


class Styles:
    """The formats of one workbook, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}

    def of(self, **properties: object) -> Format:
        """The format with these properties, under the house's ink and type."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format({"font_color": INK, "valign": "vcenter", **properties})
        return self._made[key]

    def cell(self, column: Column, places: int, **properties: object) -> Format:
        """The format of one column's cells."""
        number_format = _NUMBER_FORMAT.get(column.kind) or ("#,##0." + "0" * places).rstrip(".")
        return self.of(num_format=number_format, align="right" if is_figure(column.kind) else "left", **properties)


def put(sheet: Worksheet, row: int, position: int, value: object, kind: ColumnKind, zone: ZoneInfo, style: Format) -> None:
    """Write one value as what it is: a number, a date, or text; None leaves the cell as it was."""
    if value is None:
        return
    if isinstance(value, Decimal | int | float):
        number = excel_number(value, kind)
        if number is None:
            put_text(sheet, row, position, plain(as_decimal(value)) if as_decimal(value).is_finite() else str(value), style)
        else:
            sheet.write_number(row, position, number, style)
    elif isinstance(value, date):
        local = value.astimezone(zone).replace(tzinfo=None) if isinstance(value, datetime) else value
        if local.year < _FIRST_EXCEL_YEAR:
            put_text(sheet, row, position, local.isoformat(), style)
        else:
            sheet.write_datetime(row, position, local, style)
    else:
        put_text(sheet, row, position, str(value), style)


def excel_number(value: Decimal | int | float, kind: ColumnKind) -> float | None:
    """The number with the fifteen digits Excel keeps; None where those would not reach the whole units, or it is no number.

    Excel shows a half as the next unit away from zero; what it shows of the number is what it would show of the exact figure.
    """
    number = as_decimal(value)
    if not number.is_finite():
        return None
    number = number.scaleb(-2) if kind == "percent" else number
    if abs(number) >= _TOO_LARGE:
        return None
    if abs(number) >= _WHOLE_ONLY:
        return float(number.to_integral_value(ROUND_HALF_UP))
    return float(_FIFTEEN_DIGITS.plus(number))


def put_text(sheet: Worksheet, row: int, position: int, text: str, style: Format) -> None:
    """Write text as text, never as a formula, a link or a number; longer than a cell holds, it ends in words that say so."""
    clean = encodable(text)
    if len(clean.encode("utf-16-le")) // 2 > _LONGEST_TEXT:
        clean = _shortened(clean, _LONGEST_TEXT - len(_CUT)) + _CUT
    sheet.write_string(row, position, clean, style)


def sheet_names(wanted: Sequence[str]) -> tuple[str, ...]:
    """Names that Excel accepts: none of its forbidden characters, at most 31 units long, each once whatever its case."""
    given: list[str] = []
    taken = set(_TAKEN)
    for name in wanted:
        clean = " ".join(re.sub(r"[\[\]:*?/\\'\x00-\x1f\x7f]", " ", encodable(name)).split()) or "Table"
        free = next(tried for tried in _numbered(clean) if tried.lower() not in taken)
        taken.add(free.lower())
        given.append(free)
    return tuple(given)


def _numbered(name: str) -> Iterator[str]:
    yield _shortened(name, 31)
    number = 2
    while True:
        suffix = f" ({number})"
        yield _shortened(name, 31 - len(suffix)) + suffix
        number += 1


def _shortened(text: str, units: int) -> str:
    """Cut to a length as Excel counts it, in UTF-16 units, never inside a character."""
    return text.encode("utf-16-le")[: units * 2].decode("utf-16-le", errors="ignore").rstrip()


def encodable(text: str) -> str:
    return text.encode("utf-8", errors="replace").decode("utf-8")
