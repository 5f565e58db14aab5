"""Whatever sound books show, watching goes on: what cannot be booked is excluded with its reason."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.config.markets import MarketSettings, TwoWaySettings, VenueSettings
from otc.market.watch import Watch, watched
from otc.model.market import Book, BookKey
from otc.money import LARGEST
from tests.market.books import NOW, book
from tests.soak import examples

KEYS = (("okx", "BTC/USDT"), ("kraken", "BTC/USD"), ("kraken", "USDT/USD"), ("indodax", "USDT/IDR"), ("indodax", "BTC/IDR"))
VENUES = {name: VenueSettings(name, {}, Decimal(10)) for name in ("okx", "kraken", "indodax")}
Shown = tuple[BookKey, int, int]
"""Whose, and the powers of ten of its price and its size."""


def shown(key: BookKey, price: Decimal, size: Decimal, second: int) -> Book:
    """One level a side, two bps apart."""
    return book(*key, [(price * Decimal("0.9999"), size)], [(price * Decimal("1.0001"), size)], NOW + timedelta(seconds=second))


def after(seconds: Iterable[Iterable[Book]]) -> Watch:
    """Watch what is shown second by second."""
    watch = Watch.begun(VENUES)
    for second, books in enumerate(seconds):
        seen = {(one.venue, one.symbol): one for one in books}
        watch = watched(watch, seen, NOW + timedelta(seconds=second), MarketSettings())
    return watch


@pytest.mark.parametrize("dollars", ["1e17", "1e-17"])
def test_a_price_beyond_money_once_it_is_in_dollars_is_excluded(dollars: str) -> None:
    """Each is a number that can be booked; the product is not. A USDT worth so much or so little prices no bitcoin."""
    price = Decimal(60_000) if Decimal(dollars) > 1 else Decimal("0.01")
    books = [shown(KEYS[0], price, Decimal(1), 0), shown(KEYS[2], Decimal(dollars), Decimal(1), 0)]
    watch = after([books])
    reasons = {health.symbol: health.reason for health in watch.judged.health}
    assert reasons["BTC/USDT"].startswith("The book's best prices in dollars, ")
    assert reasons["BTC/USDT"].endswith(", are beyond what can be booked.")
    assert KEYS[0] not in watch.judged.books
    assert "BTC" not in watch.mids


def test_a_book_that_was_all_but_empty_and_is_huge_does_not_end_the_watch() -> None:
    sizes = [Decimal("0.00000001")] * 90 + [Decimal(10) ** 18] * 3
    watch = after([shown(KEYS[1], Decimal(60_000), size, second)] for second, size in enumerate(sizes))
    assert watch.signals(TwoWaySettings()).depth_ratio == {"BTC": 1000}


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from([-17, -9, -2, 0, 3, 9, 17]), st.integers(-18, 18)), max_size=5),
        min_size=1,
        max_size=30,
    )
)
def test_no_sound_book_ends_the_watch(seconds: list[list[Shown]]) -> None:
    """However absurd prices and sizes are; what is believed of them can be kept."""
    watch = after(
        [shown(key, Decimal(10) ** price, Decimal(10) ** size, second) for key, price, size in books]
        for second, books in enumerate(seconds)
    )
    assert all(0 < mid <= LARGEST for mids in watch.mids.values() for _, mid in mids)
    assert all(ratio <= 1000 for ratio in watch.signals(TwoWaySettings()).depth_ratio.values())
    assert len(watch.judged.health) == len({key for books in seconds for key, _, _ in books})
