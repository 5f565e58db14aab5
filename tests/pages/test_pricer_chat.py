"""Market makers' messages pasted into the pricer: shown before they are taken, asked where doubtful, gone when they run out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from otc import ui
from otc.bootstrap import wire
from otc.quoting.mm_messages import read_messages
from otc.quoting.mm_rates import QuotedRate
from otc.ui import shell
from otc.views.pricer_chat import Wanted, answered, covers, filled
from tests.builders import HandClock, shipped
from tests.soak import examples

ROOT = Path(__file__).resolve().parents[2]
SPRINT = datetime(2024, 3, 5, 13, 12, tzinfo=ZoneInfo("Asia/Makassar"))
PASTED = """Maker One: USDT 15,842/58 good for 5 yard
Maker Two: bid 15842 offer 15861 valid 30s
MM-003: jual 15.850 beli 15.830, 2M
pagi bos"""


class Desk:
    """The page with the paste open, and the hand on its clock."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.page = AppTest.from_file(str(ROOT / "pages/trade/pricer.py"), default_timeout=30)
        self.page.run()
        self.page.button(key="paste").click().run()

    def paste(self, text: str) -> None:
        self.page.text_area(key="pricer_chat").input(text).run()

    def press(self, key: str) -> None:
        self.page.button(key=key).click().run()

    def wait(self, seconds: int) -> None:
        self.clock.instant += timedelta(seconds=seconds)
        self.page.run()

    def field(self, maker: str, pair: str = "USDT/IDR") -> str:
        """What a rate field holds; one that is not on the page holds it for when its pair is."""
        name = f"pricer_rate {pair} {maker}"
        return str(self.page.session_state[name]) if name in self.page.session_state else ""

    @property
    def buttons(self) -> dict[str, str]:
        return {button.key: button.label for button in self.page.button if button.key}

    @property
    def said(self) -> str:
        assert not self.page.exception
        return "\n".join(text.value for text in self.page.markdown).replace("\\", "")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    place = tmp_path / "desk.duckdb"
    wire(ROOT / "config", place, create=True).desk.store.close()
    monkeypatch.setenv("OTC_STORE", str(place))
    monkeypatch.chdir(ROOT)
    clock, wired = HandClock(SPRINT), shell.open_desk()
    standing = replace(wired, desk=replace(wired.desk, clock=clock), rfqs=replace(wired.rfqs, clock=clock))
    monkeypatch.setattr(shell, "open_desk", lambda: standing)
    yield Desk(clock)
    ui.house().close()


def test_what_was_read_is_shown_and_nothing_is_filled_before_it_is_taken(desk: Desk) -> None:
    desk.paste(PASTED)
    assert "| ● | Maker One | USDT/IDR | 15,842 | 15,858 | 5,000,000,000 IDR | — | Maker One's field |" in desk.said
    assert "| ● | Maker Two | USDT/IDR ◆ assumed | 15,842 | 15,861 | — | 30 s | Maker Two's field |" in desk.said
    assert "✕ line 4, not read: pagi bos" in desk.said
    assert [desk.field(maker) for maker in ("MM-001", "MM-002", "MM-003")] == ["", "", ""]
    desk.press("take")
    fields = [desk.field(maker) for maker in ("MM-001", "MM-002", "MM-003")]
    assert fields == ["15,842/15,858", "15,842/15,861", "15,830/15,850"]


def test_a_doubtful_size_is_asked_and_its_answer_stands_beside_the_rate(desk: Desk) -> None:
    """2M is two million coins to one desk and two milliard rupiah to another."""
    desk.paste(PASTED)
    assert "The size '2M' can be read as 2,000,000 USDT or 2,000,000,000 IDR; which is meant?" in desk.said
    assert (desk.buttons["answer_1"], desk.buttons["answer_2"]) == ("2,000,000 USDT", "2,000,000,000 IDR")
    desk.press("answer_2")
    assert "| Maker Three | USDT/IDR ◆ assumed | 15,830 | 15,850 | 2,000,000,000 IDR |" in desk.said
    assert "answer_1" not in desk.buttons
    desk.press("take")
    desk.page.text_input(key="pricer_rupiah").input("5,000,000,000").run()
    assert "◆ only 2.0bn IDR" in desk.said
    assert "up to 5.0bn IDR" in desk.said


def test_a_question_can_be_left_out_or_its_line_written_anew(desk: Desk) -> None:
    desk.paste("Maker One: USDT 15842\nMaker Two: USDT 15836")
    assert "Question 1 of 2, line 1:" in desk.said
    anew = next(box for box in desk.page.text_input if box.label == "Or write the line as it is meant")
    anew.input("Maker One: USDT 15842/58").run()
    assert "One question, line 2:" in desk.said
    desk.press("leave_out")
    desk.press("take")
    assert (desk.field("MM-001"), desk.field("MM-002")) == ("15,842/15,858", "")


