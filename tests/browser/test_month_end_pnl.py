"""Finance in a real browser: pick the month, read both bases, take the month away and open the file."""

import io
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from otc import ui
from otc.model import Kind
from tests.conftest import RunningDesk
from tests.year_end import make_year_end, year_end

pytestmark = pytest.mark.browser
BOOKS = ZoneInfo("Asia/Makassar")


@pytest.fixture
def month_end(tmp_path: Path, start_desk: Callable[[Path], RunningDesk]) -> str:
    """The address of the page on the sixty trades of the year's end."""
    make_year_end(tmp_path / "desk.duckdb")
    return f"{start_desk(tmp_path / 'desk.duckdb').url}/month_end_pnl"


def month_of(instant: datetime) -> str:
    return instant.astimezone(BOOKS).strftime("%Y-%m")


def expected(month: str) -> tuple[Decimal, Decimal]:
    """Settlement and trade basis of a month, from the trades and what was said of them, without the desk's own code."""
    settlement = trade = Decimal(0)
    for one, facts in year_end().everything:
        ends = [fact.happened_at for fact in facts if fact.kind is Kind.CONFIRMED]
        if len(ends) == len(one.legs) and month_of(max(ends)) == month:
            settlement += one.net_pnl_idr
        if month_of(one.traded_at) == month:
            trade += one.net_pnl_idr
    return settlement, trade


def pick(page: Page, month: str) -> None:
    page.get_by_role("combobox", name="Month").click()
    page.get_by_role("option", name=month).click()
    expect(page).to_have_url(re.compile(f"month={month}"))


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name, exact=True).click()
    return Path(waiting.value.path()).read_bytes()


def test_finance_picks_a_month_and_its_workbook_holds_the_exact_sums(page: Page, month_end: str) -> None:
    page.goto(month_end)
    pick(page, "2024-12")
    settlement, trade = expected("2024-12")
    shown = page.get_by_test_id("stMetricValue")
    expect(shown.nth(0)).to_have_text(ui.rupiah(settlement))
    expect(shown.nth(1)).to_have_text(ui.rupiah(trade))
    expect(page.locator(".js-plotly-plot")).to_have_count(2)

    book = openpyxl.load_workbook(io.BytesIO(download(page, "XLSX")))
    bridge = {row[0].value: Decimal(str(row[2].value)) for row in book["bridge"].iter_rows(min_row=2) if row[2].value is not None}
    assert bridge["Settlement basis"] == settlement.quantize(Decimal("1e-9")).normalize()
    assert bridge["Trade basis"] == trade
    steps = sum((amount for line, amount in bridge.items() if "basis" not in line), Decimal(0))
    assert steps == settlement - trade
    assert book["bridge"].freeze_panes == "A2"
    assert "SAMPLE" in " ".join(str(cell.value) for row in book["Parameters"].iter_rows() for cell in row)


def test_the_month_is_printed_and_listed(dark_page: Page, month_end: str) -> None:
    """The page opens at its address in the dark as by day."""
    dark_page.goto(f"{month_end}?month=2024-12&sheet=client")
    assert download(dark_page, "PDF").startswith(b"%PDF-")
    text = download(dark_page, "CSV").decode("utf-8-sig")
    settlement, trade = expected("2024-12")
    amounts = [Decimal(line.rsplit(",", 1)[1]) for line in text.splitlines()[1:]]
    assert sum(amounts, Decimal(0)) == settlement - trade
