"""ccxt's own venue classes made exact: levels are Decimals of the venue's own digits, in the venue's own order.

ccxt makes floats of books, sorts what came unsorted, and takes a page of HTML for an empty book. `ExactBooks` is mixed into
its class of a venue and replaces only that: reading JSON, reading levels. All else (addresses, limits, sockets) stays ccxt's.
"""

import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NoReturn

import aiohttp
import ccxt.pro
from ccxt.base.errors import BadResponse, BaseError

from otc.config.markets import VenueSettings
from otc.errors import ConfigError

_NUMBER: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][-+]?\d{1,3})?|[-+]?(nan|inf(inity)?)", re.ASCII | re.IGNORECASE)
_LARGEST: Final = Decimal(10) ** 18
_SMALLEST: Final = -18
"""Places of the finest number that money holds."""
_SHORTEST_TIMEOUT_MS: Final = 100
"""To aiohttp a time-out of 0 is none."""
BROKEN: Final = (BaseError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, OSError)
"""What ccxt raises over an answer that is not of the shape it expects, besides its own errors."""


@dataclass(slots=True)
class Asker:
    """Whoever put a question to a venue: told the status, 0 while there is none, and the headers of the last answer to it."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


ASKER: Final[ContextVar[Asker | None]] = ContextVar("asker", default=None)
"""Questions to one venue run side by side, and ccxt itself keeps but one last answer for all of them."""


class Unreadable(BadResponse):
    """An answer that holds no order book."""


class ExactBooks(ccxt.pro.Exchange):
    """Mixed in front of a ccxt class; one instance reads public data alone and is never used to trade."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.reading_socket = False
        super().__init__(config)

    # ---------------------------------------------------------------- HTTP and JSON

    def open(self, lazy: bool = False) -> None:
        """ccxt's own session, which leaves the configured address for no other, with a question or with a web socket."""
        before = self.session
        super().open(lazy)
        if self.own_session and self.session is not before:
            self.session.trace_configs.append(_staying())

    def on_json_response(self, text: str) -> Any:
        """A body as JSON, fractions as their own digits; ValueError, which ccxt expects, also where it nests too deep."""
        return read_json(text)

    async def fetch(self, *request: Any, **named: Any) -> Any:
        """One HTTP request; nothing is known of its answer yet."""
        if asker := ASKER.get():
            asker.status, asker.headers = 0, {}
        return await super().fetch(*request, **named)

    def on_rest_response(self, code: int, reason: str, url: str, method: str, headers: Any, body: str, *sent: Any) -> str:
        """Tell the asker what the venue says about itself and about waiting; the body goes on as it is."""
        if asker := ASKER.get():
            asker.status, asker.headers = code, headers
        return body.strip()

    def client(self, url: str) -> Any:
        """ccxt's web-socket client, reading its messages as exactly as REST answers."""
        client = super().client(url)

        def heard(text: str | bytes) -> None:
            said = text.decode() if isinstance(text, bytes) else text
            client.on_message_callback(client, read_json(said) if said[:1] in ("{", "[") else said)

        client.handle_text_or_binary_message = heard
        return client

    # ---------------------------------------------------------------- levels

    def parse_order_book(self, answer: Any, symbol: str | None, timestamp: int | None = None, *keys: Any) -> dict[str, Any]:
        """ccxt's order book with Decimal levels in the venue's order; Unreadable where there is none."""
        bids, asks, price, size = (*keys, *("bids", "asks", 0, 1)[len(keys) :])[:4]
        if not isinstance(answer, dict) or not isinstance(answer.get(bids), list) or not isinstance(answer.get(asks), list):
            raise Unreadable("the answer holds no order book")
        if symbol and answer.get("product_id", self.market(symbol)["id"]) != self.market(symbol)["id"]:
            raise Unreadable("the answer is another market's book")
        return {
            "symbol": symbol,
            "bids": [self.parse_order_book_bid_ask(level, price, size) for level in answer[bids]],
            "asks": [self.parse_order_book_bid_ask(level, price, size) for level in answer[asks]],
            "timestamp": timestamp,
            "datetime": None,
            "nonce": None,
        }

    def parse_order_book_bid_ask(self, level: Any, price_key: Any = 0, size_key: Any = 1, *_: Any) -> list[Decimal]:
        """Price and size of one level, exact."""
        if not isinstance(level, list | dict):
            raise Unreadable("a level of the book is no pair of price and size")
        try:
            return [exact(level[price_key]), exact(level[size_key])]
        except (LookupError, TypeError):
            raise Unreadable("a level of the book has no price or no size") from None

    def handle_message(self, client: Any, message: Any) -> None:
        """One message of a socket, its numbers read exactly; what cannot be read fails all who wait for the socket."""
        self.reading_socket = True
        try:
            super().handle_message(client, message)
        except BROKEN:
            client.reject(Unreadable("a message on the web socket could not be read"))
        finally:
            self.reading_socket = False

    def safe_number(self, holder: Any, key: Any, default: Any = None) -> Any:
        """While a socket is read a Decimal, else what ccxt makes of it."""
        return exact(holder[key]) if self.reading_socket else super().safe_number(holder, key, default)

    def safe_float(self, holder: Any, key: Any, default: Any = None) -> Any:
        """While a socket is read a Decimal, else what ccxt makes of it."""
        return exact(holder[key]) if self.reading_socket else super().safe_float(holder, key, default)


