"""Kraken's orders: AddOrder, Open- and ClosedOrders by cl_ord_id, fifty a page like TradesHistory."""

from collections.abc import Mapping
from typing import Final

from otc.sample.exchange.ledger import No, Placed
from otc.sample.exchange.stall import Answer, Reply, Stall
from otc.sample.exchange.writing import digits

_PAGE: Final = 50
_NO: Final = {No.POOR: "EOrder:Insufficient funds", No.TWICE: "EOrder:Duplicate cl_ord_id"}


def _id(number: int) -> str:
    return f"O{number:05d}-AAAAA-BBBBBB"


def _place(stall: Stall, asked: Mapping[str, str]) -> Reply:
    terms = {"side": asked["type"], "size": asked["volume"], "price": asked["price"], "client_id": asked.get("cl_ord_id", "")}
    placed = stall.place(asked["pair"], **terms)
    if placed is None:
        return Reply({"error": ["EQuery:Unknown asset pair"]})
    if isinstance(placed, No):
        return Reply({"error": [_NO[placed]]})
    told = f"{placed.side} {digits(placed.size)} {asked['pair']} @ limit {digits(placed.price)}"
    return Reply({"error": [], "result": {"txid": [_id(placed.order_id)], "descr": {"order": told}}})


def _order(order: Placed) -> object:
    return {
        "refid": None, "userref": 0, "cl_ord_id": order.client_id, "status": "closed" if order.filled else "expired",
        "opentm": order.at.timestamp(), "closetm": order.at.timestamp(),
        "descr": {"pair": order.market.native_id, "type": order.side, "ordertype": "limit", "price": digits(order.price),
                  "price2": "0", "leverage": "none", "order": ""},
        "vol": digits(order.size, 8), "vol_exec": digits(order.filled, 8), "cost": digits(order.paid, 5),
        "fee": digits(order.fees, 5), "price": digits(order.paid / order.filled if order.filled else order.filled, 5),
        "stopprice": "0.00000", "limitprice": "0.00000", "misc": "", "oflags": "fciq", "reason": "User requested",
    }  # fmt: skip


def _open(_: Stall, __: Mapping[str, str]) -> Reply:
    return Reply({"error": [], "result": {"open": {}}})


def _closed(stall: Stall, asked: Mapping[str, str]) -> Reply:
    wanted = asked.get("cl_ord_id", "")
    found = [order for order in reversed(stall.ledger.orders(stall.venue)) if wanted in ("", order.client_id)]
    page = found[int(asked.get("ofs", 0)) :][:_PAGE]
    rows = {_id(order.order_id): _order(order) for order in page}
    return Reply({"error": [], "result": {"closed": rows, "count": len(found)}})


def _trades(stall: Stall, asked: Mapping[str, str]) -> Reply:
    orders = reversed(stall.ledger.orders(stall.venue))
    found = [(order, fill) for order in orders for fill in stall.listed_fills(order)]
    rows = {
        f"T{fill.trade_id:05d}-CCCCC-DDDDDD": {
            "ordertxid": _id(order.order_id), "postxid": "", "pair": order.market.native_id, "time": order.at.timestamp(),
            "type": order.side, "ordertype": "limit", "price": digits(fill.price, 5), "cost": digits(fill.size * fill.price, 5),
            "fee": digits(fill.fee, 5), "vol": digits(fill.size, 8), "margin": "0.00000", "misc": "", "maker": False,
        }
        for order, fill in found[int(asked.get("ofs", 0)) :][:_PAGE]
    }  # fmt: skip
    return Reply({"error": [], "result": {"trades": rows, "count": len(found)}})


ORDERS: Final[Mapping[str, Answer]] = {
    "POST /0/private/AddOrder": _place,
    "POST /0/private/OpenOrders": _open,
    "POST /0/private/ClosedOrders": _closed,
    "POST /0/private/TradesHistory": _trades,
}
