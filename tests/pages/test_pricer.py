"""The pricer as a trader uses it: type rates and a request, read the price, book it once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from otc import ui
from otc.bootstrap import wire
from otc.clock import system_clock
from otc.desk import Desk
from otc.model import Quote, Side
from otc.ui.pricer_quote import statement
from otc.ui.words import rupiah
from tests.builders import rfqs_on

ROOT = Path(__file__).resolve().parents[2]
MAKASSAR = ZoneInfo("Asia/Makassar")
RATES = {"MM-001": "15,842", "MM-002": "15,836", "MM-003": "15,851"}


def make_store(place: Path, at: datetime) -> None:
    """An empty store whose own clock starts at an instant."""
    wired = wire(ROOT / "config", place, create=True)
    store = wired.desk.store
    store.set_meta(replace(store.meta, label="SAMPLE", instant=at, created_at=system_clock()))
    store.close()


@pytest.fixture
def open_pricer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Opens the page at its URL, on a desk whose clock starts at scenario A's 13:12 or at the instant given."""
    monkeypatch.setenv("OTC_STORE", str(tmp_path / "desk.duckdb"))
    monkeypatch.chdir(ROOT)

    def start(clock: datetime = datetime(2024, 3, 5, 13, 12, tzinfo=MAKASSAR), **url: str | list[str]) -> AppTest:
        if not (tmp_path / "desk.duckdb").exists():
            make_store(tmp_path / "desk.duckdb", clock)
        page = AppTest.from_file(str(ROOT / "pages/trade/pricer.py"), default_timeout=30)
        for name, value in url.items():
            page.query_params[name] = value
        return page.run()

    yield start
    ui.house().close()


def desk() -> Desk:
    return ui.open_desk().desk


def type_rates(page: AppTest, pair: str = "USDT/IDR", **rates: str) -> None:
    for maker, text in (rates or {name.replace("-", "_"): rate for name, rate in RATES.items()}).items():
        page.text_input(key=f"pricer_rate {pair} {maker.replace('_', '-')}").input(text)


def sprint(page: AppTest) -> AppTest:
    """Scenario A as it is typed."""
    type_rates(page)
    page.selectbox(key="pricer_client").select("CLT-001")
    page.text_input(key="pricer_rupiah").input("5,000,000,000")
    return page.run()


def url_of(page: AppTest) -> dict[str, str | list[str]]:
    """The page's URL, to open it again."""
    return {name: page.query_params[name] for name in page.query_params}


def metrics(page: AppTest) -> dict[str, str]:
    assert not page.exception
    return {metric.label: metric.value for metric in page.metric}


def said(page: AppTest) -> str:
    return "\n".join(text.value for text in page.markdown)


def shown_quote(page: AppTest) -> Quote:
    quote = page.session_state["pricer_quote"]
    assert isinstance(quote, Quote)
    return quote


def test_the_sprint_shows_its_price_and_what_it_earns(open_pricer: Callable[..., AppTest]) -> None:
    """Scenario A: five billion rupiah of USDT for a tier A client at the best of three rates."""
    page = sprint(open_pricer())
    found = metrics(page)
    assert found["● Client buys at"] == "15,893.0096"
    assert found["Client pays, Rp"] == "5,000,000,000"
    assert found["Size, USDT"] == "314,603.723639"
    assert found["Net PnL, Rp"] == "7,435,432"
    assert found["Valid"].startswith(("5:00", "4:5"))


def test_the_lines_sum_as_they_are_read(open_pricer: Callable[..., AppTest]) -> None:
    """Spread, tax charged and rounding give the gross spread; less the tax owed it is the net."""
    lines = dict(statement(shown_quote(sprint(open_pricer()))))
    assert (lines["gross spread"], lines["tax owed 0.21%"], lines["net PnL"]) == (
        Decimal(17_935_432),
        Decimal(-10_500_000),
        Decimal(7_435_432),
    )
    assert lines["spread"] + lines["tax charged 0.21%"] + lines["rounding"] == lines["gross spread"]
    assert lines["gross spread"] + lines["tax owed 0.21%"] == lines["net PnL"]


def test_the_cut_off_is_said_in_words(open_pricer: Callable[..., AppTest]) -> None:
    """At 13:12 the rupiah can still land today; a sale on the last day of the year waits two nights if it misses it."""
    assert "lands today if paid by 14:00; otherwise Wed 6 Mar 08:00, one night" in said(sprint(open_pricer()))


