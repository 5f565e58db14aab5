"""The pricer is the source's formula to the letter, with one rounding in the desk's favour, every line exact."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otc.errors import Refused
from otc.model import QuoteSide, Rate, Side
from otc.money import exact
from otc.quoting.mm_pricer import Terms, best_rate, mid_of, price_side, raw_price, size_for_rupiah
from tests.builders import shipped

NOW = datetime(2024, 3, 5, 5, 12, tzinfo=UTC)
TAX = Decimal("0.0021")
RATES = {"USDT/IDR": (10_000, 30_000), "BTC/IDR": (100_000_000, 10_000_000_000), "PAXG/IDR": (10_000_000, 300_000_000)}


def terms(pair: str = "USDT/IDR", spread: str | Decimal = "15", tax: Decimal = TAX, **quoting: str) -> Terms:
    """Terms of the shipped pair at a spread."""
    desk = shipped().desk
    return Terms(Decimal(spread), tax, desk.pairs[pair], replace(desk.quoting, **quoting))  # type: ignore[arg-type]  # a test names fields


def rate(idr: str | int | Decimal, maker: str = "MM-001", side: Side | None = None, typed_at: datetime = NOW) -> Rate:
    """A market maker's rate."""
    return Rate(maker, Decimal(idr), typed_at, side)


@st.composite
def dealt(draw: st.DrawFn) -> tuple[str, Decimal, Decimal, Decimal]:
    """A pair, a size it is dealt in, a rate inside its band, a spread."""
    pair = draw(st.sampled_from(sorted(RATES)))
    low, high = RATES[pair]
    places = shipped().desk.pairs[pair].size_places
    size = draw(st.decimals(Decimal("0.001"), Decimal(5_000_000) if pair == "USDT/IDR" else Decimal(300), places=places))
    mm = draw(st.decimals(low, high, places=draw(st.sampled_from([0, 2, 4, 12]))))
    return pair, size, mm, draw(st.decimals(0, 200, places=2))


# ---------------------------------------------------------------- golden figures


@pytest.mark.parametrize(
    ("side", "size", "mm", "spread", "pair", "price", "client", "gross", "tax", "net"),
    [
        (Side.BUY, "100000", "15800", "15", "USDT/IDR", "15856.88", "1585688000", "5688000", "3329944.8", "2358055.2"),
        (Side.SELL, "100000", "15800", "15", "USDT/IDR", "15743.12", "1574312000", "5688000", "3306055.2", "2381944.8"),
        (Side.SELL, "3", "1528000000", "75", "BTC/IDR", "1513331200", "4539993600", "44006400", "9533986.56", "34472413.44"),
        (Side.SELL, "5000000", "15900", "15", "USDT/IDR", "15842.76", "79213800000", "286200000", "166348980", "119851020"),
        (Side.BUY, "50", "42000000", "130", "PAXG/IDR", "42634200", "2131710000", "31710000", "4476591", "27233409"),
    ],
)
def test_the_desks_known_deals_come_out_to_the_last_digit(side, size, mm, spread, pair, price, client, gross, tax, net):
    made = price_side(side, Decimal(size), rate(mm), terms(pair, spread))
    assert made.price_idr == Decimal(price)
    assert made.client_amount_idr == Decimal(client)
    assert made.gross_spread_idr == Decimal(gross)
    assert made.tax_idr == Decimal(tax)
    assert made.net_pnl_idr == Decimal(net)
    assert made.rounding_idr == 0


def test_the_buy_pays_more_tax_than_it_charged_and_the_sell_less():
    """Tax is charged on the MM amount and owed on the client amount: 1,580,000,000 x (0.0036) x 0.0021 = 11,944.8 apart."""
    buy, sell = (price_side(side, Decimal(100_000), rate(15_800), terms()) for side in (Side.BUY, Side.SELL))
    assert buy.tax_shortfall_idr == Decimal("11944.8")
    assert sell.tax_shortfall_idr == Decimal("-11944.8")
    assert buy.spread_earned_idr == sell.spread_earned_idr == Decimal(2_370_000)


# ---------------------------------------------------------------- what always holds


