"""The sample year of the shipped configuration, made once for all tests on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otc.config import Settings, load
from otc.model import Side
from otc.sample.deals import Deal
from otc.sample.year import Life, lives, make_year

DESK = ZoneInfo("Asia/Makassar")
Rows = list[dict[str, str]]
DealAt = Callable[..., Deal]


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The configuration as shipped."""
    return load(Path(__file__).resolve().parents[2] / "config")


@pytest.fixture(scope="session")
def year(settings: Settings) -> Rows:
    """The sample year as first started with."""
    return make_year(settings)


@pytest.fixture(scope="session")
def some_lives(settings: Settings) -> list[Life]:
    """A few hundred trades with all that befell them."""
    return list(islice(lives(7, 2000, settings), 400))


@pytest.fixture
def deal_at(some_lives: list[Life]) -> DealAt:
    """A real deal of a pair and side, above or below a rupiah amount, moved to another local time."""

    def find(local: str, pair: str = "USDT/IDR", side: Side = Side.BUY, above: int = 0) -> Deal:
        deals = (life.deal for life in some_lives if life.deal.pair == pair and life.deal.side is side)
        found = next(deal for deal in deals if deal.price.client_amount_idr > above)
        return replace(found, traded_at=datetime.fromisoformat(local).replace(tzinfo=DESK))

    return find
