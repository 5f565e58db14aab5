"""A book that stands away from the others is out of a price at the first look; where nobody can say who is wrong, it says so."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.market.agreement import agreeing
from otc.market.consolidated import best
from otc.model.market import Dislocation
from tests.market.books import NOW, book, line, still_lines
from tests.soak import examples

LIMIT = Decimal(2)


def quoted(venue, bid, ask, **terms):
    """A line of one level a side."""
    return line(book(venue, "BTC/USD", [(bid, 10)], [(ask, 10)]), **terms)


LOW = quoted("okx", 58_580, 58_600)
THREE = [quoted("binance", 59_990, 60_010), quoted("coinbase", 59_970, 60_030), quoted("kraken", 59_980, 60_020)]


def dislocated(venue, **changes):
    """A venue 35 bps below its normal."""
    return Dislocation(venue, "BTC/USD", "cheap", Decimal("-35.2"), Decimal(10), NOW, **changes)


def test_of_four_venues_the_one_that_could_be_bought_and_sold_again_at_a_profit_is_out_at_once():
    """Bought at 58,600 and sold at 59,990 it would leave 237.2 bps."""
    for lines in permutations([*THREE, LOW]):
        found = agreeing(lines, LIMIT)
        assert {one.book.venue for one in found.lines} == {"binance", "coinbase", "kraken"}
        assert [(out.venue, out.symbol) for out in found.excluded] == [("okx", "BTC/USD")]
        assert found.excluded[0].reason == "It is crossed with binance BTC/USD: dealing both would leave 237.2 bps after fees."
        assert found.doubts == ()


def test_venues_that_agree_all_take_part_in_their_order():
    assert agreeing(still_lines(), LIMIT) == (tuple(still_lines()), (), ())
    assert agreeing([], LIMIT) == ((), (), ())


def test_a_crossing_that_fees_eat_is_none():
    """Twelve bps apart, with ten bps of fees a side nothing is left; without them ten bps are."""
    apart = [*THREE[:2], quoted("okx", 60_062, 60_070)]
    taxed = [line(one.book, taker_bps="10") for one in apart]
    assert len(agreeing(taxed, LIMIT).lines) == 3
    assert len(agreeing(apart, LIMIT).lines) == 2
    assert len(agreeing(apart, Decimal(9)).lines) == 3


@pytest.mark.parametrize("lines", [[THREE[0], LOW], [*THREE[:2], LOW, quoted("gate", 58_570, 58_590)]])
def test_where_as_many_say_one_thing_as_the_other_all_stay_and_the_price_is_doubted(lines):
    found = agreeing(lines, LIMIT)
    assert found.lines == tuple(lines)
    assert found.excluded == ()
    assert "bps after fees. Too few others agree to leave it out." in found.doubts[0]


def test_a_venue_that_is_dislocated_now_is_out_and_one_that_was_is_not():
    found = agreeing(THREE, LIMIT, [dislocated("kraken"), dislocated("coinbase", ended_at=NOW), dislocated("gate")])
    assert [one.book.venue for one in found.lines] == ["binance", "coinbase"]
    assert [(out.venue, out.reason) for out in found.excluded] == [("kraken", "It is 35.2 bps cheap just now.")]


def test_of_two_venues_a_dislocated_one_stays_and_the_price_is_doubted():
    found = agreeing(THREE[:2], LIMIT, [dislocated("coinbase")])
    assert len(found.lines) == 2
    doubt = "coinbase BTC/USD: It is 35.2 bps cheap just now. Too few others agree to leave it out."
    assert found.doubts == (doubt,)


@settings(max_examples=examples(100))
@given(st.lists(st.tuples(st.integers(58_000, 62_000), st.integers(1, 300)), min_size=1, max_size=6))
def test_what_prices_without_a_doubt_is_not_crossed_and_more_than_half_of_all(tops):
    lines = [quoted(f"venue-{n}", middle - half, middle + half) for n, (middle, half) in enumerate(tops)]
    found = agreeing(lines, LIMIT)
    assert len(found.lines) + len(found.excluded) == len(lines)
    if found.doubts:
        assert len(found.lines) == len(lines)
    else:
        shown = best(found.lines)
        assert max(one.net_bid for one in shown) <= min(one.net_ask for one in shown) * (1 + LIMIT / 10_000)
        assert len(found.lines) * 2 > len(lines)
