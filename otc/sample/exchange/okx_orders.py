"""OKX's orders: batch-orders, order by the client's id, fills-history of an order."""

from collections.abc import Mapping
from typing import Final

from otc.sample.exchange.ledger import No, Placed
from otc.sample.exchange.stall import Answer, Reply, Stall
from otc.sample.exchange.writing import digits, milliseconds

_NO: Final = {
    No.POOR: ("51008", "Order failed. Insufficient balance."),
    No.TWICE: ("51016", "Client order ID already exists."),
}


def _place(stall: Stall, asked: Mapping[str, str]) -> Reply:
    terms = {"side": asked["side"], "size": asked["sz"], "price": asked["px"], "client_id": asked["clOrdId"]}
    placed = stall.place(asked["instId"], **terms)
    if placed is None:
        return _refused(asked, "51001", "Instrument ID does not exist.")
    if isinstance(placed, No):
        return _refused(asked, *_NO[placed])
    row = {"ordId": str(placed.order_id), "clOrdId": placed.client_id, "tag": "", "sCode": "0", "sMsg": "Order placed"}
    return Reply({"code": "0", "msg": "", "data": [row | {"ts": str(milliseconds(placed.at))}]})


def _refused(asked: Mapping[str, str], code: str, message: str) -> Reply:
    row = {"ordId": "", "clOrdId": asked["clOrdId"], "tag": "", "sCode": code, "sMsg": message}
    return Reply({"code": "1", "msg": "All operations failed", "data": [row]})


def _order(order: Placed) -> object:
    at = str(milliseconds(order.at))
    return {
        "instType": "SPOT", "instId": order.market.native_id, "ordId": str(order.order_id), "clOrdId": order.client_id, "tag": "",
        "px": digits(order.price), "sz": digits(order.size), "ordType": "ioc", "side": order.side, "tdMode": "cash", "tgtCcy": "",
        "accFillSz": digits(order.filled), "avgPx": "" if not order.filled else digits(order.paid / order.filled),
        "state": "filled" if order.filled == order.size else "canceled",
        "fee": digits(-order.fees), "feeCcy": order.market.quote, "cTime": at, "uTime": at, "fillTime": at,
    }  # fmt: skip


def _found(stall: Stall, asked: Mapping[str, str]) -> Reply:
    order = stall.ledger.find(stall.venue, asked.get("clOrdId", ""), asked.get("ordId", ""))
    if order is None:
        return Reply({"code": "51603", "msg": "Order does not exist", "data": []})
    return Reply({"code": "0", "msg": "", "data": [_order(order)]})


def _fills(stall: Stall, asked: Mapping[str, str]) -> Reply:
    order = stall.ledger.find(stall.venue, order_id=asked["ordId"])
    rows = [
        {
            "instType": "SPOT", "instId": order.market.native_id, "tradeId": str(fill.trade_id), "ordId": str(order.order_id),
            "clOrdId": order.client_id, "billId": str(fill.trade_id), "tag": "", "fillPx": digits(fill.price),
            "fillSz": digits(fill.size), "side": order.side, "execType": "T", "feeCcy": order.market.quote,
            "fee": digits(-fill.fee), "ts": str(milliseconds(order.at)),
        }
        for fill in stall.listed_fills(order)
    ] if order else []  # fmt: skip
    return Reply({"code": "0", "msg": "", "data": rows})


ORDERS: Final[Mapping[str, Answer]] = {
    "POST /api/v5/trade/batch-orders": _place,
    "GET /api/v5/trade/order": _found,
    "GET /api/v5/trade/fills-history": _fills,
}
