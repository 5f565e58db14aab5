"""Settlement aging as ops uses it: see what is open, narrow it, open a trade, say what became of it, take the list away."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from otc import reports, ui
from otc.desk import Desk
from otc.model import Fact, Kind, Leg, Side
from otc.ports import Moment
from otc.ui import aging_exports
from otc.ui.aging_cutoff import still_to_send
from otc.ui.aging_filters import AgingFilters, choose
from otc.ui.aging_rows import OpenItems
from otc.views.aging import AgingRow
from tests.builders import LARGE, ROOT, SMALL, History, at, book, desk_on, fact, opened, rfqs_on, rules, trade
from tests.year_end import NOW, make_empty, make_year_end, year_end

Opener = Callable[..., AppTest]


@pytest.fixture
def open_aging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Opens the page at its URL on the sixty trades of the year's end, or on the store that is made first."""
    place = tmp_path / "desk.duckdb"
    monkeypatch.setenv("OTC_STORE", str(place))
    monkeypatch.chdir(ROOT)

    def start(make: Callable[[Path], None] = make_year_end, **url: str | list[str]) -> AppTest:
        if not place.exists():
            make(place)
        page = AppTest.from_file(str(ROOT / "pages/operations/settlement_aging.py"), default_timeout=30)
        for name, value in url.items():
            page.query_params[name] = value
        return page.run()

    yield start
    ui.house().close()


def desk() -> Desk:
    return ui.open_desk().desk


def shown(page: AppTest) -> list[str]:
    """The trades in the table, from its top."""
    assert not page.exception
    return list(page.dataframe[0].value["transaction_id"])


def said(page: AppTest) -> str:
    """All words on the page, without the marks that keep Markdown from reading them."""
    assert not page.exception
    return "\n".join(text.value for text in (*page.markdown, *page.caption, *page.success)).replace("\\", "")


def tile(page: AppTest, bucket: str) -> str:
    return str(page.button(key=f"bucket_{bucket}").label)


def facts_of(transaction_id: str) -> list[Fact]:
    return desk().store.facts([transaction_id])[transaction_id]


def say(page: AppTest) -> AppTest:
    """Press the one button of the form."""
    (submit,) = [button for button in page.button if button.label.endswith("as ops-1")]
    return submit.click().run()


def typed(page: AppTest, turn: int = 0, **fields: str) -> AppTest:
    for field, text in fields.items():
        page.text_input(key=f"say_{field}_{turn}").input(text)
    return page


def choose_action(page: AppTest, action: str) -> AppTest:
    return page.segmented_control(key="action_True").set_value(action).run()


# ---------------------------------------------------------------- what is shown


def test_an_empty_store_offers_its_first_step(open_aging: Opener) -> None:
    page = open_aging(make_empty)
    assert not page.exception
    assert [button.label for button in page.button if button.key == "make_sample"] == ["Make the sample year"]
    assert len(page.dataframe) == 0


def test_problems_are_shown_first_the_worst_on_top(open_aging: Opener) -> None:
    """FAILED and RECONCILING by age; PENDING inside its window stands apart."""
    page = open_aging()
    assert shown(page) == [one.transaction_id for one in year_end().problems]
    table = page.dataframe[0].value
    assert list(table["state"].map(lambda words: words[0])) == ["▲ Overdue >168h"] * 4 + ["◆ Watch 24-168h"] * 3
    assert list(table["status"]) == ["▲ FAILED"] * 2 + ["◆ RECONCILING"] * 5


def test_tiles_count_trades_and_add_up_their_rupiah(open_aging: Opener) -> None:
    page = open_aging()
    red = [*year_end().failed, *year_end().silent[:2]]
    amount = ui.short_rupiah(sum((one.client_amount_idr for one, _ in red), Decimal(0)))
    assert tile(page, "red").endswith(f"**4** · {amount}")
    assert "**3** · " in tile(page, "amber")
    assert tile(page, "green").endswith("**0**")


def test_a_tile_filters_and_lets_go_again(open_aging: Opener) -> None:
    page = open_aging()
    page.button(key="bucket_amber").click().run()
    assert shown(page) == ["T-52", "T-53", "T-54"]
    assert page.query_params["bucket"] == "amber"
    page.button(key="bucket_amber").click().run()
    assert len(shown(page)) == 7
    assert "bucket" not in page.query_params


