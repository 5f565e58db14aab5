"""The pricer: a whole two-way quote in under 100 us (p50), beside the bare formula in Decimal."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median

import pytest

from benchmarks.conftest import say
from otc.config import load
from otc.model import QuoteRequest, Rate, Side
from otc.quoting.two_way import Pricer

pytestmark = pytest.mark.bench
QUOTES = 5_000
BOUND_US = 100


def test_a_quote_takes_under_a_hundred_microseconds() -> None:
    """Both sides with all their lines, the checks, the id: everything a trader waits for but the screen."""
    settings = load(Path("config"))
    pricer = Pricer(settings, lambda: settings.spreads)
    now = datetime(2025, 1, 2, 1, 0, tzinfo=UTC)
    request = QuoteRequest("USDT/IDR", "A", Side.BUY, (Rate("MM-001", Decimal(15_800), now),), size=Decimal(100_000))
    quoted, floor = [], []
    for _ in range(QUOTES):
        began = time.perf_counter_ns()
        pricer.price(request, "trader-1", now)
        between = time.perf_counter_ns()
        _bare(Decimal(15_800), Decimal(100_000), Decimal(15), Decimal("0.0021"))
        floor.append((time.perf_counter_ns() - between) / 1000)
        quoted.append((between - began) / 1000)
    p50 = median(quoted)
    say("pricer, p50", {"quote": p50, "bare formula": median(floor), "bound": BOUND_US}, "us")
    assert p50 < BOUND_US


def _bare(rate: Decimal, size: Decimal, spread_bps: Decimal, tax: Decimal) -> tuple[Decimal, Decimal]:
    """Net of both sides by the source's formula, nothing rounded, nothing kept."""
    markup = spread_bps / 10_000 + tax
    nets = []
    for sign in (1, -1):
        client = size * rate * (1 + sign * markup)
        nets.append(abs(client - size * rate) - client * tax)
    return nets[0], nets[1]
