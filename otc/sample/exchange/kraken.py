"""Kraken: Assets, AssetPairs and Depth under its own asset codes, and the book channel of its second socket."""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

from otc.sample.exchange.floor import Book, Level
from otc.sample.exchange.kraken_orders import ORDERS
from otc.sample.exchange.listing import Market
from otc.sample.exchange.stall import Heard, Reply, Stall, Stream, Topic, Venue, changes, cut
from otc.sample.exchange.writing import bare, digits, milliseconds, places, stamp, written

_CODES: Final = {"BTC": ("XXBT", "XBT"), "ETH": ("XETH", "ETH"), "USD": ("ZUSD", "USD"), "EUR": ("ZEUR", "EUR")}
"""Codes of Kraken's own and their short forms; every other asset is called what it is called elsewhere."""
_FIAT: Final = frozenset({"USD", "EUR"})
_DEPTH: Final = 100
_DEEPEST: Final = 500
_PRICE_DECIMALS: Final = 5
_SIZE_DECIMALS: Final = 3
_SOCKET_DEPTH: Final = 10
_CHECKED_LEVELS: Final = 10


def _codes(asset: str) -> tuple[str, str]:
    return _CODES.get(asset, (asset, asset))


def _result(result: object) -> Reply:
    return Reply({"error": [], "result": result})


def _assets(stall: Stall, _: Mapping[str, str]) -> Reply:
    named = sorted({asset for market in stall.markets for asset in (market.base, market.quote)})
    return _result({_codes(asset)[0]: _asset(asset) for asset in named})


def _asset(asset: str) -> object:
    fiat = asset in _FIAT
    shown = {"decimals": 4, "display_decimals": 2} if fiat else {"decimals": 10, "display_decimals": 5}
    return {"aclass": "currency", "altname": _codes(asset)[1], **shown, "status": "enabled"}


def _pairs(stall: Stall, _: Mapping[str, str]) -> Reply:
    return _result({market.native_id: _pair(market) for market in stall.markets})


def _pair(market: Market) -> object:
    (base, short_base), (quote, short_quote) = _codes(market.base), _codes(market.quote)
    pair: dict[str, object] = {
        "altname": short_base + short_quote + (".d" if market.dark else ""),
        "aclass_base": "currency", "base": base, "aclass_quote": "currency", "quote": quote, "lot": "unit",
        "pair_decimals": places(market.tick), "cost_decimals": 5, "lot_decimals": places(market.lot), "lot_multiplier": 1,
        "leverage_buy": [], "leverage_sell": [],
        "fees": [[0, bare("0.40")], [10000, bare("0.35")]], "fees_maker": [[0, bare("0.25")], [10000, bare("0.20")]],
        "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40,
        "ordermin": digits(market.min_size), "costmin": digits(market.min_notional), "tick_size": digits(market.tick),
        "status": "online",
    }  # fmt: skip
    return pair if market.dark else pair | {"wsname": f"{short_base}/{short_quote}"}


def _depth(stall: Stall, asked: Mapping[str, str]) -> Reply:
    market, book = stall.market(asked.get("pair", "")), stall.shown(asked.get("pair", ""))
    if market is None or book is None or market.dark:
        return Reply({"error": ["EQuery:Unknown asset pair"]})
    book = cut(book, min(int(asked.get("count", _DEPTH)), _DEEPEST))
    seconds = milliseconds(book.at) // 1000
    sides = {"asks": book.asks, "bids": book.bids}
    told = {side: [_level(book.market, level, seconds) for level in levels] for side, levels in sides.items()}
    return _result({book.market.native_id: told})


def _level(market: Market, level: Level, seconds: int) -> list[object]:
    price_places = max(_PRICE_DECIMALS, places(market.tick))
    return [digits(level[0], price_places), digits(level[1], _SIZE_DECIMALS), seconds]


def _time(stall: Stall, _: Mapping[str, str]) -> Reply:
    return _result({"unixtime": milliseconds(stall.now()) // 1000, "rfc1123": f"{stall.now():%a, %d %b %y %H:%M:%S} +0000"})


def _hear(stall: Stall, text: str) -> Heard:
    message = json.loads(text)
    method, asked = message.get("method"), message.get("params", {})
    if method == "ping":
        return Heard((written({"method": "pong", "req_id": message.get("req_id"), "time_in": stamp(stall.now())}),))
    depth = asked.get("depth", _SOCKET_DEPTH)
    named = [(name, stall.market(name)) for name in asked.get("symbol", [])]
    replies = tuple(_acknowledged(message, name, depth, market is not None) for name, market in named)
    ids = [market.native_id for _, market in named if market]
    if method == "subscribe":
        return Heard(replies, tuple(Topic(native_id, depth) for native_id in ids))
    return Heard(replies, end=tuple(ids))


def _acknowledged(message: Mapping[str, object], name: str, depth: int, known: bool) -> str:
    told: dict[str, object] = {"method": message.get("method"), "req_id": message.get("req_id"), "success": known}
    if not known:
        return written(told | {"error": "Currency pair not supported " + name, "symbol": name})
    return written(told | {"result": {"channel": "book", "depth": depth, "snapshot": True, "symbol": name}})


def _number(market: Market, level: Level) -> tuple[str, str]:
    return digits(level[0], places(market.tick)), digits(level[1], places(market.lot))


def checksum(book: Book) -> int:
    """The CRC32 of the best ten asks and then bids, each number without its point and leading zeros."""
    best = (*book.asks[:_CHECKED_LEVELS], *book.bids[:_CHECKED_LEVELS])
    told = (text.replace(".", "").lstrip("0") for level in best for text in _number(book.market, level))
    return zlib.crc32("".join(told).encode())


def _message(kind: str, book: Book, bids: Sequence[Level], asks: Sequence[Level]) -> str:
    def told(levels: Sequence[Level]) -> list[object]:
        numbers = (_number(book.market, level) for level in levels)
        return [{"price": bare(price), "qty": bare(size)} for price, size in numbers]

    content = {"symbol": book.market.symbol, "bids": told(bids), "asks": told(asks), "checksum": checksum(book)}
    return written({"channel": "book", "type": kind, "data": [content | {"timestamp": stamp(book.at)}]})


def _snapshot(book: Book) -> str:
    return _message("snapshot", book, book.bids, book.asks)


def _change(before: Book, after: Book) -> str:
    return _message("update", after, changes(before.bids, after.bids), changes(before.asks, after.asks))


def _urls(host: str) -> Mapping[str, object]:
    rest = f"http://{host}/kraken"
    return {"public": rest, "private": rest, "ws": {"publicV2": f"ws://{host}/kraken/v2"}}


_GREETING: Final = written(
    {"channel": "status", "type": "update", "data": [{"version": "2.0.10", "system": "online", "api_version": "v2"}]}
)

VENUE: Final = Venue(
    name="kraken",
    prefix="kraken",
    urls=_urls,
    refusals={429: {"error": ["EAPI:Rate limit exceeded"]}, 503: {"error": ["EService:Unavailable"]}},
    answers={
        "GET /0/public/Assets": _assets,
        "GET /0/public/AssetPairs": _pairs,
        "GET /0/public/Depth": _depth,
        "GET /0/public/Time": _time,
        **ORDERS,
    },
    stream=Stream("/v2", _hear, _change, _snapshot, (_GREETING,)),
)