def test_a_small_amount_lands_at_any_hour(open_pricer: Callable[..., AppTest]) -> None:
    page = open_pricer()
    type_rates(page)
    page.selectbox(key="pricer_client").select("CLT-001")
    page.text_input(key="pricer_rupiah").input("250,000,000").run()
    assert "BI-FAST takes it day and night" in said(page)
    page.text_input(key="pricer_rupiah").input("250,000,001").run()
    assert "lands today if paid by 14:00" in said(page)


def test_a_sale_at_the_end_of_the_year_waits_two_nights(open_pricer: Callable[..., AppTest]) -> None:
    """Scenario B: 3 BTC sold on 31 December at 13:00; the banks open again on 2 January."""
    page = open_pricer(datetime(2024, 12, 31, 13, 0, tzinfo=MAKASSAR))
    page.selectbox(key="pricer_pair").select("BTC/IDR").run()
    type_rates(page, "BTC/IDR", MM_001="1528000000")
    page.selectbox(key="pricer_client").select("CLT-002")
    page.button_group(key="pricer_side").set_value("SELL")
    page.text_input(key="pricer_size").input("3").run()
    found = metrics(page)
    assert (found["Client receives, Rp"], found["Net PnL, Rp"]) == ("4,539,993,600", "34,472,413")
    assert "if the coins are final by 14:00 (sent by 13:15); otherwise Thu 2 Jan 08:00, two nights" in said(page)


def test_accept_books_once_whatever_is_clicked_twice(open_pricer: Callable[..., AppTest]) -> None:
    page = sprint(open_pricer())
    quote = shown_quote(page)
    page.button(key="accept").click()
    again = page.run()
    assert "● Booked OTC\\-20240305\\-" in said(again)
    booked = desk().store.transaction_ids()
    assert len(booked) == 1
    visit = ui.Visit(desk(), desk().settings.desk.users[0], desk().now(), desk().now(), rfqs_on(desk()))
    assert desk().accept(quote.quote_id, visit.actor).transaction_id == booked[0]
    assert desk().store.transaction_ids() == booked
    trade = desk().store.trades(booked)[booked[0]]
    assert (rupiah(trade.net_pnl_idr), trade.side, trade.market_maker_id) == ("7,435,432", Side.BUY, "MM-002")
    kept = desk().store.quote(trade.quote_id)
    assert kept is not None
    assert [str(rate.rate_idr.to_integral_value()) for rate in kept.request.rates] == ["15842", "15836", "15851"]


def test_a_reload_between_two_clicks_still_books_one_trade(open_pricer: Callable[..., AppTest]) -> None:
    """The URL holds all inputs and the instant of the price: the page opened again shows the very same quote."""
    first = sprint(open_pricer())
    second = open_pricer(**url_of(first))
    assert shown_quote(second) == shown_quote(first)
    first.button(key="accept").click().run()
    second.button(key="accept").click().run()
    assert len(desk().store.transaction_ids()) == 1


def test_the_confirmation_says_where_to_pay(open_pricer: Callable[..., AppTest]) -> None:
    page = sprint(open_pricer())
    page.button(key="accept").click().run()
    english, indonesian = (box.value for box in page.code)
    trade_id = desk().store.transaction_ids()[0]
    assert "Please pay: Rp 5,000,000,000\nTo: BCA 000-000-0001" in english
    assert f"Reference: {trade_id}\nBefore: 14:00 WITA, Tue 5 Mar 2024" in english
    assert f"Berita: {trade_id}\nSebelum: 14.00 WITA, Sel 5 Mar 2024" in indonesian


def test_a_new_quote_keeps_client_and_rates(open_pricer: Callable[..., AppTest]) -> None:
    page = sprint(open_pricer())
    page.button(key="accept").click().run()
    page.button(key="new").click().run()
    assert page.text_input(key="pricer_rupiah").value == ""
    assert page.selectbox(key="pricer_client").value == "CLT-001"
    assert page.text_input(key="pricer_rate USDT/IDR MM-002").value == "15,836"
    assert "Type the rupiah, or the size" in said(page)


def test_a_refused_quote_is_kept_and_the_amount_cleared(open_pricer: Callable[..., AppTest]) -> None:
    page = sprint(open_pricer())
    quote = shown_quote(page)
    page.button(key="refuse").click().run()
    assert page.text_input(key="pricer_rupiah").value == ""
    assert desk().store.quotes("CLT-001", 10) == [quote]
    assert desk().store.transaction_ids() == []


