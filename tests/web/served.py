"""A desk over real HTTP for the tests of its routes: a market of set books behind it, a server on 127.0.0.1 before it."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from otc.bootstrap import Wired, wire
from otc.clock import Clock
from otc.config import User
from otc.errors import OtcError
from otc.model.market import Book, FeedHealth, Instrument, Level, MarketView, Signals
from otc.runtime import House
from otc.web import Streams, routes
from tests.builders import ROOT, HandClock
from tests.conftest import free_port

KEY = "a key that only trader-1 knows"
_ONE = Decimal(1)
_MIDS = {
    ("kraken", "BTC/USD"): Decimal(95_000),
    ("coinbase", "BTC/USD"): Decimal(95_010),
    ("kraken", "USDT/USD"): Decimal("0.9995"),
    ("coinbase", "USDT/USD"): Decimal("0.9996"),
    ("indodax", "USDT/IDR"): Decimal(15_830),
    ("tokocrypto", "USDT/IDR"): Decimal(15_832),
}


def book_of(venue: str, symbol: str, mid: Decimal, clock: Clock, levels: int = 50) -> Book:
    """A book with even steps of a basis point and 5 BTC, or 100,000 USDT, on each level; a second old."""
    size = Decimal(5) if symbol.startswith("BTC") else Decimal(100_000)
    steps = [mid * n / 10_000 for n in range(1, levels + 1)]
    bids = tuple(Level(mid - step, size) for step in steps)
    asks = tuple(Level(mid + step, size) for step in steps)
    return Book(venue, symbol, bids, asks, clock() - timedelta(seconds=1), "rest")


@dataclass
class SetMarket:
    """A market that shows what a test has set; `out` are feeds that are down."""

    clock: Clock
    mids: dict[tuple[str, str], Decimal] = field(default_factory=lambda: dict(_MIDS))
    out: set[tuple[str, str]] = field(default_factory=set)
    asked: int = 0
    levels: int = 50

    def view(self) -> MarketView:
        self.asked += 1
        books = {key: book_of(*key, mid, self.clock, self.levels) for key, mid in self.mids.items() if key not in self.out}
        lot = Decimal("0.00001")
        listed = {key: Instrument(*key, key[1], lot, lot, lot, _ONE, Decimal(10)) for key in self.mids}
        health = tuple(
            FeedHealth(*key, "down", "The venue does not answer.")
            if key in self.out
            else FeedHealth(*key, "live", "", self.clock())
            for key in self.mids
        )
        return MarketView(self.clock(), books, listed, health)

    def signals(self) -> Signals:
        return Signals()


@dataclass
class Served:
    """A desk that answers on a port."""

    port: int
    wired: Wired
    clock: HandClock
    market: SetMarket
    streams: Streams

    def ask(
        self, method: str, path: str, body: object = None, key: str | None = KEY, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of one request; a body that is no bytes goes as JSON."""
        status, content, _ = self.raw(method, path, body, key, headers)
        return status, json.loads(content)

    def raw(
        self, method: str, path: str, body: object = None, key: str | None = KEY, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Status, bytes and headers of one request."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if content is not None else {}
        sent |= {"Authorization": f"Bearer {key}"} if key else {}
        connection.request(method, path, content, {**sent, **(headers or {})})
        with connection.getresponse() as answer:
            found = answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        connection.close()
        return found

    @contextmanager
    def stream(self, path: str) -> Iterator[HTTPResponse]:
        """An open stream of events; it is left at the end."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={"X-API-Key": KEY})
        answer = connection.getresponse()
        try:
            yield answer
        finally:
            answer.close()
            connection.close()


def next_event(stream: HTTPResponse) -> tuple[str, Any]:
    """The next event of a stream and what it holds; empty where the stream has ended."""
    told: dict[str, str] = {}
    while line := stream.readline().decode():
        name, _, content = line.rstrip("\n").partition(": ")
        if "data" in told and not name:
            return told["event"], json.loads(told["data"])
        told[name] = content
    return "", None


def with_key(wired: Wired) -> Wired:
    """The same desk, on which trader-1 has a key."""
    user = User("trader-1", ("trader",), sha256(KEY.encode()).hexdigest())
    settings = replace(wired.desk.settings, desk=replace(wired.desk.settings.desk, users=(user,)))
    desk = replace(wired.desk, settings=settings)
    return replace(wired, desk=desk, rfqs=replace(wired.rfqs, settings=settings))


@contextmanager
def served(folder: Path, *, keyed: bool = True, broken: OtcError | None = None, tick_s: float = 0.05) -> Iterator[Served]:
    """Serve a desk on a fresh store, with a key for trader-1 or without any, or one that cannot be opened."""
    clock = HandClock()
    market = SetMarket(clock)
    wired = wire(ROOT / "config", folder / "desk.duckdb", create=True, clock=clock).on(market)
    wired = with_key(wired) if keyed else wired

    def opener(*_: object) -> Wired:
        if broken:
            raise broken
        return wired

    house, streams, port = House(opener), Streams(tick_s), free_port()
    app = Starlette(routes=routes(house, streams))
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="critical", timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, name="served desk")
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield Served(port, wired, clock, market, streams)
    finally:
        streams.close()
        server.should_exit = True
        thread.join(10)
        wired.desk.store.close()
