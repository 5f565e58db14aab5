"""A venue is read at its configured address or not at all: a redirect is a failure, and the other address is never asked."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from otc.clock import system_clock
from otc.config.markets import MarketSettings, TwoWaySettings
from otc.sample.exchange import LoopbackExchange
from otc.venues.live import LiveMarket
from otc.venues.once import fetch_once
from tests.venues.floor import ours
from tests.venues.test_live import at_once, until


class Redirecting(ThreadingHTTPServer):
    """Sends everybody on to the same path under /elsewhere of its own, and notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[str] = []

    def under(self, scheme: str) -> str:
        return f"{scheme}://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Redirecting

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", f"{self.server.under('http')}/elsewhere{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: what was asked is noted."""


@pytest.fixture
def redirecting() -> Iterator[Redirecting]:
    with Redirecting() as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_question_is_not_redirected(exchange: LoopbackExchange, redirecting: Redirecting) -> None:
    urls = {"api": {"public": redirecting.under("http")}}
    view = fetch_once(ours(exchange, "binance", urls=urls), MarketSettings(), system_clock, make=at_once)
    sentence = "binance sends on to another address (HTTP 302), which is not asked; see its urls in venues.yaml."
    assert {(feed.state, feed.reason) for feed in view.health} == {("down", sentence)}
    assert len(redirecting.asked) == 1
    assert [path for path in redirecting.asked if path.startswith("/elsewhere")] == []


def test_a_web_socket_is_not_redirected(exchange: LoopbackExchange, redirecting: Redirecting) -> None:
    """REST speaks for it."""
    urls = {"api": {"rest": f"{exchange.url}/okx", "ws": redirecting.under("ws")}}
    venues = ours(exchange, "okx", urls=urls)
    market = LiveMarket(venues, MarketSettings(), TwoWaySettings(), system_clock, every_s=0.05, make=at_once)
    try:
        view = until(market, lambda view: view.books and len(redirecting.asked) > 1)
    finally:
        market.close()
    assert {book.source for book in view.books.values()} == {"rest"}
    assert [path for path in redirecting.asked if path.startswith("/elsewhere")] == []
