"""From request to booking without the mouse: priced on the simulated venues, or from what market makers wrote."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from otc.bootstrap import wire
from otc.clock import system_clock
from tests.conftest import ROOT, RunningDesk, running_desk

pytestmark = pytest.mark.browser
SPRINT = datetime(2024, 3, 5, 13, 12, tzinfo=ZoneInfo("Asia/Makassar"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk at scenario A's 13:12 that watches the simulated market."""
    folder = tmp_path_factory.mktemp("venues")
    store = wire(ROOT / "config", folder / "desk.duckdb", create=True).desk.store
    store.set_meta(replace(store.meta, label="SAMPLE", instant=SPRINT, created_at=system_clock()))
    store.close()
    with running_desk(folder / "desk.duckdb", folder / "desk.log", {"OTC_MARKET": "simulated"}) as running:
        yield running


def ready(page: Page) -> None:
    """The page has drawn all there is to draw."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def open_pricer(desk: RunningDesk, page: Page) -> None:
    """The page, once it hears its keys and has loaded all its parts: until then a part may still be put up anew."""
    page.goto(f"{desk.url}/pricer")
    expect(page.get_by_text("Alt+R rates")).to_be_visible()
    page.wait_for_load_state("networkidle")


def press(page: Page, key: str) -> None:
    ready(page)
    page.keyboard.press(key)


def metric(page: Page, label: str) -> Locator:
    found = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return found.get_by_test_id("stMetricValue")


def choose_client(page: Page) -> None:
    press(page, "Alt+c")
    expect(page.get_by_label("Client", exact=True)).to_be_focused()
    page.keyboard.type("Client 01")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Client", exact=True)).to_have_value("Client 01 · tier A · CLT-001")


def type_rupiah(page: Page, text: str) -> None:
    press(page, "Alt+q")
    expect(page.get_by_label("Rupiah", exact=True)).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_a_price_from_venues_is_made_and_accepted_by_keyboard_alone(desk: RunningDesk, page: Page) -> None:
    open_pricer(desk, page)
    choose_client(page)
    type_rupiah(page, "5,000,000,000")
    press(page, "Alt+v")
    expect(metric(page, "Client pays, Rp")).to_have_text("5,000,000,000")
    ready(page)
    expect(page.get_by_text("● firm")).to_be_visible()
    expect(page.get_by_text("◆ SIMULATED prices")).to_be_visible()
    expect(page.locator("svg").get_by_text("ask − mid", exact=True)).to_be_visible()
    press(page, "Alt+a")
    expect(page.get_by_text("Booked OTC-20240305-")).to_be_visible()
    expect(page.get_by_text("cover Venues")).to_be_visible()


def test_pasted_messages_are_answered_taken_and_priced_by_keyboard_alone(desk: RunningDesk, page: Page) -> None:
    open_pricer(desk, page)
    choose_client(page)
    press(page, "Alt+p")
    field = page.get_by_label("Market makers' messages, several at once")
    expect(field).to_be_focused()
    page.keyboard.insert_text("Maker One: USDT 15,842/58 good for 5 yard\nMM-003: jual 15.850 beli 15.830, 2M")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("which is meant?")).to_be_visible()
    press(page, "Alt+1")
    expect(page.get_by_role("button", name="2,000,000 USDT")).to_have_count(0)
    press(page, "Alt+t")
    ready(page)
    expect(page.get_by_label("Maker Three", exact=True)).to_have_value("15,830/15,850")
    type_rupiah(page, "5,000,000,000")
    # 15,850 x 1.0036 is 15,907.06
    expect(metric(page, "● Client buys at")).to_have_text("15,907.0600")
