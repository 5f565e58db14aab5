"""Orders at one venue through ccxt: each sent once under its own id, looked up by it, and nothing guessed.

    ccxt_orders           sending, looking up, and what an answer proves
    ccxt_orders_dialects  where the four venues differ: the id's parameter, how long an order can be late, how it is found

A rejection is believed where ccxt names one of a few errors and the venue itself spoke (no HTTP 5xx); everything else is unknown
until the venue answers for the order. ccxt takes a second to import: import this module where orders are really sent.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Any, Final

import ccxt
from ccxt.base.errors import (
    AuthenticationError,
    BadRequest,
    BadSymbol,
    CancelPending,
    DDoSProtection,
    InsufficientFunds,
    InvalidNonce,
    InvalidOrder,
    OrderNotFound,
    RateLimitExceeded,
)

from otc.clock import Clock, system_clock
from otc.config.markets import VenueSettings
from otc.errors import ConfigError
from otc.model.hedge import Child
from otc.money import plain, total_of
from otc.ports import OrderAnswer, SendAnswer, VenueFill
from otc.venues.breaker import CLOSED, failed
from otc.venues.ccxt_books import BROKEN, Unreadable, exact
from otc.venues.ccxt_orders_dialects import DIALECTS, Dialect, Unlisted
from otc.venues.waiting import retry_after_s

_REFUSALS: Final = (
    InsufficientFunds,
    BadSymbol,
    BadRequest,
    AuthenticationError,
    RateLimitExceeded,
    DDoSProtection,
    InvalidNonce,
    InvalidOrder,
)
_NO_REFUSALS: Final = (OrderNotFound, CancelPending)
"""Kinds of InvalidOrder that say nothing about an order being sent."""
_DOUBTFUL: Final = ("duplicate", "already exists", "51016", "unknown order")
"""What venues say of an id that they know, or of an order that they do not: then it may well have been taken."""
_SERVER_ERROR: Final = 500
_STOP: Final = (418, 429)


class CcxtOrders:
    """An Execution over ccxt's class of a venue, with keys of its own; one question at a time, from any thread.

    `credentials` are ccxt's (apiKey, secret, password), never shown or logged; `more` goes to ccxt's constructor too. ConfigError
    where the venue's way with order ids is not known.
    """

    def __init__(
        self, name: str, settings: VenueSettings, credentials: Mapping[str, str], clock: Clock = system_clock, **more: object
    ) -> None:
        if settings.exchange not in DIALECTS:
            known = ", ".join(DIALECTS)
            raise ConfigError(f"venues.yaml: orders are not sent to {settings.exchange!r}; the desk knows how with {known}.")
        self.name = name
        self._settings = settings
        self._dialect: Dialect = DIALECTS[settings.exchange]
        self._ccxt = _exchange(settings, credentials, self._dialect, more)
        self._asking = Lock()
        self._clock = clock
        self._silent_until: datetime | None = None

    @property
    def expiry(self) -> timedelta | None:
        """How long an order may be late."""
        return self._dialect.expiry

    def send(self, child: Child) -> SendAnswer:
        """Send an order once; rejected only where the venue surely did not take it."""
        with self._asking:
            self._ccxt.status = 0
            if self._silent():
                return SendAnswer("rejected", reason=f"It was not sent: {self.name} asked for silence.")
            try:
                reason = self._unfit(child)
            except BROKEN as error:
                return SendAnswer("rejected", reason=f"It was not sent: {self._said(error)}")
            if reason:
                return SendAnswer("rejected", reason=f"It was not sent: {reason}")
            try:
                params = {"timeInForce": "IOC", **self._dialect.id_params(child.child_id), **self._dialect.lateness(self._ccxt)}
                size, price = plain(child.size), plain(child.limit_price)
                order = self._ccxt.create_order(child.symbol, "limit", child.side, size, price, params)
                order_id = order.get("id")
            except BROKEN as error:
                return SendAnswer("rejected" if self._refused(error) else "unknown", reason=self._said(error))
            if isinstance(order_id, str) and order_id and order.get("status") != "rejected":
                return SendAnswer("sent", order_id)
            return SendAnswer("unknown", reason=f"{self.name} sent an answer without an order in it.")

    def look_up(self, child: Child, venue_order_id: str) -> OrderAnswer:
        """Find an order by its own id and list its fills; anything that does not fit together is unknown."""
        with self._asking:
            if self._silent():
                return OrderAnswer("unknown", reason=f"It was not asked: {self.name} asked for silence.")
            try:
                self._ready()
                order = self._dialect.find(self._ccxt, child)
                if order is None:
                    return OrderAnswer("not_found")
                if reason := _mismatch(order, child, venue_order_id):
                    return OrderAnswer("unknown", reason=f"{self.name} {reason}.")
                filled, still_open = exact(order["filled"]), order["status"] == "open"
                trades = self._dialect.trades(self._ccxt, child, order) if filled else []
                fills = tuple(_fill(trade) for trade in trades if trade["order"] == order["id"])
            except Unlisted as error:
                return OrderAnswer("unknown", reason=f"{self.name} {error}.")
            except BROKEN as error:
                return OrderAnswer("unknown", reason=self._said(error))
            if total_of(fill.size for fill in fills) > child.size:
                return OrderAnswer("unknown", reason=f"{self.name} lists more fills than were ordered.")
            return OrderAnswer("found", order["id"], still_open, filled, fills)

    # ---------------------------------------------------------------- parts

    def _silent(self) -> bool:
        """Whether the venue wants to be left alone."""
        return self._silent_until is not None and self._clock() < self._silent_until

    def _ready(self) -> None:
        """Load what the venue lists, once; a unified name means the market with the asserted id from then on."""
        if self._ccxt.markets:
            return
        listed = self._ccxt.load_markets()
        for symbol, native_id in self._settings.symbols.items():
            found = (market for market in self._ccxt.markets_by_id.get(native_id, []) if market["symbol"] == symbol)
            listed[symbol] = next(found, None)

    def _unfit(self, child: Child) -> str:
        """Why an order cannot be sent as it is; ccxt would round it without asking."""
        self._ready()
        if child.symbol not in self._settings.symbols or not self._ccxt.markets.get(child.symbol):
            return f"{self.name} does not list {child.symbol} under the id of venues.yaml."
        size, price = plain(child.size), plain(child.limit_price)
        if Decimal(self._ccxt.amount_to_precision(child.symbol, size)) != child.size:
            return f"{size} is no multiple of {self.name}'s lot."
        if Decimal(self._ccxt.price_to_precision(child.symbol, price)) != child.limit_price:
            return f"{price} is no multiple of {self.name}'s tick."
        return ""

    def _refused(self, error: Exception) -> bool:
        text = str(error).lower()
        doubtful = any(word in text for word in _DOUBTFUL)
        fits = isinstance(error, _REFUSALS) and not isinstance(error, _NO_REFUSALS)
        return fits and not doubtful and self._ccxt.status < _SERVER_ERROR

    def _said(self, error: Exception) -> str:
        """The kind of error alone, for texts hold addresses, and addresses signatures; notes a wish to be left alone."""
        if self._ccxt.status in _STOP:
            wanted = retry_after_s(self._ccxt.last_response_headers or {})
            self._silent_until = failed(CLOSED, self._clock(), 1.0, stop=True, retry_after_s=wanted).open_until
        status = f" (HTTP {self._ccxt.status})" if self._ccxt.status >= 400 else ""
        return f"{self.name} answered with {type(error).__name__}{status}."


def _mismatch(order: Mapping[str, Any], child: Child, venue_order_id: str) -> str:
    """What does not fit between an order that was found and the one that is looked for; empty where all fits."""
    if not order.get("id") or not order.get("clientOrderId"):
        return "sent an answer without an order in it"
    if order["clientOrderId"] != child.child_id or (venue_order_id and order["id"] != venue_order_id):
        return "answered with another order"
    if order.get("filled") is None or order.get("status") is None:
        return "does not say what it has filled"
    return ""


def _fill(trade: Mapping[str, Any]) -> VenueFill:
    fee = trade.get("fee") or {}
    if not trade.get("id") or not isinstance(trade.get("timestamp"), int):
        raise Unreadable("a fill has no id or no time")
    at = datetime.fromtimestamp(trade["timestamp"] / 1000, UTC)
    cost = exact(str(fee["cost"])) if fee.get("cost") is not None else Decimal(0)
    return VenueFill(str(trade["id"]), exact(trade["price"]), exact(trade["amount"]), cost, fee.get("currency") or "", at)


def _exchange(settings: VenueSettings, credentials: Mapping[str, str], dialect: Dialect, more: Mapping[str, object]) -> Any:
    """ccxt's class of a venue for orders: nothing is retried or redirected, and it tells the HTTP status."""
    theirs: Any = getattr(ccxt, settings.exchange)

    class Orders(theirs):
        status = 0

        def fetch(self, *request: Any, **named: Any) -> Any:
            self.status = 0
            return super().fetch(*request, **named)

        def on_rest_response(self, code: int, reason: str, url: str, method: str, headers: Any, body: str, *sent: Any) -> str:
            self.status = code
            return body.strip()

        def sign(self, path: str, *rest: Any, **named: Any) -> Any:
            """Sign as ccxt does, with the time after which the venue takes the order no more."""
            signed = super().sign(path, *rest, **named)
            if path in dialect.dated_paths:
                signed["headers"].update(dialect.dated_headers(self.milliseconds()))
            return signed

    made = Orders(
        {
            "has": {"fetchCurrencies": False},
            "number": str,
            "enableRateLimit": True,
            "timeout": settings.limits.timeout_ms,
            "options": {**settings.options, **dialect.options, "maxRetriesOnFailure": 0},
            **({"urls": dict(settings.urls)} if settings.urls else {}),
            "verbose": False,
            **credentials,
            **more,
        }
    )
    made.session.max_redirects = 0
    return made
