"""The market page in a real browser: figures that move by themselves, a pair opened, a rate typed while they do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from otc.bootstrap import init_store
from tests.conftest import ROOT, RunningDesk, running_desk

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk on an empty store that looks at the simulated market."""
    folder = tmp_path_factory.mktemp("market")
    init_store(folder / "desk.duckdb", ROOT / "config")
    with running_desk(folder / "desk.duckdb", Path(folder / "desk.log"), {"OTC_MARKET": "simulated"}) as running:
        yield running


def cells(page: Page, first: str) -> Locator:
    """The cells of the one table row that begins with this word."""
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name=first, exact=True)).first
    return row.get_by_role("cell")


def test_figures_move_by_themselves_while_a_rate_is_typed(desk: RunningDesk, page: Page) -> None:
    """Within three seconds fair value is another; what is being typed meanwhile stays, is kept by Enter, and prices go on."""
    page.goto(f"{desk.url}/market?pair=BTC/USD")
    fair = cells(page, "BTC/USD").nth(2)
    expect(fair).to_have_text(re.compile(r"^[\d,]+\.\d\d$"), timeout=30_000)
    expect(page.get_by_text("◆ SIMULATED market").first).to_be_visible()
    page.get_by_label("Type USD/IDR").fill("15,9")
    before = fair.inner_text()
    expect(fair).not_to_have_text(before, timeout=3_000)
    page.get_by_label("Type USD/IDR").press_sequentially("00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("typed by trader-1")).to_be_visible(timeout=10_000)
    expect(page.get_by_label("Type USD/IDR")).to_have_value("")
    after = fair.inner_text()
    expect(fair).not_to_have_text(after, timeout=3_000)


def test_a_pair_is_opened_and_stays_in_the_address(desk: RunningDesk, dark_page: Page) -> None:
    """Its venues, depth and last hour are above the fold of a laptop, in the dark too."""
    dark_page.goto(f"{desk.url}/market")
    dark_page.get_by_role("radio", name="PAXG/USD").click()
    expect(dark_page).to_have_url(re.compile(r"[?&]pair=PAXG(/|%2F)USD"))
    expect(cells(dark_page, "kraken").nth(1)).to_have_text("PAXG/USD")
    depth = dark_page.get_by_test_id("stPlotlyChart").first
    expect(depth).to_be_in_viewport(ratio=1)
    dark_page.reload()
    expect(cells(dark_page, "kraken").nth(1)).to_have_text("PAXG/USD", timeout=20_000)
