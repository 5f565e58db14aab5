"""Where venues differ about orders: which parameter carries our id, how late an order can be, how it is found again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from ccxt.base.errors import OrderNotFound

from otc.model.hedge import Child

Found = Mapping[str, Any]
"""ccxt's order or trade."""
_LATE_S: Final = 5
"""After so many seconds a venue that can be told so refuses an order that has not come."""
_SLACK: Final = timedelta(seconds=10)
"""Between its clock and ours."""
_BEFORE_MS: Final = 120_000
"""Lists are read from so long before the order was intended."""
_MOST_PAGES: Final = 40


class Unlisted(Exception):
    """A list of orders that is none, or has no end: it proves nothing about what is not in it."""


@dataclass(frozen=True)
class Dialect:
    """One venue's way; `expiry` is how long after it was sent an order may still be taken."""

    id_param: str
    expiry: timedelta | None
    find: Callable[[Any, Child], Found | None]
    """None where the venue surely does not know it."""
    trades: Callable[[Any, Child, Found], Sequence[Found]]
    """The fills of an order, perhaps among others."""
    lateness: Callable[[Any], Mapping[str, str]] = lambda _: {}
    options: Mapping[str, object] = field(default_factory=dict)
    dated_paths: tuple[str, ...] = ()

    def id_params(self, child_id: str) -> Mapping[str, str]:
        """The parameter that carries our id."""
        return {self.id_param: child_id}

    def dated_headers(self, now_ms: int) -> Mapping[str, str]:
        """Until when an order may arrive."""
        return {"expTime": str(now_ms + _LATE_S * 1000)}


def _by_id(exchange: Any, child: Child) -> Found | None:
    try:
        found: Found = exchange.fetch_order("", child.symbol, {"clientOrderId": child.child_id})
    except OrderNotFound:
        return None
    return found


def _binance_trades(exchange: Any, child: Child, order: Found) -> Sequence[Found]:
    found: Sequence[Found] = exchange.fetch_my_trades(child.symbol, params={"orderId": order["id"]})
    return found


def _okx_trades(exchange: Any, child: Child, order: Found) -> Sequence[Found]:
    found: Sequence[Found] = exchange.fetch_my_trades(child.symbol, params={"ordId": order["id"]})
    return found


def _since_ms(child: Child) -> int:
    return int(child.intended_at.timestamp() * 1000) - _BEFORE_MS


def _kraken_find(exchange: Any, child: Child) -> Found | None:
    """Among open orders, then among closed ones: what is filled between the two questions is found by the second."""
    for ask, name in ((exchange.privatePostOpenOrders, "open"), (exchange.privatePostClosedOrders, "closed")):
        for row_id, row in _kraken_rows(ask, name, {"cl_ord_id": child.child_id, "start": _since_ms(child) // 1000}):
            if row.get("cl_ord_id") == child.child_id:
                found: Found = exchange.parse_order({"id": row_id, **row}, exchange.market(child.symbol))
                return found
    return None


def _kraken_trades(exchange: Any, child: Child, order: Found) -> Sequence[Found]:
    rows = _kraken_rows(exchange.privatePostTradesHistory, "trades", {"start": _since_ms(child) // 1000})
    ours = [{"id": row_id, **row} for row_id, row in rows if row.get("ordertxid") == order["id"]]
    found: Sequence[Found] = exchange.parse_trades(ours, exchange.market(child.symbol))
    return found


def _kraken_rows(ask: Callable[[Mapping[str, object]], Any], name: str, wanted: dict[str, object]) -> list[tuple[str, Any]]:
    """All pages of a list; what is open comes whole."""
    rows: dict[str, Any] = {}
    for _ in range(_MOST_PAGES):
        answer = ask(wanted | {"ofs": len(rows)} if name != "open" else wanted)
        result = answer.get("result") if isinstance(answer, dict) else None
        page = result.get(name) if isinstance(result, dict) else None
        if not isinstance(result, dict) or not isinstance(page, dict) or answer.get("error"):
            raise Unlisted("sent something else than a list")
        before = len(rows)
        rows.update(page)
        if name == "open" or len(rows) >= int(result.get("count") or 0):
            return list(rows.items())
        if len(rows) == before:
            break
    raise Unlisted("listed less than it counts")


def _coinbase_find(exchange: Any, child: Child) -> Found | None:
    """By scanning, for the venue cannot be asked by our id."""
    for row in _coinbase_rows(exchange.v3PrivateGetBrokerageOrdersHistoricalBatch, "orders", _coinbase_wanted(exchange, child)):
        if row.get("client_order_id") == child.child_id:
            found: Found = exchange.parse_order(row, exchange.market(child.symbol))
            return found
    return None


def _coinbase_wanted(exchange: Any, child: Child) -> dict[str, object]:
    start = exchange.iso8601(_since_ms(child))
    return {"product_id": exchange.market(child.symbol)["id"], "start_date": start, "limit": 100}


def _coinbase_trades(exchange: Any, child: Child, order: Found) -> Sequence[Found]:
    rows = _coinbase_rows(exchange.v3PrivateGetBrokerageOrdersHistoricalFills, "fills", {"order_ids": order["id"], "limit": 100})
    found: Sequence[Found] = exchange.parse_trades(rows, exchange.market(child.symbol))
    return found


def _coinbase_rows(ask: Callable[[Mapping[str, object]], Any], name: str, wanted: dict[str, object]) -> list[Any]:
    rows: list[Any] = []
    cursor = ""
    for _ in range(_MOST_PAGES):
        answer = ask(wanted | {"cursor": cursor} if cursor else wanted)
        page = answer.get(name) if isinstance(answer, dict) else None
        if not isinstance(page, list):
            raise Unlisted("sent something else than a list")
        rows += page
        cursor = answer.get("cursor") or ""
        if not cursor:
            return rows
    raise Unlisted("sent a list without an end")


DIALECTS: Final[Mapping[str, Dialect]] = {
    "binance": Dialect(
        "newClientOrderId",
        timedelta(seconds=_LATE_S) + _SLACK,
        _by_id,
        _binance_trades,
        options={"recvWindow": _LATE_S * 1000},
    ),
    "okx": Dialect("clOrdId", timedelta(seconds=_LATE_S) + _SLACK, _by_id, _okx_trades, dated_paths=("trade/batch-orders",)),
    "kraken": Dialect(
        "cl_ord_id",
        timedelta(seconds=_LATE_S) + _SLACK,
        _kraken_find,
        _kraken_trades,
        lateness=lambda exchange: {"deadline": exchange.iso8601(exchange.milliseconds() + _LATE_S * 1000)},
    ),
    # Its tokens are good for two minutes, and nothing else bounds how late an order may be.
    "coinbase": Dialect("client_order_id", timedelta(seconds=120) + _SLACK, _coinbase_find, _coinbase_trades),
}
"""ccxt's name of a venue -> its way. A venue that is not here gets no orders."""
