"""The same work on one piece after another in processes of their own; what they make comes in the order of the pieces.

A worker is a plain interpreter that is told over a pipe what to do. The standard pools would load the caller's main module
again in each process; under a web server that module is the app itself.
"""

import gc
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing.connection import Connection, Pipe
from typing import Final, Generic, TypeVar

from otc.errors import Refused

_SERVE: Final = "import sys; from otc.ingest.workers import serve; serve(int(sys.argv[1]))"
_AHEAD: Final = 2
"""Pieces a worker may be ahead of whoever takes the results: it never waits, and memory stays bounded."""

Piece = TypeVar("Piece")
Made = TypeVar("Made")


class Worker(Generic[Piece, Made]):
    """One process that does `work`, which must be picklable; it ends when it is closed, or with this process."""

    def __init__(self, work: Callable[[Piece], Made]) -> None:
        self._connection, theirs = Pipe()
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter, on our own module
            [sys.executable, "-c", _SERVE, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        theirs.close()
        self._connection.send(work)

    def __call__(self, piece: Piece) -> Made:
        """What the work makes of a piece; Refused where the process has died."""
        try:
            self._connection.send(piece)
            made: Made = self._connection.recv()
        except (EOFError, OSError):
            raise Refused(
                "A worker process of the import ended before its time, perhaps for want of memory; nothing was booked."
                " Free some memory and import the file again."
            ) from None
        return made

    def close(self) -> None:
        """Let the process end."""
        self._connection.close()
        self._process.wait()


def serve(handle: int) -> None:
    """Be a worker: receive the work, then piece after piece, until the other end closes."""
    connection = Connection(handle)
    gc.disable()  # what a piece is made of goes all at once
    try:
        work = connection.recv()
        gc.freeze()  # what is loaded by now stays; the collection after each piece need not look at it
        while True:
            connection.send(work(connection.recv()))
            gc.collect()
    except (EOFError, OSError):
        return


def in_order(work: Callable[[Piece], Made], pieces: Iterable[Piece], count: int) -> Iterator[tuple[Piece, Made]]:
    """Each piece with what `count` workers made of it, in the order of the pieces."""
    with ExitStack() as running:
        lanes: list[Callable[[Piece], Future[Made]]] = []
        for _ in range(count):
            worker: Worker[Piece, Made] = Worker(work)
            running.callback(worker.close)
            pool = ThreadPoolExecutor(1, "import")
            running.callback(pool.shutdown, cancel_futures=True)
            lanes.append(lambda piece, pool=pool, worker=worker: pool.submit(worker, piece))  # type: ignore[misc]  # bound here
        waiting: deque[tuple[Piece, Future[Made]]] = deque()
        for number, piece in enumerate(pieces):
            waiting.append((piece, lanes[number % count](piece)))
            if len(waiting) > _AHEAD * count:
                done, made = waiting.popleft()
                yield done, made.result()
        while waiting:
            done, made = waiting.popleft()
            yield done, made.result()
