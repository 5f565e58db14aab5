"""Coinbase advanced trade: currencies and rates of v2, products and books of v3, and the level2 channel."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from otc.sample.exchange.coinbase_orders import ORDERS
from otc.sample.exchange.floor import Book, Level
from otc.sample.exchange.listing import Market
from otc.sample.exchange.stall import Heard, Reply, Stall, Stream, Topic, Venue, changes, cut
from otc.sample.exchange.writing import digits, milliseconds, stamp, written

_FIAT: Final = {"USD": "United States Dollar", "EUR": "Euro"}
_EVERYTHING: Final = 1_000_000


def _assets(stall: Stall) -> list[str]:
    return sorted({asset for market in stall.markets for asset in (market.base, market.quote)})


def _currencies(stall: Stall, _: Mapping[str, str]) -> Reply:
    fiat = [asset for asset in _assets(stall) if asset in _FIAT]
    return Reply({"data": [{"id": asset, "name": _FIAT[asset], "min_size": "0.01"} for asset in fiat]})


def _crypto(stall: Stall, _: Mapping[str, str]) -> Reply:
    coins = [asset for asset in _assets(stall) if asset not in _FIAT]
    rows = [
        {"asset_id": f"asset-{coin}", "code": coin, "name": coin, "color": "#000000", "type": "crypto", "exponent": 8}
        for coin in coins
    ]
    return Reply({"data": rows})


def _rates(stall: Stall, _: Mapping[str, str]) -> Reply:
    # ccxt reads the names of the currencies here and leaves the rates alone.
    return Reply({"data": {"currency": "USD", "rates": dict.fromkeys(_assets(stall), "1")}})


def _product(stall: Stall, market: Market) -> object:
    aliases = [m.native_id for m in stall.markets if m.alias_of == (stall.venue, market.native_id)]
    return {
        "product_id": market.native_id, "product_type": "SPOT", "product_venue": "CBE", "status": "online",
        "base_currency_id": market.base, "quote_currency_id": market.quote,
        "base_display_symbol": market.base, "quote_display_symbol": market.quote,
        "base_name": market.base, "quote_name": market.quote, "display_name": market.native_id,
        "base_increment": digits(market.lot), "quote_increment": digits(market.tick), "price_increment": digits(market.tick),
        "base_min_size": digits(market.min_size), "base_max_size": "3400",
        "quote_min_size": digits(market.min_notional), "quote_max_size": "150000000",
        "alias": market.alias_of[1] if market.alias_of else "", "alias_to": aliases,
        "watched": False, "is_disabled": False, "new": False, "cancel_only": False, "limit_only": False, "post_only": False,
        "trading_disabled": False, "auction_mode": False, "view_only": False, "price": "", "mid_market_price": "",
        "fcm_trading_session_details": None,
    }  # fmt: skip


def _products(stall: Stall, asked: Mapping[str, str]) -> Reply:
    listed = [] if asked.get("product_type", "SPOT") != "SPOT" else [_product(stall, market) for market in stall.markets]
    return Reply({"products": listed, "num_products": len(listed)})


def _level(level: Level) -> object:
    return {"price": digits(level[0]), "size": digits(level[1])}


def _book(stall: Stall, asked: Mapping[str, str]) -> Reply:
    book = stall.shown(asked.get("product_id", ""))
    if book is None:
        return Reply({"error": "NOT_FOUND", "error_details": "product not found", "message": "product not found"}, 404)
    book = cut(book, int(asked.get("limit", _EVERYTHING)))
    return Reply(
        {
            "pricebook": {
                "product_id": book.market.native_id,
                "bids": [_level(level) for level in book.bids],
                "asks": [_level(level) for level in book.asks],
                "time": stamp(book.at),
            }
        }
    )


def _time(stall: Stall, _: Mapping[str, str]) -> Reply:
    now = stall.now()
    return Reply({"iso": stamp(now), "epochSeconds": str(milliseconds(now) // 1000), "epochMillis": str(milliseconds(now))})


def _hear(stall: Stall, text: str) -> Heard:
    message = json.loads(text)
    found = (stall.market(name) for name in message.get("product_ids", []))
    # An alias is subscribed to under its own name and answered under that of the book it shows.
    named = tuple(market.alias_of[1] if market.alias_of else market.native_id for market in found if market)
    going = message.get("type") == "subscribe"
    subscriptions = {message.get("channel", ""): list(named)} if going else {}
    reply = {"channel": "subscriptions", "client_id": "", "timestamp": stamp(stall.now()), "sequence_num": 0}
    replies = (written(reply | {"events": [{"subscriptions": subscriptions}]}),)
    if going:
        return Heard(replies, tuple(Topic(name, _EVERYTHING) for name in named))
    return Heard(replies, end=named)


def _update(book: Book, side: str, level: Level) -> object:
    return {"side": side, "event_time": stamp(book.at), "price_level": digits(level[0]), "new_quantity": digits(level[1])}


def _message(kind: str, book: Book, bids: Sequence[Level], asks: Sequence[Level]) -> str:
    told = [_update(book, "bid", level) for level in bids] + [_update(book, "offer", level) for level in asks]
    event = {"type": kind, "product_id": book.market.native_id, "updates": told}
    frame = {"channel": "l2_data", "client_id": "", "timestamp": stamp(book.at), "sequence_num": book.sequence}
    return written(frame | {"events": [event]})


def _snapshot(book: Book) -> str:
    return _message("snapshot", book, book.bids, book.asks)


def _change(before: Book, after: Book) -> str:
    return _message("update", after, changes(before.bids, after.bids), changes(before.asks, after.asks))


def _urls(host: str) -> Mapping[str, object]:
    return {"rest": f"http://{host}/coinbase", "ws": f"ws://{host}/coinbase/ws"}


VENUE: Final = Venue(
    name="coinbase",
    prefix="coinbase",
    urls=_urls,
    answers={
        "GET /v2/currencies": _currencies,
        "GET /v2/currencies/crypto": _crypto,
        "GET /v2/exchange-rates": _rates,
        "GET /api/v3/brokerage/market/products": _products,
        "GET /api/v3/brokerage/market/product_book": _book,
        "GET /api/v3/brokerage/time": _time,
        **ORDERS,
    },
    stream=Stream("/ws", _hear, _change, _snapshot),
)
