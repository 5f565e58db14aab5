"""Orders through ccxt's real classes at the loopback exchange, their HTTP answers in the test's hands where it wants them."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import requests

from otc.ids import order_id
from otc.model.hedge import Child
from otc.sample.exchange import LoopbackExchange
from otc.venues.ccxt_orders import CcxtOrders
from tests.venues.floor import one

SYMBOLS = {"binance": "BTC/USDT", "okx": "BTC/USDT", "kraken": "BTC/USD", "coinbase": "BTC/USD"}
KEYS = {"apiKey": "key", "secret": base64.b64encode(bytes(32)).decode(), "password": "word"}
NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)


class Wire(requests.Session):
    """Answers the sending of orders with `said` while it is set; `cut` breaks the connection instead."""

    said: tuple[int, str] | None = None
    cut = False
    sent: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.sent = []

    def request(self, method, url, *more, **named):
        """One HTTP request."""
        if method == "POST" and any(word in url for word in ("order", "AddOrder")) and "historical" not in url:
            self.sent.append(str(named.get("data") or ""))
            if self.cut:
                raise requests.exceptions.ConnectionError("Connection aborted.")
            if self.said:
                return _answer(url, *self.said)
        return super().request(method, url, *more, **named)


def _answer(url: str, status: int, body: str) -> requests.Response:
    made = requests.Response()
    made.status_code, made.url, made.encoding, made.reason = status, url, "utf-8", ""
    made._content = body.encode()
    made.headers["Content-Type"] = "application/json"
    return made


@contextmanager
def orders_at(exchange: LoopbackExchange, venue: str, **more: Any) -> Iterator[tuple[CcxtOrders, Wire]]:
    """A venue's orders, and the wire they go over."""
    wire = Wire()
    try:
        yield CcxtOrders(venue, one(exchange, venue), KEYS, enableRateLimit=False, session=wire, **more), wire
    finally:
        wire.close()


def child_of(venue: str, number: int = 1, **changes: object) -> Child:
    """An order that the loopback book fills in two executions."""
    terms: dict[str, object] = {"size": Decimal(3), "limit_price": Decimal(64100), "intended_at": NOW, **changes}
    child_id = order_id(venue, str(number))
    return Child(child_id, "p-1", number, venue, SYMBOLS[venue], "buy", mid=Decimal(64000), **terms)  # type: ignore[arg-type]  # by name
