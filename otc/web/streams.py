"""Server-sent events: what many listeners want to know is worked out once a second for all of them."""

import asyncio
import json
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final

from otc.errors import OtcError

TICK_S: Final = 1.0
HEARTBEAT_TICKS: Final = 15
"""A quiet stream says this often that it is still there."""
MOST_TOPICS: Final = 100
"""Different questions at once; each is worked out every second."""

Work = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Said:
    """What a stream says: the event, and the part by which two are compared."""

    event: str
    same_as: object
    content: str

    def as_bytes(self) -> bytes:
        """The event as it goes over the line."""
        return f"event: {self.event}\ndata: {self.content}\n\n".encode()


@dataclass(slots=True)
class _Topic:
    """One question with those who listen to its answers."""

    listeners: int = 0
    latest: Said | None = None
    ticked: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False
    task: asyncio.Task[None] | None = None


class Streams:
    """The streams of one app, all on its event loop; `close` may be called from a signal handler."""

    def __init__(self, tick_s: float = TICK_S) -> None:
        self._tick_s = tick_s
        self._topics: dict[str, _Topic] = {}
        self._closed = False

    def close(self) -> None:
        """Let every stream end within a tick, and new ones at once."""
        self._closed = True

    def full(self, name: str) -> bool:
        """Whether another question cannot be taken."""
        return name not in self._topics and len(self._topics) >= MOST_TOPICS

    async def listen(self, name: str, work: Work, gone: Callable[[], Awaitable[bool]]) -> AsyncIterator[bytes]:
        """The answers to a question as they change, until the listener has gone or the app stops.

        `work` runs in a thread, once a tick for all who listen under the same name.
        """
        topic = self._topics.setdefault(name, _Topic())
        topic.listeners += 1
        topic.task = topic.task or asyncio.create_task(self._ticking(topic, work), name=f"stream {name}")
        seen: Said | None = None
        quiet = 0
        try:
            while True:
                ticked, latest = topic.ticked, topic.latest
                if self._closed or topic.over or await gone():
                    return
                quiet += 1
                if latest is not None and latest is not seen:
                    seen, quiet = latest, 0
                    yield latest.as_bytes()
                elif quiet >= HEARTBEAT_TICKS:
                    quiet = 0
                    yield b": still here\n\n"
                await ticked.wait()
        finally:
            self._left(name, topic)

    def _left(self, name: str, topic: _Topic) -> None:
        topic.listeners -= 1
        if not topic.listeners and self._topics.get(name) is topic:
            del self._topics[name]
            if topic.task:
                topic.task.cancel()

    async def _ticking(self, topic: _Topic, work: Work) -> None:
        try:
            while not self._closed:
                said = await asyncio.to_thread(_said, work)
                if topic.latest is None or (said.event, said.same_as) != (topic.latest.event, topic.latest.same_as):
                    topic.latest = said
                _wake(topic)
                await asyncio.sleep(self._tick_s)
        finally:
            topic.over = True
            _wake(topic)


def _wake(topic: _Topic) -> None:
    ticked, topic.ticked = topic.ticked, asyncio.Event()
    ticked.set()


def _said(work: Work) -> Said:
    try:
        answer = work()
    except OtcError as error:
        return Said("problem", str(error), json.dumps({"error": str(error)}, ensure_ascii=False))
    return Said("prices", _without_ages(answer), json.dumps(answer, ensure_ascii=False))


def _without_ages(value: Any) -> Any:
    """An answer without what changes by itself: a price that only grows older is no news."""
    if isinstance(value, Mapping):
        return {name: _without_ages(item) for name, item in value.items() if name != "age_s"}
    return [_without_ages(item) for item in value] if isinstance(value, list) else value


@contextmanager
def told_of_stop(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when the process is asked to end: a server waits for its streams before it tells the app that it stops."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def told(number: int, frame: FrameType | None) -> None:
        """Stop first, then do what the signal did before."""
        stop()
        before = former[signal.Signals(number)]
        if callable(before):
            before(number, frame)

    for number in former:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, before in former.items():
            signal.signal(number, signal.SIG_DFL if before is None else before)
