"""The sprint in a real browser: typed, read, copied, accepted twice, booked once."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from http.client import HTTPConnection
from json import loads
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from otc.bootstrap import wire
from otc.clock import system_clock
from tests.conftest import ROOT, RunningDesk

pytestmark = pytest.mark.browser
SPRINT = datetime(2024, 3, 5, 13, 12, tzinfo=ZoneInfo("Asia/Makassar"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, start_desk: Callable[[Path], RunningDesk]) -> RunningDesk:
    """A desk on an empty store whose own clock starts at scenario A's 13:12."""
    place = tmp_path_factory.mktemp("sprint") / "desk.duckdb"
    store = wire(ROOT / "config", place, create=True).desk.store
    store.set_meta(replace(store.meta, label="SAMPLE", instant=SPRINT, created_at=system_clock()))
    store.close()
    return start_desk(place)


def type_in(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).fill(text)
    page.keyboard.press("Tab")


def metric(page: Page, label: str) -> Locator:
    found = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return found.get_by_test_id("stMetricValue")


def test_the_first_deep_link_after_a_start_opens_the_pricer(desk: RunningDesk, page: Page) -> None:
    page.goto(f"{desk.url}/pricer")
    expect(page.get_by_role("heading", name="Pricer")).to_be_visible()
    expect(page.get_by_text("Type the first market maker's rate.")).to_be_visible()
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_text("SAMPLE", exact=True)).to_be_visible()


def test_the_sprint_is_priced_and_booked_once(desk: RunningDesk, page: Page) -> None:
    """Scenario A: the trader types three rates, the client and the rupiah; Accept is clicked twice."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{desk.url}/pricer")
    for maker, rate in (("Maker One", "15842"), ("Maker Two", "15836"), ("Maker Three", "15851")):
        type_in(page, maker, rate)
    page.get_by_label("Client", exact=True).click()
    page.get_by_role("option", name="Client 01 · tier A · CLT-001").click()
    type_in(page, "Rupiah", "5,000,000,000")
    expect(page.get_by_text("15,893.0096", exact=True)).to_be_visible()
    expect(metric(page, "Size, USDT")).to_have_text("314,603.723639")
    expect(metric(page, "Net PnL, Rp")).to_have_text("7,435,432")
    for line in ("17,935,432", "−10,500,000", "7,435,432"):
        expect(page.locator("svg").get_by_text(line, exact=True)).to_be_visible()
    page.get_by_role("button", name="Copy EN · F8").click()
    expect(page.get_by_role("button", name="✓ copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith(
        "BUY 314,603.723639 USDT @ Rp 15,893.0096 = Rp 5,000,000,000\n"
    )
    page.get_by_role("button", name="Accept").dblclick()
    expect(page.get_by_text("Booked OTC-20240305-")).to_be_visible()
    trade_id = page.url.partition("booked=")[2]
    page.reload()
    expect(page.get_by_text(f"Booked {trade_id}")).to_be_visible()
    expect(page.get_by_text(f"Reference: {trade_id}")).to_be_visible()
    assert booked_in_browser(page) == 1


def test_a_price_is_accepted_from_the_keyboard_wherever_the_focus_is(desk: RunningDesk, page: Page) -> None:
    """The trader's hands stay where they type: Alt+A books with the cursor still in a field."""
    rates = "rate=MM-001~15842~2024-03-05T05:12:00Z"
    page.goto(f"{desk.url}/pricer?client=CLT-002&{rates}")
    type_in(page, "Rupiah", "300,000,000")
    expect(metric(page, "Client pays, Rp")).to_have_text("300,000,000")
    page.get_by_label("Purpose", exact=True).focus()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.keyboard.press("Alt+a")
    expect(page.get_by_text("Booked OTC-20240305-")).to_be_visible()


def booked_in_browser(page: Page) -> int:
    """How many of the client's recent quotes were booked, as the page lists them."""
    cells = page.locator("[role=gridcell]")
    expect(cells.filter(has_text="booked").first).to_be_attached()
    return cells.filter(has_text="booked").count()


def test_wrong_input_is_told_at_its_field_in_the_dark_too(desk: RunningDesk, dark_page: Page) -> None:
    dark_page.goto(f"{desk.url}/pricer?client=CLT-001&rate=MM-001~15836~2024-03-05T05:12:00Z")
    type_in(dark_page, "Rupiah", "1.234")
    expect(dark_page.get_by_text("can be read as 1234 or as")).to_be_visible()
    expect(dark_page.get_by_role("button", name="Accept")).to_have_count(0)


def test_the_bare_address_leads_to_the_pricer(desk: RunningDesk, page: Page) -> None:
    page.goto(desk.url)
    expect(page.get_by_role("heading", name="Pricer")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/pricer(\?|$)"))


def test_healthz_names_the_store_and_its_label(desk: RunningDesk) -> None:
    connection = HTTPConnection("127.0.0.1", urlsplit(desk.url).port or 0, timeout=5)
    connection.request("GET", "/healthz")
    told = loads(connection.getresponse().read())
    connection.close()
    assert (told["ok"], told["store"], told["label"]) == (True, str(desk.store), "SAMPLE")


def test_a_desk_without_a_store_makes_the_sample_year_at_a_click(
    tmp_path_factory: pytest.TempPathFactory, start_desk: Callable[[Path], RunningDesk], page: Page
) -> None:
    fresh = start_desk(tmp_path_factory.mktemp("fresh") / "desk.duckdb")
    page.goto(f"{fresh.url}/pricer")
    page.get_by_role("button", name="Make the sample year").click()
    expect(page.get_by_text("as of Thu 2 Jan 2025 09:0")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("SAMPLE", exact=True)).to_be_visible()


def test_a_second_desk_on_the_same_store_says_who_holds_it(
    desk: RunningDesk, start_desk: Callable[[Path], RunningDesk], page: Page
) -> None:
    """A sentence with the owner's process, and no traceback."""
    second = start_desk(desk.store)
    page.goto(f"{second.url}/pricer")
    expect(page.get_by_text(f"is in use by process {desk.pid}")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
