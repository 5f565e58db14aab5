"""What the workbook promises: true numbers to the rupiah, text that stays text, the same bytes for the same report."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell

from otc.errors import Refused
from otc.exports.xlsx import to_xlsx
from otc.exports.xlsx_cells import excel_number, sheet_names
from otc.views.table import Column, Document, Table


def opened(document: Document) -> Workbook:
    """The workbook as another program reads it."""
    return load_workbook(io.BytesIO(to_xlsx(document)))


def cell(document: Document, sheet: str, title: str, row: int) -> Cell:
    """The cell under a column's heading; row 1 is the first below it."""
    page = opened(document)[sheet]
    titles = [each.value for each in page[1]]
    found = page.cell(row + 1, titles.index(title) + 1)
    assert isinstance(found, Cell)
    return found


def with_text(document: Document, text: str) -> Document:
    """The same report with one table of one text."""
    return replace(document, tables=(Table("Names", "Names", (Column("client", "Client"),), ({"client": text},)),))


@pytest.mark.parametrize(
    ("title", "row", "exact", "number_format"),
    [
        ("Amount IDR", 1, "1671129082.9371464", "#,##0;[Red](#,##0)"),
        ("Amount IDR", 2, "6127896764.978563", "#,##0;[Red](#,##0)"),
        ("Net PnL IDR", 2, "-2382150.5", "#,##0;[Red](#,##0)"),
        ("Client price IDR", 1, "15891.4771794", "#,##0.0000"),
        ("Size", 1, "105158.8259", "#,##0.00000000"),
        ("Size", 2, "0.51234567", "#,##0.00000000"),
        ("Spread bps", 2, "103.25", "#,##0.0"),
        ("Age h", 1, "33.5", "#,##0.0"),
        ("Share", 1, "0.0725", "0.0%"),
        ("Trades", 1, "1200", "#,##0"),
    ],
)
def test_a_figure_is_a_number_with_its_format(document: Document, title: str, row: int, exact: str, number_format: str) -> None:
    """Fifteen digits of the exact figure, so the whole rupiah are all there; a percentage is a true one."""
    found = cell(document, "Open items", title, row)
    assert found.data_type == "n"
    assert isinstance(found.value, int | float)
    assert abs(Decimal(repr(found.value)) - Decimal(exact)) < Decimal("0.0001")
    assert found.number_format == number_format


def test_an_instant_is_a_date_of_excel_in_the_reports_zone(document: Document) -> None:
    """16:30:05 UTC on the last of December is 00:30:05 on the first of January at UTC+8; a day is a day; none is empty."""
    assert cell(document, "Open items", "Expected", 1).value == datetime.fromisoformat("2025-01-01 00:30:05")
    assert cell(document, "Open items", "Expected", 1).number_format == "yyyy-mm-dd hh:mm:ss"
    assert cell(document, "Open items", "Trade date", 1).value == datetime.fromisoformat("2024-12-31")
    assert cell(document, "Open items", "Trade date", 1).number_format == "yyyy-mm-dd"
    assert cell(document, "Open items", "Expected", 2).value is None


def test_the_heading_stays_in_sight_and_filters_leave_the_total_alone(document: Document) -> None:
    """Frozen first row; the filter ends with the rows; the total is bold, a row apart, above the note and the label."""
    page = opened(document)["Open items"]
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:L3"
    assert [page.cell(row, 1).value for row in range(1, 8)] == [
        "Trade",
        "OTC-00001",
        "OTC-00002",
        None,
        "Total",
        "Age counts from the trade.",
        "SAMPLE: not real figures.",
    ]
    assert page["A5"].font.bold
    assert page["F5"].font.bold
    assert round(Decimal(repr(page["F5"].value))) == 7_799_025_848
    assert round(Decimal(repr(page["G5"].value))) == -394_934


def test_columns_are_wide_enough_for_what_they_hold(document: Document) -> None:
    """Excel shows ##### where a number does not fit: each width takes the grouped figure, and the heading."""
    page = opened(document)["Open items"]
    assert page.column_dimensions["F"].width >= len("7,799,025,848")
    assert page.column_dimensions["E"].width >= len("1,543,210,987.0000")
    assert page.column_dimensions["K"].width >= len("2025-01-01 00:30:05")
    assert page.column_dimensions["B"].width >= len("Niaga & <b>Łódź</b> 中 Ķ")


def test_the_first_sheet_says_what_the_report_is(document: Document) -> None:
    """Title, desk, label, instant with its zone, parameters as text, and every sheet with its count of rows."""
    page = opened(document).worksheets[0]
    assert page.title == "Parameters"
    rows = [tuple(value for value in row if value is not None) for row in page.iter_rows(values_only=True)]
    assert rows[:2] == [("Settlement aging",), ("OTC desk",)]
    assert rows[2][0] == "SAMPLE"
    assert ("As of", datetime.fromisoformat("2025-01-02 09:00")) in rows
    assert ("Zone of all times", "Asia/Makassar (UTC+08:00)") in rows
    assert ("Client", "=1+1") in rows
    assert ("Open items", "Open items, worst first", 2) in rows
    assert ("Failed", "Failed trades", 0) in rows
    assert page["A3"].font.sz == 18
    assert any("15 digits" in str(row[0]) for row in rows if row)


