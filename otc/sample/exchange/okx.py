"""OKX spot: public/instruments, market/books and the books channel with its checksum."""

import json
import zlib
from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from typing import Final

from otc.sample.exchange.binance import SPOT
from otc.sample.exchange.floor import Book, Level
from otc.sample.exchange.listing import Market
from otc.sample.exchange.okx_orders import ORDERS
from otc.sample.exchange.stall import Heard, Reply, Stall, Stream, Topic, Venue, changes, cut
from otc.sample.exchange.writing import digits, milliseconds, written

_DEPTH: Final = 400
_FULL_DEPTH: Final = 5000
_CHECKED_LEVELS: Final = 25
_CHANNEL: Final = "books"
_CONNECTION: Final = "a4d3ae55"


def _answer(rows: list[object]) -> Reply:
    return Reply({"code": "0", "msg": "", "data": rows})


def _instrument(market: Market) -> object:
    return {
        "instType": "SPOT", "instId": market.native_id, "baseCcy": market.base, "quoteCcy": market.quote, "settleCcy": "",
        "uly": "", "instFamily": "", "category": "1", "alias": "", "state": "live", "ruleType": "normal",
        "ctMult": "", "ctType": "", "ctVal": "", "ctValCcy": "", "optType": "", "stk": "", "expTime": "", "lever": "",
        "listTime": "1548133413000",
        "tickSz": digits(market.tick), "lotSz": digits(market.lot), "minSz": digits(market.min_size),
        "maxLmtSz": "9999999999", "maxMktSz": "1000000", "maxLmtAmt": "20000000", "maxMktAmt": "1000000",
    }  # fmt: skip


def _instruments(stall: Stall, asked: Mapping[str, str]) -> Reply:
    return _answer([_instrument(market) for market in stall.markets] if asked.get("instType") == "SPOT" else [])


def _level(level: Level) -> list[str]:
    return [digits(level[0]), digits(level[1]), "0", "1"]


def _sides(bids: Sequence[Level], asks: Sequence[Level]) -> dict[str, object]:
    return {"asks": [_level(level) for level in asks], "bids": [_level(level) for level in bids]}


def _books(stall: Stall, asked: Mapping[str, str]) -> Reply:
    return _shown(stall, asked, _DEPTH)


def _books_full(stall: Stall, asked: Mapping[str, str]) -> Reply:
    return _shown(stall, asked, _FULL_DEPTH)


def _shown(stall: Stall, asked: Mapping[str, str], deepest: int) -> Reply:
    book = stall.shown(asked.get("instId", ""))
    if book is None:
        return Reply({"code": "51001", "msg": "Instrument ID, Instrument ID code, or Spread ID doesn't exist.", "data": []})
    book = cut(book, min(int(asked.get("sz", 1)), deepest))
    return _answer([_sides(book.bids, book.asks) | {"ts": str(milliseconds(book.at)), "seqId": book.sequence}])


def _time(stall: Stall, _: Mapping[str, str]) -> Reply:
    return _answer([{"ts": str(milliseconds(stall.now()))}])


def _hear(stall: Stall, text: str) -> Heard:
    if text == "ping":
        return Heard(("pong",))
    message = json.loads(text)
    replies, topics = [], []
    for arg in message.get("args", []):
        market = stall.market(arg.get("instId", ""))
        if market is None or arg.get("channel") != _CHANNEL:
            replies.append(
                written({"event": "error", "code": "60018", "msg": f"Wrong URL or channel:{arg}", "connId": _CONNECTION})
            )
            continue
        replies.append(written({"event": message["op"], "arg": arg, "connId": _CONNECTION}))
        topics.append(Topic(market.native_id, _DEPTH))
    if message.get("op") == "subscribe":
        return Heard(tuple(replies), tuple(topics))
    return Heard(tuple(replies), end=tuple(topic.native_id for topic in topics))


def checksum(book: Book) -> int:
    """The signed CRC32 of the best 25 levels, bid and ask in turn, as price:size."""
    best = zip_longest(book.bids[:_CHECKED_LEVELS], book.asks[:_CHECKED_LEVELS])
    told = (f"{digits(price)}:{digits(size)}" for price, size in filter(None, chain.from_iterable(best)))
    crc = zlib.crc32(":".join(told).encode())
    return crc - (1 << 32) if crc >= 1 << 31 else crc


def _message(action: str, book: Book, sides: dict[str, object], before: int) -> str:
    told = {"ts": str(milliseconds(book.at)), "checksum": checksum(book), "prevSeqId": before, "seqId": book.sequence}
    return written({"arg": {"channel": _CHANNEL, "instId": book.market.native_id}, "action": action, "data": [sides | told]})


def _snapshot(book: Book) -> str:
    return _message("snapshot", book, _sides(book.bids, book.asks), -1)


def _change(before: Book, after: Book) -> str:
    sides = _sides(changes(before.bids, after.bids), changes(before.asks, after.asks))
    return _message("update", after, sides, before.sequence)


def _urls(host: str) -> Mapping[str, object]:
    return {"rest": f"http://{host}/okx", "ws": f"ws://{host}/okx/ws/v5"}


VENUE: Final = Venue(
    name="okx",
    prefix="okx",
    urls=_urls,
    options=SPOT,
    refusals={
        429: {"code": "50011", "msg": "Too Many Requests", "data": []},
        503: {"code": "50001", "msg": "Service temporarily unavailable. Try again later", "data": []},
    },
    answers={
        "GET /api/v5/public/instruments": _instruments,
        "GET /api/v5/market/books": _books,
        "GET /api/v5/market/books-full": _books_full,
        "GET /api/v5/public/time": _time,
        **ORDERS,
    },
    stream=Stream("/ws/v5/public", _hear, _change, _snapshot),
)