@given(dealt())
def test_every_line_is_what_the_formula_gives_in_exact_fractions(deal):
    pair, size, mm, spread = deal
    given_terms = terms(pair, spread)
    tick, factor = Fraction(given_terms.pair.tick), Fraction(spread) / 10_000 + Fraction(TAX)
    for side, sign, rounded in ((Side.BUY, 1, ceil), (Side.SELL, -1, floor)):
        raw = Fraction(mm) * (1 + sign * factor)
        price = rounded(raw / tick) * tick
        client = rounded(Fraction(size) * price)
        if client <= 0:
            continue
        made = price_side(side, size, rate(mm), given_terms)
        market_maker = Fraction(size) * Fraction(mm)
        assert Fraction(made.raw_price_idr) == raw
        assert Fraction(made.price_idr) == price
        assert Fraction(made.client_amount_idr) == client
        assert abs(Fraction(made.mm_amount_idr) - market_maker) <= Fraction(1, 10**18)
        assert Fraction(made.gross_spread_idr) == abs(client - Fraction(made.mm_amount_idr))
        assert Fraction(made.tax_idr) == client * Fraction(TAX)


@given(dealt(), st.sampled_from(["desk_favour", "half_even"]), st.sampled_from(["source", "gross_up"]))
def test_lines_add_up_and_rounding_stays_small_and_on_the_desks_side(deal, rounding, markup):
    """net = spread + rounding - tax shortfall = gross - tax, to the eighteenth place."""
    pair, size, mm, spread = deal
    given_terms = terms(pair, spread, rounding=rounding, markup=markup)
    for side in Side:
        try:
            made = price_side(side, size, rate(mm), given_terms)
        except Refused as refused:
            assert refused.field == "size"  # noqa: PT017 - a size worth less than a rupiah is the one way out
            continue
        assert_adds_up(made)
        assert abs(made.rounding_idr) <= given_terms.pair.tick * size + 1
        if rounding == "desk_favour":
            assert made.rounding_idr >= 0


def assert_adds_up(made: QuoteSide) -> None:
    """The lines of one side sum exactly, and none is a float."""
    earned, rounding, shortfall = (Fraction(v) for v in (made.spread_earned_idr, made.rounding_idr, made.tax_shortfall_idr))
    assert Fraction(made.net_pnl_idr) == earned + rounding - shortfall
    assert Fraction(made.net_pnl_idr) == Fraction(made.gross_spread_idr) - Fraction(made.tax_idr)
    assert made.client_amount_idr == made.client_amount_idr.to_integral_value()
    amounts = [getattr(made, name) for name in made.__slots__ if name.endswith("_idr")] + [made.size]
    assert all(type(amount) is Decimal and amount == exact(amount) for amount in amounts)


@given(dealt())
def test_the_client_always_deals_on_the_far_side_of_the_market_maker(deal):
    pair, _, mm, spread = deal
    buy, sell = (price_side(side, Decimal(1), rate(mm), terms(pair, spread)) for side in (Side.BUY, Side.SELL))
    assert sell.price_idr < mm < buy.price_idr


@given(dealt(), st.decimals(0, 50, places=2))
def test_a_wider_spread_never_earns_less(deal, wider):
    pair, size, mm, spread = deal
    for side in Side:
        try:
            one, other = (price_side(side, size, rate(mm), terms(pair, s)) for s in (spread, spread + wider))
        except Refused:
            continue
        assert other.gross_spread_idr >= one.gross_spread_idr
        better = other.price_idr >= one.price_idr if side is Side.BUY else other.price_idr <= one.price_idr
        assert better


@given(dealt())
def test_the_thread_s_own_precision_changes_nothing(deal):
    pair, size, mm, spread = deal
    with localcontext() as context:
        context.prec = 12
        try:
            narrow = price_side(Side.BUY, size, rate(mm), terms(pair, spread))
        except Refused:
            return
    assert narrow == price_side(Side.BUY, size, rate(mm), terms(pair, spread))


@given(st.integers(1_000_000, 900_000_000_000), dealt())
def test_the_size_for_a_sum_never_costs_more_than_the_sum(rupiah, deal):
    pair, _, mm, spread = deal
    given_terms = terms(pair, spread)
    try:
        size = size_for_rupiah(Side.BUY, Decimal(rupiah), rate(mm), given_terms)
    except Refused as refused:
        assert refused.field == "client_amount_idr"  # noqa: PT017 - a sum below the smallest size
        return
    made = price_side(Side.BUY, size, rate(mm), given_terms)
    step = Decimal(1).scaleb(-given_terms.pair.size_places)
    assert made.client_amount_idr <= rupiah
    assert (size + step) * made.price_idr > rupiah
    assert size == size.quantize(step)


