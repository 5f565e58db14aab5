"""Binance spot: exchangeInfo, depth and the diff-depth stream, whose snapshot comes over REST."""

import json
from collections.abc import Mapping
from typing import Final

from otc.sample.exchange.binance_orders import ORDERS
from otc.sample.exchange.floor import Book, Level
from otc.sample.exchange.listing import Market
from otc.sample.exchange.stall import Heard, Reply, Stall, Stream, Topic, Venue, changes, cut
from otc.sample.exchange.writing import digits, milliseconds, written

SPOT: Final = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchMargins": False}
REFUSALS: Final[Mapping[int, object]] = {
    418: {"code": -1003, "msg": "Way too much request weight used; IP banned until 1893456000000."},
    429: {"code": -1003, "msg": "Too much request weight used; current limit is 6000 request weight per 1 MINUTE."},
    503: {"code": -1000, "msg": "Unknown error, please check your request or try again later."},
}
"""The refusals of Binance and of Tokocrypto after it."""
_DECIMALS: Final = 8
_DEPTH: Final = 100
_DEEPEST: Final = 5000
_EVERYTHING: Final = 1_000_000


def filters(market: Market) -> list[dict[str, object]]:
    """The filters by which Binance, and Tokocrypto after it, says the tick, the lot and the smallest size of a market."""
    tick, lot = digits(market.tick, _DECIMALS), digits(market.lot, _DECIMALS)
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "1000000000.00000000", "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": digits(market.min_size, _DECIMALS), "maxQty": "9000.00000000", "stepSize": lot},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "9000.00000000", "stepSize": "0.00000000"},
    ]  # fmt: skip


def _notional(market: Market) -> dict[str, object]:
    return {
        "filterType": "NOTIONAL", "minNotional": digits(market.min_notional, _DECIMALS), "applyMinToMarket": True,
        "maxNotional": "9000000.00000000", "applyMaxToMarket": False, "avgPriceMins": 5,
    }  # fmt: skip


def sides(book: Book) -> dict[str, object]:
    """Both sides with eight decimals, as Binance and Tokocrypto write them."""
    return {"bids": [_level(level) for level in book.bids], "asks": [_level(level) for level in book.asks]}


def _level(level: Level) -> list[str]:
    return [digits(level[0], _DECIMALS), digits(level[1], _DECIMALS)]


def _symbol(market: Market) -> dict[str, object]:
    return {
        "symbol": market.native_id, "status": "TRADING",
        "baseAsset": market.base, "baseAssetPrecision": _DECIMALS, "baseCommissionPrecision": _DECIMALS,
        "quoteAsset": market.quote, "quotePrecision": _DECIMALS, "quoteAssetPrecision": _DECIMALS,
        "quoteCommissionPrecision": _DECIMALS,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
        "icebergAllowed": True, "ocoAllowed": True, "quoteOrderQtyMarketAllowed": True, "allowTrailingStop": True,
        "cancelReplaceAllowed": True, "isSpotTradingAllowed": True, "isMarginTradingAllowed": False,
        "filters": [*filters(market), _notional(market)], "permissions": [], "permissionSets": [["SPOT"]],
    }  # fmt: skip


def _exchange_info(stall: Stall, _: Mapping[str, str]) -> Reply:
    return Reply(
        {
            "timezone": "UTC", "serverTime": milliseconds(stall.now()), "exchangeFilters": [],
            "rateLimits": [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000}],
            "symbols": [_symbol(market) for market in stall.markets],
        }
    )  # fmt: skip


def _depth(stall: Stall, asked: Mapping[str, str]) -> Reply:
    book = stall.shown(asked.get("symbol", ""))
    if book is None:
        return Reply({"code": -1121, "msg": "Invalid symbol."}, 400)
    depth = min(int(asked.get("limit", _DEPTH)), _DEEPEST)
    return Reply({"lastUpdateId": book.sequence, **sides(cut(book, depth))})


def _time(stall: Stall, _: Mapping[str, str]) -> Reply:
    return Reply({"serverTime": milliseconds(stall.now())})


def _hear(stall: Stall, text: str) -> Heard:
    message = json.loads(text)
    streams = [str(name).partition("@")[0].upper() for name in message.get("params", [])]
    known = [name for name in streams if stall.market(name)]
    replies = (written({"result": None, "id": message.get("id")}),)
    if message.get("method") == "SUBSCRIBE":
        return Heard(replies, tuple(Topic(name, _EVERYTHING) for name in known))
    return Heard(replies, end=tuple(known))


def _change(before: Book, after: Book) -> str:
    return written(
        {
            "e": "depthUpdate", "E": milliseconds(after.at), "s": after.market.native_id,
            "U": before.sequence + 1, "u": after.sequence,
            "b": [_level(level) for level in changes(before.bids, after.bids)],
            "a": [_level(level) for level in changes(before.asks, after.asks)],
        }
    )  # fmt: skip


def _urls(host: str) -> Mapping[str, object]:
    rest = f"http://{host}/binance"
    return {
        "public": f"{rest}/api/v3", "private": f"{rest}/api/v3", "sapi": f"{rest}/sapi/v1",
        # ccxt takes a socket for one of the spot market by the word stream in its address.
        "ws": {"spot": f"ws://{host}/binance/stream/ws"},
    }  # fmt: skip


VENUE: Final = Venue(
    name="binance",
    prefix="binance",
    urls=_urls,
    options=SPOT,
    refusals=REFUSALS,
    answers={
        "GET /api/v3/exchangeInfo": _exchange_info,
        "GET /api/v3/depth": _depth,
        "GET /api/v3/time": _time,
        **ORDERS,
    },
    stream=Stream("/stream/ws/{number}", _hear, _change),
)
