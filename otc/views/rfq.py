"""A quote as others read it, a command's answer and a request's alike: amounts as text, instants in the desk's zone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from otc.model import Quote, QuoteSide, Side, Trade
from otc.model.rfq import RfqEvent, TwoWay
from otc.views.written import written

_SIDE: Final = (
    "client_amount_idr",
    "mm_amount_idr",
    "gross_spread_idr",
    "tax_idr",
    "net_pnl_idr",
    "rounding_idr",
    "spread_earned_idr",
    "tax_shortfall_idr",
)
_TRADE: Final = (
    "transaction_id",
    "quote_id",
    "traded_at",
    "pair",
    "side",
    "client_id",
    "size",
    "client_price_idr",
    "client_amount_idr",
    "gross_spread_idr",
    "tax_idr",
    "net_pnl_idr",
    "booked_by",
)


def quote_answer(quote: Quote, zone: ZoneInfo) -> dict[str, Any]:
    """Both sides of a market maker pricer's quote; amounts in IDR."""
    answer: dict[str, Any] = written(
        {
            "spread_bps": quote.spread_bps,
            "tax_rate": quote.tax_rate,
            "buy_quote": quote.buy.price_idr,
            "sell_quote": quote.sell.price_idr,
            "buy": _side(quote.buy),
            "sell": _side(quote.sell),
        },
        zone,
    )
    return answer


def _side(side: QuoteSide) -> dict[str, object]:
    return {name: getattr(side, name) for name in _SIDE}


def rfq_answer(quote: TwoWay, zone: ZoneInfo, rfq_id: str) -> dict[str, Any]:
    """A two-way quote with its parts; prices in the pair's quote currency.

    `bps` of a component is that of the side that was asked for, the ask's where none was.
    """
    inputs, sells = quote.inputs, quote.inputs.request.side is Side.SELL
    answer: dict[str, Any] = written(
        {
            "rfq_id": rfq_id,
            "quote_id": quote.quote_id,
            "pair": inputs.request.pair,
            "size": inputs.request.size,
            "bid": quote.bid,
            "ask": quote.ask,
            "mid": quote.mid,
            "components": [
                {
                    "name": part.name,
                    "bps": part.bid_bps if sells else part.ask_bps,
                    "ask_bps": part.ask_bps,
                    "bid_bps": part.bid_bps,
                    "words": part.words,
                }
                for part in quote.components
            ],
            "firm": quote.firm,
            "doubts": inputs.doubts,
            "excluded": [{"venue": out.venue, "symbol": out.symbol, "reason": out.reason} for out in inputs.excluded],
            "rates": [{"name": r.name, "rate": r.rate, "source": r.source, "at": r.at} for r in inputs.rates],
            "expires_at": quote.expires_at,
            "simulated": inputs.simulated,
        },
        zone,
    )
    return answer


def kept_answer(quote: TwoWay, zone: ZoneInfo, rfq_id: str, steps: Sequence[RfqEvent], now: datetime) -> dict[str, Any]:
    """A kept two-way quote with who asked for what, and what became of the request."""
    request, state = quote.inputs.request, steps[-1].state if steps else ""
    asked = {
        "side": request.side,
        "tier": request.tier,
        "client_id": request.client_id,
        "channel": request.channel,
        "purpose": request.purpose,
        "needed_by": request.needed_by,
        "quoted_at": quote.inputs.quoted_at,
        "quoted_by": quote.inputs.quoted_by,
        "state": "expired" if state == "quoted" and now >= quote.expires_at else state,
        "steps": [step_answer(step, zone) for step in steps],
    }
    return {**rfq_answer(quote, zone, rfq_id), **written(asked, zone)}


def step_answer(step: RfqEvent, zone: ZoneInfo) -> dict[str, Any]:
    """One step in the life of a request."""
    answer: dict[str, Any] = written(
        {
            "rfq_id": step.rfq_id,
            "quote_id": step.quote_id,
            "state": step.state,
            "at": step.happened_at,
            "actor": step.actor,
            "transaction_id": step.transaction_id,
            "reason": step.reason,
        },
        zone,
    )
    return answer


def booked_answer(trade: Trade, zone: ZoneInfo) -> dict[str, Any]:
    """What an acceptance has booked; amounts in IDR."""
    answer: dict[str, Any] = written({name: getattr(trade, name) for name in _TRADE}, zone)
    return answer