def test_pending_inside_its_window_stands_apart(open_aging: Opener) -> None:
    page = open_aging()
    page.segmented_control(key="status_shown").set_value("PENDING").run()
    assert shown(page) == ["T-55", "T-56"]
    assert page.query_params["status"] == "PENDING"


@pytest.mark.parametrize(
    ("url", "trades"),
    [
        ({"status": "FAILED"}, ["T-57", "T-58"]),
        ({"status": "all", "bucket": "green"}, ["T-55", "T-56"]),
        ({"client": "CLT-002"}, ["T-51"]),
        ({"pair": "USDT/IDR"}, ["T-57", "T-51", "T-54"]),
        ({"bank": "BANK-IDR-001"}, ["T-58", "T-50", "T-52", "T-54"]),
        ({"bank": "BANK-IDR-001", "bucket": "amber"}, ["T-52", "T-54"]),
        ({"bucket": "purple", "status": "LOST", "client": "'; --"}, [f"T-{n}" for n in (57, 58, 50, 51, 52, 53, 54)]),
    ],
)
def test_the_address_holds_the_filters(open_aging: Opener, url: dict[str, str], trades: list[str]) -> None:
    """A link shows what its sender saw; a word that means nothing filters nothing."""
    assert shown(open_aging(**url)) == trades


def test_filters_without_a_row_say_so_and_offer_all(open_aging: Opener) -> None:
    page = open_aging(client="CLT-002", status="FAILED")
    assert "Nothing matches these filters" in said(page)
    page.button(key="clear_filters").click().run()
    assert len(shown(page)) == 9


def test_a_past_instant_shows_what_was_open_then_and_says_so(open_aging: Opener) -> None:
    """On 31 December at 16:00 the six trades that rolled over the cut-off were still on their way."""
    page = open_aging(as_of="2024-12-31 16:00", status="all")
    assert {one.transaction_id for one, _ in year_end().rolled} < set(shown(page))
    assert "T-55" not in shown(page)
    assert "As of Tue 31 Dec 2024 16:00 WITA" in said(page)
    page.button(key="back_to_now").click().run()
    assert "T-55" in shown(page)


def test_an_instant_that_cannot_be_read_is_told(open_aging: Opener) -> None:
    assert "is not a time" in said(open_aging(as_of="yesterday noon"))


def test_all_settled_says_that_nothing_is_open(open_aging: Opener) -> None:
    def settled(place: Path) -> None:
        store = opened("duckdb", place.parent)
        book(store, year_end().december)
        store.close()
        (place.parent / "store.duckdb").rename(place)

    assert "No open items" in said(open_aging(settled))


# ---------------------------------------------------------------- one trade


def test_a_trade_opens_with_both_legs_and_its_history(open_aging: Opener) -> None:
    page = open_aging(trade="T-57")
    _, legs, history = (frame.value for frame in page.dataframe)
    assert list(legs["leg"]) == ["rupiah to client", "USDT from client"]
    assert list(legs["state"]) == ["◆ window passed", "◆ window passed"]
    assert list(history["kind"]) == ["failed"]
    assert list(history["note"]) == ["the bank sent it back"]


def test_a_trade_that_does_not_exist_is_told(open_aging: Opener) -> None:
    page = open_aging(trade="T-99")
    assert "There is no trade T-99" in said(page)
    page.button(key="close_trades").click().run()
    assert "T-99" not in said(page)


def test_confirming_both_legs_settles_the_trade_under_my_name(open_aging: Opener) -> None:
    page = open_aging(trade="T-50")
    page.selectbox(key="say_leg_0").set_value(Leg.CLIENT_FIAT)
    say(typed(page, happened_at="2024-12-20 13:05", evidence="BCA 7781"))
    assert "rupiah from client final; the trade is RECONCILING" in said(page)
    page.selectbox(key="say_leg_1").set_value(Leg.CLIENT_CRYPTO)
    say(page)
    assert "USDC to client final; the trade is SETTLED" in said(page)
    rupiah, coins = facts_of("T-50")
    assert (rupiah.kind, rupiah.leg, rupiah.actor, rupiah.evidence) == (Kind.CONFIRMED, Leg.CLIENT_FIAT, "ops-1", "BCA 7781")
    assert rupiah.happened_at == at("2024-12-20 13:05")
    assert coins.leg is Leg.CLIENT_CRYPTO
    assert coins.happened_at - at(NOW) < timedelta(minutes=1)
    assert "T-50" not in shown(page)