def test_a_real_store_carries_no_label(document: Document) -> None:
    """Only sample and simulated figures are marked."""
    book = opened(replace(document, label=""))
    texts = {str(each.value) for page in book.worksheets for row in page.iter_rows() for each in row}
    assert not any("not real" in text for text in texts)


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "http://host/x", "12345678901234567890", "{=1}"])
def test_a_hostile_name_is_text_and_whole(document: Document, name: str) -> None:
    """No formula, no link, no number is made of what a client calls itself; the cell stays text when edited, too."""
    found = cell(with_text(document, name), "Names", "Client", 1)
    assert found.value == name
    assert found.data_type == "s"
    assert found.number_format == "@"
    assert found.hyperlink is None


def test_no_formula_is_anywhere_in_the_file(document: Document) -> None:
    """Not in the rows, the parameters, the titles."""
    hostile = replace(document, title="=1+1", desk="@x", label="-1")
    with zipfile.ZipFile(io.BytesIO(to_xlsx(hostile))) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 3
    assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)


def test_text_longer_than_a_cell_says_that_it_was_cut(document: Document) -> None:
    """Excel holds 32,767 units; the end of the cell tells where the rest is."""
    found = cell(with_text(document, "\N{GRINNING FACE}" * 20_000), "Names", "Client", 1).value
    assert isinstance(found, str)
    assert found.endswith("(cut here; the CSV holds it whole)")
    assert 32_700 < len(found.encode("utf-16-le")) // 2 <= 32_767


def test_an_amount_beyond_fifteen_digits_is_text_with_every_digit(document: Document) -> None:
    """Excel would turn the last digits into zeros without a word; one rupiah below the limit is a number still."""
    rows = ({"idr": Decimal("1000000000000001")}, {"idr": Decimal("999999999999999")}, {"idr": Decimal("-12345678901234567.25")})
    columns = (Column("idr", "Amount IDR", "money"),)
    page = opened(replace(document, tables=(Table("Large", "Large", columns, rows),)))["Large"]
    assert [page.cell(row, 1).value for row in (2, 3, 4)] == ["1000000000000001", 999999999999999, "-12345678901234567.25"]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**15) + 1, max_value=10**15 - 1))
@example(Decimal("12345678901234.499999"))
@example(Decimal("-175481446341572.500000000000050001"))
def test_no_amount_below_the_limit_loses_or_gains_a_rupiah(amount: Decimal) -> None:
    """Of the fifteen digits Excel keeps it shows the same whole rupiah as it would of the exact figure, a half going up."""
    number = excel_number(amount, "money")
    assert number is not None
    kept = Decimal(f"{number:.15g}")
    assert kept.quantize(Decimal(1), ROUND_HALF_UP) == amount.quantize(Decimal(1), ROUND_HALF_UP)


def test_a_report_without_rows_says_so(document: Document) -> None:
    """The heading stands, a sentence under it."""
    page = opened(document)["Failed"]
    assert page["A1"].value == "Trade"
    assert page["A3"].value == "No rows for these parameters."
    assert page.freeze_panes == "A2"


class _Endless(Sequence[dict[str, object]]):
    """As many rows as wanted, without holding them."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: object) -> dict[str, object]:  # type: ignore[override]  # a slice is never asked for
        raise AssertionError("a table that is refused is not read")


def test_more_rows_than_a_sheet_holds_are_refused_before_anything_is_written(document: Document) -> None:
    """The sentence names the table, its rows, the limit and the way out."""
    table = Table("All", "All transactions", (Column("id", "Trade"),), _Endless(1_048_576))
    with pytest.raises(Refused, match=r"All transactions has 1,048,576 rows .* holds 1,048,576; take the CSV"):
        to_xlsx(replace(document, tables=(table,)))


def test_sheet_names_keep_excels_rules() -> None:
    """Forbidden signs go, long names are cut, equal ones are numbered, the reserved are never used."""
    wanted = ["PnL [2024]: by month/pair", "A" * 40, "a" * 40, "parameters", "History", "'", "Net*?\\"]
    assert sheet_names(wanted) == (
        "PnL 2024 by month pair",
        "A" * 31,
        "a" * 27 + " (2)",
        "parameters (2)",
        "History (2)",
        "Table",
        "Net",
    )


@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_names_make_sheets_that_excel_opens(wanted: list[str]) -> None:
    """One name each, at most 31 UTF-16 units, none twice whatever the case."""
    names = sheet_names(wanted)
    assert len(names) == len(wanted) == len({name.lower() for name in names})
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) <= 62
        assert not set(name) & set("[]:*?/\\'")


def test_a_table_named_with_signs_of_a_link_is_reached_from_the_list(document: Document, table: Table) -> None:
    """The link in the list leads to the sheet by its whole name."""
    page = opened(replace(document, tables=(replace(table, name='A#1 & "B"'),)))
    link = next(each for row in page.worksheets[0].iter_rows() for each in row if each.value == 'A#1 & "B"')
    assert link.hyperlink is not None
    assert link.hyperlink.location == "'A#1 & \"B\"'!A1"


def test_no_part_of_the_file_carries_the_clock(document: Document) -> None:
    """Members dated 1980, the workbook dated as of the report: nothing else in the file could differ tomorrow."""
    with zipfile.ZipFile(io.BytesIO(to_xlsx(document))) as parts:
        assert {info.date_time for info in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert core.count("2025-01-02T01:00:00Z") == 2
