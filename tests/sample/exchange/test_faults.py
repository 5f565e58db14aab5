"""Each way in which a venue can be told to fail is seen as that failure through the real ccxt classes."""

from decimal import Decimal

import pytest
from ccxt.base.errors import (
    DDoSProtection,
    ExchangeNotAvailable,
    NetworkError,
    OperationFailed,
    RequestTimeout,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.sample.exchange import LISTINGS, Fault, Level, LoopbackExchange, Market
from otc.sample.exchange.faults import SOCKET_FAULTS, SPOILERS
from otc.sample.exchange.opening import ladder
from tests.sample.exchange.clients import REST_VENUES, Readers
from tests.soak import examples

D = Decimal
Sides = tuple[tuple[Level, ...], tuple[Level, ...]]
EMPTY: Sides = ((), ())
IMPATIENT_MS = 80
each_venue = pytest.mark.parametrize("venue", REST_VENUES)


def first(venue: str) -> Market:
    return LISTINGS[venue][0]


def well(venue: str) -> Sides:
    return ladder(first(venue), D(1000), 4)


def shown(exchange: LoopbackExchange, readers: Readers, venue: str, fault: Fault) -> Sides:
    """What ccxt reads of a venue that fails so and whose book is well."""
    readers.of(venue)
    exchange.floor.set_book(venue, first(venue).native_id, *well(venue))
    exchange.fail(venue, fault)
    return readers.book(venue, first(venue).native_id)


# ---------------------------------------------------------------- answers that are none


@each_venue
@pytest.mark.parametrize("fault", [Fault.HTML, Fault.NULL, Fault.EMPTY, Fault.TRUNCATED, Fault.NO_LEVELS])
def test_an_answer_without_sense_is_an_empty_book_to_ccxt(exchange, readers: Readers, venue: str, fault: Fault) -> None:
    assert shown(exchange, readers, venue, fault) == EMPTY


@each_venue
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.SERVER_ERROR, ExchangeNotAvailable),
        (Fault.UNKNOWN_ERROR, OperationFailed),
        (Fault.BANNED, DDoSProtection),
        (Fault.TOO_MANY, NetworkError),
        (Fault.RESET, NetworkError),
    ],
)
def test_a_refusal_is_the_error_that_ccxt_has_for_it(exchange, readers: Readers, venue: str, fault: Fault, error: type) -> None:
    with pytest.raises(error) as refused:
        shown(exchange, readers, venue, fault)
    assert str(refused.value).startswith(venue)


@each_venue
def test_no_answer_at_all_is_a_time_out(exchange, readers: Readers, monkeypatch, venue: str) -> None:
    monkeypatch.setattr(readers.of(venue), "timeout", IMPATIENT_MS)
    with pytest.raises(RequestTimeout) as late:
        shown(exchange, readers, venue, Fault.HANG)
    assert exchange.url in str(late.value)


@each_venue
@pytest.mark.parametrize("fault", [Fault.BANNED, Fault.TOO_MANY])
def test_a_ban_says_for_how_long(exchange, readers: Readers, venue: str, fault: Fault) -> None:
    with pytest.raises(NetworkError):
        shown(exchange, readers, venue, fault)
    assert readers.of(venue).last_response_headers["Retry-After"] == "7"


def test_binances_503_speaks_of_an_unknown_error(exchange, readers: Readers) -> None:
    with pytest.raises(OperationFailed) as refused:
        shown(exchange, readers, "binance", Fault.UNKNOWN_ERROR)
    assert "Unknown error" in str(refused.value)


@each_venue
def test_a_slow_answer_is_late_and_right(exchange, readers: Readers, venue: str) -> None:
    readers.of(venue)
    before = exchange.floor.now()
    assert shown(exchange, readers, venue, Fault.SLOW) == well(venue)
    assert (exchange.floor.now() - before).total_seconds() >= 0.05


# ---------------------------------------------------------------- books that are wrong


@each_venue
def test_a_one_sided_book_has_no_asks(exchange, readers: Readers, venue: str) -> None:
    assert shown(exchange, readers, venue, Fault.ONE_SIDED) == (well(venue)[0], ())


@each_venue
def test_a_crossed_book_bids_above_its_ask(exchange, readers: Readers, venue: str) -> None:
    bids, asks = shown(exchange, readers, venue, Fault.CROSSED)
    assert bids[0][0] > asks[0][0]
    assert (bids[1:], asks) == well(venue)


@each_venue
@pytest.mark.parametrize(
    ("fault", "part", "value"),
    [
        (Fault.INFINITE_PRICE, 0, "Infinity"),
        (Fault.INFINITE_SIZE, 1, "Infinity"),
        (Fault.ZERO_PRICE, 0, "0"),
        (Fault.ZERO_SIZE, 1, "0"),
        (Fault.NEGATIVE_PRICE, 0, "-1"),
        (Fault.NEGATIVE_SIZE, 1, "-1"),
        (Fault.NAN_SIZE, 1, "NaN"),
    ],
)
def test_one_bad_number_a_side_reaches_ccxts_book(exchange, readers, venue: str, fault: Fault, part: int, value: str) -> None:
    for side in shown(exchange, readers, venue, fault):
        assert [f"{level[part].normalize():f}" for level in side].count(value) == 1


