"""A book is believed only where every level of it makes sense, alone and beside the others."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.market.book import absurd, depth_within, fault_of, micro_price, mid
from tests.market.books import book
from tests.soak import examples

BIDS, ASKS = [(99, 1), (98, 2)], [(101, 3), (102, 4)]


@pytest.mark.parametrize(
    ("bids", "asks", "sentence"),
    [
        (BIDS, ASKS, ""),
        ([(99, 1)], [(101, 1)], ""),
        ([], [], "The book is empty."),
        ([], ASKS, "The book is one-sided: it has no bids."),
        (BIDS, [], "The book is one-sided: it has no asks."),
        ([("NaN", 1)], ASKS, "The book has a bid with price NaN."),
        ([("sNaN", 1)], ASKS, "The book has a bid with price sNaN."),
        (BIDS, [(101, "Infinity")], "The book has an ask with size Infinity."),
        (BIDS, [(101, 3), (102, 0)], "The book has an ask with size 0."),
        ([(99, 1), (0, 1)], ASKS, "The book has a bid with price 0."),
        ([(99, 1), (-1, 1)], ASKS, "The book has a bid with price -1."),
        ([(99, -1)], ASKS, "The book has a bid with size -1."),
        ([(98, 1), (99, 1)], ASKS, "The book is unsorted: bid 99 comes behind 98."),
        (BIDS, [(102, 1), (101, 1)], "The book is unsorted: ask 101 comes behind 102."),
        (BIDS, [(101, 1), ("101.0", 1)], "The book repeats its ask at 101."),
        ([(101, 1)], [(101, 1)], "The book is crossed: bid 101 meets ask 101."),
        ([(103, 1)], ASKS, "The book is crossed: bid 103 meets ask 101."),
    ],
)
def test_what_is_wrong_with_a_book_is_said_in_a_sentence(bids, asks, sentence):
    assert fault_of(book("kraken", "BTC/USD", bids, asks)) == sentence


NUMBERS = st.one_of(st.integers(-2, 200).map(Decimal), st.decimals(allow_nan=True, allow_infinity=True))
SIDES = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=4)


@settings(max_examples=examples(100))
@given(SIDES, SIDES)
def test_a_book_of_any_numbers_is_sound_or_named_and_a_sound_one_has_a_middle(bids, asks):
    shown = book("kraken", "BTC/USD", bids, asks)
    assert fault_of(shown) or shown.bids[0].price < mid(shown) < shown.asks[0].price


def test_the_mid_is_halfway_and_the_micro_price_leans_to_the_thin_side():
    shown = book("kraken", "BTC/USD", BIDS, ASKS)
    assert mid(shown) == 100
    # One bid stands against three asked: (99 x 3 + 101 x 1) / 4.
    assert micro_price(shown) == Decimal("99.5")


def test_depth_is_counted_within_its_distance_from_the_mid():
    shown = book("kraken", "BTC/USD", BIDS, ASKS)
    assert depth_within(shown, Decimal("99.9")) == (Decimal(0), Decimal(0))
    assert depth_within(shown, Decimal(100)) == (Decimal(1), Decimal(3))
    assert depth_within(shown, Decimal(200)) == (Decimal(3), Decimal(7))


def test_a_book_far_from_the_others_is_broken_not_cheap():
    shown = book("kraken", "BTC/USD", BIDS, ASKS)
    assert absurd(shown, [], Decimal(300)) == ""
    # 100 is 291 bps from 103, and 385 bps from 104: the median is what counts, not one other that is broken itself.
    assert absurd(shown, [Decimal(103), Decimal(103), Decimal(1000)], Decimal(300)) == ""
    assert absurd(shown, [Decimal(104)], Decimal(300)) == (
        "The mid 100 is 385 bps from 104.00, the median of the others; 300 are believed."
    )
