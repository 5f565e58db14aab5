"""A two-way price is its mid and its components, exactly; it worsens with size and volatility and is never crossed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Context, Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.codec import from_json, to_json
from otc.errors import Refused
from otc.model.rfq import QuoteInputs, TwoWay
from otc.quoting.rfq import explained, price
from tests.quoting.two_way_cases import COINS, INPUTS, NOON, SIGMAS, SIZES, SKEWS, exactly, inputs
from tests.soak import SOAK, examples

WIDE = Context(prec=80)
"""More digits than any sum here has, so that adding is exact."""
invariant = settings(max_examples=max(examples(100), 10_000 if SOAK else 0), deadline=None)
"""Tried on ten thousand cases under `make soak`."""


def test_the_sources_mode_quotes_the_mid_and_one_spread():
    """Scenario E: mid 60,000 and 8 bps are 59,952 and 60,048."""
    quote = price(inputs(mode="source", mid=Decimal(60_000), margin_bps=Decimal(8)))
    assert (quote.bid, quote.ask) == exactly(59_952, 60_048)
    assert [part.name for part in quote.components] == ["margin", "tax", "rounding"]


def test_the_full_price_is_the_sum_of_what_each_risk_costs():
    """200 BTC: 1.25 half spread, 3.384285 impact, 0.893767 risk, 0.316228 validity are above 8 less the minimum of 2."""
    shown = {part.name: part.ask_bps for part in price(inputs(margin_bps=Decimal(7))).components}
    costs = shown["fee_and_half_spread"] + shown["impact"] + shown["hedge_risk"] + shown["validity"]
    assert shown["margin"] == max(Decimal(2), 7 - costs)
    assert price(inputs(margin_bps=Decimal(7))).ask == Decimal("60047.07"), "60,000 x (1 + 7.844280 bps) = 60,047.065680"


@invariant
@given(INPUTS)
def test_mid_and_components_are_the_price_to_the_last_digit(asked):
    quote = price(asked)
    with localcontext(WIDE):
        assert quote.mid + sum(part.ask_amount for part in quote.components) == quote.ask
        assert quote.mid - sum(part.bid_amount for part in quote.components) == quote.bid
        for part in quote.components[:-1]:
            assert part.ask_amount == quote.mid * part.ask_bps / 10_000
            assert part.bid_amount == quote.mid * part.bid_bps / 10_000


@invariant
@given(INPUTS, SKEWS)
def test_the_bid_is_below_the_ask_whatever_the_skew(asked, skew):
    quote = price(replace(asked, inventory_skew_bps=skew))
    assert 0 < quote.bid < quote.ask


@invariant
@given(INPUTS)
def test_both_prices_are_on_the_tick_rounded_in_the_desks_favour_by_less_than_one(asked):
    quote = price(asked)
    rounding = quote.components[-1]
    touching = sum(part.ask_bps + part.bid_bps for part in quote.components[:-1]) == 0
    assert rounding.name == "rounding"
    assert quote.bid % asked.tick == quote.ask % asked.tick == 0
    assert 0 <= rounding.bid_amount < asked.tick
    assert 0 <= rounding.ask_amount < asked.tick or (touching and rounding.ask_amount <= asked.tick)


@invariant
@given(INPUTS, SIZES)
def test_a_larger_size_has_no_better_price(asked, more):
    small, large = sorted((asked.request.size, more))
    first, second = (price(replace(asked, request=replace(asked.request, size=size))) for size in (small, large))
    assert second.ask >= first.ask
    assert second.bid <= first.bid


@invariant
@given(INPUTS, SIGMAS)
def test_a_wilder_market_has_no_better_price(asked, other):
    calm, wild = (price(replace(asked, sigma_bps=sigma)) for sigma in sorted((asked.sigma_bps, other)))
    assert wild.ask >= calm.ask
    assert wild.bid <= calm.bid


@invariant
@given(INPUTS)
def test_the_same_inputs_give_the_same_quote_to_the_byte_also_when_they_were_kept(asked):
    quote = price(asked)
    written = to_json(asked)
    kept = from_json(written, QuoteInputs)
    assert kept == asked
    assert to_json(kept) == written
    assert to_json(price(kept)) == to_json(quote)
    assert from_json(to_json(quote), TwoWay) == quote


@invariant
@given(INPUTS)
def test_the_explanation_runs_from_the_mid_to_both_prices(asked):
    quote = price(asked)
    lines = explained(quote)
    assert [line.name for line in lines] == ["mid", *(part.name for part in quote.components)]
    assert (lines[0].ask, lines[0].bid) == (quote.mid, quote.mid)
    assert (lines[-1].ask, lines[-1].bid) == (quote.ask, quote.bid)
    assert all(line.words.endswith(".") for line in lines)


def test_another_input_is_another_quote():
    """Its id follows from all of them, and from nothing that is written differently but is the same."""
    quote = price(COINS)
    assert price(replace(COINS, mid=Decimal("60000.00"))).quote_id == quote.quote_id
    for other in (inputs(size=Decimal(201)), inputs(quoted_by="trader-2"), inputs(doubts=("USD/IDR is old.",))):
        assert price(other).quote_id != quote.quote_id


def test_a_price_in_doubt_is_indicative_and_every_price_ends():
    assert price(COINS).firm
    assert not price(inputs(doubts=("USD/IDR is 2 hours old.",))).firm
    assert price(inputs(simulated=True)).firm, "a simulated market is labelled, and firm within itself"
    assert price(inputs(ttl_s=30)).expires_at == NOON + timedelta(seconds=30)


def test_a_desk_that_charges_nothing_still_asks_a_tick_more_than_it_bids():
    free = inputs(mode="source", margin_bps=Decimal(0), mid=Decimal(60_000))
    assert (price(free).bid, price(free).ask) == (Decimal(60_000), Decimal("60000.01"))


def test_costs_above_the_price_itself_are_refused_at_the_size():
    with pytest.raises(Refused, match="bid would be") as refused:
        price(inputs(size=Decimal(5_000_000)))
    assert refused.value.field == "size"


@given(st.sampled_from(["margin_bps", "half_spread_bps"]), st.integers(1, 100))
def test_a_dearer_part_never_makes_a_better_price(part, more):
    dearer = inputs(**{part: getattr(COINS, part) + more})
    assert price(dearer).ask >= price(COINS).ask
    assert price(dearer).bid <= price(COINS).bid