def test_a_sender_who_is_no_market_maker_is_asked_for(desk: Desk) -> None:
    desk.paste("15842/15858")
    assert "whose rate is it?" in desk.said
    assert "take" not in desk.buttons
    desk.press("whose_2")
    desk.press("take")
    assert desk.field("MM-002") == "15,842/15,858"


def test_another_pairs_rate_goes_to_that_pairs_field(desk: Desk) -> None:
    desk.paste("Maker One: BTC 1,528,000,000/1,530,000,000")
    desk.press("take")
    assert desk.field("MM-001") == ""
    assert desk.field("MM-001", "BTC/IDR") == "1,528,000,000/1,530,000,000"


def test_a_rate_whose_time_has_passed_is_expired_and_prices_nothing(desk: Desk) -> None:
    """Maker Two's rate is the best for a buyer until its thirty seconds are over."""
    desk.paste("Maker One: USDT 15842/15858\nMaker Two: bid 15840 offer 15850 valid 30s")
    desk.press("take")
    desk.page.selectbox(key="pricer_client").select("CLT-001")
    desk.page.text_input(key="pricer_rupiah").input("5,000,000,000").run()
    assert "★ buy 0 s" in desk.said
    assert desk.page.session_state["pricer_quote"].dealt.market_maker_id == "MM-002"
    desk.wait(30)
    assert "✕ expired" in desk.said
    assert "★ buy+sell 30 s" in desk.said
    assert desk.page.session_state["pricer_quote"].dealt.market_maker_id == "MM-001"


def test_an_indicative_rate_is_marked_and_prices_nothing(desk: Desk) -> None:
    desk.paste("Maker One: USDT 15842/15858 indicative")
    desk.press("take")
    assert desk.field("MM-001") == "15,842/15,858"
    assert "◇ indicative" in desk.said
    assert "No market maker's rate stands any more; ask for new ones." in desk.said


def test_typing_over_a_read_rate_takes_its_terms_away(desk: Desk) -> None:
    desk.paste("Maker Two: USDT 15840/15850 valid 30s")
    desk.press("take")
    desk.wait(31)
    desk.page.text_input(key="pricer_rate USDT/IDR MM-002").input("15,851").run()
    assert "✕ expired" not in desk.said
    assert "★ buy+sell 0 s" in desk.said


# ---------------------------------------------------------------- the reading of answers


NOW = SPRINT.astimezone(UTC)


def rate(maker: str = "MM-001", bid: str = "", ask: str = "", size: str = "", unit: str = "IDR", **more: object) -> QuotedRate:
    """A rate of a market maker that is known."""
    bids, asks, sizes = (Decimal(text) if text else None for text in (bid, ask, size))
    made = QuotedRate(maker, "USDT/IDR", bids, asks, sizes, unit if size else "", None, False, True, False, 1, "")
    return replace(made, **more)  # type: ignore[arg-type]  # a test names fields of QuotedRate


@pytest.mark.parametrize(
    ("line", "choice", "bid", "ask"),
    [
        ("Maker One: USDT 15842", "bid", "15842", None),
        ("Maker One: USDT 15842", "offer", None, "15842"),
        ("Maker One: usd 15842/15858", "USDC/IDR", "15842", "15858"),
        ("Maker Three: USDC or USDT 15842/15858", "USDT", "15842", "15858"),
    ],
)
def test_an_answer_leaves_nothing_to_ask(line: str, choice: str, bid: str | None, ask: str | None) -> None:
    (question,) = read_messages(line, shipped(), NOW).questions
    assert choice in question.choices
    read = read_messages(answered(line, question, choice), shipped(), NOW)
    assert read.questions == ()
    (found,) = read.rates
    assert (found.bid, found.ask) == (bid and Decimal(bid), ask and Decimal(ask))
    assert "/" not in choice or found.pair == choice


def test_of_several_rates_the_smallest_that_covers_what_is_asked_for_fills_the_field() -> None:
    small, large = rate(ask="15850", size="1000000000"), rate(ask="15860", size="10000000000")
    asks = {rupiah: filled([large, small], Wanted(rupiah=Decimal(rupiah)), "english")[0].text for rupiah in (10**9, 2 * 10**9)}
    assert asks == {10**9: "/15,850", 2 * 10**9: "/15,860"}


def test_a_bid_and_an_offer_from_two_lines_fill_one_field() -> None:
    (one,) = filled([rate(bid="15840", valid_s=60), rate(ask="15850", valid_s=30)], Wanted(), "indonesian")
    assert (one.text, one.valid_s) == ("15.840/15.850", 30)


@settings(max_examples=examples(50))
@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_size_in_coins_covers_as_much_as_its_worth_in_rupiah(good_for: int, wanted: int) -> None:
    price = Decimal(15_850)
    in_coins = covers((Decimal(good_for), "USDT"), price, Wanted(size=Decimal(wanted)))
    assert in_coins == (wanted <= good_for)
    assert in_coins == covers((good_for * price, "IDR"), price, Wanted(size=Decimal(wanted)))
