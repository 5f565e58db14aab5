"""One suite over every store: each test here runs on a DuckDB file and on a folder of CSV files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from otc.ports import Store
from tests.builders import STORE_KINDS, opened


@pytest.fixture(params=STORE_KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which store."""
    return str(request.param)


@pytest.fixture
def reopen(kind: str, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the same place anew, letting go of it before."""
    open_now: list[Store] = []

    def again() -> Store:
        while open_now:
            open_now.pop().close()
        open_now.append(opened(kind, tmp_path))
        return open_now[-1]

    yield again
    for store in open_now:
        store.close()


@pytest.fixture
def store(reopen: Callable[[], Store]) -> Store:
    """An empty store."""
    return reopen()
