"""Month-end PnL as finance reads it: both bases of the sixty trades, the bridge between them, and what is taken away."""

import csv
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from otc import ui
from otc.exports.delimited import to_csv
from otc.exports.pdf import to_pdf
from otc.exports.xlsx import to_xlsx
from otc.ui import pnl_month, pnl_tables
from otc.ui.pnl_charts import bridge_figure, months_figure
from tests.builders import DESK_ZONE, ROOT, at, desk_on, opened, rfqs_on
from tests.year_end import NOW, make_empty, make_year_end, net, year_end

Opener = Callable[..., AppTest]
YEAR = year_end()
SETTLEMENT = net([*YEAR.december, *YEAR.before])
"""December's books: landed in December, whenever traded."""
TRADED = net([*YEAR.december, *YEAR.rolled, *YEAR.silent, *YEAR.failed, *YEAR.cancelled])


@pytest.fixture
def open_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Opens the page at its URL on the sixty trades of the year's end, or on the store that is made first."""
    place = tmp_path / "desk.duckdb"
    monkeypatch.setenv("OTC_STORE", str(place))
    monkeypatch.chdir(ROOT)

    def start(make: Callable[[Path], None] = make_year_end, **url: str) -> AppTest:
        if not place.exists():
            make(place)
        page = AppTest.from_file(str(ROOT / "pages/finance/month_end_pnl.py"), default_timeout=30)
        for name, value in url.items():
            page.query_params[name] = value
        return page.run()

    yield start
    ui.house().close()


@pytest.fixture
def december(tmp_path: Path) -> Iterator[tuple[pnl_month.MonthPage, ui.Visit]]:
    """The page's own record of December, and who looks at it."""
    make_year_end(tmp_path / "store.duckdb")
    one = desk_on(opened("duckdb", tmp_path, create=False), clock=lambda: at(NOW))
    visit = ui.Visit(one, one.settings.desk.users[2], at(NOW), at(NOW), rfqs_on(one))
    yield pnl_month.month_page(visit, "2024-12"), visit
    one.store.close()


def metrics(page: AppTest) -> dict[str, tuple[str, str]]:
    assert not page.exception
    return {metric.label: (metric.value, metric.delta) for metric in page.metric}


def said(page: AppTest) -> str:
    """All words on the page, without the marks that keep Markdown from reading them."""
    assert not page.exception
    return "\n".join(text.value for text in (*page.markdown, *page.caption)).replace("\\", "")


# ---------------------------------------------------------------- what is shown


def test_an_empty_store_offers_its_first_step(open_month: Opener) -> None:
    page = open_month(make_empty)
    assert not page.exception
    assert [button.label for button in page.button if button.key == "make_sample"] == ["Make the sample year"]


def test_a_month_is_shown_on_both_bases_with_their_difference(open_month: Opener) -> None:
    """The rupiah that landed on 2 January are January's; those of 29 November that landed on 2 December are December's."""
    shown = metrics(open_month(month="2024-12"))
    assert shown["Settlement basis"] == (ui.rupiah(SETTLEMENT), "44 recognised")
    assert shown["Trade basis"] == (ui.rupiah(TRADED), "54 traded")
    assert shown["Difference"][0] == ui.signed_rupiah(SETTLEMENT - TRADED)


def test_what_is_open_failed_and_cancelled_is_counted_with_its_money(open_month: Opener) -> None:
    """At the end of December five silent trades and six that had rolled over the cut-off were open."""
    shown = metrics(open_month(month="2024-12"))
    assert shown["○ Open at month's end"] == ("11", f"net {ui.short_rupiah(net([*YEAR.silent, *YEAR.rolled]))}")
    assert shown["▲ Failed"] == ("2", f"net {ui.short_rupiah(-net(YEAR.failed))}")
    assert shown["✕ Cancelled"] == ("1", f"net {ui.short_rupiah(-net(YEAR.cancelled))}")
    assert shown["↩ Taken back"] == ("0", "net 0")


def test_the_latest_month_is_shown_unless_the_address_names_another(open_month: Opener) -> None:
    page = open_month()
    assert page.selectbox(key="month_shown").value == "2025-01"
    assert page.selectbox(key="month_shown").options == ["2025-01", "2024-12", "2024-11"]
    page.selectbox(key="month_shown").select("2024-12").run()
    assert page.query_params["month"] == "2024-12"
    assert metrics(page)["Settlement basis"][0] == ui.rupiah(SETTLEMENT)


@pytest.mark.parametrize("month", ["2024-13", "December", "2024-1", "٢٠٢٤-١٢"])
def test_a_month_that_cannot_be_read_is_told(open_month: Opener, month: str) -> None:
    page = open_month(month=month)
    assert "is not a month; write it like 2024-12. 2025-01 is shown instead." in said(page)


def test_a_month_without_a_trade_is_zero_and_not_an_error(open_month: Opener) -> None:
    page = open_month(month="2023-02")
    assert metrics(page)["Settlement basis"] == ("0", "0 recognised")
    assert "No trade stands between the two bases" in said(page)


