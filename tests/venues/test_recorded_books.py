"""A venue's book comes through ccxt's own class exactly: every digit of every level, in the venue's order."""

import json
from decimal import Decimal

import pytest

from otc.market.book import fault_of
from otc.sample.exchange import LoopbackExchange
from tests.venues.floor import one, recorded
from tests.venues.reading import Reading, reading
from tests.venues.wire import Said

SIDES = {
    "binance": lambda answer: (answer["bids"], answer["asks"]),
    "okx": lambda answer: (answer["data"][0]["bids"], answer["data"][0]["asks"]),
    "kraken": lambda answer: (answer["result"]["XXBTZUSD"]["bids"], answer["result"]["XXBTZUSD"]["asks"]),
    "coinbase": lambda answer: tuple(
        [(level["price"], level["size"]) for level in answer["pricebook"][side]] for side in ("bids", "asks")
    ),
    "coinbaseexchange": lambda answer: (answer["bids"], answer["asks"]),
    "indodax": lambda answer: (answer["buy"], answer["sell"]),
    "tokocrypto": lambda answer: (answer["data"]["bids"], answer["data"]["asks"]),
}
"""Where the levels stand in each venue's answer, read without ccxt."""


@pytest.mark.parametrize("venue", SIDES)
def test_a_recorded_book_comes_through_level_by_level(readings: dict[str, Reading], venue: str) -> None:
    symbol, body = recorded(venue)
    answer = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    bids, asks = ([(Decimal(level[0]), Decimal(level[1])) for level in side] for side in SIDES[venue](answer))
    book = readings[venue].book(symbol, Said(body))
    # As text, for 3.78826000 keeps its zeros: nothing was turned into a float on the way.
    assert [(str(price), str(size)) for price, size in book.bids] == [(str(price), str(size)) for price, size in bids]
    assert [(str(price), str(size)) for price, size in book.asks] == [(str(price), str(size)) for price, size in asks]
    assert len(book.bids) == len(book.asks) == 5
    assert (book.venue, book.symbol, book.source, fault_of(book)) == (venue, symbol, "rest", "")


@pytest.mark.parametrize(("venue", "dated"), [("okx", True), ("coinbase", True), ("tokocrypto", True), ("binance", False)])
def test_a_venues_own_time_is_kept_where_it_sends_one(readings: dict[str, Reading], venue: str, dated: bool) -> None:
    symbol, body = recorded(venue)
    book = readings[venue].book(symbol, Said(body))
    assert (book.venue_at is not None) == dated
    assert book.venue_at is None or book.venue_at < book.received_at


def test_no_more_levels_than_the_configured_depth(exchange: LoopbackExchange) -> None:
    symbol, body = recorded("binance")
    with reading("binance", one(exchange, "binance", depth=2)) as read:
        book = read.book(symbol, Said(body))
    assert [str(level.price) for level in book.bids] == ["99999.90", "99999.8"]
    assert len(book.asks) == 2
