"""A document as an Excel workbook: what it is on the first sheet, then one sheet a table, every figure a true number.

Excel keeps fifteen digits of a number. An amount is exact to the rupiah there up to 10^15; a larger one is written as text
with every digit rather than rounded without a word. The delimited file holds every digit of every figure.
"""

import io
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from otc.errors import Refused
from otc.exports.cells import as_decimal, is_figure, places_of, shown, total_value, with_total, zone_words
from otc.exports.xlsx_cells import INSTANT, Styles, encodable, put, put_text, sheet_names
from otc.views.table import Column, ColumnKind, Document, Table

MOST_ROWS: Final = 1_048_576
"""What a sheet of Excel holds (Microsoft, "Excel specifications and limits")."""
_OWN_ROWS: Final = 6
"""The heading, the space before the total, the total, three notes."""
_ACCURACY: Final = (
    "Amounts are exact to the rupiah; Excel keeps 15 digits of a number. "
    "A longer amount is written as text, and the CSV export holds every digit."
)

_QUIET, _LINE, _HEADING, _AMBER, _AMBER_LIGHT = "#5C6863", "#D9DCD4", "#F1F2EE", "#8A5A00", "#FBEFD5"
_WIDTH: Final[dict[ColumnKind, int]] = {"instant": 20, "day": 12}
_WIDEST: Final = 60


def to_xlsx(document: Document) -> bytes:
    """Write the whole document in memory, the same bytes for the same document; times are wall times of its zone.

    Percent values are in percent (7.2 is 7.2%) and become true Excel percentages. Raises Refused for a table with more
    rows than a sheet holds.
    """
    for table in document.tables:
        _refuse_too_long(table)
    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = Workbook(held, options)
    styles = Styles(workbook)
    names = sheet_names([table.name for table in document.tables])
    _describe(workbook, document)
    _write_parameters(_add(workbook, "Parameters", document), document, names, styles)
    for name, table in zip(names, document.tables, strict=True):
        _write_table(_add(workbook, name, document), table, document, styles)
    workbook.close()
    return held.getvalue()


def _refuse_too_long(table: Table) -> None:
    if len(table.rows) + _OWN_ROWS > MOST_ROWS:
        raise Refused(
            f"{table.title} has {len(table.rows):,} rows and a sheet of Excel holds {MOST_ROWS:,}; "
            "take the CSV instead, or narrow the filter."
        )


def _describe(workbook: Workbook, document: Document) -> None:
    """The workbook's properties; its creation is the document's instant, so that the same document gives the same bytes."""
    created = document.as_of.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    workbook.set_properties(
        {
            "title": encodable(document.title),
            "author": encodable(document.desk),
            "comments": encodable(document.label),
            "created": created,
        }
    )


def _add(workbook: Workbook, name: str, document: Document) -> Worksheet:
    """A sheet that prints on A4 across, with the report's name, its label and its instant on every page."""
    sheet = workbook.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    title, label = (encodable(text)[:70].replace("&", "&&") for text in (document.title, document.label))
    as_of = document.as_of.astimezone(document.zone).strftime("%Y-%m-%d %H:%M")
    sheet.set_header(f"&L{title}&C&B{label}&RAs of {as_of} {document.zone.key}")
    sheet.set_footer("&L&A&RPage &P of &N")
    if document.label:
        sheet.set_tab_color(_AMBER)
    return sheet


def _write_parameters(sheet: Worksheet, document: Document, names: Sequence[str], styles: Styles) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 2, 44)
    sheet.set_row(0, 26)
    put_text(sheet, 0, 0, document.title, styles.of(bold=True, font_size=16))
    put_text(sheet, 1, 0, document.desk, styles.of(font_color=_QUIET))
    if document.label:
        banner = styles.of(bold=True, font_size=18, font_color=_AMBER, bg_color=_AMBER_LIGHT)
        sheet.set_row(2, 30)
        for column, text in enumerate((document.label, "not real figures", "")):
            put_text(sheet, 2, column, text, banner)
    row = _write_pairs(sheet, 4, document, styles)
    row = _write_contents(sheet, row + 1, document, names, styles)
    put_text(sheet, row + 1, 0, _ACCURACY, styles.of(italic=True, font_color=_QUIET))


