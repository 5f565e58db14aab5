"""What a size costs and brings on the venues at this instant, and how each of their feeds does: one line of the event stream."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otc.config import Settings
from otc.market.consolidated import Line, fair_value, lines_of
from otc.market.currencies import USD_IDR, dollar_rates
from otc.model.market import FeedHealth, MarketView
from otc.model.rfq import QuoteInputs
from otc.money import round_to
from otc.views.written import written


def prices_answer(inputs: QuoteInputs, view: MarketView, settings: Settings) -> dict[str, Any]:
    """Executable bid and ask of a size, fees paid, and fair value, in the pair's quote currency, to its tick.

    `inputs` are those of a quote of that size from the same view; `age_s` is that of the oldest book used.
    """
    pair, now, tick = inputs.request.pair, inputs.quoted_at, inputs.tick
    lines = _lines(inputs, view, settings)
    found = {
        "pair": pair,
        "size": inputs.request.size,
        "bid": inputs.sell and round_to(inputs.sell.average_price, tick, "down"),
        "ask": inputs.buy and round_to(inputs.buy.average_price, tick, "up"),
        "fair": round_to(fair_value(lines), tick, "half_even"),
        "firm": not inputs.doubts,
        "age_s": _seconds(now - min(line.book.received_at for line in lines)),
        "venues": [_feed(feed, now) for feed in view.health if feed.symbol.split("/")[0] == pair.split("/")[0]],
        "simulated": inputs.simulated,
    }
    answer: dict[str, Any] = written(found, settings.desk.zones.desk)
    return answer


def _lines(inputs: QuoteInputs, view: MarketView, settings: Settings) -> Sequence[Line]:
    """The books behind the inputs, converted at the rates that those went through."""
    base, quote = inputs.request.pair.split("/")
    rupiah = {rate.name: rate for rate in inputs.rates if rate.name == USD_IDR}
    out = {(excluded.venue, excluded.symbol) for excluded in inputs.excluded}
    lines, _ = lines_of(view, base, quote, settings.venues, {**dollar_rates(view), **rupiah})
    return [line for line in lines if (line.book.venue, line.book.symbol) not in out]


def feeds_answer(view: MarketView, source: str, zone: ZoneInfo) -> dict[str, Any]:
    """How the market is watched and how many of its feeds are live."""
    live = sum(feed.state == "live" for feed in view.health)
    answer: dict[str, Any] = written(
        {"state": source, "feeds_live": live, "feeds": len(view.health), "taken_at": view.taken_at}, zone
    )
    return answer


def _feed(feed: FeedHealth, now: datetime) -> dict[str, object]:
    age = None if feed.received_at is None else _seconds(now - feed.received_at)
    return {"venue": feed.venue, "symbol": feed.symbol, "state": feed.state, "reason": feed.reason, "age_s": age}


def _seconds(passed: timedelta) -> str:
    """A time as seconds with one decimal; a receipt by a clock that runs ahead is no time ago."""
    tenths = max(passed, timedelta(0)) // timedelta(milliseconds=100)
    return f"{tenths // 10}.{tenths % 10}"
