"""One served desk a module: what its tests book is theirs alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.served import Served, served


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk with a key for trader-1 and a sound market."""
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    """A desk for a test that sets the clock or the market."""
    with served(tmp_path) as running:
        yield running
