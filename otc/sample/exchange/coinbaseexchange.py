"""Coinbase Exchange: products, currencies, the aggregated book, and the level2 channel, which asks for a key."""

import json
from collections.abc import Mapping
from typing import Final

from otc.sample.exchange.floor import Book, Level
from otc.sample.exchange.listing import Market
from otc.sample.exchange.stall import Heard, Reply, Stall, Stream, Topic, Venue, changes
from otc.sample.exchange.writing import digits, milliseconds, stamp, written

_FIAT: Final = frozenset({"USD", "EUR"})
_EVERYTHING: Final = 1_000_000
_UNKNOWN: Final = Reply({"message": "NotFound"}, 404)


def _products(stall: Stall, _: Mapping[str, str]) -> Reply:
    return Reply([_product(market) for market in stall.markets])


def _product(market: Market) -> object:
    return {
        "id": market.native_id, "base_currency": market.base, "quote_currency": market.quote,
        "quote_increment": digits(market.tick), "base_increment": digits(market.lot),
        "display_name": f"{market.base}-{market.quote}", "min_market_funds": digits(market.min_notional),
        "margin_enabled": False, "post_only": False, "limit_only": False, "cancel_only": False, "status": "online",
        "status_message": "", "trading_disabled": False, "fx_stablecoin": False, "max_slippage_percentage": "0.02000000",
        "auction_mode": False, "high_bid_limit_percentage": "",
    }  # fmt: skip


def _currencies(stall: Stall, _: Mapping[str, str]) -> Reply:
    named = sorted({asset for market in stall.markets for asset in (market.base, market.quote)})
    return Reply([_currency(asset) for asset in named])


def _currency(asset: str) -> object:
    fiat = asset in _FIAT
    return {
        "id": asset, "name": asset, "min_size": "0.01" if fiat else "0.00000001", "status": "online", "message": "",
        "max_precision": "0.01" if fiat else "0.00000001", "convertible_to": [],
        "details": {"type": "fiat" if fiat else "crypto", "symbol": None, "network_confirmations": None},
        "default_network": "", "supported_networks": [], "display_name": asset,
    }  # fmt: skip


def _book(stall: Stall, asked: Mapping[str, str]) -> Reply:
    book = stall.shown(asked["id"])
    if book is None:
        return _UNKNOWN
    sides = {"bids": [_level(level) for level in book.bids], "asks": [_level(level) for level in book.asks]}
    told = {"sequence": book.sequence, "auction_mode": False, "auction": None, "time": stamp(book.at)}
    return Reply(sides | told)


def _level(level: Level) -> list[object]:
    return [digits(level[0]), digits(level[1]), 1]


def _time(stall: Stall, _: Mapping[str, str]) -> Reply:
    return Reply({"iso": stamp(stall.now()), "epoch": milliseconds(stall.now()) // 1000})


def _hear(stall: Stall, text: str) -> Heard:
    message = json.loads(text)
    if message.get("type") == "subscribe" and not message.get("signature"):
        return Heard((written({"type": "error", "message": "Failed to subscribe", "reason": "level2 requires authentication"}),))
    named = tuple(name for name in message.get("product_ids", []) if stall.market(name))
    channels = [{"name": name, "product_ids": list(named)} for name in message.get("channels", [])]
    replies = (written({"type": "subscriptions", "channels": channels}),)
    if message.get("type") == "subscribe":
        return Heard(replies, tuple(Topic(name, _EVERYTHING) for name in named))
    return Heard(replies, end=named)


def _snapshot(book: Book) -> str:
    sides = {"asks": [_level(level)[:2] for level in book.asks], "bids": [_level(level)[:2] for level in book.bids]}
    return written({"type": "snapshot", "product_id": book.market.native_id, "time": stamp(book.at)} | sides)


def _change(before: Book, after: Book) -> str:
    changed = [["buy", *_level(level)[:2]] for level in changes(before.bids, after.bids)]
    changed += [["sell", *_level(level)[:2]] for level in changes(before.asks, after.asks)]
    return written({"type": "l2update", "product_id": after.market.native_id, "changes": changed, "time": stamp(after.at)})


def _urls(host: str) -> Mapping[str, object]:
    rest = f"http://{host}/cbx"
    return {"public": rest, "private": rest, "ws": f"ws://{host}/cbx/ws"}


VENUE: Final = Venue(
    name="coinbaseexchange",
    prefix="cbx",
    urls=_urls,
    refusals={429: {"message": "Public rate limit exceeded"}},
    answers={
        "GET /products": _products,
        "GET /currencies": _currencies,
        "GET /products/{id}/book": _book,
        "GET /time": _time,
    },
    stream=Stream("/ws", _hear, _change, _snapshot),
)