def _write_pairs(sheet: Worksheet, row: int, document: Document, styles: Styles) -> int:
    """As-of, zone and every parameter, name beside value; returns the next free row."""
    name, value = styles.of(font_color=_QUIET), styles.of(num_format="@", align="left")
    instant = styles.of(num_format=INSTANT, align="left", bold=True)
    put_text(sheet, row, 0, "As of", name)
    sheet.write_datetime(row, 1, document.as_of.astimezone(document.zone).replace(tzinfo=None), instant)
    zone = zone_words(document.as_of, document.zone)
    pairs = (("Zone of all times", zone), *document.parameters)
    for at, (left, right) in enumerate(pairs, start=row + 1):
        put_text(sheet, at, 0, left, name)
        put_text(sheet, at, 1, right, value)
    return row + 1 + len(pairs)


def _write_contents(sheet: Worksheet, row: int, document: Document, names: Sequence[str], styles: Styles) -> int:
    """The list of sheets, each a link with its row count; returns the next free row."""
    heading = styles.of(bold=True, bg_color=_HEADING, bottom=1, bottom_color=_LINE)
    for column, text in enumerate(("Sheet", "What it holds", "Rows")):
        put_text(sheet, row, column, text, heading)
    link, count = styles.of(font_color="#0F5C4D", underline=1), styles.of(num_format="#,##0", align="left")
    for at, (name, table) in enumerate(zip(names, document.tables, strict=True), start=row + 1):
        sheet.write_url(at, 0, f"internal:'{name}'!A1", link, name)
        put_text(sheet, at, 1, table.title, styles.of(num_format="@"))
        sheet.write_number(at, 2, len(table.rows), count)
    return row + 1 + len(names)


def _write_table(sheet: Worksheet, table: Table, document: Document, styles: Styles) -> None:
    """Frozen heading with filters, the rows, then, a space below so that no sorting takes it in, the total and the notes."""
    last = len(table.rows)
    sheet.hide_gridlines(2)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_row(0, 20)
    sheet.autofilter(0, 0, last, len(table.columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + _OWN_ROWS}"})
    for position, column in enumerate(table.columns):
        _write_column(sheet, table, position, document.zone, styles)
        sheet.set_column(position, position, _width(table, column, document.zone))
    sheet.set_row(last + 1, 4)
    quiet = styles.of(italic=True, font_color=_QUIET)
    for row, text in enumerate(_notes(table, document.label), start=last + (2 if table.total is None else 3)):
        put_text(sheet, row, 0, text, quiet)


def _notes(table: Table, label: str) -> list[str]:
    empty = "" if table.rows else "No rows for these parameters."
    return [text for text in (empty, table.note, f"{label}: not real figures." if label else "") if text]


def _write_column(sheet: Worksheet, table: Table, position: int, zone: ZoneInfo, styles: Styles) -> None:
    column = table.columns[position]
    places = places_of(table, column)
    side = "right" if is_figure(column.kind) else "left"
    heading = styles.of(bold=True, bg_color=_HEADING, bottom=1, bottom_color=_LINE, align=side)
    put_text(sheet, 0, position, column.title, heading)
    style = styles.cell(column, places)
    for row, cells in enumerate(table.rows, start=1):
        put(sheet, row, position, cells.get(column.key), column.kind, zone, style)
    if table.total is not None:
        bold = styles.cell(column, places, bold=True, top=1)
        row = len(table.rows) + 2
        sheet.write_blank(row, position, None, bold)
        put(sheet, row, position, total_value(table, position), column.kind, zone, bold)


def _width(table: Table, column: Column, zone: ZoneInfo) -> float:
    """In characters: the widest value, or the title with room for the filter's arrow."""
    return float(min(max(_WIDTH.get(column.kind, 0), len(column.title) + 4, _widest(table, column, zone) + 2), _WIDEST))


def _widest(table: Table, column: Column, zone: ZoneInfo) -> int:
    """Of figures only the largest is written out, the rest being shorter: writing each would cost more than the sheet."""
    present = [value for value in with_total(table, column) if value is not None]
    numbers = [as_decimal(value) for value in present if isinstance(value, Decimal | int | float)]
    largest = max((abs(number) for number in numbers if number.is_finite()), default=Decimal(0))
    texts = (len(value) for value in present if isinstance(value, str))
    return max([len(shown(largest, column.kind, places_of(table, column), zone)) + 2, *texts])
