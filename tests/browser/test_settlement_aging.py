"""Ops in a real browser: filter, open the worst trade, confirm its legs, and find the page again after a reload."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import RunningDesk
from tests.year_end import make_year_end

pytestmark = pytest.mark.browser
HEADER, ROW, CHECKBOX = 34, 31, 18
"""Pixels of the grid: it is drawn on a canvas and has no elements to click."""


@pytest.fixture
def aging(tmp_path: Path, start_desk: Callable[[Path], RunningDesk]) -> str:
    """The address of the page on the sixty trades of the year's end."""
    make_year_end(tmp_path / "desk.duckdb")
    return f"{start_desk(tmp_path / 'desk.duckdb').url}/settlement_aging"


def select_row(page: Page, number: int) -> None:
    """Tick the box before a row of the first table, the first row being 0."""
    grid = page.get_by_test_id("stDataFrame").first
    grid.click(position={"x": CHECKBOX, "y": HEADER + ROW * number + ROW // 2})


def confirm(page: Page, leg: str) -> None:
    """Say that a leg is final; clicked twice, as people do."""
    page.get_by_role("combobox", name="Leg").click()
    page.get_by_role("option", name=leg).click()
    page.get_by_role("textbox", name="Reference").fill("BCA 7781")
    page.get_by_role("button", name="Confirm as ops-1").dblclick()


def test_ops_filters_drills_down_and_confirms_the_legs_of_a_trade(page: Page, aging: str) -> None:
    """The page can be reloaded at any point: filters and the open trade are in its address."""
    page.goto(aging)
    page.get_by_role("button", name="Watch 24-168h").click()
    expect(page).to_have_url(re.compile("bucket=amber"))
    expect(page.get_by_text("SAMPLE", exact=True).first).to_be_visible()
    select_row(page, 0)
    expect(page.get_by_role("heading", name="T-52")).to_be_visible()
    expect(page).to_have_url(re.compile("trade=T-52"))
    page.reload()
    expect(page.get_by_role("heading", name="T-52")).to_be_visible()

    confirm(page, "rupiah from client")
    # Its rupiah in, the coins' window begins anew; the trade stays open on the page although it is no problem any more.
    expect(page.get_by_text("the trade is PENDING")).to_be_visible()
    confirm(page, "BTC to client")
    expect(page.get_by_text("the trade is SETTLED")).to_be_visible()
    history = page.get_by_test_id("stDataFrame").nth(2)
    expect(history.locator("[role=gridcell]", has_text="confirmed")).to_have_count(2)

    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("heading", name="T-52")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("Watch.*2"))).to_be_visible()


def test_bad_input_is_answered_at_its_field(dark_page: Page, aging: str) -> None:
    dark_page.goto(f"{aging}?trade=T-50")
    dark_page.get_by_role("textbox", name="Amount").fill("1.234")
    dark_page.get_by_role("button", name="Confirm as ops-1").click()
    expect(dark_page.get_by_text("can be read as")).to_be_visible()
    expect(dark_page.get_by_role("textbox", name="Amount")).to_have_value("1.234")


def test_ops_takes_the_filtered_list_away(page: Page, aging: str) -> None:
    page.goto(f"{aging}?status=FAILED")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    with Path(waiting.value.path()).open(encoding="utf-8-sig", newline="") as file:
        assert [line["transaction_id"] for line in csv.DictReader(file)] == ["T-57", "T-58"]
    assert waiting.value.suggested_filename.startswith("settlement_aging_2025-01-02_09")