def test_the_bridge_names_each_trade_between_the_bases(open_month: Opener) -> None:
    table = open_month(month="2024-12").dataframe[0].value
    lines = dict(zip(table["transaction_id"], table["line"], strict=True))
    fates = {
        "Traded in the month, recognised later": YEAR.rolled,
        "Traded in the month, still open": YEAR.silent,
        "Traded in the month, failed": YEAR.failed,
        "Traded in the month, cancelled": YEAR.cancelled,
        "Recognised in the month, traded before": YEAR.before,
    }
    assert lines == {one.transaction_id: line for line, histories in fates.items() for one, _ in histories}


@pytest.mark.parametrize(("sheet", "key"), [("pair", "pair"), ("client", "client_id"), ("market_maker", "market_maker_id")])
def test_the_month_is_split_by_what_finance_asks_for(open_month: Opener, sheet: str, key: str) -> None:
    """The parts come from the address, and add up to the month."""
    table = open_month(month="2024-12", sheet=sheet).dataframe[0].value
    wanted: dict[str, Decimal] = {}
    for one, _ in (*YEAR.december, *YEAR.before):
        wanted[getattr(one, key)] = wanted.get(getattr(one, key), Decimal(0)) + one.net_pnl_idr
    assert dict(zip(table["key"], table["net_pnl_idr"], strict=True)) == {name: round(amount) for name, amount in wanted.items()}


def test_the_recognised_trades_are_those_that_landed_in_the_month(open_month: Opener) -> None:
    table = open_month(month="2024-12", sheet="recognised").dataframe[0].value
    assert set(table["transaction_id"]) == {one.transaction_id for one, _ in (*YEAR.december, *YEAR.before)}


def test_a_month_seen_from_a_past_instant_knows_nothing_later(open_month: Opener) -> None:
    """On 31 December at noon the trades of the afternoon had not been done."""
    page = open_month(month="2024-12", as_of="2024-12-31 12:00")
    assert metrics(page)["Trade basis"][1] == "48 traded"
    assert "what has happened since is left out" in said(page)


# ---------------------------------------------------------------- pictures


def test_the_waterfall_runs_from_trade_basis_to_settlement_basis(december: tuple[pnl_month.MonthPage, ui.Visit]) -> None:
    (waterfall,) = bridge_figure(december[0]).data
    assert waterfall.measure[0] == "absolute"
    assert waterfall.measure[-1] == "total"
    steps = [Decimal(str(step)) for step in waterfall.y]
    assert abs(sum(steps[:-1]) - steps[-1]) < Decimal("0.001")
    assert list(waterfall.customdata)[::6] == [ui.rupiah(TRADED), ui.rupiah(SETTLEMENT)]


def test_the_bars_show_every_month_on_both_bases(december: tuple[pnl_month.MonthPage, ui.Visit]) -> None:
    settlement, trade = months_figure(december[0].months, "2024-12").data
    assert list(settlement.x) == list(trade.x) == ["2024-11", "2024-12", "2025-01"]
    assert list(settlement.customdata) == ["0", ui.rupiah(SETTLEMENT), ui.rupiah(net(YEAR.rolled))]
    assert list(trade.customdata) == [ui.rupiah(net(YEAR.before)), ui.rupiah(TRADED), ui.rupiah(net(YEAR.fresh))]


# ---------------------------------------------------------------- what is taken away


def test_the_csv_is_the_bridge_to_the_last_digit(december: tuple[pnl_month.MonthPage, ui.Visit]) -> None:
    page, visit = december
    lines = list(csv.DictReader(io.StringIO(to_csv(page.report.bridge, visit.zone).decode("utf-8-sig"))))
    assert sum((Decimal(line["amount_idr"]) for line in lines), Decimal(0)) == SETTLEMENT - TRADED
    assert visit.zone == DESK_ZONE


def test_the_workbook_holds_the_whole_month(december: tuple[pnl_month.MonthPage, ui.Visit]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(pnl_tables.document(*december))))
    sheets = {"Parameters", "bridge", "by pair", "by client", "by market maker", "months", "bridge trades", "recognised trades"}
    assert set(book.sheetnames) == sheets
    amounts = {row[0].value: row[2].value for row in book["bridge"].iter_rows(min_row=2) if row[0].value}
    assert Decimal(str(amounts["Settlement basis"])) == pytest.approx(SETTLEMENT, abs=Decimal("0.01"))
    assert Decimal(str(amounts["Trade basis"])) == pytest.approx(TRADED, abs=Decimal("0.01"))


def test_the_print_is_a_pdf_marked_sample(december: tuple[pnl_month.MonthPage, ui.Visit]) -> None:
    page, visit = december
    assert pnl_tables.document(page, visit).label == "SAMPLE"
    assert to_pdf(pnl_tables.document(page, visit)).startswith(b"%PDF-")


def test_the_total_under_a_table_is_the_sum_of_exact_figures(december: tuple[pnl_month.MonthPage, ui.Visit]) -> None:
    page, _ = december
    assert f"Net PnL {ui.rupiah(SETTLEMENT)}".replace("−", "") in pnl_tables.total_words(pnl_tables.sheet(page, "pair"))