def test_a_part_that_landed_is_booked_exactly(open_aging: Opener) -> None:
    page = open_aging(trade="T-50")
    page.selectbox(key="say_leg_0").set_value(Leg.CLIENT_FIAT)
    say(typed(page, amount="1,000,000.25"))
    assert facts_of("T-50")[0].amount == Decimal("1000000.25")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"happened_at": "noonish"}, "is not a time"),
        ({"happened_at": "2024-12-20 09:00"}, "is before the trade"),
        ({"happened_at": "2026-01-01 09:00"}, "has not come yet"),
        ({"amount": "a lot"}, "is not a number"),
        ({"amount": "1.234"}, "can be read as"),
        ({"amount": "-5"}, "above zero"),
        ({"note": "which one?", "leg": ""}, "Say which leg"),
    ],
)
def test_bad_input_gets_a_sentence_and_records_nothing(open_aging: Opener, fields: dict[str, str], sentence: str) -> None:
    page = open_aging(trade="T-50")
    if "leg" not in fields:
        page.selectbox(key="say_leg_0").set_value(Leg.CLIENT_FIAT)
    field, text = next(iter(fields.items()))
    page.text_input(key=f"say_{field}_0").input(text)
    say(page)
    assert sentence in said(page)
    assert facts_of("T-50") == []
    assert page.text_input(key=f"say_{field}_0").value == text


def test_a_failure_needs_its_reason(open_aging: Opener) -> None:
    page = choose_action(open_aging(trade="T-50"), "fail")
    assert "Write the reason" in said(say(page))
    say(typed(page, note="the account is closed"))
    assert "the trade is FAILED" in said(page)
    assert facts_of("T-50")[0].note == "the account is closed"


def test_what_does_not_agree_is_a_doubt_with_its_reason(open_aging: Opener) -> None:
    """A doubt opens a trade at once, inside its window too; of one leg or of the whole trade."""
    page = choose_action(open_aging(trade="T-55"), "mismatch")
    assert "Write the reason" in said(say(page))
    assert facts_of("T-55") == []
    page.selectbox(key="say_leg_0").set_value(Leg.CLIENT_FIAT)
    say(typed(page, note="one million short", evidence="BCA 9120"))
    assert "mismatch; the trade is RECONCILING" in said(page)
    (doubt,) = facts_of("T-55")
    assert (doubt.kind, doubt.leg, doubt.evidence, doubt.note) == (
        Kind.MISMATCH,
        Leg.CLIENT_FIAT,
        "BCA 9120",
        "one million short",
    )
    page = choose_action(page, "mismatch")
    say(typed(page, turn=1, note="and another client's name"))
    assert facts_of("T-55")[1].leg is None


def test_a_leg_with_an_agreed_date_has_until_then(open_aging: Opener) -> None:
    """T-50 is RECONCILING because its window has passed; a date agreed for each leg in the desk's zone makes it PENDING."""
    page = choose_action(open_aging(trade="T-50"), "expect")
    for turn, leg in enumerate((Leg.CLIENT_FIAT, Leg.CLIENT_CRYPTO)):
        page.selectbox(key=f"say_leg_{turn}").set_value(leg)
        say(typed(page, turn, due_at="2025-01-03 12:00", note="the client's bank was closed"))
    assert "USDC to client expected; the trade is PENDING" in said(page)
    assert [(f.kind, f.leg, f.due_at) for f in facts_of("T-50")] == [
        (Kind.EXPECTED, Leg.CLIENT_FIAT, at("2025-01-03 12:00")),
        (Kind.EXPECTED, Leg.CLIENT_CRYPTO, at("2025-01-03 12:00")),
    ]
    state = desk().trade("T-50")[2].state
    assert {state.leg(leg).due_at for leg in (Leg.CLIENT_FIAT, Leg.CLIENT_CRYPTO)} == {at("2025-01-03 12:00")}


