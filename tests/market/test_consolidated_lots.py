"""Venues deal in lots and not in crumbs: what is dealt they would take, at hardly more than the best there is."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random

import pytest

from otc.errors import Refused
from otc.market.consolidated import Line, sweep
from tests.market.books import book, line
from tests.market.optimum import dealable_average, in_bps_of_first
from tests.market.test_consolidated_sweep import deep_lines

NEAR_BPS = 0.35


def odd_lines(seed: int) -> list[Line]:
    """Venues whose levels are no whole lots, lots and minimum sizes being coarse for what is dealt."""
    draws, lines = Random(seed), []  # noqa: S311 - made-up books need no cryptographic chance
    for number in range(draws.randint(2, 5)):
        bid = 60_000 + draws.randint(-30, 30)
        price, asks = bid + draws.randint(1, 20), []
        for _ in range(draws.randint(2, 10)):
            asks.append((price, round(draws.expovariate(0.3) + 0.05, draws.choice([1, 2, 4]))))
            price += draws.randint(1, 60)
        terms = {
            "lot": draws.choice(["0", "0.001", "0.01", "0.1", "0.5", "1"]),
            "min_size": draws.choice(["0", "0", "0.5", "2"]),
            "min_notional": draws.choice(["0", "5", "10000"]),
        }
        lines.append(
            line(book(f"venue-{number}", "BTC/USD", [(bid, 1)], asks), taker_bps=draws.choice(["0", "5", "10"]), **terms)
        )
    return lines


def accepted(lines: Sequence[Line], venues: Sequence[tuple[str, Decimal]]) -> bool:
    """Whether each venue takes its amount: whole lots, no less than its smallest order."""
    terms = {one.book.venue: one for one in lines}
    return all(
        (not terms[venue].instrument.lot or amount % terms[venue].instrument.lot == 0)
        and amount >= terms[venue].instrument.min_size
        and amount * terms[venue].book.asks[-1].price >= terms[venue].instrument.min_notional
        for venue, amount in venues
    )


@pytest.mark.parametrize("seed", range(30))
def test_with_lots_and_minimum_sizes_the_price_is_near_the_best_integer_program(seed):
    lines = odd_lines(seed)
    depth = sum(level.size for one in lines for level in one.book.asks)
    size = (depth * Decimal("0.4")).quantize(Decimal("0.001"))
    found = sweep(lines, "buy", size)
    best = dealable_average(lines, "buy", found.filled)
    assert accepted(lines, found.venues)
    assert best is not None
    assert in_bps_of_first(lines, "buy", found.average_price) - best < NEAR_BPS
    assert found.extrapolated or 0 <= size - found.filled < max(min(one.instrument.lot for one in lines), Decimal("1e-18"))


@pytest.mark.parametrize("lot", ["0.001", "0.01", "1", "7"])
def test_two_hundred_in_lots_are_near_the_best_integer_program(lot):
    lines = deep_lines(11, lot=lot, min_size="5")
    found = sweep(lines, "buy", Decimal(200))
    best = dealable_average(lines, "buy", found.filled)
    assert accepted(lines, found.venues)
    assert best is not None
    assert in_bps_of_first(lines, "buy", found.average_price) - best < NEAR_BPS
    assert 0 <= 200 - found.filled < Decimal(lot)


def test_a_rest_below_the_finest_lot_stays_undealt():
    coarse = line(book("okx", "BTC/USD", [(99, 5)], [(100, 5)]), lot="0.1")
    fine = line(book("kraken", "BTC/USD", [(99, 5)], [(101, 5)]), lot="0.01")
    found = sweep([coarse, fine], "buy", Decimal("1.2345"))
    assert found.venues == (("kraken", Decimal("0.03")), ("okx", Decimal("1.2")))
    assert (found.filled, found.extrapolated) == (Decimal("1.23"), Decimal(0))
    assert abs(found.average_price * Decimal("1.23") - Decimal("123.03")) < Decimal("1e-20")


def test_a_venue_is_left_out_where_its_smallest_order_would_cost_more_than_going_on_elsewhere():
    bargain = line(book("okx", "BTC/USD", [(99, 5)], [(100, "0.1"), (120, 5)]), min_size="1")
    fair = line(book("kraken", "BTC/USD", [(99, 5)], [(101, 5)]))
    assert sweep([bargain, fair], "buy", Decimal(2)).venues == (("kraken", Decimal(2)),)


def test_a_venue_is_given_its_smallest_order_where_that_is_cheaper():
    bargain = line(book("okx", "BTC/USD", [(99, 5)], [(100, "0.9"), (101, 5)]), min_notional="95.95")
    dear = line(book("kraken", "BTC/USD", [(99, 5)], [("100.5", 5)]))
    found = sweep([bargain, dear], "buy", Decimal("1.2"))
    # 0.9 are 90 in notional, 5.95 short of the least: 5.95 / 101 = 0.0589 more at 101, against 0.9 that cost 0.5 more each.
    assert dict(found.venues)["okx"] == Decimal("0.958910891089108911")
    assert found.filled == Decimal("1.2")


def test_a_size_below_every_smallest_order_is_refused_with_the_smallest():
    lines = [line(book("okx", "BTC/USD", [(99, 5)], [(100, 5)]), lot="0.1", min_size="0.25")]
    with pytest.raises(Refused) as refused:
        sweep(lines, "buy", Decimal("0.2"))
    assert str(refused.value) == "No venue takes 0.2 in its lots; the smallest order is 0.3 on okx."


def test_a_venue_that_shows_less_than_its_own_smallest_order_is_no_venue():
    lines = [line(book("okx", "BTC/USD", [(99, 5)], [(100, "0.01")]), min_notional="10")]
    with pytest.raises(Refused) as refused:
        sweep(lines, "buy", Decimal(1))
    assert str(refused.value) == "No venue shows as much as its own smallest order; choose a market maker's rate."
