"""What the tests of venues stand on: the loopback exchange, and a guard that nothing leaves 127.0.0.1."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from otc.sample.exchange import LoopbackExchange
from tests.venues.floor import NATIVE, one, set_books
from tests.venues.reading import Reading, reading


@pytest.fixture(scope="session")
def left() -> list[object]:
    """The addresses beyond 127.0.0.1 that anything in this process tried to reach; the attempt fails."""
    tried: list[object] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] != "127.0.0.1":
            tried.append(arguments[1])
            raise OSError(f"{arguments[1]} is not this machine")
        if event == "socket.getaddrinfo" and arguments[0] not in ("127.0.0.1", None):
            tried.append(arguments[0])
            raise OSError(f"{arguments[0]} is not this machine")

    sys.addaudithook(watch)
    return tried


@pytest.fixture(autouse=True)
def _stays_here(left: list[object]) -> Iterator[None]:
    """Every connection of every test here goes to this machine's loopback address."""
    left.clear()
    yield
    assert left == []


@pytest.fixture
def exchange() -> Iterator[LoopbackExchange]:
    """All venues on this machine, each market with a sound book."""
    with LoopbackExchange() as running:
        set_books(running)
        yield running


@pytest.fixture(scope="session")
def readings() -> Iterator[dict[str, Reading]]:
    """Every venue's real ccxt class, its HTTP level in the test's hands."""
    with LoopbackExchange() as exchange, ExitStack() as opened:
        yield {venue: opened.enter_context(reading(venue, one(exchange, venue))) for venue in NATIVE}
