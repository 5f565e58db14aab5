"""An empty desk on a store of its own, some time after the trades of the files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from otc.desk import Desk
from tests.builders import HandClock, at, desk_on, opened


@pytest.fixture
def clock() -> HandClock:
    """The desk's clock, at the start of the Thursday after the trades."""
    return HandClock(at("2024-03-07 09:00"))


@pytest.fixture
def desk(tmp_path: Path, clock: HandClock) -> Iterator[Desk]:
    """A desk on an empty DuckDB store."""
    store = opened("duckdb", tmp_path)
    yield desk_on(store, clock)
    store.close()
