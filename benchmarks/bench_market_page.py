"""Forty people on the market page, drawn anew each second: how long a redraw takes, and how much of a core all of them cost.

They are real sessions over web sockets to a running desk, without browsers, of which two cores carry no forty. A client does what
Streamlit's own does: it asks for the whole page once, then for each fragment at the interval that the server told it. A redraw
is timed from that request to the server's word that the fragment has run; by then everything it drew has arrived.
The peer is a page whose fragment draws one line.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.conftest import ROOT, say
from otc.bootstrap import init_store
from tests.conftest import answers, free_port, running_desk

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]
SESSIONS, SECONDS = 40, 30
P95_BOUND_MS, CORE_BOUND = 150, 1.0
_WARM_SECONDS = 10
_GOLDEN = 0.6180339887
"""Its multiples are spread evenly over any span, and over the second too."""
_BARE = """
import time
import streamlit as st
@st.fragment(run_every=1)
def line():
    st.write(time.time())
line()
"""


@dataclass
class Crowd:
    """What a crowd of sessions saw: milliseconds a redraw, and the server's share of a core meanwhile."""

    redraws_ms: list[float] = field(default_factory=list)
    cores: float = 0.0

    @property
    def p95_ms(self) -> float:
        return quantiles(self.redraws_ms, n=20)[-1]


class Reader:
    """One person with the page open."""

    def __init__(self, socket: ClientConnection, page: str, crowd: Crowd) -> None:
        self._socket, self._page, self._crowd = socket, page, crowd
        self._asked: dict[str, float] = {}
        self._fragments: dict[str, float] = {}
        self._drawn: set[str] = set()
        """Whose parts have come since the last run began."""
        self.timed = False

    async def look(self, until: float) -> None:
        """Open the page and keep looking."""
        await self._ask("")
        tickers: set[asyncio.Task[None]] = set()
        try:
            async for message in self._socket:
                told = ForwardMsg.FromString(message if isinstance(message, bytes) else message.encode())
                kind = told.WhichOneof("type")
                if kind == "auto_rerun" and told.auto_rerun.fragment_id not in self._fragments:
                    self._fragments[told.auto_rerun.fragment_id] = told.auto_rerun.interval
                    tickers.add(asyncio.create_task(self._tick(told.auto_rerun.fragment_id, told.auto_rerun.interval)))
                elif kind == "new_session":
                    self._drawn = set()
                elif kind == "delta":
                    self._drawn.add(told.delta.fragment_id)
                elif kind == "script_finished":
                    self._finished()
                if time.perf_counter() > until:
                    return
        finally:
            for ticker in tickers:
                ticker.cancel()

    async def _tick(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            if fragment not in self._asked:
                await self._ask(fragment)

    async def _ask(self, fragment: str) -> None:
        asked = BackMsg()
        asked.rerun_script.page_name = self._page
        asked.rerun_script.fragment_id = fragment
        asked.rerun_script.is_auto_rerun = bool(fragment)
        self._asked[fragment] = time.perf_counter()
        await self._socket.send(asked.SerializeToString())

    def _finished(self) -> None:
        for fragment in self._drawn:
            began = self._asked.pop(fragment, None)
            # The top line, which comes every twenty seconds, is on every page.
            if began and self.timed and self._fragments.get(fragment) == 1:
                self._crowd.redraws_ms.append((time.perf_counter() - began) * 1000)


async def crowd(port: int, pid: int, page: str, sessions: int) -> Crowd:
    """So many readers of a page, come one after the other within some seconds; timed once all are there."""
    seen = Crowd()
    readers: list[Reader] = []
    until = time.perf_counter() + _WARM_SECONDS + SECONDS

    async def come(place: int) -> None:
        # People come when they come: no two redraw in step.
        await asyncio.sleep(place * _GOLDEN % 1 * _WARM_SECONDS / 2)
        address = f"ws://127.0.0.1:{port}/_stcore/stream"
        async with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]  # a str to it
            reader = Reader(socket, page, seen)
            readers.append(reader)
            await reader.look(until)

    people = [asyncio.create_task(come(place)) for place in range(sessions)]
    await asyncio.sleep(_WARM_SECONDS)
    for reader in readers:
        reader.timed = True
    before, began = cpu_seconds(pid), time.perf_counter()
    await asyncio.gather(*people)
    seen.cores = (cpu_seconds(pid) - before) / (time.perf_counter() - began)
    return seen


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bare_crowd(script: Path) -> Crowd:
    """The same crowd on a page of one line, served under the desk's own settings."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not answers(port):
            time.sleep(0.05)
        return asyncio.run(crowd(port, server.pid, "", SESSIONS))
    finally:
        server.terminate()
        server.wait()


def figures(crowds: Sequence[tuple[str, Crowd]]) -> dict[str, float]:
    """The middle and the slow end of each crowd's redraws."""
    told: dict[str, float] = {}
    for name, seen in crowds:
        told |= {f"{name} p50": median(seen.redraws_ms), f"{name} p95": seen.p95_ms}
    return told


def test_forty_sessions_on_the_market_page_redraw_within_150_ms_and_one_core(tmp_path: Path) -> None:
    """Each redraws once a second, on the simulated market."""
    init_store(tmp_path / "desk.duckdb", ROOT / "config")
    with running_desk(tmp_path / "desk.duckdb", tmp_path / "desk.log", {"OTC_MARKET": "simulated"}) as desk:
        market = asyncio.run(crowd(int(desk.url.rpartition(":")[2]), desk.pid, "market", SESSIONS))
    script = tmp_path / "bare.py"
    script.write_text(_BARE, encoding="utf-8")
    bare = bare_crowd(script)
    say(f"{SESSIONS} sessions at 1 Hz, redraw", figures([("market page", market), ("page of one line", bare)]), "ms")
    say("and the server's share of a core", {"market page": market.cores * 100, "page of one line": bare.cores * 100}, "%")
    assert len(market.redraws_ms) > SESSIONS * SECONDS * 0.8, "they asked each second, and were answered"
    assert market.p95_ms < P95_BOUND_MS
    assert market.cores < CORE_BOUND
