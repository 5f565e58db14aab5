"""Binance's orders: POST order, GET order by the client's id, myTrades of an order."""

from collections.abc import Mapping
from typing import Final

from otc.sample.exchange.ledger import No, Placed
from otc.sample.exchange.stall import Answer, Reply, Stall
from otc.sample.exchange.writing import digits, milliseconds

_DECIMALS: Final = 8
_NO: Final = {No.POOR: "Account has insufficient balance for requested action.", No.TWICE: "Duplicate order sent."}


def _order(order: Placed) -> dict[str, object]:
    return {
        "symbol": order.market.native_id, "orderId": order.order_id, "orderListId": -1, "clientOrderId": order.client_id,
        "transactTime": milliseconds(order.at), "price": digits(order.price, _DECIMALS), "origQty": digits(order.size, _DECIMALS),
        "executedQty": digits(order.filled, _DECIMALS), "cummulativeQuoteQty": digits(order.paid, _DECIMALS),
        "status": "FILLED" if order.filled == order.size else "EXPIRED", "timeInForce": "IOC", "type": "LIMIT",
        "side": order.side.upper(), "time": milliseconds(order.at), "updateTime": milliseconds(order.at), "isWorking": True,
    }  # fmt: skip


def _place(stall: Stall, asked: Mapping[str, str]) -> Reply:
    terms = {"side": asked["side"], "size": asked["quantity"], "price": asked["price"], "client_id": asked["newClientOrderId"]}
    placed = stall.place(asked["symbol"], **terms)
    if placed is None:
        return Reply({"code": -1121, "msg": "Invalid symbol."}, 400)
    if isinstance(placed, No):
        return Reply({"code": -2010, "msg": _NO[placed]}, 400)
    return Reply(_order(placed) | {"fills": []})


def _found(stall: Stall, asked: Mapping[str, str]) -> Reply:
    order = stall.ledger.find(stall.venue, asked.get("origClientOrderId", ""), asked.get("orderId", ""))
    return Reply(_order(order)) if order else Reply({"code": -2013, "msg": "Order does not exist."}, 400)


def _trades(stall: Stall, asked: Mapping[str, str]) -> Reply:
    order = stall.ledger.find(stall.venue, order_id=asked["orderId"])
    return Reply(
        [
            {
                "symbol": order.market.native_id, "id": fill.trade_id, "orderId": order.order_id, "orderListId": -1,
                "price": digits(fill.price, _DECIMALS), "qty": digits(fill.size, _DECIMALS),
                "commission": digits(fill.fee, _DECIMALS), "commissionAsset": order.market.quote,
                "time": milliseconds(order.at), "isBuyer": order.side == "buy", "isMaker": False, "isBestMatch": True,
            }
            for fill in stall.listed_fills(order)
        ]
        if order
        else []
    )  # fmt: skip


ORDERS: Final[Mapping[str, Answer]] = {
    "POST /api/v3/order": _place,
    "GET /api/v3/order": _found,
    "GET /api/v3/myTrades": _trades,
}
