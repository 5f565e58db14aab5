"""The loopback exchange as a server: its own thread and loop on 127.0.0.1, one set of routes a venue."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Thread
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.typedefs import Handler

from otc.errors import Refused
from otc.sample.exchange import binance, coinbase, coinbaseexchange, indodax, kraken, okx, tokocrypto
from otc.sample.exchange.faults import Fault, Faults, Memory
from otc.sample.exchange.floor import Floor
from otc.sample.exchange.ledger import Ledger
from otc.sample.exchange.sockets import Line, Lines
from otc.sample.exchange.stall import Answer, Stall, Stream, Venue
from otc.sample.exchange.trouble import Pace, Trouble, is_socket
from otc.sample.exchange.writing import written

VENUES: Final[Mapping[str, Venue]] = {
    room.VENUE.name: room.VENUE for room in (binance, okx, kraken, coinbase, coinbaseexchange, indodax, tokocrypto)
}
"""name -> each venue that is spoken here."""
_HOST: Final = "127.0.0.1"
_PACE: Final = Pace(slow=timedelta(seconds=2), retry_after=timedelta(seconds=7))
_WITHIN_SECONDS: Final = 10
_Serve = Callable[[web.Request, Fault | None], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Asked:
    """A request that came in: when, how, and its path with its query."""

    at: datetime
    method: str
    path: str


class LoopbackExchange:
    """Seven venues on one port of 127.0.0.1 while the `with` lasts; books, faults and requests may be touched from any thread.

    Without a floor it has the usual listings and empty books; without a port it takes a free one.
    """

    def __init__(self, floor: Floor | None = None, port: int = 0, pace: Pace = _PACE) -> None:
        self.floor = floor or Floor()
        self._port = port
        self._pace = pace
        self._faults = Faults()
        self._memory: Memory = {}
        self.ledger = Ledger()
        self._requests: list[tuple[str, Asked]] = []
        self._lock = Lock()
        self._lines = Lines()
        self._closing = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="loopback-exchange", daemon=True)
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0)

    @property
    def venues(self) -> tuple[str, ...]:
        """The names of all venues."""
        return tuple(VENUES)

    @property
    def host(self) -> str:
        """Address and port."""
        return f"{_HOST}:{self._port}"

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self.host}"

    def urls(self, venue: str) -> dict[str, object]:
        """What ccxt's `urls` argument takes, so that every address that public data needs is this server's."""
        return {"api": dict(VENUES[venue].urls(self.host))}

    def options(self, venue: str) -> dict[str, object]:
        """What ccxt's `options` argument takes, so that it asks for spot markets alone; may be changed freely."""
        return dict(VENUES[venue].options)

    def requests(self, venue: str) -> tuple[Asked, ...]:
        """All that a venue was asked, in order; a web socket counts when it opens."""
        with self._lock:
            return tuple(asked for name, asked in self._requests if name == venue)

    def fail(self, venue: str, fault: Fault | None) -> None:
        """From now on a venue fails so; None heals it."""
        self._faults.stand(venue, fault)
        if fault is Fault.SOCKET_DROPPED:
            self._loop.call_soon_threadsafe(self._lines.drop, venue)

    def fail_next(self, venue: str, faults: Iterable[Fault | None]) -> None:
        """A venue's next answers over REST fail so, one each; None is a good answer. Then what stands applies again."""
        self._faults.schedule(venue, faults)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._run(self._open())
        except OSError as error:
            self._stop()
            raise Refused(f"The loopback exchange cannot listen on {self.host}; choose another port.") from error
        self.floor.listen(self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.floor.leave(self._hear)
        self._run(self._close())
        self._stop()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_WITHIN_SECONDS)

    async def _open(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, _HOST, self._port)
        await site.start()
        self._port = site.port

    async def _close(self) -> None:
        self._closing.set()
        self._lines.drop()
        await self._runner.cleanup()

    def _hear(self, venue: str, native_id: str) -> None:
        # A book may be set by another thread at the very moment of closing; nobody is left to be told then.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._lines.changed, venue, native_id)

    def _app(self) -> web.Application:
        app = web.Application()
        for venue in VENUES.values():
            for route, answer in venue.answers.items():
                method, path = route.split(" ")
                app.router.add_route(method, f"/{venue.prefix}{path}", self._noted(venue, self._answered(venue, answer)))
            if venue.stream:
                app.router.add_get(
                    f"/{venue.prefix}{venue.stream.path}", self._noted(venue, self._connected(venue, venue.stream))
                )
        return app

    def _noted(self, venue: Venue, serve: _Serve) -> Handler:
        trouble = Trouble(self._pace, venue.refusals, self._closing)

        async def noted(request: web.Request) -> web.StreamResponse:
            """Note the request, then answer it or fail as the venue was told to."""
            with self._lock:
                self._requests.append((venue.name, Asked(self.floor.now(), request.method, request.path_qs)))
            fault = self._faults.standing(venue.name) if is_socket(request) else self._faults.take(venue.name)
            return await trouble.answer(fault, request, lambda asked: serve(asked, fault))

        return noted

    def _answered(self, venue: Venue, answer: Answer) -> _Serve:
        async def answered(request: web.Request, fault: Fault | None) -> web.StreamResponse:
            stall = Stall(venue.name, self.floor, fault, self._memory, self.ledger)
            reply = answer(stall, {**request.query, **await _body(request), **request.match_info})
            return web.Response(status=reply.status, text=written(reply.payload), content_type="application/json")

        return answered

    def _connected(self, venue: Venue, stream: Stream) -> _Serve:
        def told() -> Stall:
            return Stall(venue.name, self.floor, self._faults.standing(venue.name), self._memory, self.ledger)

        async def connected(request: web.Request, _: Fault | None) -> web.StreamResponse:
            return await self._lines.serve(Line(venue.name, stream, told, request))

        return connected


async def _body(request: web.Request) -> Mapping[str, str]:
    """A form's fields, or those of a JSON object or of the first in a list; an object within stays JSON."""
    text = await request.text() if request.method == "POST" else ""
    if text[:1] not in ("{", "["):
        return dict(parse_qsl(text))
    read = json.loads(text)
    content = read[0] if isinstance(read, list) else read
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in content.items()}
