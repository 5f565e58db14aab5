"""Each scenario is lived through on both stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import STORE_KINDS, HandClock, desk_on, opened
from tests.scenarios.day import Day


@pytest.fixture(params=STORE_KINDS)
def day(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Day]:
    """A day at the desk, once on each store."""
    clock = HandClock()
    store = opened(request.param, tmp_path)
    yield Day(desk_on(store, clock), clock)
    store.close()
