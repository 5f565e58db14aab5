"""From a request to a two-way quote: in process and over HTTP, with and without people on the pages, each beside its floor."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks.bench_market_page import crowd
from benchmarks.conftest import say
from otc.bootstrap import Wired, init_store, wire
from otc.clock import system_clock
from otc.model import Side
from otc.model.market import MarketView, Signals
from otc.model.rfq import RfqRequest
from otc.quoting.rfq import price
from tests.conftest import free_port, running_desk
from tests.web.served import SetMarket

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
ROOT = Path(__file__).resolve().parent.parent
IN_PROCESS_MS, HTTP_MS, QUOTES_A_SECOND = 5, 50, 300
QUOTES, WARM_UP, SESSIONS, AT_ONCE = 600, 50, 20, 8
LEVELS = 1000
SETTLING_S = 12
"""Twenty first visits at once keep two cores busy for some seconds."""
KEY = "of the benchmark"
ASKED = {"pair": "BTC/IDR", "size": "20", "side": "BUY", "client_id": "CLT-001"}
_DOLLARS = ("kraken BTC/USD 95000", "coinbase BTC/USD 95010", "binance BTC/USDT 95040", "okx BTC/USDT 95035")
_RATES = ("kraken USDT/USD 0.9995", "coinbase USDT/USD 0.9996", "indodax USDT/IDR 15830", "tokocrypto USDT/IDR 15832")
_SERVER = """
import sys
from pathlib import Path
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from benchmarks.bench_rfq import deep
from otc.runtime import House
from otc.web import Streams, routes
async def nothing(request):
    return Response(await request.body() and b"{}", media_type="application/json")
house = House(lambda *_: deep(Path(sys.argv[1])))
app = Starlette(routes=[Route("/nothing", nothing, methods=["POST"]), *routes(house, Streams())])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="critical", access_log=False)
"""


@dataclass(frozen=True)
class Still:
    """A market that was seen once, as the loop's snapshot stands between two seconds."""

    seen: MarketView

    def view(self) -> MarketView:
        return self.seen

    def signals(self) -> Signals:
        return Signals()


def deep(store: Path) -> Wired:
    """A desk on four venues' books of a thousand levels a side, and the rates between their currencies."""
    wired = wire(ROOT / "config", store, create=True)
    named = [words.split() for words in (*_DOLLARS, *_RATES)]
    mids = {(venue, symbol): Decimal(mid) for venue, symbol, mid in named}
    return wired.on(Still(SetMarket(system_clock, mids, levels=LEVELS).view()))


def p99_of(work: Callable[[], object], times: int = QUOTES) -> float:
    """The 99th percentile of a piece of work in milliseconds, warmed up."""
    taken = []
    for _ in range(times + WARM_UP):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken[WARM_UP:])[int(times * 0.99)]


def test_a_request_is_a_quote_in_under_five_milliseconds(tmp_path: Path) -> None:
    """From the request to the kept quote; beside it the same without keeping it, and its components alone."""
    wired = deep(tmp_path / "desk.duckdb")
    rfqs, request = wired.rfqs, RfqRequest("BTC/IDR", Decimal(20), "A", Side.BUY, "CLT-001")
    inputs = rfqs.priced(request, "trader-1", system_clock()).inputs
    floor = p99_of(lambda: price(inputs))
    priced = p99_of(lambda: rfqs.priced(request, "trader-1", system_clock()))
    kept = p99_of(lambda: rfqs.quote(request, "trader-1"))
    wired.desk.store.close()
    say("RFQ to quote in process, p99", {"kept": kept, "not kept": priced, "price alone": floor, "bound": IN_PROCESS_MS}, "ms")
    assert kept < IN_PROCESS_MS


def test_three_hundred_requests_a_second_become_quotes(tmp_path: Path) -> None:
    """In process, asked by eight at once, each quote kept."""
    wired = deep(tmp_path / "desk.duckdb")
    request = RfqRequest("BTC/IDR", Decimal(20), "A", Side.BUY, "CLT-001")
    inputs = wired.rfqs.priced(request, "trader-1", system_clock()).inputs
    floor = rate_of(lambda: price(inputs))
    kept = rate_of(lambda: wired.rfqs.quote(request, "trader-1"))
    wired.desk.store.close()
    say("quotes a second", {"kept": kept, "price alone": floor, "bound": QUOTES_A_SECOND}, "/s")
    assert kept > QUOTES_A_SECOND


def rate_of(work: Callable[[], object], times: int = QUOTES) -> float:
    """How often a second a piece of work is done by eight at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        began = time.perf_counter()
        for done in [pool.submit(work) for _ in range(times)]:
            done.result()
        return times / (time.perf_counter() - began)


@contextmanager
def asking(port: int, path: str) -> Iterator[Callable[[], None]]:
    """Asks a server for a quote over one connection; an answer that is no 200 fails."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    body, headers = json.dumps(ASKED), {"Content-Type": "application/json", "X-API-Key": KEY}

    def ask() -> None:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content

    try:
        yield ask
    finally:
        connection.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[int]:
    """The port of the routes alone, served by a process of their own, with an empty route beside them."""
    port = free_port()
    running = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(tmp_path / "desk.duckdb"), str(port)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OTC_API_KEY": KEY},
    )
    try:
        _wait_for(port)
        yield port
    finally:
        running.terminate()
        running.wait(15)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            with asking(port, "/nothing") as ask:
                return ask()
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")


def test_a_request_over_http_is_a_quote_in_under_fifty_milliseconds(server: int) -> None:
    """One client on one connection, beside an empty route of the same server."""
    with asking(server, "/nothing") as nothing, asking(server, "/api/rfq") as ask:
        figures = {"quote": p99_of(ask), "empty route": p99_of(nothing), "bound": HTTP_MS}
    say("RFQ to quote over HTTP, p99", figures, "ms")
    assert figures["quote"] < HTTP_MS


def test_twenty_people_on_the_market_page_do_not_slow_a_request_down(tmp_path: Path) -> None:
    """The whole app on its simulated market with twenty live sessions of the market page, beside the same app without them.

    The sessions are real ones over web sockets; browsers would measure themselves, of which two cores do not carry twenty.
    """
    store = tmp_path / "desk.duckdb"
    init_store(store, ROOT / "config")
    environment = {"OTC_API_KEY": KEY, "OTC_MARKET": "simulated"}
    with running_desk(store, tmp_path / "desk.log", environment) as desk, ThreadPoolExecutor(1) as beside:
        port = urlsplit(desk.url).port or 0
        with asking(port, "/api/rfq") as ask:
            alone = p99_of(ask)
        people = beside.submit(asyncio.run, crowd(port, desk.pid, "market", SESSIONS))
        time.sleep(SETTLING_S)
        with asking(port, "/api/rfq") as ask:
            watched = p99_of(ask)
        assert not people.done(), "they looked on for as long as was asked"
        redraws = len(people.result().redraws_ms)
    figures = {"with them": watched, "without": alone, "bound": HTTP_MS}
    say(f"RFQ to quote over HTTP, p99, {SESSIONS} sessions with {redraws} redraws", figures, "ms")
    assert watched < HTTP_MS
