"""Failing on the wire: answers that are no answer, late ones, and connections that break."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from otc.sample.exchange.faults import TAKEN, Fault
from otc.sample.exchange.writing import written

_JSON: Final = "application/json"
_TEXT: Final = "text/plain"
_MAINTENANCE: Final = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>We are checking.</body></html>"
_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""Linger on, for no time: what closes then is reset."""
_CANNED: Final[Mapping[Fault, tuple[str, str]]] = {
    Fault.HTML: (_MAINTENANCE, "text/html"),
    Fault.NULL: ("null", _JSON),
    Fault.EMPTY: ("", _JSON),
}
_STATUS: Final[Mapping[Fault, HTTPStatus]] = {
    Fault.SERVER_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
    Fault.UNKNOWN_ERROR: HTTPStatus.SERVICE_UNAVAILABLE,
    Fault.BANNED: HTTPStatus.IM_A_TEAPOT,
    Fault.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
}
_BANS: Final = frozenset({Fault.BANNED, Fault.TOO_MANY})


@dataclass(frozen=True)
class Pace:
    """How late a late answer is, and for how long a ban asks to be left alone."""

    slow: timedelta
    retry_after: timedelta


@dataclass(frozen=True)
class Trouble:
    """What makes a venue fail on the wire: its pace, its own words by HTTP status, and the end of the server."""

    pace: Pace
    refusals: Mapping[int, object]
    closing: asyncio.Event

    async def answer(self, fault: Fault | None, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request as a venue with this fault would; faults of a book's content are the handler's to show."""
        if fault and fault in TAKEN:
            await handler(request)
            fault = TAKEN[fault]
        if fault in (Fault.HANG, Fault.SLOW):
            await self._wait(None if fault is Fault.HANG else self.pace.slow)
        if fault in (Fault.HANG, Fault.RESET) or (fault is Fault.SOCKET_DROPPED and is_socket(request)):
            reset(request)
            return web.Response()
        if fault and fault in _CANNED:
            text, content_type = _CANNED[fault]
            return web.Response(text=text, content_type=content_type)
        if fault and fault in _STATUS:
            return self._refused(fault, _STATUS[fault])
        answer = await handler(request)
        if fault is Fault.TRUNCATED and isinstance(answer, web.Response) and answer.text:
            return web.Response(text=answer.text[: len(answer.text) // 2], content_type=_JSON)
        return answer

    async def _wait(self, at_most: timedelta | None) -> None:
        # A request that hangs must not hold up the end of the server.
        with suppress(TimeoutError):
            await asyncio.wait_for(self.closing.wait(), at_most.total_seconds() if at_most else None)

    def _refused(self, fault: Fault, status: HTTPStatus) -> web.Response:
        headers = {"Retry-After": str(int(self.pace.retry_after.total_seconds()))} if fault in _BANS else {}
        if status in self.refusals:
            text = written(self.refusals[status])
            return web.Response(status=status, text=text, content_type=_JSON, headers=headers)
        return web.Response(status=status, text=status.phrase, content_type=_TEXT, headers=headers)


def is_socket(request: web.Request) -> bool:
    """Whether a request asks to become a web socket."""
    return request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"


def reset(request: web.Request) -> None:
    """Break the connection off, so that the other side reads a reset."""
    transport = request.transport
    if transport is None:
        return
    wire = transport.get_extra_info("socket")
    if wire is not None:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
