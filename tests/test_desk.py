"""The desk's verbs: a quote is kept, its acceptance books one trade, a word on a trade is one fact."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from otc.bootstrap import init_sample, init_store, open_store, wire
from otc.desk import Desk
from otc.errors import Refused, StoreError
from otc.model import Cover, Kind, Leg, QuoteRequest, Rate, Side
from otc.sample import SAMPLE_INSTANT
from tests.builders import ROOT, STORE_KINDS, HandClock, at, desk_on, opened

CONFIG = ROOT / "config"


@pytest.fixture
def clock() -> HandClock:
    """Tuesday 5 March 2024, 13:12."""
    return HandClock(at("2024-03-05 13:12"))


@pytest.fixture(params=STORE_KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Desk]:
    """A desk on each kind of store."""
    with closing(opened(request.param, tmp_path)) as store:
        yield desk_on(store, clock)


def request(desk: Desk, **changes: object) -> QuoteRequest:
    """A tier A client buys 100,000 USDT; two market makers have quoted."""
    rates = (Rate("MM-001", Decimal(15_842), desk.now()), Rate("MM-002", Decimal(15_836), desk.now()))
    asked = QuoteRequest("USDT/IDR", "A", Side.BUY, rates, size=Decimal(100_000), client_id="CLT-001")
    return replace(asked, **changes)  # type: ignore[arg-type]  # a test names fields of QuoteRequest


def test_a_quote_is_kept_with_its_inputs_and_found_by_client(desk, clock):
    first = desk.quote(request(desk), "trader-1")
    clock.set("2024-03-05 13:13")
    second = desk.quote(request(desk, size=Decimal(5)), "trader-1")
    assert desk.store.quote(first.quote_id) == first
    assert desk.store.quotes("CLT-001", 10) == [second, first]
    assert desk.store.quotes("CLT-002", 10) == []
    assert desk.keep(first) == first
    assert len(desk.store.quotes("CLT-001", 10)) == 2


def test_pricing_alone_keeps_nothing(desk):
    desk.price(request(desk), "trader-1")
    assert desk.store.quotes("CLT-001", 10) == []


def test_accepted_twice_it_is_one_trade_booked_at_the_first_click(desk, clock):
    quote = desk.quote(request(desk), "trader-1")
    clock.set("2024-03-05 13:13")
    first = desk.accept(quote.quote_id, "trader-1")
    clock.set("2024-03-05 13:14")
    second = desk.accept(quote.quote_id, "trader-2")
    assert first == second
    assert first.traded_at == at("2024-03-05 13:13")
    assert desk.store.transaction_ids() == [first.transaction_id]


def test_a_price_can_be_accepted_only_while_it_stands_but_a_booked_one_comes_back_for_ever(desk, clock):
    late, timely = desk.quote(request(desk), "trader-1"), desk.quote(request(desk, purpose="payroll"), "trader-1")
    clock.set("2024-03-05 13:16:59")
    trade = desk.accept(timely.quote_id, "trader-1")
    clock.set("2024-03-05 13:17")
    with pytest.raises(Refused, match="stood until 2024-03-05T13:17:00"):
        desk.accept(late.quote_id, "trader-1")
    assert desk.accept(timely.quote_id, "trader-1") == trade
    assert desk.store.transaction_ids() == [trade.transaction_id]


def test_accepted_from_eight_threads_at_once_it_is_one_trade(desk):
    quote = desk.quote(request(desk), "trader-1")
    with ThreadPoolExecutor(8) as pool:
        booked = list(pool.map(lambda number: desk.accept(quote.quote_id, f"trader-{number}"), range(8)))
    assert len({trade.booked_by for trade in booked}) == 1
    assert len(set(booked)) == 1
    assert desk.store.transaction_ids() == [booked[0].transaction_id]


def test_the_trade_is_named_by_its_day_and_six_letters_and_carries_its_cover(desk):
    quote = desk.quote(request(desk), "trader-1")
    trade = desk.accept(quote.quote_id, "trader-1")
    assert re.fullmatch(r"OTC-20240305-[2-9A-Z]{6}", trade.transaction_id)
    assert trade.mid_price_idr == Decimal(15_839)
    assert trade.cover is Cover.MARKET_MAKER
    assert trade.quote_id == quote.quote_id
    assert set(trade.legs) == set(Leg)
    assert desk.trade(trade.transaction_id)[0] == trade


def test_a_quote_that_does_not_exist_cannot_be_accepted(desk):
    with pytest.raises(Refused, match="price the request again"):
        desk.accept("0" * 24, "trader-1")


def test_a_cover_by_venues_is_refused_until_the_desk_can_hedge(desk):
    quote = desk.quote(request(desk, cover=Cover.VENUES), "trader-1")
    with pytest.raises(Refused, match="hedge executor"):
        desk.accept(quote.quote_id, "trader-1")


def test_a_refused_acceptance_books_nothing(desk):
    quote = desk.quote(request(desk, client_id=""), "trader-1")
    with pytest.raises(Refused, match="Choose a client"):
        desk.accept(quote.quote_id, "trader-1")
    assert desk.store.transaction_ids() == []


def test_the_same_word_said_twice_is_one_fact(desk, clock):
    trade = desk.accept(desk.quote(request(desk), "trader-1").quote_id, "trader-1")
    for _ in range(3):
        desk.say(Kind.CONFIRMED, trade.transaction_id, "ops-1", leg=Leg.CLIENT_FIAT, happened_at=clock(), evidence="BCA 4711")
    assert len(desk.trade(trade.transaction_id)[1]) == 1


def test_words_on_a_trade_that_does_not_exist_are_refused(desk):
    with pytest.raises(Refused, match="There is no trade T-9"):
        desk.say(Kind.NOTED, "T-9", "ops-1", note="hello")
    with pytest.raises(Refused, match="There is no trade T-9"):
        desk.trade("T-9")


# ---------------------------------------------------------------- wired


def test_the_sample_store_is_labelled_and_its_clock_ticks_on_from_its_instant(tmp_path):
    place = tmp_path / "sample.duckdb"
    init_sample(place, CONFIG)
    init_sample(place, CONFIG)
    first = wire(CONFIG, place)
    with closing(first.desk.store) as store:
        made = store.meta.created_at
        assert store.meta.label == "SAMPLE"
        assert len(store.transaction_ids()) == 5968
    later = wire(CONFIG, place, clock=lambda: made.replace(year=made.year + 1))
    with closing(later.desk.store):
        assert later.desk.now() - SAMPLE_INSTANT == made.replace(year=made.year + 1) - made


def test_the_sample_year_is_not_mixed_with_trades_of_its_own(tmp_path):
    with closing(opened("duckdb", tmp_path)) as store:
        desk = desk_on(store, HandClock(at("2024-03-05 13:12")))
        desk.accept(desk.quote(request(desk), "trader-1").quote_id, "trader-1")
    place = tmp_path / "store.duckdb"
    with pytest.raises(Refused, match="holds trades of its own"):
        init_sample(place, CONFIG)
    with closing(wire(CONFIG, place).desk.store) as store:
        assert (store.meta.label, len(store.transaction_ids())) == ("", 1)


def test_init_twice_leaves_the_store_as_it_is(tmp_path):
    for place in (tmp_path / "desk.duckdb", tmp_path / "desk"):
        init_store(place, CONFIG)
        with closing(open_store(place, create=False, now=at("2030-01-01 00:00"))) as store:
            made = store.meta.created_at
        init_store(place, CONFIG)
        with closing(open_store(place, create=False, now=at("2030-01-01 00:00"))) as store:
            assert store.meta.created_at == made


@pytest.mark.parametrize("place", ["postgresql://desk@db/otc", "postgres://desk:word@db/otc"])
def test_a_store_that_this_desk_does_not_have_is_refused_without_repeating_its_password(place):
    with pytest.raises(StoreError) as refused:
        open_store(Path(place), create=True, now=at("2024-01-01 00:00"))
    assert "word" not in str(refused.value)
