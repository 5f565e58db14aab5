"""Indodax, over REST alone: api/pairs with its misleading precision and fee, and api/depth, whose prices are bare numbers."""

from collections.abc import Mapping
from typing import Final

from otc.sample.exchange.floor import Level
from otc.sample.exchange.listing import Market
from otc.sample.exchange.stall import Reply, Stall, Venue
from otc.sample.exchange.writing import bare, digits, milliseconds


def _pairs(stall: Stall, _: Mapping[str, str]) -> Reply:
    return Reply([_pair(market) for market in stall.markets])


def _pair(market: Market) -> object:
    base, quote = market.base.lower(), market.quote.lower()
    return {
        "id": market.native_id, "symbol": market.native_id.upper(), "base_currency": quote, "traded_currency": base,
        "traded_currency_unit": market.base, "description": f"{market.base}/{market.quote}", "ticker_id": f"{base}_{quote}",
        # The tick stands in price_precision; price_round, which ccxt reads, has nothing to do with it.
        "volume_precision": 0, "price_precision": bare(digits(market.tick)), "price_round": 8,
        "pricescale": bare(digits(market.tick)),
        "trade_min_base_currency": bare(digits(market.min_notional)),
        "trade_min_traded_currency": bare(digits(market.min_size)),
        "has_memo": False, "memo_name": False,
        # Percent, which ccxt takes for a share of one.
        "trade_fee_percent": bare("0.3"), "trade_fee_percent_taker": bare("0.3"), "trade_fee_percent_maker": bare("0.2"),
        "is_maintenance": 0, "is_market_suspended": 0, "coingecko_id": market.base.lower(), "cmc_id": False,
    }  # fmt: skip


def _depth(stall: Stall, asked: Mapping[str, str]) -> Reply:
    book = stall.shown(asked["pair"])
    if book is None:
        return Reply({"error": "invalid_pair", "error_description": "Invalid Pair"})
    return Reply({"buy": [_level(level) for level in book.bids], "sell": [_level(level) for level in book.asks]})


def _level(level: Level) -> list[str]:
    # A number that JSON has no sign for goes as a word, so that the fault is the venue's and not the reader's.
    price = digits(level[0])
    return [bare(price) if level[0].is_finite() else price, digits(level[1], 8)]


def _time(stall: Stall, _: Mapping[str, str]) -> Reply:
    return Reply({"timezone": "UTC", "server_time": milliseconds(stall.now())})


def _urls(host: str) -> Mapping[str, object]:
    return {"public": f"http://{host}/indodax", "private": f"http://{host}/indodax/tapi"}


VENUE: Final = Venue(
    name="indodax",
    prefix="indodax",
    urls=_urls,
    answers={
        "GET /api/pairs": _pairs,
        "GET /api/depth/{pair}": _depth,
        "GET /api/server_time": _time,
    },
)