@pytest.mark.parametrize(
    ("due_at", "sentence"),
    [("", "Give the time agreed"), ("soon", "is not a time"), ("2024-12-20 09:00", "it is after the trade")],
)
def test_an_agreed_date_is_a_time_after_the_trade(open_aging: Opener, due_at: str, sentence: str) -> None:
    page = choose_action(open_aging(trade="T-50"), "expect")
    page.selectbox(key="say_leg_0").set_value(Leg.CLIENT_FIAT)
    assert sentence in said(say(typed(page, due_at=due_at)))
    assert facts_of("T-50") == []
    assert page.text_input(key="say_due_at_0").value == due_at


def test_a_failure_that_was_a_mistake_is_reversed(open_aging: Opener) -> None:
    """The history keeps both; the withdrawn one says so."""
    page = choose_action(open_aging(trade="T-57"), "reverse")
    say(typed(page, note="it was another transfer"))
    assert "the trade is RECONCILING" in said(page)
    assert sorted(page.dataframe[2].value["kind"]) == ["failed (withdrawn)", "reversed"]


def test_the_time_a_trade_is_needed_by_is_amended_in_the_desk_s_zone(open_aging: Opener) -> None:
    page = choose_action(open_aging(trade="T-55"), "amend")
    page.selectbox(key="say_detail_0").set_value("needed_by")
    assert "is not a time" in said(say(typed(page, value="soon")))
    say(typed(page, value="2025-01-02 16:00"))
    assert desk().rows("open_item", desk().moment(), transaction_id="T-55")[0]["needed_by"] == at("2025-01-02 16:00")


def test_cancel_and_return_are_refused_where_the_trade_forbids_them(open_aging: Opener) -> None:
    page = choose_action(open_aging(trade="T-55"), "return")
    page.selectbox(key="say_leg_0").set_value(Leg.CLIENT_CRYPTO)
    assert "has not landed" in said(say(typed(page, note="came back")))
    page = choose_action(page, "cancel")
    say(typed(page, note="both agreed"))
    assert "the trade is CANCELLED" in said(page)


def test_several_trades_are_resolved_at_once(open_aging: Opener) -> None:
    page = open_aging(trade=["T-50", "T-51"])
    assert "Write the reason" in said(say(page))
    say(typed(page, note="written off in the committee"))
    assert {fact.note for one in ("T-50", "T-51") for fact in facts_of(one)} == {"written off in the committee"}
    assert [len(facts_of(one)) for one in ("T-50", "T-51")] == [1, 1]
    assert shown(page)[:3] == ["T-57", "T-58", "T-52"]


def test_of_several_one_that_does_not_exist_stops_them_all(open_aging: Opener) -> None:
    page = open_aging(trade=["T-50", "T-99"])
    assert "There is no trade T-99" in said(page)
    assert facts_of("T-50") == []


def test_closing_a_trade_gives_the_table_its_room_back(open_aging: Opener) -> None:
    page = open_aging(trade="T-57")
    page.button(key="close_trades").click().run()
    assert "trade" not in page.query_params
    assert len(page.dataframe) == 1


# ---------------------------------------------------------------- what is taken away


def visit_of(place: Path) -> tuple[ui.Visit, OpenItems]:
    make_year_end(place)
    one = desk_on(opened("duckdb", place.parent, create=False), clock=lambda: at(NOW))
    moment = Moment(at(NOW))
    visit = ui.Visit(one, one.settings.desk.users[1], at(NOW), at(NOW), rfqs_on(one))
    return visit, OpenItems(tuple(reports.open_items(one, moment)), at(NOW), "one")


def test_the_csv_holds_the_filtered_rows_exactly(tmp_path: Path) -> None:
    visit, items = visit_of(tmp_path / "store.duckdb")
    rows = AgingFilters(bucket="amber").keep(items.rows)
    read = list(csv.DictReader(io.StringIO(aging_exports.csv_bytes(rows, visit).decode("utf-8-sig"))))
    assert [line["transaction_id"] for line in read] == ["T-52", "T-53", "T-54"]
    wanted = sum((one.client_amount_idr for one, _ in year_end().silent[2:]), Decimal(0))
    assert sum((Decimal(line["client_amount_idr"]) for line in read), Decimal(0)) == wanted
    visit.desk.store.close()


