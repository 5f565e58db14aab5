"""Tokocrypto, over REST alone: its symbols, type 1 of which are Binance's and are asked for there, and its own depth."""

from collections.abc import Mapping
from typing import Final

from otc.sample.exchange.binance import REFUSALS, filters, sides
from otc.sample.exchange.listing import Market
from otc.sample.exchange.stall import Reply, Stall, Venue, cut
from otc.sample.exchange.writing import digits, milliseconds

_BINANCES: Final = 1
_NATIVE: Final = 3
_DEPTH: Final = 100
_DEEPEST: Final = 1000


def _answer(stall: Stall, content: object) -> Reply:
    return Reply({"code": 0, "msg": "Success", "data": content, "timestamp": milliseconds(stall.now())})


def _symbols(stall: Stall, _: Mapping[str, str]) -> Reply:
    return _answer(stall, {"list": [_symbol(market) for market in stall.markets]})


def _symbol(market: Market) -> object:
    smallest = {"filterType": "MIN_NOTIONAL", "minNotional": digits(market.min_notional, 8), "applyToMarket": True}
    return {
        "type": _BINANCES if market.alias_of else _NATIVE, "symbol": market.native_id,
        "baseAsset": market.base, "basePrecision": 8, "quoteAsset": market.quote, "quotePrecision": 8,
        "filters": [*filters(market), smallest], "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergEnable": 1, "ocoEnable": 1, "spotTradingEnable": 1, "marginTradingEnable": 0, "permissions": ["SPOT"],
    }  # fmt: skip


def _depth(stall: Stall, asked: Mapping[str, str]) -> Reply:
    market, book = stall.market(asked.get("symbol", "")), stall.shown(asked.get("symbol", ""))
    if market is None or book is None or market.alias_of:
        # A market that is Binance's has an empty list here, and no error.
        return _answer(stall, {"lastUpdateId": 0, "bids": [], "asks": []})
    book = cut(book, min(int(asked.get("limit", _DEPTH)), _DEEPEST))
    told = {"code": 0, "msg": "Success", "data": {"lastUpdateId": book.sequence, **sides(book)}}
    return Reply(told | {"timestamp": milliseconds(book.at)})


def _time(stall: Stall, _: Mapping[str, str]) -> Reply:
    return _answer(stall, None)


def _urls(host: str) -> Mapping[str, object]:
    own = f"http://{host}/toko"
    return {"rest": {"public": own, "private": own, "binance": f"http://{host}/binance/api/v3"}}


VENUE: Final = Venue(
    name="tokocrypto",
    prefix="toko",
    urls=_urls,
    refusals=REFUSALS,
    answers={
        "GET /open/v1/common/symbols": _symbols,
        "GET /open/v1/market/depth": _depth,
        "GET /open/v1/common/time": _time,
    },
)
