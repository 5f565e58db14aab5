"""The real ccxt.pro classes follow the loopback exchange's books over its web sockets."""

import asyncio
import json
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import ccxt.pro as pro
import pytest
from aiohttp import ClientSession
from ccxt.base.errors import NetworkError
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.sample.exchange import LISTINGS, Book, Fault, Level, LoopbackExchange, Market, kraken, okx
from otc.sample.exchange.opening import ladder
from tests.sample.exchange.clients import SOCKET_VENUES, client, hosts_reached, levels
from tests.soak import examples

D = Decimal
Sides = tuple[tuple[Level, ...], tuple[Level, ...]]
FOLLOWED = [(venue, market) for venue in SOCKET_VENUES for market in LISTINGS[venue] if not market.dark]
followed = pytest.mark.parametrize(("venue", "market"), FOLLOWED, ids=[f"{v}-{m.native_id}" for v, m in FOLLOWED])
SOON_SECONDS = 5
LONG_ENOUGH_SECONDS = 0.15


def first(venue: str) -> Market:
    return LISTINGS[venue][0]


def around(market: Market, steps: int) -> Sides:
    """A book of five levels a side, so many ticks from a thousand."""
    return ladder(market, D(1000) + steps * market.tick, 5)


async def until(ccxt: pro.Exchange, symbol: str, wanted: Sides) -> Sides:
    """Watch until the book is the wanted one; the last one seen where that does not happen soon."""
    seen: Sides = ((), ())
    try:
        async with asyncio.timeout(SOON_SECONDS):
            while seen != wanted:
                book = await ccxt.watch_order_book(symbol)
                seen = (levels(book["bids"]), levels(book["asks"]))
    except TimeoutError:
        return seen
    return seen


@followed
def test_a_watched_book_is_the_one_set_and_follows_each_that_is_set(
    exchange: LoopbackExchange, venue: str, market: Market
) -> None:
    books = [around(market, steps) for steps in (0, 1, 7, -3)]
    exchange.floor.set_book(venue, market.native_id, *books[0])

    async def watched() -> list[Sides]:
        async with client(exchange, venue, sockets=True) as ccxt:
            seen = [await until(ccxt, market.symbol, books[0])]
            for book in books[1:]:
                exchange.floor.set_book(venue, market.native_id, *book)
                seen.append(await until(ccxt, market.symbol, book))
            return seen

    assert asyncio.run(watched()) == books


@pytest.mark.parametrize("venue", SOCKET_VENUES)
def test_sockets_stay_on_this_machine(exchange: LoopbackExchange, venue: str) -> None:
    exchange.floor.set_book(venue, first(venue).native_id, *around(first(venue), 0))

    async def watched() -> list[str]:
        async with client(exchange, venue, sockets=True) as ccxt:
            await until(ccxt, first(venue).symbol, around(first(venue), 0))
            return list(ccxt.clients)

    with hosts_reached() as reached:
        sockets = asyncio.run(watched())
    assert set(reached) == {"127.0.0.1"}
    assert [address.startswith(f"ws://{exchange.host}/") for address in sockets] == [True]


def test_two_markets_share_a_socket_without_mixing(exchange: LoopbackExchange) -> None:
    bitcoin, dollar = LISTINGS["okx"]

    async def both() -> tuple[Sides, Sides]:
        async with client(exchange, "okx", sockets=True) as ccxt:
            exchange.floor.set_book("okx", bitcoin.native_id, *around(bitcoin, 0))
            exchange.floor.set_book("okx", dollar.native_id, *around(dollar, 0))
            await until(ccxt, bitcoin.symbol, around(bitcoin, 0))
            await until(ccxt, dollar.symbol, around(dollar, 0))
            exchange.floor.set_book("okx", dollar.native_id, *around(dollar, 9))
            moved = await until(ccxt, dollar.symbol, around(dollar, 9))
            return moved, now(ccxt, bitcoin)

    assert asyncio.run(both()) == (around(dollar, 9), around(bitcoin, 0))


