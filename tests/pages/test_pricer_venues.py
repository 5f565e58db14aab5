"""The pricer's venues mode: priced from the live book, kept when it leaves the page, booked once, refused when it is late."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from otc import ui
from otc.bootstrap import Wired, wire
from otc.model import Cover, Side
from otc.model.market import DeskRate, MarketView, Signals
from otc.model.rfq import TwoWay
from otc.ports import Changes
from otc.ui import shell
from otc.views.pricer_venues import message, worth
from tests.builders import HandClock
from tests.still_market import CALM, Sides, StillMarket

ROOT = Path(__file__).resolve().parents[2]
MAKASSAR = ZoneInfo("Asia/Makassar")
SPRINT = datetime(2024, 3, 5, 13, 12, tzinfo=MAKASSAR)


@dataclass
class FreshMarket:
    """Still books that have always just been received."""

    clock: HandClock
    books: dict[tuple[str, str], Sides] = field(default_factory=lambda: dict(CALM))
    down: dict[tuple[str, str], str] = field(default_factory=dict)

    def view(self) -> MarketView:
        return StillMarket(self.clock(), self.books, down=self.down).view()

    def signals(self) -> Signals:
        return Signals()


@dataclass
class Trader:
    """A page with the hands on the desk's clock and its market."""

    wired: Wired
    clock: HandClock
    market: FreshMarket
    page: AppTest = field(default_factory=lambda: AppTest.from_file(str(ROOT / "pages/trade/pricer.py"), default_timeout=30))

    def open(self, **url: str | list[str]) -> "Trader":
        asked: dict[str, str | list[str]] = {"mode": "venues", "client": "CLT-001", "pair": "USDT/IDR", "size": "100000"}
        for name, value in {**asked, **url}.items():
            self.page.query_params[name] = value
        self.page.run()
        return self

    def wait(self, seconds: int) -> None:
        self.clock.instant += timedelta(seconds=seconds)
        self.page.run()

    def press(self, key: str) -> None:
        self.page.button(key=key).click().run()

    @property
    def buttons(self) -> set[str]:
        return {button.key for button in self.page.button if button.key}

    @property
    def metrics(self) -> dict[str, str]:
        assert not self.page.exception
        return {metric.label: metric.value for metric in self.page.metric}

    @property
    def said(self) -> str:
        assert not self.page.exception
        words = "\n".join(text.value for text in (*self.page.markdown, *self.page.caption))
        return words.replace("\\", "")

    @property
    def shown(self) -> TwoWay:
        quote = self.page.session_state["pricer_venues_held"][1]
        assert isinstance(quote, TwoWay)
        return quote

    def steps(self) -> list[str]:
        store = self.wired.rfqs.store
        return [step.state for step in store.rfq_events(store.rfq_of(self.shown.quote_id))]


@pytest.fixture
def trader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trader]:
    """A trader at 13:12 before calm books; nothing is open yet."""
    place = tmp_path / "desk.duckdb"
    wire(ROOT / "config", place, create=True).desk.store.close()
    monkeypatch.setenv("OTC_STORE", str(place))
    monkeypatch.chdir(ROOT)
    clock = HandClock(SPRINT)
    market, wired = FreshMarket(clock), shell.open_desk()
    rfqs = replace(wired.rfqs, clock=clock, market=market)
    standing = replace(wired, desk=replace(wired.desk, clock=clock), rfqs=rfqs)
    monkeypatch.setattr(shell, "open_desk", lambda: standing)
    yield Trader(standing, clock, market)
    ui.house().close()


@pytest.fixture
def with_two_venues(trader: Trader) -> Trader:
    """USDT is priced by two venues, so that one checks the other: such a price is firm."""
    trader.market.books[("tokocrypto", "USDT/IDR")] = CALM[("indodax", "USDT/IDR")]
    return trader


def test_both_prices_stand_with_what_they_come_to_and_rest_on(with_two_venues: Trader) -> None:
    trader = with_two_venues.open()
    quote, found = trader.shown, trader.metrics
    assert quote.firm
    assert found["● Client buys at"] == f"{quote.ask:,.4f}"
    assert found["Client sells at"] == f"{quote.bid:,.4f}"
    assert found["Client pays, Rp"] == f"{quote.ask * 100_000:,.0f}"
    assert found["Valid"] == "0:30"
    assert "● firm" in trader.said
    for part in quote.components:
        assert part.name.replace("_", " ") in trader.said
        assert part.words.removesuffix(".") in trader.said


def test_the_price_stands_although_the_market_moves_until_it_runs_out(with_two_venues: Trader) -> None:
    """A shown price must not change unseen; what ran out is priced again when the trader says so."""
    trader = with_two_venues.open()
    first = trader.shown
    for venue in ("indodax", "tokocrypto"):
        trader.market.books[(venue, "USDT/IDR")] = ([("15945", "400000")], [("15955", "400000")])
    trader.wait(29)
    assert trader.shown == first
    trader.wait(1)
    assert trader.shown == first
    assert trader.metrics["Valid"] == "◆ ran out"
    assert "accept" not in trader.buttons
    trader.press("again")
    assert trader.shown.mid > first.mid + 90
    assert "accept" in trader.buttons


