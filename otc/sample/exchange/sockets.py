"""The web sockets: each line remembers what it was sent, and is told what changed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from aiohttp import WSMsgType, web

from otc.sample.exchange.faults import SOCKET_FAULTS, Fault
from otc.sample.exchange.floor import Book
from otc.sample.exchange.stall import Heard, Stall, Stream, cut
from otc.sample.exchange.trouble import reset

_MUTE = frozenset({*SOCKET_FAULTS, Fault.FROZEN})
"""Faults under which a line is told nothing."""


class Line:
    """One open web socket of a venue. It is used by the server's loop alone."""

    def __init__(self, venue: str, stream: Stream, told: Callable[[], Stall], request: web.Request) -> None:
        self.venue = venue
        self._stream = stream
        self._told = told
        self._request = request
        self._socket = web.WebSocketResponse()
        self._depths: dict[str, int] = {}
        self._sent: dict[str, Book] = {}
        self._dirty: dict[str, None] = {}
        self._wake = asyncio.Event()

    async def serve(self) -> web.WebSocketResponse:
        """Speak until either side goes."""
        await self._socket.prepare(self._request)
        teller = asyncio.create_task(self._tell())
        try:
            for text in self._stream.greeting:
                await self._say(text)
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    await self._take(self._stream.hear(self._told(), message.data))
        finally:
            teller.cancel()
            with suppress(asyncio.CancelledError):
                await teller
        return self._socket

    def changed(self, native_id: str) -> None:
        """A market's book was set; several sets before the line gets to it are told as one."""
        if native_id in self._depths:
            self._dirty[native_id] = None
            self._wake.set()

    def drop(self) -> None:
        """Cut the line without a farewell."""
        reset(self._request)

    async def _take(self, heard: Heard) -> None:
        for text in heard.replies:
            await self._say(text)
        for native_id in heard.end:
            self._depths.pop(native_id, None)
            self._sent.pop(native_id, None)
        for topic in heard.begin:
            self._depths[topic.native_id] = topic.depth
            await self._begin(topic.native_id)

    async def _begin(self, native_id: str) -> None:
        book = self._shown(native_id)
        if book is None:
            return
        self._sent[native_id] = book
        if self._stream.snapshot and self._told().fault is not Fault.SOCKET_SILENT:
            await self._say(self._stream.snapshot(book))

    async def _tell(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._dirty:
                await self._tell_one(next(iter(self._dirty)))

    async def _tell_one(self, native_id: str) -> None:
        del self._dirty[native_id]
        before, fault = self._sent.get(native_id), self._told().fault
        after = self._shown(native_id) if fault not in _MUTE else None
        if before is None or after is None:
            return
        self._sent[native_id] = after
        await self._say(self._stream.change(before, after))

    def _shown(self, native_id: str) -> Book | None:
        book = self._told().shown(native_id)
        return cut(book, self._depths[native_id]) if book and native_id in self._depths else None

    async def _say(self, text: str) -> None:
        with suppress(ConnectionError):
            await self._socket.send_str(text)


class Lines:
    """All open lines."""

    def __init__(self) -> None:
        self._open: set[Line] = set()

    async def serve(self, line: Line) -> web.WebSocketResponse:
        """Keep a line among the open ones for as long as it speaks."""
        self._open.add(line)
        try:
            return await line.serve()
        finally:
            self._open.discard(line)

    def changed(self, venue: str, native_id: str) -> None:
        """Tell a venue's lines that a book was set."""
        for line in self._open:
            if line.venue == venue:
                line.changed(native_id)

    def drop(self, venue: str | None = None) -> None:
        """Cut a venue's lines, or all."""
        for line in tuple(self._open):
            if venue in (None, line.venue):
                line.drop()
