"""The market page in each of its states: what it says of prices, feeds and rates, and what may be typed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from otc import ui
from otc.bootstrap import Wired, wire
from otc.clock import system_clock
from otc.model.market import DeskRate, Dislocation, MarketView, Signals
from otc.runtime.market import with_source
from otc.ui import shell
from tests.still_market import CALM, StillMarket, book_of

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2024, 3, 5, 12, 0, tzinfo=ZoneInfo("Asia/Makassar"))
KRAKEN = ("kraken", "BTC/USD")
open_desk = shell.open_desk
Show = Callable[..., AppTest]


@dataclass(frozen=True)
class FixedMarket:
    """Keeps the MarketData port with one view that never changes."""

    seen: MarketView
    told: Signals = field(default_factory=Signals)

    def view(self) -> MarketView:
        return self.seen

    def signals(self) -> Signals:
        return self.told


def calm(now: datetime) -> MarketView:
    """Eight feeds of five venues, all live."""
    return StillMarket(now).view()


def watching(wired: Wired, source: str) -> Wired:
    """The desk, told to watch its market from this source."""
    settings = with_source(wired.desk.settings, {"OTC_MARKET": source})
    return replace(wired, desk=replace(wired.desk, settings=settings))


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Show]:
    """Opens the page at its URL on a desk that looks at what `view` gives for the desk's present, or at no market."""
    place = tmp_path / "desk.duckdb"
    store = wire(ROOT / "config", place, create=True).desk.store
    store.set_meta(replace(store.meta, label="SAMPLE", instant=NOON, created_at=system_clock()))
    store.close()
    monkeypatch.setenv("OTC_STORE", str(place))
    monkeypatch.setenv("OTC_MARKET", "off")
    monkeypatch.chdir(ROOT)

    def start(
        view: Callable[[datetime], MarketView] | None = None,
        signals: Callable[[datetime], Signals] = lambda now: Signals(),
        source: str = "",
        **url: str,
    ) -> AppTest:
        if view is not None:
            now = open_desk().desk.now()
            market = FixedMarket(view(now), signals(now))
            monkeypatch.setattr(shell, "open_desk", lambda: watching(open_desk().on(market), source))
        page = AppTest.from_file(str(ROOT / "pages/trade/market.py"), default_timeout=30)
        for name, value in url.items():
            page.query_params[name] = value
        return page.run()

    yield start
    ui.house().close()


def said(page: AppTest) -> str:
    """All that stands on the page as Markdown, tables included."""
    assert not page.exception
    return "\n".join(text.value for text in page.markdown)


def plain(page: AppTest) -> str:
    """The same without the marks that keep Markdown from reading it."""
    return said(page).replace("\\", "")


def line(page: AppTest, *starts: str) -> str:
    """The line of a table that begins with these cells."""
    wanted = "| " + " | ".join(starts)
    found = [each for each in said(page).splitlines() if each.startswith(wanted)]
    assert len(found) == 1, said(page)
    return found[0]


def type_in(page: AppTest, **rates: str) -> AppTest:
    """Type rates and press the button."""
    for name, text in rates.items():
        page.text_input(key=f"market_rate {name.replace('_', '/')}").input(text)
    button = next(each for each in page.button if each.label == "Keep")
    return button.click().run()


def test_a_desk_that_watches_no_market_says_so_and_what_to_do(show: Show) -> None:
    page = show()
    assert "No market: the feeds are off." in plain(page)
    assert "OTC_MARKET=live" in plain(page)
    assert "| Pair |" not in said(page)


def test_a_market_of_which_nothing_has_come_yet_asks_for_patience(show: Show) -> None:
    page = show(lambda now: MarketView(now), source="live")
    assert "The market has just been opened." in plain(page)
    assert "No market" not in plain(page)


def test_a_past_instant_is_not_shown_as_if_it_were_now(show: Show) -> None:
    page = show(calm, as_of="2024-03-01 10:00")
    assert "these figures are of now" in plain(page)


def test_a_live_market_has_a_row_for_each_pair_and_opens_the_first(show: Show) -> None:
    """BTC at 60,000 fair; one and ten are all binance's, whose fee of the still market is none."""
    page = show(calm)
    assert line(page, "**BTC/USD**", "10 BTC", "**60,000.00**", "59,990.00", "60,010.00", "59,990.00", "60,010.00")
    assert line(page, "**indodax**", "USDT/IDR", "15,845.0000", "15,855.0000", "**✓ 15,845.0000**", "**✓ 15,855.0000**")
    assert line(page, "**tokocrypto**", "USDT/IDR", "15,844.0000", "15,856.0000", "15,844.0000", "15,856.0000")
    assert line(page, "**kraken**", "USDT/USD", "—", "—"), "USD/IDR was measured on USDT/IDR: by it dollars say nothing of it"
    assert "● 8 of 8 feeds price" in said(page)
    assert "SIMULATED" not in said(page)


def test_the_pair_of_the_address_is_opened(show: Show) -> None:
    page = show(calm, pair="BTC/USD")
    assert line(page, "**okx**", "BTC/USDT", "59,980.00", "60,020.00")
    assert page.button_group(key="market_pair").value == "BTC/USD"


def test_another_pair_is_kept_in_the_address(show: Show) -> None:
    page = show(calm)
    page.button_group(key="market_pair").set_value("PAXG/USD").run()
    assert page.query_params["pair"] == "PAXG/USD"
    assert line(page, "**kraken**", "PAXG/USD", "2,649.00", "2,651.00")


def test_a_simulated_market_is_labelled(show: Show) -> None:
    page = show(lambda now: replace(calm(now), simulated=True))
    assert "◆ SIMULATED market" in said(page)