def test_another_size_is_another_price_at_once(with_two_venues: Trader) -> None:
    trader = with_two_venues.open()
    first = trader.shown
    trader.page.text_input(key="pricer_size").input("200,000").run()
    assert trader.shown.inputs.request.size == 200_000
    assert trader.shown.quote_id != first.quote_id


def test_accept_books_what_was_shown_once(with_two_venues: Trader) -> None:
    trader = with_two_venues.open()
    quote = trader.shown
    trader.wait(20)
    press = trader.page.button(key="accept")
    press.click()
    trader.page.run()
    assert "● Booked OTC-20240305-" in trader.said
    store = trader.wired.rfqs.store
    booked = store.transaction_ids()
    assert trader.wired.rfqs.accept(quote.quote_id, Side.BUY, "trader-1").transaction_id == booked[0]
    assert store.transaction_ids() == booked
    trade = store.trades(booked)[booked[0]]
    assert (trade.client_price_idr, trade.cover, trade.quote_id) == (quote.ask, Cover.VENUES, quote.quote_id)
    assert trade.net_pnl_idr == worth(quote, Side.BUY).net
    assert trader.wired.rfqs.replay(quote.quote_id) == quote


def test_a_sent_price_survives_a_reload_and_is_accepted_once_from_both_pages(with_two_venues: Trader) -> None:
    trader = with_two_venues.open()
    trader.wired.rfqs.keep(trader.shown)  # as a copy does; a browser's clipboard is not at hand here
    url = {name: trader.page.query_params[name] for name in trader.page.query_params} | {"two_way": trader.shown.quote_id}
    again = Trader(trader.wired, trader.clock, trader.market).open(**url)
    assert again.shown == trader.shown
    trader.press("accept")
    again.press("accept")
    assert len(trader.wired.rfqs.store.transaction_ids()) == 1


def test_an_acceptance_that_comes_late_is_refused_with_its_sentence(with_two_venues: Trader) -> None:
    """The button was on the screen, the time was not."""
    trader = with_two_venues.open()
    trader.clock.instant += timedelta(seconds=30)
    trader.press("accept")
    assert "The price stood until 2024-03-05T13:12:30+08:00; ask for a new one." in trader.said
    assert trader.wired.rfqs.store.transaction_ids() == []
    assert trader.steps() == ["requested", "quoted", "expired"]


def test_what_was_sent_and_ran_out_ends_as_expired(with_two_venues: Trader) -> None:
    trader = with_two_venues.open()
    trader.wired.rfqs.keep(trader.shown)
    url = {name: trader.page.query_params[name] for name in trader.page.query_params} | {"two_way": trader.shown.quote_id}
    again = Trader(trader.wired, trader.clock, trader.market).open(**url)
    again.wait(31)
    assert again.steps() == ["requested", "quoted", "expired"]


def test_a_refused_price_is_kept_as_refused_and_the_amount_cleared(with_two_venues: Trader) -> None:
    trader = with_two_venues.open()
    quote = trader.shown
    trader.press("refuse")
    store = trader.wired.rfqs.store
    assert [step.state for step in store.rfq_events(store.rfq_of(quote.quote_id))] == ["requested", "quoted", "refused"]
    assert trader.page.text_input(key="pricer_size").value == ""
    assert store.outcomes(5) == [(quote, "refused")]


def test_a_price_that_is_only_looked_at_is_not_kept(with_two_venues: Trader) -> None:
    trader = with_two_venues.open()
    trader.wait(40)
    assert trader.wired.rfqs.store.outcomes(5) == []


def test_an_indicative_price_says_why_and_cannot_be_accepted(trader: Trader) -> None:
    """Indodax alone prices USDT here: nothing checks its book."""
    trader.market.books.pop(("tokocrypto", "USDT/IDR"))
    trader.open()
    assert not trader.shown.firm
    assert "◇ indicative" in trader.said
    assert "indodax alone prices it: nothing checks its book." in trader.said
    assert "accept" not in trader.buttons
    assert "Indicative only, at 13:12:00 WITA." in "\n".join(box.value for box in trader.page.code)


def test_venues_that_do_not_price_are_named_with_their_reason(with_two_venues: Trader) -> None:
    with_two_venues.market.down[("okx", "BTC/USDT")] = "The venue answered with a page instead of a book."
    trader = with_two_venues.open(pair="BTC/IDR", size="20")
    assert "✕ okx BTC/USDT: The venue answered with a page instead of a book." in trader.said
    assert "Whole size bought at once" in trader.said
    assert "binance 20" in trader.said


def test_a_gold_token_names_its_two_rates(with_two_venues: Trader) -> None:
    store, at = with_two_venues.wired.rfqs.store, SPRINT
    with store.writing() as writer:
        writer.append(Changes(desk_rates=[DeskRate("R-1", "XAU/USD", Decimal(2650), at, "trader-1")]))
    trader = with_two_venues.open(pair="PAXG/IDR", size="10")
    assert "USD/IDR 15,850.00" in trader.said
    assert "XAU/USD 2,650.00" in trader.said