def test_kraken_and_okx_refuse_a_market_that_they_do_not_list(exchange: LoopbackExchange) -> None:
    async def answers() -> tuple[dict, dict]:
        async with ClientSession() as session:
            async with session.ws_connect(f"ws://{exchange.host}/kraken/v2") as socket:
                await socket.receive()
                await socket.send_json(
                    {"method": "subscribe", "params": {"channel": "book", "symbol": ["DOGE/USD"]}, "req_id": 7}
                )
                of_kraken = await socket.receive_json()
            async with session.ws_connect(f"ws://{exchange.host}/okx/ws/v5/public") as socket:
                await socket.send_json({"op": "subscribe", "args": [{"channel": "books", "instId": "DOGE-USDT"}]})
                return of_kraken, await socket.receive_json()

    of_kraken, of_okx = asyncio.run(answers())
    assert (of_kraken["success"], of_kraken["req_id"]) == (False, 7)
    assert (of_okx["event"], of_okx["code"]) == ("error", "60018")


# ---------------------------------------------------------------- check sums


def test_krakens_checksum_is_that_of_its_published_example() -> None:
    asks = """45285.2 0.00100000 45286.4 1.54571953 45286.6 1.54571109 45289.6 1.54560911 45290.2 0.15890660
              45291.8 1.54553491 45294.7 0.04454749 45296.1 0.35380000 45297.5 0.09945542 45299.5 0.18772827"""
    bids = """45283.5 0.10000000 45283.4 1.54582015 45282.1 0.10000000 45281.0 0.10000000 45280.3 1.54592586
              45279.0 0.07990000 45277.6 0.03310103 45277.5 0.30000000 45277.3 1.54602737 45276.6 0.15445238"""
    book = Book(first("kraken"), pairs(bids), pairs(asks), 1, datetime(2024, 1, 1, tzinfo=UTC))
    assert kraken.checksum(book) == 3310070434
    deeper = replace(book, bids=(*book.bids, (D(1), D(1))), asks=(*book.asks, (D(99999), D(1))))
    assert kraken.checksum(deeper) == 3310070434


def test_okxs_checksum_weaves_bids_and_asks_and_goes_on_with_the_longer_side() -> None:
    book = Book(first("okx"), pairs("3366.1 7"), pairs("3366.8 9 3368 8 3372 8"), 1, datetime(2024, 1, 1, tzinfo=UTC))
    unsigned = zlib.crc32(b"3366.1:7:3366.8:9:3368:8:3372:8")
    assert okx.checksum(book) % 2**32 == unsigned
    assert -(2**31) <= okx.checksum(book) < 2**31


def pairs(text: str) -> tuple[Level, ...]:
    numbers = [D(word) for word in text.split()]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


prices = st.lists(st.integers(1, 60), min_size=1, max_size=14, unique=True)


@settings(max_examples=examples(20))
@given(drawn=st.lists(st.tuples(prices, st.integers(1, 9)), min_size=2, max_size=5))
def test_a_client_that_applies_krakens_changes_gets_the_checksums_that_kraken_sends(served, drawn) -> None:
    """As Kraken's guide has it: apply, truncate to the depth, and hash the very digits of the best ten."""
    market = first("kraken")
    books = [(sorted(((D(p) / 10, D(size)) for p in ticks), reverse=True), [(D(100), D(size))]) for ticks, size in drawn]

    async def followed_by_hand() -> list[tuple[str, str]]:
        sums: list[tuple[str, str]] = []
        kept: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}
        served.floor.set_book("kraken", market.native_id, *books[0])
        async with ClientSession() as session, session.ws_connect(f"ws://{served.host}/kraken/v2") as socket:
            await socket.send_json({"method": "subscribe", "params": {"channel": "book", "symbol": ["BTC/USD"]}})
            for book in (*books[1:], None):
                message = await next_book(socket)
                sums.append((applied(kept, message), message["checksum"]))
                if book:
                    served.floor.set_book("kraken", market.native_id, *book)
        return sums

    sums = asyncio.run(followed_by_hand())
    assert len(sums) == len(drawn)
    assert [ours for ours, _ in sums] == [theirs for _, theirs in sums]


async def next_book(socket) -> dict:
    while True:
        message = json.loads(await socket.receive_str(), parse_float=str, parse_int=str)
        if message.get("channel") == "book":
            told: dict = message["data"][0]
            return told