def test_with_all_venues_down_each_says_why(show: Show) -> None:
    why = dict.fromkeys(CALM, "No route to the venue.")
    page = show(lambda now: StillMarket(now, down=why).view(), pair="BTC/USD")
    assert "▲ 0 of 8 feeds price" in said(page)
    assert "look at this machine's network" in said(page)
    assert line(page, "**BTC/USD**", "10 BTC", "—")
    assert line(page, "**kraken**", "BTC/USD", "—").endswith(":red[✕ down] |")
    assert ":red[▲ kraken BTC/USD] No route to the venue." in plain(page)


def test_a_market_that_has_fallen_silent_prices_nothing_and_says_how_old_it_is(show: Show) -> None:
    page = show(lambda now: calm(now - timedelta(seconds=60)), pair="BTC/USD")
    assert "▲ 0 of 8 feeds price, seen 1 m 0" in said(page)
    assert "The market loop has been silent for 60 s." in plain(page)
    assert line(page, "**BTC/USD**", "10 BTC", "—")


def test_a_broken_book_is_left_out_and_the_reason_stands_there(show: Show) -> None:
    """Kraken's bids meet its asks: three venues price on, kraken is out."""

    def crossed(now: datetime) -> MarketView:
        view = calm(now)
        return replace(view, books={**view.books, KRAKEN: book_of(KRAKEN, ([("60030", "9")], [("60010", "9")]), now)})

    page = show(crossed, pair="BTC/USD")
    assert line(page, "**kraken**", "BTC/USD", "—").endswith(":red[▲ out] |")
    assert "kraken BTC/USD] The book is crossed: bid 60030 meets ask 60010." in plain(page)
    assert line(page, "**BTC/USD**", "10 BTC", "**60,000.00**")


def test_a_dislocation_is_red_where_it_pays_and_amber_where_fees_eat_it(show: Show) -> None:
    def dislocated(now: datetime) -> Signals:
        since = now - timedelta(seconds=40)
        okx = Dislocation("okx", "BTC/USDT", "cheap", Decimal(-31), Decimal("4.2"), since)
        gold = Dislocation("kraken", "PAXG/USD", "dear", Decimal(12), Decimal(-15), since)
        ended = replace(okx, venue="binance", ended_at=since + timedelta(seconds=15))
        return Signals(mids={"BTC": ((since, Decimal(60_000)), (now, Decimal(60_010)))}, dislocations=(okx, gold, ended))

    page = show(calm, dislocated, pair="BTC/USD")
    assert line(page, "**BTC/USD**").endswith(":red[▲ okx cheap 31.0 bps] |")
    assert line(page, "**PAXG/USD**").endswith(":orange[◆ kraken dear 12.0 bps] |")
    assert line(page, "**USDT/IDR**").endswith(":green[● in line] |")
    told = plain(page)
    assert ":red[▲] **okx BTC/USDT cheap by 31.0 bps, 4.2 bps net of fees**, since" in told
    assert "○ binance BTC/USDT cheap by 31.0 bps, 4.2 bps net of fees" in told
    assert "for 15 s" in told
    assert "kraken PAXG/USD dear by" not in told


def test_volatility_and_depth_stand_with_their_state(show: Show) -> None:
    """1 bp per root second is 56 % a year; depth at 25 % of normal is thin, at 60 % low."""
    signals = Signals(sigma_bps={"BTC": Decimal(1)}, depth_ratio={"BTC": Decimal("0.25"), "PAXG": Decimal("0.6")})
    page = show(calm, lambda now: signals)
    assert "| 56% · 1.00 bps/√s | :red[▲ thin 25%] |" in line(page, "**BTC/USD**")
    assert "| — | :orange[◆ low 60%] |" in line(page, "**PAXG/USD**")


def test_a_typed_rate_is_kept_by_a_name_and_used_at_once(show: Show) -> None:
    """USD/IDR 15,900: 60,000 dollars are 954 million rupiah; gold at 2,600 leaves the token 192.3 bps over it."""
    page = type_in(show(calm), USD_IDR="15,900", XAU_USD="2600")
    assert line(page, "**BTC/IDR**", "10 BTC", "**954,000,000**")
    assert "192.3 bps over gold" in said(page)
    assert "s old · indodax, tokocrypto]" in said(page)
    assert "s old · typed by trader-1]" in plain(page)
    kept = open_desk().desk.store.desk_rates()
    assert {name: (rate.rate, rate.typed_by) for name, rate in kept.items()} == {
        "USD/IDR": (Decimal(15_900), "trader-1"),
        "XAU/USD": (Decimal(2_600), "trader-1"),
    }
    assert page.text_input(key="market_rate USD/IDR").value == ""


def test_a_rate_that_cannot_be_kept_is_told_at_its_field_and_stays_there(show: Show) -> None:
    page = type_in(show(), USD_IDR="15.842", XAU_USD="0")
    assert "can be read as 15842 or as" in said(page)
    assert "is not above zero" in said(page)
    assert page.text_input(key="market_rate USD/IDR").value == "15.842"
    assert open_desk().desk.store.desk_rates() == {}


def test_forty_readers_of_a_snapshot_have_it_worked_out_once(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second reader of the same snapshot asks the store for no rates: all of it comes from the first."""
    page = show(calm, pair="BTC/USD")
    asked: list[object] = []

    def rates(store: object) -> dict[str, DeskRate]:
        asked.append(store)
        return {}

    monkeypatch.setattr(type(open_desk().desk.store), "desk_rates", rates)
    again = AppTest.from_file(str(ROOT / "pages/trade/market.py"), default_timeout=30)
    again.query_params["pair"] = "BTC/USD"
    again.run()
    assert line(again, "**BTC/USD**") == line(page, "**BTC/USD**")
    assert asked == []