def test_rupiah_give_the_size_that_they_are_worth(with_two_venues: Trader) -> None:
    trader = with_two_venues.open(size="", rupiah="5,000,000,000")
    quote = trader.shown
    size = quote.inputs.request.size
    assert trader.metrics["Client pays, Rp"] == "5,000,000,000"
    assert size * quote.ask <= 5_000_000_000 < (size + Decimal("0.000001")) * quote.ask


def test_asked_both_ways_either_side_can_be_accepted(with_two_venues: Trader) -> None:
    trader = with_two_venues.open(side="BOTH")
    assert {"accept_buy", "accept_sell"} <= trader.buttons
    quote = trader.shown
    assert quote.inputs.request.side is None
    english, indonesian = (box.value for box in trader.page.code)
    assert english.startswith("You buy 100,000 USDT @ Rp ")
    assert "\nYou sell 100,000 USDT @ Rp " in english
    assert "Anda jual 100.000 USDT @ Rp " in indonesian
    trader.press("accept_sell")
    store = trader.wired.rfqs.store
    (trade,) = store.trades(store.transaction_ids()).values()
    assert (trade.side, trade.client_price_idr) == (Side.SELL, quote.bid)


def test_a_pair_in_dollars_is_quoted_and_not_booked(with_two_venues: Trader) -> None:
    trader = with_two_venues.open(pair="BTC/USD", size="200", side="BOTH")
    assert trader.metrics["● Client buys at"] == f"{trader.shown.ask:,.2f}"
    assert "○ quoted, not booked yet" in trader.said
    assert not {"accept", "accept_buy", "accept_sell"} & trader.buttons
    assert "You buy 200 BTC @ USD " in trader.page.code[0].value


def test_both_ways_of_pricing_stand_side_by_side(with_two_venues: Trader) -> None:
    """The market makers' price counts while it is chosen; Alt+V makes the venues' the one to send."""
    rates = ["MM-001~15842~2024-03-05T13:11:30+08:00", "MM-002~15836~2024-03-05T13:11:50+08:00"]
    trader = with_two_venues.open(mode="makers", rate=rates)
    makers, venues = (trader.page.button(key=f"use_{mode}").label for mode in ("makers", "venues"))
    assert makers.startswith("● Market makers · 15,893.0096 / ")
    assert venues.startswith(f"○ Venues · {trader.shown.ask:,.4f} / {trader.shown.bid:,.4f}")
    assert "oldest rate 30 s" in trader.said
    assert trader.metrics["● Client buys at"] == "15,893.0096"
    trader.press("use_venues")
    assert trader.metrics["● Client buys at"] == f"{trader.shown.ask:,.4f}"
    assert trader.page.query_params["mode"] == "venues"


def test_without_a_market_the_other_way_says_why(trader: Trader) -> None:
    trader.market.books.clear()
    trader.open(rate=["MM-001~15842~2024-03-05T13:11:30+08:00"])
    assert "No venue prices USDT/IDR now" in trader.said
    assert trader.page.button(key="use_makers").label.startswith("○ Market makers · 15,")


def test_without_a_client_a_tier_is_priced_but_not_booked(with_two_venues: Trader) -> None:
    trader = with_two_venues.open(client="tier C")
    trader.press("accept")
    assert "Choose a client before accepting" in trader.said
    assert trader.wired.rfqs.store.outcomes(5) == []


def test_what_prices_came_to_is_shown_by_client_and_part(with_two_venues: Trader) -> None:
    trader = with_two_venues.open()
    trader.press("refuse")
    trader.page.session_state["learnt"] = True
    trader.page.run()
    assert "| Client 01 | 1 | 0 | 0% |" in trader.said
    assert "| margin | — | " in trader.said


def test_prices_are_written_out_to_their_places_in_both_languages(with_two_venues: Trader) -> None:
    """A price in rupiah has four places where it has any, one in dollars always two."""
    trader = with_two_venues.open(side="BOTH")
    rupiah = replace(trader.shown, ask=Decimal("15893.5"), bid=Decimal(15_800))
    lines = message(rupiah, None, MAKASSAR, "indonesian").splitlines()
    assert lines[0] == "Anda beli 100.000 USDT @ Rp 15.893,5000 = Rp 1.589.350.000"
    assert lines[1] == "Anda jual 100.000 USDT @ Rp 15.800 = Rp 1.580.000.000"
    trader.page.selectbox(key="pricer_pair").select("BTC/USD").run()
    trader.page.text_input(key="pricer_size").input("2").run()
    dollars = replace(trader.shown, ask=Decimal("60048.5"))
    assert message(dollars, None, MAKASSAR, "english").startswith("You buy 2 BTC @ USD 60,048.50 = USD 120,097.00\n")


def test_the_message_names_the_second_until_which_it_stands(with_two_venues: Trader) -> None:
    quote = with_two_venues.open().shown
    text = message(quote, None, MAKASSAR, "indonesian")
    assert text.splitlines()[-1] == "Sudah termasuk pajak 0,21%. Berlaku sampai 13.12.30 WITA."