def applied(kept: dict[str, dict[str, str]], message: dict) -> str:
    told = ""
    for side in ("asks", "bids"):
        for level in message[side]:
            kept[side].pop(level["price"], None)
            if D(level["qty"]):
                kept[side][level["price"]] = level["qty"]
        best = sorted(kept[side].items(), key=lambda level: D(level[0]), reverse=side == "bids")[:10]
        kept[side] = dict(best)
        told += "".join(number.replace(".", "").lstrip("0") for level in best for number in level)
    return str(zlib.crc32(told.encode()))


# ---------------------------------------------------------------- failing


def watched_under(
    exchange: LoopbackExchange, venue: str, fault: Fault, moves: Sequence[int], seconds=LONG_ENOUGH_SECONDS
) -> Sides:
    """What ccxt's book is when it changes, or so many seconds, after a venue began to fail and its books moved."""
    market = first(venue)
    exchange.floor.set_book(venue, market.native_id, *around(market, 0))

    async def watched() -> Sides:
        async with client(exchange, venue, sockets=True) as ccxt:
            assert await until(ccxt, market.symbol, around(market, 0)) == around(market, 0)
            exchange.fail(venue, fault)
            for steps in moves:
                exchange.floor.set_book(venue, market.native_id, *around(market, steps))
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while now(ccxt, market) == around(market, 0):
                        await asyncio.sleep(0.005)
            return now(ccxt, market)

    return asyncio.run(watched())


def now(ccxt: pro.Exchange, market: Market) -> Sides:
    book = ccxt.orderbooks[market.symbol]
    return levels(book["bids"]), levels(book["asks"])


@pytest.mark.parametrize("fault", [Fault.SOCKET_SILENT, Fault.FROZEN])
@pytest.mark.parametrize("venue", SOCKET_VENUES)
def test_a_silent_socket_leaves_the_last_book_standing(exchange: LoopbackExchange, venue: str, fault: Fault) -> None:
    assert watched_under(exchange, venue, fault, (3, 5)) == around(first(venue), 0)


@pytest.mark.parametrize("venue", SOCKET_VENUES)
def test_a_crossed_book_comes_over_the_socket_too(exchange: LoopbackExchange, venue: str) -> None:
    bids, asks = watched_under(exchange, venue, Fault.CROSSED, (3,), SOON_SECONDS)
    assert bids[0][0] > asks[0][0]


@pytest.mark.parametrize("venue", SOCKET_VENUES)
def test_another_markets_book_does_not_reach_this_one(exchange: LoopbackExchange, venue: str) -> None:
    assert watched_under(exchange, venue, Fault.WRONG_SYMBOL, (3,)) == around(first(venue), 0)


@pytest.mark.parametrize("venue", SOCKET_VENUES)
def test_a_silent_socket_that_speaks_again_catches_up(exchange: LoopbackExchange, venue: str) -> None:
    market = first(venue)
    exchange.floor.set_book(venue, market.native_id, *around(market, 0))

    async def watched() -> Sides:
        async with client(exchange, venue, sockets=True) as ccxt:
            await until(ccxt, market.symbol, around(market, 0))
            exchange.fail(venue, Fault.SOCKET_SILENT)
            exchange.floor.set_book(venue, market.native_id, *around(market, 4))
            await asyncio.sleep(LONG_ENOUGH_SECONDS)
            exchange.fail(venue, None)
            exchange.floor.set_book(venue, market.native_id, *around(market, 2))
            return await until(ccxt, market.symbol, around(market, 2))

    assert asyncio.run(watched()) == around(market, 2)


@pytest.mark.parametrize("venue", SOCKET_VENUES)
def test_a_cut_socket_is_a_network_error_until_the_venue_is_well_again(exchange: LoopbackExchange, venue: str) -> None:
    market = first(venue)
    exchange.floor.set_book(venue, market.native_id, *around(market, 0))

    async def watched() -> Sides:
        async with client(exchange, venue, sockets=True) as ccxt:
            await until(ccxt, market.symbol, around(market, 0))
            exchange.fail(venue, Fault.SOCKET_DROPPED)
            for _ in range(2):
                with pytest.raises(NetworkError):
                    await asyncio.wait_for(ccxt.watch_order_book(market.symbol), SOON_SECONDS)
            exchange.fail(venue, None)
            exchange.floor.set_book(venue, market.native_id, *around(market, 6))
            return await until(ccxt, market.symbol, around(market, 6))

    assert asyncio.run(watched()) == around(market, 6)