@given(st.integers(1_000_000, 900_000_000_000), dealt())
def test_a_selling_client_gives_at_least_the_coins_that_his_rupiah_take(rupiah, deal):
    pair, _, mm, spread = deal
    given_terms = terms(pair, spread)
    size = size_for_rupiah(Side.SELL, Decimal(rupiah), rate(mm), given_terms)
    made = price_side(Side.SELL, size, rate(mm), given_terms)
    step = Decimal(1).scaleb(-given_terms.pair.size_places)
    assert made.client_amount_idr >= rupiah
    assert (size - step) * made.price_idr < rupiah


@given(dealt())
def test_grossed_up_the_net_is_the_spread_whatever_the_tax(deal):
    """(1 + s) / (1 - t): of the client's rupiah, tax taken off, the MM amount and the whole spread are left."""
    pair, size, mm, spread = deal
    made = price_side(Side.BUY, size, rate(mm), terms(pair, spread, markup="gross_up"))
    expected = Fraction(made.spread_earned_idr) + Fraction(made.rounding_idr) * (1 - Fraction(TAX))
    assert abs(Fraction(made.net_pnl_idr) - expected) <= Fraction(1, 10**9)


def test_gross_up_and_the_sources_markup_differ_by_the_tax_on_the_tax():
    source, gross_up = (raw_price(Side.BUY, Decimal(15_800), terms(markup=markup)) for markup in ("source", "gross_up"))
    assert source == Decimal("15856.88")
    assert gross_up == (Decimal("15823.7") / Decimal("0.9979")).quantize(Decimal("1e-18"))


# ---------------------------------------------------------------- refusals, best rate, mid


def test_a_size_worth_less_than_a_rupiah_is_refused_at_its_field():
    with pytest.raises(Refused, match="less than one rupiah") as refused:
        price_side(Side.SELL, Decimal("0.000001"), rate(15_800), terms())
    assert refused.value.field == "size"


def test_a_spread_and_tax_that_eat_the_whole_price_are_refused():
    with pytest.raises(Refused) as refused:
        price_side(Side.SELL, Decimal(1), rate(15_800), terms(spread="9990"))
    assert refused.value.field == "mm_rate"
    with pytest.raises(Refused):
        size_for_rupiah(Side.SELL, Decimal(1_000_000), rate(15_800), terms(spread="9990"))


def test_rupiah_that_buy_less_than_the_smallest_size_are_refused():
    with pytest.raises(Refused) as refused:
        size_for_rupiah(Side.BUY, Decimal(1), rate(1_528_000_000), terms("BTC/IDR", "75"))
    assert refused.value.field == "client_amount_idr"


def test_the_best_rate_is_the_lowest_for_a_buying_and_the_highest_for_a_selling_client():
    rates = (rate(15_842, "MM-001"), rate(15_836, "MM-002"), rate(15_851, "MM-003"))
    assert best_rate(Side.BUY, rates).market_maker_id == "MM-002"
    assert best_rate(Side.SELL, rates).market_maker_id == "MM-003"


def test_of_equal_rates_the_fresher_wins_and_then_the_first_by_name():
    older, newer = rate(15_800, "MM-001"), rate(15_800, "MM-003", typed_at=NOW + timedelta(seconds=1))
    twin = rate(15_800, "MM-002", typed_at=NOW + timedelta(seconds=1))
    assert best_rate(Side.BUY, (older, newer)).market_maker_id == "MM-003"
    assert best_rate(Side.SELL, (newer, twin, older)).market_maker_id == "MM-002"


def test_a_rate_for_the_other_side_does_not_count():
    rates = (rate(15_700, "MM-001", Side.SELL), rate(15_800, "MM-002", Side.BUY))
    assert best_rate(Side.BUY, rates).market_maker_id == "MM-002"
    with pytest.raises(Refused) as refused:
        best_rate(Side.BUY, rates[:1])
    assert refused.value.field == "mm_rate"


def test_the_mid_is_the_mean_of_the_rates():
    assert mid_of((rate(15_842), rate(15_836), rate(15_851))) == Decimal(15_843)
    assert mid_of((rate(1), rate(1), rate(2))) == Decimal("1." + "3" * 18)
