"""The real ccxt classes read the loopback exchange's markets and books as they would read the venues'."""

import asyncio
import json
import signal
import subprocess
import sys
from decimal import Decimal
from urllib.request import urlopen

import pytest
from ccxt.base.errors import ExchangeError
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.errors import Refused
from otc.sample.exchange import LISTINGS, Floor, Level, LoopbackExchange, Market
from otc.sample.exchange.opening import ladder, open_books
from tests.sample.exchange.clients import REST_VENUES, Readers, client, hosts_reached, levels
from tests.soak import examples

D = Decimal
Sides = tuple[tuple[Level, ...], tuple[Level, ...]]
OPEN_MARKETS = [(venue, market) for venue in REST_VENUES for market in LISTINGS[venue] if not market.dark]
each_market = pytest.mark.parametrize(("venue", "market"), OPEN_MARKETS, ids=[f"{v}-{m.native_id}" for v, m in OPEN_MARKETS])


def a_book(market: Market, mid: str = "1000", depth: int = 5) -> Sides:
    """A ladder whose every digit down to tick and lot is in use."""
    return ladder(market, D(mid) + market.tick, depth)


# ---------------------------------------------------------------- books


@each_market
def test_a_book_comes_through_ccxt_level_by_level(exchange, readers: Readers, venue: str, market: Market) -> None:
    exchange.floor.set_book(venue, market.native_id, *a_book(market))
    # By native id, because Kraken's BTC/USD is the dark pool's to ccxt.
    assert readers.book(venue, market.native_id) == a_book(market)


@pytest.mark.parametrize(("venue", "name"), [("binance", "BTCUSDT"), ("okx", "BTC-USDT"), ("coinbase", "BTC-USD")])
def test_a_thousand_levels_come_through_exactly(exchange, readers: Readers, venue: str, name: str) -> None:
    deep = a_book(LISTINGS[venue][0], "61837", 1000)
    exchange.floor.set_book(venue, name, *deep)
    assert readers.book(venue, name, 1000) == deep


@pytest.mark.parametrize(
    ("venue", "name", "asked", "shown"),
    [
        ("binance", "BTCUSDT", None, 100),
        ("okx", "BTC-USDT", 400, 400),
        ("kraken", "USDTZUSD", 1000, 500),
        ("kraken", "USDTZUSD", None, 100),
        ("tokocrypto", "USDT_IDR", None, 100),
    ],
)
def test_a_venue_shows_no_more_levels_than_it_would(exchange, readers: Readers, venue: str, name: str, asked, shown: int) -> None:
    market = next(m for m in LISTINGS[venue] if m.native_id == name)
    bids, asks = a_book(market, "10000", 1200)
    exchange.floor.set_book(venue, name, bids, asks)
    assert readers.book(venue, name, asked) == (bids[:shown], asks[:shown])


def books(market: Market) -> st.SearchStrategy[Sides]:
    """Any book that a venue could show: prices on the tick, sizes on the lot, sorted, not crossed; a side may be empty."""
    prices = st.lists(st.integers(1, 10**7), min_size=1, max_size=20, unique=True)
    sizes = st.lists(st.integers(1, 10**9), min_size=20, max_size=20)

    def book(drawn: tuple[list[int], list[int], int]) -> Sides:
        ticks, lots, split = drawn
        made = tuple((tick * market.tick, lot * market.lot) for tick, lot in zip(sorted(ticks), lots, strict=False))
        return made[:split][::-1], made[split:]

    return st.tuples(prices, sizes, st.integers(0, 20)).map(book)


@settings(max_examples=examples(70))
@given(drawn=st.sampled_from(OPEN_MARKETS).flatmap(lambda listed: st.tuples(st.just(listed), books(listed[1]))))
def test_any_book_comes_through_any_venue_exactly(served: LoopbackExchange, readers: Readers, drawn) -> None:
    (venue, market), book = drawn
    served.floor.set_book(venue, market.native_id, *book)
    assert readers.book(venue, market.native_id) == book


def test_a_market_without_a_book_shows_an_empty_one(served: LoopbackExchange) -> None:
    with LoopbackExchange() as fresh:

        async def fetched():
            async with client(fresh, "okx") as ccxt:
                return await ccxt.fetch_order_book("BTC/USDT")

        book = asyncio.run(fetched())
    assert (book["bids"], book["asks"]) == ([], [])


# ---------------------------------------------------------------- listings and their traps


@pytest.mark.parametrize("venue", REST_VENUES)
def test_ccxt_reads_native_ids_ticks_and_lots_off_the_listing(readers: Readers, venue: str) -> None:
    read = {name: found[0] for name, found in readers.of(venue).markets_by_id.items()}
    listed = {market.native_id: market for market in LISTINGS[venue]}
    assert {name: market["symbol"] for name, market in read.items()} == {name: m.symbol for name, m in listed.items()}
    if venue != "indodax":  # whose precision ccxt gets wrong
        assert {name: D(str(m["precision"]["price"])) for name, m in read.items()} == {name: m.tick for name, m in listed.items()}
        assert {name: D(str(m["precision"]["amount"])) for name, m in read.items()} == {name: m.lot for name, m in listed.items()}


