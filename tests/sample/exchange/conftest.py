"""A loopback exchange that is quick to be slow."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from otc.sample.exchange import LoopbackExchange
from otc.sample.exchange.trouble import Pace
from tests.sample.exchange.clients import Readers


@pytest.fixture(scope="module")
def served() -> Iterator[LoopbackExchange]:
    """One server for the tests of a module."""
    with LoopbackExchange(pace=Pace(slow=timedelta(milliseconds=50), retry_after=timedelta(seconds=7))) as exchange:
        yield exchange


@pytest.fixture
def exchange(served: LoopbackExchange) -> Iterator[LoopbackExchange]:
    """The module's server, all its venues well again afterwards."""
    yield served
    for venue in served.venues:
        served.fail(venue, None)


@pytest.fixture(scope="module")
def readers(served: LoopbackExchange) -> Iterator[Readers]:
    """The module's ccxt classes, one a venue."""
    opened = Readers(served)
    yield opened
    opened.close()
