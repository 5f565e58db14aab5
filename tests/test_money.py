"""Money is parsed, rounded and written in one place: exactly, or refused with a sentence."""

from contextlib import suppress
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otc.errors import BadNumber
from otc.money import LARGEST, exact, grouped, is_number, multiply, parse, parse_typed, plain, round_to

AMOUNTS = st.decimals(LARGEST.copy_negate(), LARGEST, allow_nan=False, allow_infinity=False, places=18)
STEPS = st.sampled_from([Decimal("0.0001"), Decimal("0.01"), Decimal(1), Decimal(25), Decimal("0.00000001")])


@pytest.mark.parametrize(
    ("text", "style", "amount"),
    [
        ("1234567.89", "plain", "1234567.89"),
        ("-0.5", "plain", "-0.5"),
        ("+12", "plain", "12"),
        (".5", "plain", "0.5"),
        ("5.", "plain", "5"),
        ("1e5", "plain", "100000"),
        ("1.5E-3", "plain", "0.0015"),
        ("  42\t", "plain", "42"),
        ("007", "plain", "7"),
        ("1,234,567.89", "english", "1234567.89"),
        ("1,234", "english", "1234"),
        ("1234.5", "english", "1234.5"),
        ("1.234.567,89", "indonesian", "1234567.89"),
        ("1.234", "indonesian", "1234"),
        ("1234,5", "indonesian", "1234.5"),
        ("99999999999999999999.999999999999999999", "plain", "99999999999999999999.999999999999999999"),
        ("0.1234567890123456785", "plain", "0.123456789012345678"),
    ],
)
def test_a_number_in_its_declared_style_is_read_exactly(text, style, amount):
    assert parse(text, style) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "NaN",
        "nan",
        "sNaN",
        "inf",
        "-Infinity",
        "1_000",
        "٣",
        "１２",
        "0x10",
        "1,234",
        "1 234",
        "1e",
        "e5",
        "--1",
        "1.2.3",
        "12abc",
        "=1+1",
        "1\n2",
        "1e9999",
        "1\x00",
        "½",
        "−5",
        "IDR 5",
        "5%",
        "1e20",
        "100000000000000000000",
    ],
)
def test_what_is_no_plain_number_is_refused_with_one_sentence(text):
    with pytest.raises(BadNumber) as refused:
        parse(text)
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("12,34", "english"),
        ("1,2345", "english"),
        (",123", "english"),
        ("1.234,5", "english"),
        ("1e5", "english"),
        ("1,234.", "english"),
        ("12.34", "indonesian"),
        ("1,234.5", "indonesian"),
        ("1.2340", "indonesian"),
        ("1_0", "indonesian"),
    ],
)
def test_separators_that_do_not_group_by_three_are_refused(text, style):
    with pytest.raises(BadNumber):
        parse(text, style)


def test_a_very_long_number_is_refused_in_a_short_sentence():
    for text in ("9" * 100_000, "0." + "1" * 100_000, "x" * 100_000):
        with pytest.raises(BadNumber) as refused:
            parse(text)
        assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("text", "style", "whole", "broken"),
    [
        ("1.234", "english", "1234", "1.2340"),
        ("1,234", "indonesian", "1234", "1,2340"),
        ("-12.500", "english", "-12500", "-12.5000"),
    ],
)
def test_a_typed_number_that_reads_two_ways_is_asked_about(text, style, whole, broken):
    """`1.234` is 1234 to one reader and 1.234 to another; both ways out that the sentence offers can be typed."""
    with pytest.raises(BadNumber) as asked:
        parse_typed(text, style)
    assert whole in str(asked.value)
    assert broken in str(asked.value)
    assert parse_typed(whole, style) == Decimal(whole)
    assert parse_typed(broken, style) == Decimal(broken.replace(",", "."))


@pytest.mark.parametrize(
    ("text", "style", "amount"),
    [
        ("1,234", "english", "1234"),
        ("1.234", "indonesian", "1234"),
        ("0.125", "english", "0.125"),
        ("1,234.500", "english", "1234.5"),
        ("1234.567", "english", "1234.567"),
        ("1.23", "english", "1.23"),
        ("0,125", "indonesian", "0.125"),
        ("1.234", "plain", "1.234"),
    ],
)
def test_a_typed_number_with_one_reading_passes(text, style, amount):
    assert parse_typed(text, style) == Decimal(amount)


