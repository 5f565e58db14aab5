"""The real ccxt classes pointed at a loopback exchange, and where in the world they went."""

import asyncio
import base64
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from decimal import Decimal

import ccxt.async_support as rest
import ccxt.pro as pro
from ccxt.base.errors import BaseError

from otc.sample.exchange import Level, LoopbackExchange

SOCKET_VENUES = ("binance", "okx", "kraken", "coinbase", "coinbaseexchange")
REST_VENUES = (*SOCKET_VENUES, "indodax", "tokocrypto")
MADE_UP_KEY = {"apiKey": "key", "secret": base64.b64encode(bytes(32)).decode(), "password": "word"}
PATIENT_MS = 10_000


def _exact(self, bidask, price_key=0, amount_key=1, count_or_id_key=2):
    """Levels as Decimals of the very text that came."""
    return [Decimal(str(bidask[price_key])), Decimal(str(bidask[amount_key]))]


@asynccontextmanager
async def client(exchange: LoopbackExchange, venue: str, sockets: bool = False, **more: object) -> AsyncIterator[rest.Exchange]:
    """ccxt's own class of a venue, its markets loaded; over REST its levels are parsed to Decimals."""
    of_ccxt = getattr(pro if sockets else rest, venue)
    # Changes on a socket bypass that method and are floats, to which a snapshot's Decimals would never be equal.
    parsed = {} if sockets else {"parse_order_book_bid_ask": _exact}
    exact = type(of_ccxt.__name__, (of_ccxt,), parsed)
    # Plain http needs no certificates read, and there are no proxies to wait for after closing.
    quick = {"enableRateLimit": False, "timeout": PATIENT_MS, "timeout_on_exit": 0, "verify": False}
    # On Coinbase Exchange the book's channel alone wants a key.
    keys = MADE_UP_KEY if sockets and venue == "coinbaseexchange" else {}
    opened = exact({"urls": exchange.urls(venue), "options": exchange.options(venue), **quick, **keys, **more})
    try:
        await opened.load_markets()
        yield opened
    finally:
        await opened.close()


def levels(side: Iterable[Iterable[object]]) -> tuple[Level, ...]:
    """A side of ccxt's book as Decimals."""
    return tuple((Decimal(str(price)), Decimal(str(size))) for price, size, *_ in side)


class _Travels:
    """Hosts looked up or connected to, as the interpreter reports them; a hook cannot be taken off, so it is put on once."""

    def __init__(self) -> None:
        self.watching: list[str] | None = None
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.watching is None:
            return
        if event == "socket.getaddrinfo":
            self.watching.append(str(arguments[0]))
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            self.watching.append(str(arguments[1][0]))


_TRAVELS = _Travels()


@contextmanager
def hosts_reached() -> Iterator[list[str]]:
    """Every host that this process looks up or connects to meanwhile."""
    reached: list[str] = []
    _TRAVELS.watching = reached
    try:
        yield reached
    finally:
        _TRAVELS.watching = None


class Readers:
    """A ccxt class of each venue, opened when it is first asked for and kept: opening costs more than reading."""

    def __init__(self, exchange: LoopbackExchange) -> None:
        self._exchange = exchange
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._opened: dict[str, rest.Exchange] = {}

    def of(self, venue: str) -> rest.Exchange:
        """The venue's class, its markets loaded."""
        if venue not in self._opened:
            self._opened[venue] = self._runner.run(self._stack.enter_async_context(client(self._exchange, venue)))
        return self._opened[venue]

    def book(self, venue: str, name: str, limit: int | None = None) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """Both sides as ccxt gives them."""
        read = self._runner.run(self.of(venue).fetch_order_book(name, limit))
        return levels(read["bids"]), levels(read["asks"])

    def try_book(self, venue: str, name: str) -> None:
        """Ask for a book that may well be none."""
        with suppress(BaseError, ArithmeticError):
            self.book(venue, name)

    def time(self, venue: str, name: str) -> int:
        """The venue's own time of a book, in milliseconds."""
        stamp: int = self._runner.run(self.of(venue).fetch_order_book(name))["timestamp"]
        return stamp

    def close(self) -> None:
        """Close all of them."""
        with self._runner:
            self._runner.run(self._stack.aclose())
