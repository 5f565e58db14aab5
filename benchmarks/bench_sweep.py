"""The sweep: 200 BTC over four venues of 1,000 Decimal levels each, beside a bare lazy heap over the same levels."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from heapq import heapify, heapreplace
from random import Random
from statistics import median

import pytest

from benchmarks.conftest import say
from otc.market.consolidated import Line, sweep
from otc.model.market import Book, Instrument, Level
from otc.money import CONTEXT, ZERO

pytestmark = pytest.mark.bench
ROUNDS = 400
BOUND = 1.5
VENUES = {
    "binance": ("10", "0.00001"),
    "okx": ("10", "0.00000001"),
    "kraken": ("26", "0.00000001"),
    "coinbase": ("40", "0.00000001"),
}
SIZE = Decimal(200)


def test_a_sweep_takes_at_most_one_and_a_half_times_a_bare_heap() -> None:
    """With fees, rates, lots, minimum sizes, the parts of the venues: the floor has the first two alone."""
    lines = _lines()
    found, average = sweep(lines, "buy", SIZE), _bare(lines, SIZE)
    swept, floor = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter_ns()
        sweep(lines, "buy", SIZE)
        between = time.perf_counter_ns()
        _bare(lines, SIZE)
        floor.append((time.perf_counter_ns() - between) / 1000)
        swept.append((between - began) / 1000)
    assert found.filled == SIZE
    assert abs(found.average_price / average - 1) * 10_000 < Decimal("0.0001")
    # Round by round: what else the machine does meets both alike.
    ratio = median(taken / bare for taken, bare in zip(swept, floor, strict=True))
    say("sweep of 200 BTC over 4 x 1,000 levels, p50", {"sweep": median(swept), "bare lazy heap": median(floor)}, "us")
    say("sweep over its floor", {"ratio": ratio, "bound": BOUND}, "times")
    assert ratio <= BOUND


def _bare(lines: Sequence[Line], size: Decimal) -> Decimal:
    """The average price, cheapest marginal price first: nothing checked, nothing in lots, nobody named."""
    with localcontext(CONTEXT):
        heap = []
        for index, line in enumerate(lines):
            factor = (1 + line.instrument.taker_bps / 10_000) * line.rate
            levels = iter(line.book.asks)
            price, available = next(levels)
            heap.append((price * factor, index, available, factor, levels))
        heapify(heap)
        left, cost = size, ZERO
        while True:
            effective, index, available, factor, levels = heap[0]
            if available >= left:
                return (cost + effective * left) / size
            cost += effective * available
            left -= available
            price, available = next(levels)
            heapreplace(heap, (price * factor, index, available, factor, levels))


def _lines() -> list[Line]:
    """Books about as deep as a recorded one, some 125 BTC in 1,000 levels; the prices make up for what a venue's fee adds."""
    draws = Random(20240809)
    return [_line(venue, Decimal(taker), Decimal(lot), draws) for venue, (taker, lot) in VENUES.items()]


def _line(venue: str, taker_bps: Decimal, lot: Decimal, draws: Random) -> Line:
    start = 6_000_000 - 600 * int(taker_bps)
    bids, asks = (tuple(_levels(start, sign, lot, draws)) for sign in (-1, 1))
    instrument = Instrument(venue, "BTC/USD", venue, lot, Decimal("0.01"), Decimal("0.00005"), Decimal(5), taker_bps)
    return Line(instrument, Book(venue, "BTC/USD", bids, asks, datetime(2025, 1, 2, tzinfo=UTC)), Decimal(1))


def _levels(cents: int, sign: int, lot: Decimal, draws: Random) -> Iterator[Level]:
    for _ in range(1000):
        cents += sign * draws.randint(1, 40)
        yield Level(Decimal(cents).scaleb(-2), Decimal(draws.expovariate(8)).quantize(lot) + lot)
