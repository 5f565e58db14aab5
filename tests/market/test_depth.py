"""Depth of a book against its own last minutes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from otc.market.depth import DepthNorm, depth_near, depth_ratio, depth_seen
from tests.market.books import book

START = datetime(2026, 1, 5, tzinfo=UTC)


def seen(depths: list[int], every_s: int = 5, norm: DepthNorm | None = None) -> DepthNorm:
    norm = norm or DepthNorm()
    for number, depth in enumerate(depths):
        norm = depth_seen(norm, Decimal(depth), START + timedelta(seconds=number * every_s))
    return norm


def test_a_book_is_as_deep_as_its_thinner_side_near_the_mid() -> None:
    """Mid 1,000, reach 5: bids of 999 and 995 count, 994 does not; the asks hold less."""
    shown = book("okx", "BTC/USDT", [(999, 2), (995, 3), (994, 100)], [(1001, 1), (1005, 3), (1006, 100)])
    assert depth_near(shown, Decimal(50)) == 4
    assert depth_near(shown, Decimal(10)) == 1
    assert depth_near(shown, Decimal(9)) == 0


def test_there_is_no_normal_before_a_minute_was_seen() -> None:
    assert seen([10] * 11).normal is None
    assert depth_ratio(seen([10] * 11), Decimal(1)) is None
    assert seen([10] * 12).normal == 10
    assert depth_ratio(seen([10] * 12), Decimal(3)) == Decimal("0.3")


def test_the_normal_is_the_median_so_that_one_wall_does_not_move_it() -> None:
    assert seen([10, 12, 11] * 4 + [10_000]).normal == 11


def test_depths_of_every_second_are_sampled_every_five() -> None:
    """Twelve samples take a minute, however often somebody looks."""
    assert seen([10] * 55, every_s=1).normal is None
    assert seen([10] * 56, every_s=1).normal == 10


def test_what_lasts_becomes_normal_within_five_minutes() -> None:
    assert seen([100] * 60 + [20] * 29).normal == 100
    assert seen([100] * 60 + [20] * 31).normal == 20


def test_a_book_that_was_all_but_empty_is_at_most_a_thousand_times_as_deep() -> None:
    norm = DepthNorm()
    for number in range(12):
        norm = depth_seen(norm, Decimal("0.00000001"), START + timedelta(seconds=number * 5))
    assert depth_ratio(norm, Decimal("0.00000999")) == 999
    assert depth_ratio(norm, Decimal(10) ** 21) == 1000


def test_an_empty_normal_is_no_measure() -> None:
    assert depth_ratio(seen([0] * 20), Decimal(5)) is None