def test_kraken_lists_a_dark_pool_under_the_same_name_and_shows_no_book_of_it(exchange, readers: Readers) -> None:
    exchange.floor.set_book("kraken", "BTC/USD", *a_book(LISTINGS["kraken"][0]))
    assert readers.of("kraken").market("BTC/USD")["id"] == "XXBTZUSD.d"
    with pytest.raises(ExchangeError, match="Unknown asset pair"):
        readers.book("kraken", "BTC/USD")
    assert readers.book("kraken", "XXBTZUSD") == a_book(LISTINGS["kraken"][0])


def test_coinbases_btc_usdc_is_an_alias_of_its_btc_usd(exchange, readers: Readers) -> None:
    dollars = a_book(LISTINGS["coinbase"][0], "61840")
    exchange.floor.set_book("coinbase", "BTC/USD", *dollars)
    assert readers.book("coinbase", "BTC/USDC") == dollars
    assert readers.of("coinbase").market("BTC/USDC")["info"]["alias"] == "BTC-USD"
    assert readers.of("coinbase").market("BTC/USD")["alias"] == "BTC-USDC"


def test_tokocryptos_type_1_market_is_asked_for_at_binance(exchange, readers: Readers) -> None:
    tethers = a_book(LISTINGS["binance"][0], "61830")
    exchange.floor.set_book("binance", "BTC/USDT", *tethers)
    assert readers.book("tokocrypto", "BTC/USDT") == tethers
    assert exchange.requests("binance")[-1].path == "/binance/api/v3/depth?symbol=BTCUSDT"
    assert readers.of("tokocrypto").market("BTC/USDT")["info"]["type"] == 1


def test_indodaxs_precision_and_fee_mislead_ccxt_as_the_real_ones_do(readers: Readers) -> None:
    market = readers.of("indodax").market("BTC/IDR")
    assert D(str(market["info"]["price_precision"])) == LISTINGS["indodax"][1].tick == 1000
    assert D(str(market["precision"]["price"])) == D("0.00000001")
    assert D(str(market["taker"])) == D("0.3")


def test_a_caller_brings_listings_of_its_own() -> None:
    gold = Market("XAUT", "USDT", "XAUT-USDT", D("0.1"), D("0.0001"), D("0.001"), D(0))
    with LoopbackExchange(Floor({"okx": [gold]})) as exchange:
        exchange.floor.set_book("okx", "XAUT/USDT", [(D("2440.1"), D("0.0507"))], [])

        async def fetched():
            async with client(exchange, "okx") as ccxt:
                return ccxt.symbols, await ccxt.fetch_order_book("XAUT/USDT")

        symbols, book = asyncio.run(fetched())
    assert symbols == ["XAUT/USDT"]
    assert (levels(book["bids"]), levels(book["asks"])) == (((D("2440.1"), D("0.0507")),), ())


def test_a_calm_market_opens_every_open_market_with_a_sound_book() -> None:
    floor = Floor()
    open_books(floor, LISTINGS, step=4)
    shown = [floor.book(venue, market) for venue, market in OPEN_MARKETS]
    assert [book.market.native_id for book in shown if not book.bids or not book.bids[0][0] < book.asks[0][0]] == []


# ---------------------------------------------------------------- the server


def test_it_runs_by_itself_and_says_first_what_ccxt_takes() -> None:
    command = [sys.executable, "-m", "otc.sample.exchange"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            told = json.loads(server.stdout.readline())
            with urlopen(f"{told['okx']['urls']['api']['rest']}/api/v5/market/books?instId=BTC-USDT&sz=1") as answer:  # noqa: S310 - our own loopback
                shown = json.load(answer)
        finally:
            server.send_signal(signal.SIGINT)
            try:
                stopped = server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                raise
    assert sorted(told) == sorted(REST_VENUES)
    assert (shown["code"], len(shown["data"][0]["bids"])) == ("0", 1)
    assert stopped == 0


@pytest.mark.parametrize("venue", REST_VENUES)
def test_listings_and_books_are_fetched_without_leaving_this_machine(exchange, venue: str) -> None:
    asked_before = len(exchange.requests(venue))

    async def all_books() -> None:
        async with client(exchange, venue) as ccxt:
            for market in LISTINGS[venue]:
                if not market.dark:
                    await ccxt.fetch_order_book(market.native_id)

    with hosts_reached() as reached:
        asyncio.run(all_books())
    assert set(reached) == {"127.0.0.1"}
    assert len(exchange.requests(venue)) > asked_before + 1


def test_a_request_is_noted_with_its_instant(exchange, readers: Readers) -> None:
    readers.of("indodax")
    before = exchange.floor.now()
    readers.book("indodax", "usdtidr")
    asked = exchange.requests("indodax")[-1]
    assert (asked.method, asked.path) == ("GET", "/indodax/api/depth/usdtidr")
    assert before <= asked.at <= exchange.floor.now()


def test_a_market_that_a_venue_does_not_list_cannot_be_set() -> None:
    with pytest.raises(Refused) as refused:
        Floor().set_book("okx", "BTC/IDR", [], [])
    assert str(refused.value) == "okx lists no BTC/IDR; pass a listing that has it."


def test_a_port_that_is_taken_is_refused_with_a_sentence(served: LoopbackExchange) -> None:
    taken = LoopbackExchange(port=int(served.host.rpartition(":")[2]))
    with pytest.raises(Refused) as refused:
        taken.__enter__()
    assert str(refused.value) == f"The loopback exchange cannot listen on {served.host}; choose another port."