def test_a_quote_that_is_only_looked_at_is_not_kept(open_pricer: Callable[..., AppTest]) -> None:
    sprint(open_pricer())
    assert desk().store.quotes("CLT-001", 10) == []


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("rupiah", "five", "is not a number; write it like 1,234,567.89"),
        ("rupiah", "1.234", "can be read as 1234 or as 1.234"),
        ("rupiah", "0", "is not above zero"),
        ("rupiah", "2,000,000,000,000", "the largest the desk quotes"),
        ("size", "0.0000001", "at most 6 decimal places"),
        ("rate USDT/IDR MM-001", "-15842", "is outside the price band of USDT/IDR"),
        ("rate USDT/IDR MM-001", "15,851/15,842", "bid/ask with the lower one first"),
        ("needed", "13:00", "has passed"),
        ("needed", "soon", "is not a time"),
        ("spread", "99", "is outside 5 to 25 bps for tier A"),
        ("spread", "12", "needs its reason"),
    ],
)
def test_wrong_input_gets_its_sentence_and_the_rest_stays(
    open_pricer: Callable[..., AppTest], field: str, typed: str, sentence: str
) -> None:
    page = sprint(open_pricer())
    if field == "size":
        page.text_input(key="pricer_rupiah").input("").run()
    page.text_input(key=f"pricer_{field}").input(typed).run()
    assert sentence in said(page).replace("\\", "")
    assert not page.exception
    assert page.selectbox(key="pricer_client").value == "CLT-001"
    assert [button for button in page.button if button.key == "accept"] == []


def test_an_override_with_its_reason_changes_the_price(open_pricer: Callable[..., AppTest]) -> None:
    page = sprint(open_pricer())
    page.text_input(key="pricer_spread").input("10").run()
    page.text_input(key="pricer_reason").input("size").run()
    assert shown_quote(page).spread_bps == 10
    # 15,836 x 1.0031 is 15,885.0916
    assert metrics(page)["● Client buys at"] == "15,885.0916"


def test_without_a_client_a_tier_prices_but_does_not_book(open_pricer: Callable[..., AppTest]) -> None:
    page = open_pricer()
    type_rates(page)
    page.selectbox(key="pricer_client").select("tier C")
    page.text_input(key="pricer_size").input("100000").run()
    assert metrics(page)["Size, USDT"] == "100,000"
    page.button(key="accept").click().run()
    assert "Choose a client before accepting" in said(page)
    assert desk().store.transaction_ids() == []


def test_bid_and_ask_of_a_market_maker_serve_their_sides(open_pricer: Callable[..., AppTest]) -> None:
    page = open_pricer()
    type_rates(page, MM_001="15,822/15,836")
    page.selectbox(key="pricer_client").select("CLT-001")
    page.text_input(key="pricer_size").input("100000").run()
    quote = shown_quote(page)
    assert (quote.buy.mm_rate_idr, quote.sell.mm_rate_idr) == (Decimal(15_836), Decimal(15_822))


def test_typing_a_size_takes_the_rupiah_away(open_pricer: Callable[..., AppTest]) -> None:
    page = sprint(open_pricer())
    page.text_input(key="pricer_size").input("100,000").run()
    assert page.text_input(key="pricer_rupiah").value == ""
    assert metrics(page)["Size, USDT"] == "100,000"


def test_a_price_that_ran_out_is_not_accepted(open_pricer: Callable[..., AppTest]) -> None:
    """Six minutes after it was priced the same inputs ask for a new price."""
    first = sprint(open_pricer())
    url = url_of(first)
    page = open_pricer(**url | {"at": (datetime.fromisoformat(str(url["at"])) - timedelta(minutes=6)).isoformat()})
    assert metrics(page)["Valid"] == "◆ ran out"
    assert [button.key for button in page.button if button.key in ("accept", "again")] == ["again"]
    page.button(key="again").click().run()
    assert [button.key for button in page.button if button.key in ("accept", "again")] == ["accept"]


def test_a_store_held_by_nobody_that_is_missing_offers_the_sample_year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTC_STORE", str(tmp_path / "none.duckdb"))
    monkeypatch.chdir(ROOT)
    page = AppTest.from_file(str(ROOT / "pages/trade/pricer.py"), default_timeout=30).run()
    assert not page.exception
    assert "There is no store at" in said(page)
    assert [button.key for button in page.button] == ["make_sample"]