@each_venue
@pytest.mark.parametrize(("fault", "factor"), [(Fault.DOUBLED, D(2)), (Fault.TENTH, D("0.1"))])
def test_absurd_prices_are_off_by_their_factor(exchange, readers: Readers, venue: str, fault: Fault, factor: Decimal) -> None:
    bids, asks = well(venue)
    scaled = (tuple((p * factor, s) for p, s in bids), tuple((p * factor, s) for p, s in asks))
    assert shown(exchange, readers, venue, fault) == scaled


@each_venue
def test_a_frozen_venue_goes_on_showing_what_it_showed_last(exchange, readers: Readers, venue: str) -> None:
    name = first(venue).native_id
    exchange.floor.set_book(venue, name, *well(venue))
    readers.book(venue, name)
    exchange.fail(venue, Fault.FROZEN)
    moved = ladder(first(venue), D(1100), 4)
    exchange.floor.set_book(venue, name, *moved)
    assert readers.book(venue, name) == well(venue)
    exchange.fail(venue, None)
    assert readers.book(venue, name) == moved


def test_a_frozen_book_keeps_its_time_where_the_venue_gives_one(exchange, readers: Readers) -> None:
    exchange.floor.set_book("okx", "BTC/USDT", *well("okx"))
    then = readers.time("okx", "BTC/USDT")
    exchange.fail("okx", Fault.FROZEN)
    assert readers.time("okx", "BTC/USDT") == then
    exchange.fail("okx", None)
    assert readers.time("okx", "BTC/USDT") > then


@pytest.mark.parametrize("venue", [venue for venue in REST_VENUES if venue != "kraken"])
def test_another_markets_book_is_shown_under_this_ones_name(exchange, readers: Readers, venue: str) -> None:
    other = next(market for market in LISTINGS[venue] if market.base != first(venue).base)
    others = ladder(other, D(77), 3)
    exchange.floor.set_book(venue, other.native_id, *others)
    assert shown(exchange, readers, venue, Fault.WRONG_SYMBOL) == others


def test_krakens_answers_name_their_market_so_anothers_book_is_no_book_to_ccxt(exchange, readers: Readers) -> None:
    exchange.floor.set_book("kraken", "USDT/USD", *ladder(LISTINGS["kraken"][2], D(77), 3))
    assert shown(exchange, readers, "kraken", Fault.WRONG_SYMBOL) == EMPTY


@each_venue
def test_an_unsorted_book_has_its_best_level_last(exchange, readers: Readers, venue: str) -> None:
    """Over REST ccxt sorts again, so it is looked for in what the venue wrote."""
    assert shown(exchange, readers, venue, Fault.UNSORTED) == well(venue)
    wrote = readers.of(venue).last_http_response
    best, second = (wrote.find(f"{price:f}") for price, _ in well(venue)[0][:2])
    assert 0 <= second < best


@each_venue
def test_a_price_that_is_no_number_is_written_as_such(exchange, readers: Readers, venue: str) -> None:
    """No reader can sort by it, so it is looked for in what the venue wrote."""
    readers.of(venue)
    exchange.floor.set_book(venue, first(venue).native_id, *well(venue))
    exchange.fail(venue, Fault.NAN_PRICE)
    readers.try_book(venue, first(venue).native_id)
    assert readers.of(venue).last_http_response.count("NaN") == 2


# ---------------------------------------------------------------- turning it on and off


@each_venue
@pytest.mark.parametrize("fault", sorted(SOCKET_FAULTS))
def test_a_fault_of_the_socket_leaves_rest_as_it_is(exchange, readers: Readers, venue: str, fault: Fault) -> None:
    assert shown(exchange, readers, venue, fault) == well(venue)


def test_scheduled_faults_come_one_an_answer_and_then_what_stands(exchange, readers: Readers) -> None:
    assert shown(exchange, readers, "okx", Fault.ONE_SIDED) == (well("okx")[0], ())
    exchange.fail_next("okx", [Fault.HTML, None, Fault.HTML])
    read = [readers.book("okx", "BTC/USDT") for _ in range(4)]
    assert read == [EMPTY, well("okx"), EMPTY, (well("okx")[0], ())]


def test_one_venues_fault_is_not_anothers(exchange, readers: Readers) -> None:
    exchange.floor.set_book("kraken", "USDT/USD", *ladder(LISTINGS["kraken"][2], D(1), 3))
    assert shown(exchange, readers, "okx", Fault.HTML) == EMPTY
    assert readers.book("kraken", "USDTZUSD") == ladder(LISTINGS["kraken"][2], D(1), 3)


@settings(max_examples=examples(60))
@given(
    venue=st.sampled_from(REST_VENUES), faults=st.lists(st.sampled_from([None, *SPOILERS, Fault.HTML, Fault.RESET]), max_size=3)
)
def test_whatever_befell_a_venue_it_is_well_when_it_is_healed(served, readers: Readers, venue: str, faults) -> None:
    served.floor.set_book(venue, first(venue).native_id, *well(venue))
    for fault in faults:
        served.fail(venue, fault)
        readers.try_book(venue, first(venue).native_id)
    served.fail(venue, None)
    assert readers.book(venue, first(venue).native_id) == well(venue)