def test_the_workbook_tells_its_filters_and_its_instant(tmp_path: Path) -> None:
    visit, items = visit_of(tmp_path / "store.duckdb")
    filters = AgingFilters(status="FAILED")
    book = openpyxl.load_workbook(io.BytesIO(aging_exports.xlsx_bytes(filters.keep(items.rows), items, filters, visit)))
    first = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert "FAILED" in first
    assert "SAMPLE" in " ".join(first)
    trades = [row[4].value for row in book["aging"].iter_rows(min_row=2, max_row=3)]
    assert trades == ["T-57", "T-58"]
    visit.desk.store.close()


# ---------------------------------------------------------------- counts and cut-offs, without a screen


def rows_of(folder: Path, *histories: History, as_of: str = NOW) -> list[AgingRow]:
    """Open items as of an instant of a store that holds these trades alone."""
    store = opened("duckdb", folder)
    book(store, histories)
    rows = reports.open_items(desk_on(store), Moment(at(as_of)))
    store.close()
    return rows


def test_a_tally_says_what_a_click_on_it_shows(tmp_path: Path) -> None:
    """The count of each status and of each bucket stands under all the other filters."""
    rows = rows_of(tmp_path, *year_end().everything)
    for filters in (
        AgingFilters(),
        AgingFilters("all", client="CLT-005"),
        AgingFilters("PENDING", "green"),
        AgingFilters(bank="none"),
    ):
        choice = choose(rows, filters)
        for status, tally in choice.by_status.items():
            clicked = replace(filters, status=status).keep(rows)
            assert (tally.trades, tally.amount_idr) == (len(clicked), sum((row.client_amount_idr for row in clicked), Decimal(0)))
        for bucket, tally in choice.by_bucket.items():
            assert tally.trades == len(replace(filters, bucket=bucket).keep(rows))


def test_rupiah_still_to_send_is_that_of_selling_clients_by_bank_and_rail(tmp_path: Path) -> None:
    """Large ones race the cut-off of 14:00, small ones go at any time; what has its coins in may go now."""
    waiting = trade("2025-01-02 08:30", Side.SELL, LARGE, transaction_id="T-1")
    ready = trade("2025-01-02 08:31", Side.SELL, LARGE + 1, transaction_id="T-2")
    small = trade("2025-01-02 08:32", Side.SELL, SMALL, transaction_id="T-3")
    buying = trade("2025-01-02 08:33", Side.BUY, LARGE, transaction_id="T-4")
    coins = [fact(ready, Kind.CONFIRMED, Leg.CLIENT_CRYPTO, "2025-01-02 08:50")]
    rows = rows_of(tmp_path, (waiting, []), (ready, coins), (small, []), (buying, []))
    rtgs, fast = still_to_send(rows, rules().rails, at(NOW))
    assert (rtgs.rail, rtgs.trades, rtgs.amount_idr, rtgs.ready_idr) == ("RTGS", 2, 2 * LARGE + 1, LARGE + 1)
    assert rtgs.closes_at == at("2025-01-02 14:00")
    assert (fast.rail, fast.amount_idr, fast.ready_idr, fast.closes_at) == ("BI-FAST", SMALL, Decimal(0), None)


def test_after_the_cut_off_the_next_window_is_named(tmp_path: Path) -> None:
    """A Friday at 14:00 is too late; the window of Monday opens at 08:00."""
    one = trade("2025-01-03 13:00", Side.SELL, LARGE)
    (line,) = still_to_send(rows_of(tmp_path, (one, []), as_of="2025-01-03 14:00"), rules().rails, at("2025-01-03 14:00"))
    assert (line.opens_at, line.closes_at) == (at("2025-01-06 08:00"), at("2025-01-06 14:00"))


def test_a_failed_trade_waits_for_a_decision_and_not_for_a_rail(tmp_path: Path) -> None:
    one = trade("2025-01-02 08:30", Side.SELL, LARGE)
    rows = rows_of(tmp_path, (one, [fact(one, Kind.FAILED, None, "2025-01-02 08:40")]))
    assert len(rows) == 1
    assert still_to_send(rows, rules().rails, at(NOW)) == []
