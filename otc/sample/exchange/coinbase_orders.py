"""Coinbase's orders: orders, historical/batch and historical/fills, a page at a time, the newest first."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from otc.sample.exchange.ledger import Dealt, No, Placed
from otc.sample.exchange.stall import Answer, Reply, Stall
from otc.sample.exchange.writing import digits, stamp

_PAGE: Final = 100
_NO: Final = {No.POOR: "PREVIEW_INSUFFICIENT_FUND", No.TWICE: "PREVIEW_DUPLICATE_CLIENT_ORDER_ID"}


def _place(stall: Stall, asked: Mapping[str, str]) -> Reply:
    terms = json.loads(asked["order_configuration"])["sor_limit_ioc"]
    order = {"side": asked["side"], "size": terms["base_size"], "price": terms["limit_price"]}
    placed = stall.place(asked["product_id"], **order, client_id=asked["client_order_id"])
    if isinstance(placed, Placed):
        told = {"order_id": str(placed.order_id), "product_id": asked["product_id"], "side": asked["side"]}
        return Reply({"success": True, "success_response": told | {"client_order_id": placed.client_id}})
    reason = _NO[placed] if placed else "PREVIEW_INVALID_PRODUCT_ID"
    refusal = {"error": "UNKNOWN_FAILURE_REASON", "message": "", "error_details": "", "preview_failure_reason": reason}
    return Reply({"success": False, "error_response": refusal})


def _order(order: Placed) -> dict[str, object]:
    terms = {"base_size": digits(order.size), "limit_price": digits(order.price)}
    return {
        "order_id": str(order.order_id), "product_id": order.market.native_id, "user_id": "u", "client_order_id": order.client_id,
        "order_configuration": {"sor_limit_ioc": terms}, "side": order.side.upper(), "time_in_force": "IMMEDIATE_OR_CANCEL",
        "status": "FILLED" if order.filled == order.size else "CANCELLED", "created_time": stamp(order.at),
        "completion_percentage": "0", "filled_size": digits(order.filled), "total_fees": digits(order.fees),
        "average_filled_price": digits(order.paid / order.filled if order.filled else order.filled),
        "filled_value": digits(order.paid), "order_type": "LIMIT", "settled": True, "product_type": "SPOT",
    }  # fmt: skip


def _fill(order: Placed, fill: Dealt) -> dict[str, object]:
    return {
        "entry_id": f"e-{fill.trade_id}", "trade_id": f"t-{fill.trade_id}", "order_id": str(order.order_id),
        "trade_time": stamp(order.at), "trade_type": "FILL", "price": digits(fill.price), "size": digits(fill.size),
        "commission": digits(fill.fee), "product_id": order.market.native_id, "sequence_timestamp": stamp(order.at),
        "liquidity_indicator": "TAKER", "size_in_quote": False, "user_id": "u", "side": order.side.upper(),
    }  # fmt: skip


def _page(name: str, rows: Sequence[object], asked: Mapping[str, str]) -> Reply:
    start, most = int(asked.get("cursor") or 0), min(int(asked.get("limit", _PAGE)), _PAGE)
    end = start + most
    return Reply({name: rows[start:end], "has_next": end < len(rows), "cursor": str(end) if end < len(rows) else ""})


def _orders(stall: Stall, asked: Mapping[str, str]) -> Reply:
    return _page("orders", [_order(order) for order in reversed(stall.ledger.orders(stall.venue))], asked)


def _fills(stall: Stall, asked: Mapping[str, str]) -> Reply:
    wanted = asked.get("order_ids", "")
    found = [order for order in reversed(stall.ledger.orders(stall.venue)) if wanted in ("", str(order.order_id))]
    return _page("fills", [_fill(order, fill) for order in found for fill in stall.listed_fills(order)], asked)


def _summary(_: Stall, __: Mapping[str, str]) -> Reply:
    # What ccxt asks for with its list of markets as soon as it has keys.
    tier = {"pricing_tier": "Advanced 1", "maker_fee_rate": "0.006", "taker_fee_rate": "0.012"}
    return Reply({"total_volume": 0, "total_fees": 0, "fee_tier": tier})


ORDERS: Final[Mapping[str, Answer]] = {
    "GET /api/v3/brokerage/transaction_summary": _summary,
    "POST /api/v3/brokerage/orders": _place,
    "GET /api/v3/brokerage/orders/historical/batch": _orders,
    "GET /api/v3/brokerage/orders/historical/fills": _fills,
}