def _staying() -> aiohttp.TraceConfig:
    """Makes a failure of every redirect."""

    async def sent_elsewhere(_session: object, _context: object, told: aiohttp.TraceRequestRedirectParams) -> None:
        """Note the status and fail, before the other address is asked."""
        if asker := ASKER.get():
            asker.status = told.response.status
        told.response.close()
        raise aiohttp.ClientError(f"HTTP {told.response.status}")

    staying = aiohttp.TraceConfig()
    staying.on_request_redirect.append(sent_elsewhere)
    staying.freeze()
    return staying


def exact(value: object) -> Decimal:
    """A venue's number as it stands, not a number and infinity included; Unreadable where it is none that money can hold."""
    if type(value) is int or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        number = Decimal(value)
    else:
        raise Unreadable("a number of the book is no number")
    if number.is_finite() and (abs(number) > _LARGEST or _places(number) < _SMALLEST):
        raise Unreadable("a number of the book is beyond what money can hold")
    return number


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def read_json(text: str) -> Any:
    """JSON with fractions as text, so that no digit is lost; ValueError for anything else."""
    try:
        return json.loads(text, parse_float=str, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def exact_exchange(settings: VenueSettings, **more: object) -> ExactBooks:
    """ccxt's instance of a venue with `urls` and `options` as they stand in the configuration, for public data and without keys.

    `more` goes to ccxt's constructor too, like a session to use. ConfigError where ccxt knows no such exchange.
    """
    theirs = getattr(ccxt.pro, settings.exchange, None) or getattr(ccxt.async_support, settings.exchange, None)
    if settings.exchange not in ccxt.async_support.exchanges or theirs is None:
        raise ConfigError(f"venues.yaml: {settings.exchange!r} is no exchange that ccxt knows; write its id in small letters.")
    made: ExactBooks = type(theirs.__name__, (ExactBooks, theirs), {})(
        {
            # With keys binance and okx would ask private addresses for currencies; without them nothing is lost.
            "has": {"fetchCurrencies": False},
            "number": str,
            "enableRateLimit": True,
            "timeout": max(settings.limits.timeout_ms, _SHORTEST_TIMEOUT_MS),
            "options": {**settings.options, "maxRetriesOnFailure": 0},
            **({"urls": dict(settings.urls)} if settings.urls else {}),
            "verbose": False,
            **more,
        }
    )
    return made