@given(AMOUNTS)
def test_what_is_written_plain_is_read_back_the_same(amount):
    written = plain(amount)
    assert parse(written) == amount
    assert "e" not in written.lower()
    assert not written.endswith(".")
    assert not ("." in written and written.endswith("0"))
    assert written != "-0"


@given(AMOUNTS, st.integers(0, 8), st.sampled_from(["english", "indonesian"]))
def test_what_is_written_grouped_is_read_back_to_its_places(amount, places, style):
    if abs(amount) < LARGEST - 1:
        read = parse(grouped(amount, places, style).replace("\N{MINUS SIGN}", "-"), style)
        assert abs(read - amount) * 2 <= Decimal(1).scaleb(-places)


@pytest.mark.parametrize(
    ("amount", "places", "style", "written"),
    [
        ("1234.5", 2, "english", "1,234.50"),
        ("1234.5", 2, "indonesian", "1.234,50"),
        ("-1234567", 0, "english", "\N{MINUS SIGN}1,234,567"),
        ("-0.4", 0, "english", "0"),
        ("0.5", 0, "english", "0"),
        ("1.5", 0, "english", "2"),
    ],
)
def test_amounts_are_written_for_reading(amount, places, style, written):
    assert grouped(Decimal(amount), places, style) == written


@pytest.mark.parametrize(
    ("amount", "written"), [("1E+3", "1000"), ("-0.000", "0"), ("12.3400", "12.34"), ("1E-18", "0." + "0" * 17 + "1")]
)
def test_plain_text_has_no_exponent_and_no_idle_zeros(amount, written):
    assert plain(Decimal(amount)) == written


@given(st.decimals(-(10**15), 10**15, allow_nan=False, places=12), STEPS)
def test_rounding_lands_on_a_step_and_on_the_named_side(amount, step):
    up, down, even = (round_to(amount, step, way) for way in ("up", "down", "half_even"))
    for rounded in (up, down, even):
        assert (Fraction(rounded) / Fraction(step)).denominator == 1
    assert down <= amount <= up
    assert up - down <= step
    assert abs(Fraction(even) - Fraction(amount)) * 2 <= Fraction(step)


@pytest.mark.parametrize(("amount", "even"), [("0.5", "0"), ("1.5", "2"), ("2.5", "2"), ("-0.5", "0"), ("-1.5", "-2")])
def test_a_half_goes_to_the_even_neighbour(amount, even):
    assert round_to(Decimal(amount), Decimal(1), "half_even") == Decimal(even)


@given(AMOUNTS)
def test_amounts_are_quantised_to_eighteen_places_and_stay_so(amount):
    kept = exact(amount)
    assert kept == amount
    assert kept.as_tuple().exponent == -18
    assert exact(kept) == kept


@given(st.decimals(-(10**10), 10**10, places=9), st.decimals(-(10**9), 10**9, places=9))
def test_a_product_is_exact_whatever_precision_the_thread_has(first, second):
    with localcontext() as context:
        context.prec = 6
        product = multiply(first, second)
    assert Fraction(product) == Fraction(first) * Fraction(second)


@pytest.mark.parametrize("amount", ["1E+20", "-1E+20", "1e400", "NaN", "Infinity"])
def test_what_a_store_cannot_hold_is_refused(amount):
    with pytest.raises(BadNumber) as refused:
        exact(Decimal(amount))
    assert len(str(refused.value)) < 150


def test_the_largest_amount_itself_is_held():
    with localcontext() as context:
        context.prec = 28
        assert exact(LARGEST) == LARGEST
        assert exact(LARGEST.copy_negate()) == LARGEST.copy_negate()


def test_money_and_a_float_cannot_be_mixed():
    """The guard that Decimal gives: nobody adds a float to money without an error."""
    with pytest.raises(TypeError):
        multiply(Decimal(1), 0.1)  # type: ignore[arg-type]  # the wrong type is the point


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_a_sentence(text):
    for style in ("plain", "english", "indonesian"):
        with suppress(BadNumber):
            assert parse(text, style).is_finite()
    if is_number(text):
        assert Decimal(text).is_finite()
