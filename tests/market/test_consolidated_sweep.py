"""What a size costs over all venues at once: the cheapest there is, exactly, and never flat where the books end."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.errors import Refused
from otc.market.consolidated import Line, sweep
from tests.market.books import book, line, still_lines
from tests.market.optimum import exact_average, in_bps_of_first, program_average
from tests.soak import examples

MIDDLE = 60_000
STEPS = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 400)), min_size=1, max_size=6)


def _sides(steps):
    """Bids and asks that mirror each other around the middle: distances between levels, and sizes in hundredths."""
    away, bids, asks = 0, [], []
    for distance, hundredths in steps:
        away += distance
        bids.append((MIDDLE - away, Decimal(hundredths) / 100))
        asks.append((MIDDLE + away, Decimal(hundredths) / 100))
    return bids, asks


VENUES = st.lists(STEPS, min_size=1, max_size=4).map(
    lambda venues: [line(book(f"venue-{n}", "BTC/USD", *_sides(steps))) for n, steps in enumerate(venues)]
)
SIZES = st.decimals("0.01", 60, places=2)
FOUR = (("0", "10", "1"), ("1", "26", "1"), ("2", "40", "0.9991"), ("3", "2.5", "1.0002"))


def deep_lines(seed: int, **terms: str) -> list[Line]:
    """Four venues of sixty levels a side and over 70 BTC each, with fees and rates of their own."""
    draws, lines = Random(seed), []  # noqa: S311 - made-up books need no cryptographic chance
    for name, fee, rate in FOUR:
        steps = [(draws.randint(1, 12), draws.randint(20, 300)) for _ in range(60)]
        lines.append(line(book(f"venue-{name}", "BTC/USD", *_sides(steps)), rate=rate, taker_bps=fee, **terms))
    return lines


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_two_hundred_over_four_venues_cost_what_the_best_linear_program_says(seed, side):
    """To a billionth of a basis point, against a program in floats and against duality in fractions."""
    lines = deep_lines(seed)
    found = sweep(lines, side, Decimal(200))
    exact = exact_average(lines, side, Decimal(200))
    assert abs(Fraction(found.average_price) / exact - 1) * 10_000 < Fraction(1, 10**9)
    assert abs(in_bps_of_first(lines, side, found.average_price) - program_average(lines, side, Decimal(200))) < 1e-9
    assert found.extrapolated == 0


@pytest.mark.parametrize("seed", range(4))
def test_a_venue_is_never_asked_for_more_than_its_cap_over_all_its_quotes(seed):
    lines = deep_lines(seed)
    twin = line(book("venue-0", "BTC/USDC", *_sides([(3, 900)] * 8)), cap=40)
    capped = [line(lines[0].book, taker_bps="10", cap=40), *lines[1:], twin]
    found = sweep(capped, "buy", Decimal(200))
    assert dict(found.venues)["venue-0"] == 40
    assert abs(in_bps_of_first(capped, "buy", found.average_price) - program_average(capped, "buy", Decimal(200))) < 1e-9


def test_scenario_e_on_four_still_books():
    bought, sold = (sweep(still_lines(), side, Decimal(200)) for side in ("buy", "sell"))
    assert (bought.average_price, bought.worst_price) == (Decimal("60013.5"), Decimal(60_020))
    assert bought.venues == (("venue-1", Decimal(100)), ("venue-2", Decimal(60)), ("venue-3", Decimal(40)))
    assert (bought.average_price / MIDDLE - 1) * 10_000 == Decimal("2.25")
    assert sold.average_price == Decimal("59986.5")
    assert (bought.filled, bought.extrapolated) == (Decimal(200), Decimal(0))


def test_fees_and_rates_decide_who_is_cheap():
    dear = line(book("binance", "BTC/USDT", [(59_000, 5)], [(60_000, 5)]), rate="0.999", taker_bps="10")
    cheap = line(book("kraken", "BTC/USD", [(59_000, 5)], [(59_990, 5)]), taker_bps="26")
    # 60,000 x 0.999 x 1.001 is 59,999.94 all in, 59,990 x 1.0026 is 60,145.974: the listed prices say the opposite.
    assert sweep([dear, cheap], "buy", Decimal(1)).venues == (("binance", Decimal(1)),)
    assert sweep([dear, cheap], "buy", Decimal(1)).average_price == Decimal("59999.94")


def test_beyond_what_is_visible_each_unit_costs_more_than_the_one_before():
    within, ends, twice = (sweep(still_lines(), "buy", Decimal(size)) for size in ("280", "280.0001", "560"))
    assert (within.extrapolated, ends.extrapolated, twice.extrapolated) == (Decimal(0), Decimal("0.0001"), Decimal(280))
    assert (within.indicative, twice.indicative) == (False, False)
    assert sweep(still_lines(), "buy", Decimal(561)).indicative
    # The next unit costs what the last visible one did, 60,030; at twice the size it costs clearly more, and so does the average.
    assert 60_030 < ends.worst_price < Decimal("60030.001")
    assert twice.worst_price > 60_040
    assert twice.average_price > (within.average_price + 60_030) / 2


def test_a_single_price_beyond_which_nothing_is_visible_is_not_flat():
    only = [line(book("kraken", "BTC/USD", [(59_990, 1)], [(60_010, 1)]))]
    # Over the mid 10 is paid for one; with the exponent 1.5 the fourth unit costs 10 x 4^0.5 = 20 over it.
    assert sweep(only, "buy", Decimal(4)).worst_price == 60_020
    # All four: 10 x (1 + (4^1.5 - 1) / 1.5) = 56.67 over it.
    assert round(sweep(only, "buy", Decimal(4)).average_price, 4) == Decimal("60014.1667")


def test_no_sale_is_priced_below_nothing():
    only = [line(book("kraken", "BTC/USD", [(90, 1)], [(110, 1)]))]
    with pytest.raises(Refused) as refused:
        sweep(only, "sell", Decimal(200))
    assert str(refused.value) == "The books hold 1; 200 is too much to be priced from them."


@pytest.mark.parametrize("size", ["200", "1e19"])
def test_no_purchase_is_priced_at_twice_the_price_where_its_mirror_image_would_bring_nothing(size):
    only = [line(book("kraken", "BTC/USD", [(90, 1)], [(110, 1)]))]
    with pytest.raises(Refused) as refused:
        sweep(only, "buy", Decimal(size))
    assert str(refused.value) == f"The books hold 1; {int(Decimal(size))} is too much to be priced from them."


@pytest.mark.parametrize("size", ["0", "-1", "NaN", "Infinity"])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(Refused) as refused:
        sweep(still_lines(), "buy", Decimal(size))
    assert refused.value.field == "size"


def test_nothing_is_refused_as_the_0_that_it_is():
    with pytest.raises(Refused, match=r"^A size of 0 cannot be dealt"):
        sweep(still_lines(), "buy", Decimal("0E-18"))


def test_without_a_book_there_is_no_price():
    with pytest.raises(Refused) as refused:
        sweep([], "buy", Decimal(1))
    assert str(refused.value) == "No venue has a book that can price this now; choose a market maker's rate."


@settings(max_examples=examples(60))
@given(VENUES, SIZES, SIZES)
def test_more_never_costs_less_on_average(lines, one, other):
    less, more = (sweep(lines, "buy", size).average_price for size in sorted((one, other)))
    # Averages are quotients of 34 digits: equal ones may differ in the last.
    assert more - less > Decimal("-1e-25")


@settings(max_examples=examples(60))
@given(VENUES, SIZES)
def test_what_is_dealt_and_what_is_extrapolated_are_the_size_and_no_price_beats_the_best(lines, size):
    found = sweep(lines, "buy", size)
    assert sum(amount for _, amount in found.venues) == found.filled
    assert found.filled + found.extrapolated == size
    best = min(one.book.asks[0].price for one in lines)
    assert best <= found.average_price.quantize(Decimal("1e-20")) <= found.worst_price.quantize(Decimal("1e-20"))


@settings(max_examples=examples(60))
@given(VENUES, SIZES)
def test_a_mirrored_book_gives_mirrored_prices(lines, size):
    bought, sold = sweep(lines, "buy", size), sweep(lines, "sell", size)
    assert abs(bought.average_price + sold.average_price - 2 * MIDDLE) < Decimal("1e-20")
    assert (bought.venues, bought.extrapolated) == (sold.venues, sold.extrapolated)


@settings(max_examples=examples(60))
@given(VENUES, SIZES, st.randoms(use_true_random=False))
def test_the_order_of_venues_changes_nothing(lines, size, draws):
    shuffled = draws.sample(lines, len(lines))
    assert sweep(shuffled, "buy", size) == sweep(lines, "buy", size)
