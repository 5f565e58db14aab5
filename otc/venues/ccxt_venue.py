"""One venue through ccxt: what it lists, its books over REST and web socket as records, its failures as sentences.

Import this module in the thread that watches: ccxt takes a second.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import ccxt.pro
from ccxt.base.errors import DDoSProtection, NetworkError, RateLimitExceeded, RequestTimeout

from otc.clock import Clock
from otc.config.markets import VenueSettings
from otc.model.market import Book, BookSource, Instrument, Level
from otc.money import ZERO
from otc.venues.ccxt_books import ASKER, BROKEN, Asker, Unreadable, exact, exact_exchange
from otc.venues.venue import Listing, VenueFailed
from otc.venues.waiting import retry_after_s

_STOP: Final = (418, 429)
_OWN_FIELDS: Final = {"indodax": ("price_precision", "trade_min_base_currency")}
"""Where price step and minimum notional stand in the listing of a venue of which ccxt reads them from other fields."""


class CcxtVenue:
    """Reads one venue in one asyncio loop; every failure is a VenueFailed. `close` ends its sessions and sockets.

    `more` goes to ccxt's constructor as it is, like a session to use instead of an own one.
    """

    def __init__(self, name: str, settings: VenueSettings, clock: Clock, **more: object) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        self._ccxt = exact_exchange(settings, **more)
        self._lines: dict[str, Any] = {}

    @property
    def has_socket(self) -> bool:
        """Whether ccxt can watch its books and the configuration lets it."""
        return self._settings.sockets and self._settings.exchange in ccxt.pro.exchanges and bool(self._ccxt.has["watchOrderBook"])

    async def listing(self) -> Listing:
        """Ask what the venue lists; the native id of each wanted symbol is held against the configuration."""
        await self._asked(self._ccxt.load_markets(reload=True))
        if not self._ccxt.markets:
            raise VenueFailed(f"{self.name} sent no list of its markets.")
        instruments, refused = {}, {}
        for symbol, native_id in self._settings.symbols.items():
            market = self._market(symbol, native_id)
            if market is None:
                found = self._ccxt.markets.get(symbol, {}).get("id")
                lists = f"lists {symbol} as {found!r}" if found else f"lists no {symbol}"
                refused[symbol] = f"{self.name} {lists}, not as {native_id!r}; correct its id in venues.yaml."
            else:
                # A unified name may lead elsewhere (Kraken's dark pool): from here on it means the market with the asserted id.
                self._ccxt.markets[symbol] = market
                instruments[symbol] = self._instrument(symbol, market)
        return Listing(instruments, refused)

    def _market(self, symbol: str, native_id: str) -> Any:
        listed = self._ccxt.markets_by_id.get(native_id, [])
        return next((market for market in listed if market["symbol"] == symbol and market["spot"]), None)

    def _instrument(self, symbol: str, market: Mapping[str, Any]) -> Instrument:
        tick, notional = market["precision"]["price"], market["limits"]["cost"]["min"]
        if own := _OWN_FIELDS.get(self._settings.exchange):
            tick, notional = (market["info"].get(field) for field in own)
        return Instrument(
            venue=self.name,
            symbol=symbol,
            native_id=market["id"],
            lot=_step(market["precision"]["amount"]),
            tick=_step(tick),
            min_size=_step(market["limits"]["amount"]["min"]),
            min_notional=_step(notional),
            taker_bps=self._settings.taker_bps,
        )

    async def book(self, symbol: str) -> Book:
        """Ask for a book over REST."""
        answer = await self._asked(self._ccxt.fetch_order_book(symbol, self._settings.depth))
        return self._record(symbol, answer, self._clock(), "rest")

    async def heard(self, symbol: str) -> datetime:
        """Wait until the web socket tells something new about a book; gives the instant."""
        watched = self._ccxt.watch_order_book(symbol, self._settings.depth)
        try:
            self._lines[symbol] = await self._asked(watched)
        except asyncio.CancelledError:
            # ccxt cancels those who wait when a socket is closed; only our own cancelling is meant for this task.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise VenueFailed(f"{self.name}'s web socket was closed.") from None
        return self._clock()

    def on_line(self, symbol: str, heard_at: datetime) -> Book | None:
        """The book that the web socket keeps, as it stands, dated by when it last changed."""
        line = self._lines.get(symbol)
        return self._record(symbol, line, heard_at, "socket") if line else None

    async def hang_up(self) -> None:
        """Close the web sockets; whoever waits for one fails, and the next to wait opens it anew."""
        self._lines.clear()
        with suppress(*BROKEN):
            await self._ccxt.close_ws_clients()
        self._ccxt.orderbooks.clear()

    async def close(self) -> None:
        """End sessions and sockets."""
        with suppress(*BROKEN):
            await self._ccxt.close()

    async def _asked(self, question: Awaitable[Any]) -> Any:
        asker = Asker()
        ASKER.set(asker)
        try:
            return await question
        except BROKEN as error:
            raise self._failure(error, asker.status, asker.headers) from error

    def _record(self, symbol: str, answer: Mapping[str, Any], received_at: datetime, source: BookSource) -> Book:
        depth = self._settings.depth
        bids, asks = (tuple(Level(level[0], level[1]) for level in answer[side][:depth]) for side in ("bids", "asks"))
        return Book(self.name, symbol, bids, asks, received_at, source, _instant(answer.get("timestamp")))

    def _failure(self, error: Exception, status: int, headers: Mapping[str, str]) -> VenueFailed:
        if status in _STOP or isinstance(error, DDoSProtection | RateLimitExceeded):
            named = f" (HTTP {status})" if status else ""
            return VenueFailed(f"{self.name} asks for silence{named}.", stop=True, retry_after_s=retry_after_s(headers))
        return VenueFailed(
            self._sentence(error, status),
            unreadable=isinstance(error, Unreadable) or 200 <= status < 300,
            retry_after_s=retry_after_s(headers) if status >= 400 else None,
        )

    def _sentence(self, error: Exception, status: int) -> str:
        if isinstance(error, Unreadable):
            return f"{self.name} sent no usable book: {error}."
        if isinstance(error, RequestTimeout):
            return f"{self.name} did not answer within {self._settings.limits.timeout_ms / 1000:g} s."
        if 300 <= status < 400:
            return f"{self.name} sends on to another address (HTTP {status}), which is not asked; see its urls in venues.yaml."
        if status >= 400:
            return f"{self.name} answered with HTTP {status}."
        if isinstance(error, NetworkError | OSError) and not status:
            return f"{self.name} cannot be reached; see whether this machine has a network."
        return f"{self.name} sent an answer that could not be read ({type(error).__name__})."


def _step(value: object) -> Decimal:
    """A step or a minimum as the venue writes it; 0 where it states none."""
    try:
        number = exact(value)
    except Unreadable:
        return ZERO
    return number if number.is_finite() and number > 0 else ZERO


def _instant(milliseconds: object) -> datetime | None:
    with suppress(OverflowError, ValueError, OSError):
        if isinstance(milliseconds, int):
            return datetime.fromtimestamp(milliseconds / 1000, UTC)
    return None
