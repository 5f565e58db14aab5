"""What a two-way price is made from: the venues' books at one clip, rates with their age, the desk's terms; or a refusal."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.config import Settings
from otc.errors import Refused
from otc.model import Side
from otc.model.market import Dislocation, Level, MarketView, Signals
from otc.model.rfq import QuoteInputs, RfqRequest
from otc.quoting.rfq import explained, price
from otc.quoting.rfq_inputs import inputs_of
from tests.builders import at, rules, shipped
from tests.quoting.two_way_cases import NOON, exactly
from tests.quoting.venue_books import GOLD, RUPIAH, STILL, VENUES, market, simulated, typed
from tests.soak import examples

OLD = NOON - timedelta(hours=2)
BOTH = typed("16000")


def gathered(
    pair: str = "BTC/USD",
    size: object = 200,
    view: MarketView | None = None,
    rates: dict | None = None,
    *,
    config: Settings | None = None,
    signals: Signals | None = None,
    now=NOON,
    **asked: object,
) -> QuoteInputs:
    """What a tier A client's request is priced from, on scenario E's books under the shipped configuration."""
    request = replace(RfqRequest(pair, Decimal(str(size)), "A", client_id="CLT-001"), **asked)  # type: ignore[arg-type]  # fields
    used = config or shipped()
    seen = market(*STILL) if view is None else view
    return inputs_of(request, seen, signals or Signals(), used, used.spreads, rules(), rates or {}, "trader-1", now)


def two_way(**changes: object) -> Settings:
    """The shipped configuration with other two-way settings."""
    desk = shipped().desk
    return replace(shipped(), desk=replace(desk, two_way=replace(desk.two_way, **changes)))  # type: ignore[arg-type]  # fields


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"pair": "DOGE/USD"}, "pair"),
        ({"pair": ""}, "pair"),
        ({"pair": "BTC"}, "pair"),
        ({"tier": "D"}, "tier"),
        ({"tier": ""}, "tier"),
        ({"size": 0}, "size"),
        ({"size": -1}, "size"),
        ({"size": "NaN"}, "size"),
        ({"size": "Infinity"}, "size"),
        ({"size": "0.123456789"}, "size"),
        ({"size": 1_700, "rates": {}}, "size"),
        ({"size": 1_000_000, "rates": BOTH}, "size"),
        ({"pair": "BTC/IDR", "size": 2_000, "rates": BOTH}, "size"),
        ({"pair": "BTC/IDR", "rates": {}}, "pair"),
        ({"pair": "BTC/IDR", "rates": typed("1.6")}, "pair"),
        ({"pair": "PAXG/USD"}, "pair"),
    ],
)
def test_what_the_desk_does_not_quote_is_refused_at_its_field(asked, field):
    with pytest.raises(Refused) as refused:
        gathered(**asked)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


def test_nothing_is_refused_as_the_0_that_it_is():
    with pytest.raises(Refused, match=r"^0 is not above zero"):
        gathered(size="0E-18")


def test_without_a_rupiah_rate_an_amount_in_dollars_has_a_limit_in_dollars():
    """At 60,000 a hundred million dollars are 1,666.67 BTC; with a rate of 16,000, IDR 10^12 are 1,041.67."""
    assert gathered(size=1_666).request.size == 1_666
    with pytest.raises(Refused, match=r"above USD 100,000,000, .*two_way.largest_notional_usd"):
        gathered(size=1_667)
    with pytest.raises(Refused, match="above IDR 1,000,000,000,000"):
        gathered(size=1_042, rates=BOTH)
    with pytest.raises(Refused, match="above USD 600,000,"):
        gathered(size="10.1", config=two_way(largest_notional_usd=Decimal(600_000)))


def test_with_no_venue_left_the_refusal_says_why_each_is_out():
    with pytest.raises(Refused, match=r"No venue prices BTC/USD now \(binance BTC/USD: The venue does not answer;") as refused:
        gathered(view=market(*STILL, down=VENUES))
    assert all(venue in str(refused.value) for venue in VENUES)


# ---------------------------------------------------------------- the mid


def test_scenario_e_up_to_the_quote():
    """200 BTC on still books, no fees, the source's mode: mid 60,000, bid 59,952, ask 60,048; at once they cost 60,013.50."""
    found = gathered(config=two_way(mode="source"))
    quote = price(found)
    assert (quote.mid, quote.bid, quote.ask) == exactly(60_000, 59_952, 60_048)
    assert quote.firm
    assert found.buy is not None
    assert (found.buy.average_price, found.buy.extrapolated) == exactly("60013.5", 0)


def test_thin_bids_do_not_cheapen_the_ask_of_a_large_size():
    """The mid is of one clip; with bids of 20 BTC, a mid of the whole 200 would lie far below 60,000."""
    thin = market(*(STILL[0], ("coinbase", "BTC/USD", "59000", "60015", "200")))
    assert gathered(view=thin).mid == gathered(view=thin, size="0.1").mid == 60_000


@settings(max_examples=examples(50), deadline=None)
@given(st.decimals(Decimal("0.001"), Decimal(280), places=3), st.decimals(Decimal("0.001"), Decimal(280), places=3))
@pytest.mark.parametrize("pair", ["BTC/USD", "BTC/IDR"])
def test_on_the_same_books_a_larger_size_has_no_better_price(pair, size, more):
    """Also over the amount at which the rupiah leave the rail that is always open."""
    small, large = (price(gathered(pair, coins, rates=BOTH)) for coins in sorted((size, more)))
    assert large.ask >= small.ask
    assert large.bid <= small.bid


def test_half_the_executable_spread_of_a_clip_is_charged_with_its_fees():
    """Ten coins: bought at 60,010 and sold at 59,990, each with a fee of 5 bps: 20 + 60 dollars, half of it over 60,000.

    The mid is (60,010 x 1.0005 + 59,990 x 0.9995) / 2 = 60,000.005.
    """
    found = gathered(view=market(*STILL, taker_bps=5))
    assert found.mid == Decimal("60000.005")
    assert found.half_spread_bps == (Decimal(40) / Decimal("60000.005") * 10_000).quantize(Decimal("0.000001"))


# ---------------------------------------------------------------- rates


def test_a_rupiah_price_is_the_venues_book_times_the_desks_rate_taxed_and_on_its_tick():
    found = gathered("BTC/IDR", 1, rates=BOTH)
    assert (found.mid, found.tick, found.margin_bps, found.tax_rate) == exactly(960_000_000, 1, 55, "0.0021")
    assert [(rate.name, rate.rate, rate.source) for rate in found.rates] == [("USD/IDR", Decimal(16_000), "typed by trader-1")]
    assert found.doubts == ()


def test_the_rate_measured_on_rupiah_venues_stands_in_for_one_that_was_not_typed_or_is_old():
    view = market(*STILL, *RUPIAH)
    for rates in ({}, typed("16000", typed_at=OLD)):
        found = gathered("BTC/IDR", 1, view, rates)
        assert found.mid == (60_000 * Decimal(15_990) / Decimal("0.999")).quantize(Decimal("0.00000001"))
        assert "USDT/IDR of indodax, tokocrypto" in found.rates[0].source
        assert found.doubts == ()


def test_the_desks_own_fresh_rate_goes_before_the_measured_one():
    assert gathered("BTC/IDR", 1, market(*STILL, *RUPIAH), BOTH).mid == 60_000 * 16_000


def test_an_old_rate_makes_the_price_indicative():
    found = gathered("BTC/IDR", 1, rates=typed("16000", typed_at=OLD))
    assert found.doubts == ("USD/IDR (typed by trader-1) is 120 minutes old; 60 are believed.",)
    assert not price(found).firm


def test_a_typed_rate_far_from_the_measured_one_makes_the_price_indicative():
    """16,600 is 3.7 % above what the rupiah venues say: a slip of the hand."""
    found = gathered("BTC/IDR", 1, market(*STILL, *RUPIAH), typed("16600"))
    assert len(found.doubts) == 1
    assert "16600 by the desk" in found.doubts[0]
    assert gathered("BTC/IDR", 1, market(*STILL, *RUPIAH), BOTH).doubts == ()
    assert gathered("BTC/IDR", 1, market(*STILL, *RUPIAH), typed("16600", typed_at=OLD)).doubts == (), "what is old is not used"


def test_a_gold_price_names_its_two_rates_and_what_a_tether_was_worth():
    rates = BOTH | typed("2005", "XAU/USD")
    found = gathered("PAXG/IDR", 1, market(*GOLD), rates)
    assert [(rate.name, rate.rate) for rate in found.rates] == [
        ("USDT/USD", Decimal("0.999")), ("USD/IDR", Decimal(16_000)), ("XAU/USD", Decimal(2_005))
    ]  # fmt: skip
    assert found.doubts == ()
    assert "XAU/USD 2005 (typed by trader-1)" in explained(price(found))[0].words


@pytest.mark.parametrize("pair", ["PAXG/USD", "PAXG/IDR"])
def test_gold_far_from_the_price_of_an_ounce_is_indicative(pair):
    """The token stands at 1,999: 1,000 is a slip of the hand; 300 bps below it are 1,940.78, above it 2,060.82."""
    found = gathered(pair, 1, market(*GOLD), BOTH | typed("1000", "XAU/USD"))
    assert found.doubts == ("PAXG is 9,990 bps above XAU/USD 1000; 300 are believed.",)
    assert not price(found).firm
    firm = [gathered(pair, 1, market(*GOLD), BOTH | typed(ounce, "XAU/USD")).doubts for ounce in ("1940", "1941", "2060", "2061")]
    assert [not doubts for doubts in firm] == [False, True, True, False]


def test_a_tether_in_rupiah_without_a_typed_rate_is_priced_by_rupiah_venues_alone():
    """Kraken's 1,000,000 USDT cannot be dealt in rupiah; a typed rate says more than the rupiah venues do."""
    found = gathered("USDT/IDR", 100, market(*RUPIAH))
    assert found.buy is not None
    assert set(dict(found.buy.venues)) <= {"indodax", "tokocrypto"}
    assert [(out.venue, out.symbol) for out in found.excluded] == [("kraken", "USDT/USD")]
    assert (found.rates, found.doubts) == ((), ())
    assert gathered("USDT/IDR", 100, market(*RUPIAH), BOTH).excluded == ()


@pytest.mark.parametrize(("rates", "says"), [({}, "not typed"), (typed("2005", "XAU/USD", OLD), "120 minutes old")])
def test_gold_without_a_fresh_price_of_an_ounce_is_indicative(rates, says):
    found = gathered("PAXG/USD", 1, market(*GOLD), rates)
    assert says in " ".join(found.doubts)
    assert not price(found).firm


# ---------------------------------------------------------------- doubts and labels


def test_one_venue_alone_prices_indicatively_and_the_others_are_named_with_their_reasons():
    found = gathered(size=1, view=market(*STILL, down=VENUES[1:]))
    assert found.doubts == ("binance alone prices it: nothing checks its book.",)
    assert [(out.venue, out.reason) for out in found.excluded] == [(venue, "The venue does not answer.") for venue in VENUES[1:]]


def test_a_size_of_which_less_than_half_is_visible_is_indicative_on_the_side_that_is_asked():
    """280 coins stand on either side: 560 are just firm, 561 are not; on deep asks only the bid is in doubt."""
    assert price(gathered(size=560)).firm
    assert "280 of 561" in gathered(size=561).doubts[0]
    lopsided = market(*(STILL[0], ("coinbase", "BTC/USD", "59985", "60015", "60")))
    assert len(gathered(size=400, view=lopsided).doubts) == 2
    assert len(gathered(size=400, view=lopsided, side=Side.BUY).doubts) == 1


def test_thin_books_price_a_small_size_from_what_both_sides_show_of_a_clip():
    """Four coins on either side where a clip has ten: (59,990 + 59,985 + 59,980 + 59,970) / 4 are 18.75 below 60,000."""
    thin = market(*((venue, symbol, bid, ask, "1") for venue, symbol, bid, ask, _ in STILL))
    for size in ("0.001", "1", "8"):
        found = gathered(size=size, view=thin)
        assert (found.mid, found.half_spread_bps) == exactly(60_000, "3.125")
        assert found.doubts == ()
    assert gathered(size=9, view=thin).doubts == tuple(
        f"Venues show 4 of 9 {what}; more than half is extrapolated." for what in ("for sale", "wanted")
    )


def test_a_size_that_only_the_other_side_cannot_price_is_priced_on_the_side_that_is_asked():
    """Bids of 0.05 in all, 200 bps from the middle: fifty coins could only be given away."""
    lopsided = market(("binance", "BTC/USD", "59000", "60010", "0.05"), ("okx", "BTC/USD", "58900", "60015", "0.05"))
    deep = replace(lopsided.books["okx", "BTC/USD"], asks=(Level(Decimal(60_015), Decimal(100)),))
    lopsided = replace(lopsided, books={**lopsided.books, ("okx", "BTC/USD"): deep})
    bought = gathered(size=1_000, view=lopsided, side=Side.BUY)
    assert (bought.buy is None, bought.sell) == (False, None)
    with pytest.raises(Refused, match=r"^The books hold 0\.1; 1000 is too much"):
        gathered(size=1_000, view=lopsided)


# ---------------------------------------------------------------- venues that lie


CROSSED = ("okx", "BTC/USD", "58580", "58600", "60")
LIAR = market(*STILL[:3], CROSSED)


def test_a_venue_that_is_crossed_with_the_others_takes_no_part_in_a_firm_price():
    """Three venues at 60,000, one at 58,600: less than 300 bps away, and dealing both would leave 237."""
    found, without = gathered(view=LIAR), gathered(view=market(*STILL[:3]))
    assert found.excluded[0].venue == "okx"
    assert "crossed with binance BTC/USD" in found.excluded[0].reason
    assert (found.mid, found.half_spread_bps, found.buy, found.doubts) == (without.mid, without.half_spread_bps, without.buy, ())
    assert price(found).firm


def test_of_two_venues_that_are_crossed_nobody_says_who_lies_and_nothing_is_cheaper_for_it():
    """Bought at 58,600, sold at 59,990; their 236.4 bps and the price are the desk's word for nothing."""
    found = gathered(size=1, view=market(STILL[0], CROSSED))
    assert found.half_spread_bps < 0
    assert len(found.doubts) == 2
    assert "Too few others agree" in found.doubts[0]
    assert "the books are crossed" in found.doubts[1]
    quote = price(found)
    assert not quote.firm
    assert all(part.ask_bps >= 0 and part.bid_bps >= 0 for part in quote.components)


def test_a_venue_that_is_dislocated_now_takes_no_part_in_the_price():
    apart = Signals(dislocations=(Dislocation("binance", "BTC/USD", "dear", Decimal(12), Decimal(-3), NOON),))
    found = gathered(size=100, signals=apart)
    assert [(out.venue, out.reason) for out in found.excluded] == [("binance", "It is 12.0 bps dear just now.")]
    assert found.buy is not None
    assert "binance" not in dict(found.buy.venues)
    assert found.doubts == ()


def test_a_market_that_nobody_looks_at_any_more_gives_no_firm_price():
    """Feeds count for five seconds; its loop has stood still for six."""
    assert gathered(now=NOON + timedelta(seconds=5)).doubts == ()
    assert gathered(now=NOON + timedelta(seconds=6)).doubts == ("The market was last looked at 6 seconds ago.",)


def test_a_simulated_market_is_labelled():
    assert gathered(view=simulated(market(*STILL))).simulated
    assert not gathered().simulated


def test_a_price_in_chat_stands_longer():
    assert (gathered().ttl_s, gathered(channel="chat").ttl_s) == (10, 30)


def test_volatility_and_depth_are_the_markets_own_above_the_configured_floor():
    wild = Signals({"BTC": Decimal("1.75")}, {"BTC": Decimal("0.4")})
    assert (gathered(signals=wild).sigma_bps, gathered(signals=wild).depth_ratio) == (Decimal("1.75"), Decimal("0.4"))
    calm = Signals({"BTC": Decimal("0.01")})
    assert (gathered(signals=calm).sigma_bps, gathered(signals=calm).depth_ratio) == exactly("0.5", 1)


# ---------------------------------------------------------------- settlement


def settled(now, size: object = 1, side: Side | None = None):
    """The settlement of a rupiah request at this minute."""
    rates = typed("16000", typed_at=now)
    return gathered("BTC/IDR", size, market(*STILL, taken_at=now), rates, now=now, side=side).settlement


def test_small_rupiah_never_wait():
    """0.26 BTC are 249.6 million: BI-FAST at any hour, also on a Sunday."""
    found = settled(at("2024-03-10 22:00"), "0.26")
    assert (found.miss_probability, found.nights) == (0, 0)
    assert found.words.endswith("is always open.")


def test_the_nearer_the_cut_off_the_likelier_it_is_missed():
    """Half of the clients pay within 30 minutes: at 13:30 it is even odds; three hours before, one in twenty is late."""
    morning, noon, late = (settled(at(f"2024-03-05 {hour}"), side=Side.BUY) for hour in ("11:00", "13:30", "13:55"))
    assert morning.miss_probability == Decimal("0.05")
    assert noon.miss_probability == Decimal("0.5")
    assert Decimal("0.9") < late.miss_probability < 1
    assert (noon.nights, noon.words) == (1, "RTGS closes at 14:00 WITA.")


def test_a_cut_off_that_is_lost_costs_its_nights_for_certain():
    """Friday 14:00 is too late: three nights to Monday; on Saturday two."""
    friday, saturday = settled(at("2024-03-15 14:00"), side=Side.BUY), settled(at("2024-03-16 10:00"), side=Side.BUY)
    assert (friday.miss_probability, friday.nights) == (1, 3)
    assert (saturday.miss_probability, saturday.nights) == (1, 2)
    assert friday.words == "Today's RTGS is lost: the bank takes it Mon 18 Mar 2024."


def test_coins_that_come_first_shorten_the_time_to_the_cut_off_and_the_riskier_side_counts():
    buy, sell = (settled(at("2024-03-05 12:30"), side=side) for side in Side)
    assert sell.miss_probability > buy.miss_probability
    assert settled(at("2024-03-05 12:30")) == sell
    assert "coins on their way by" in sell.words


def test_a_price_in_dollars_has_no_cut_off():
    saturday = at("2024-03-16 10:00")
    assert gathered(view=market(*STILL, taken_at=saturday), now=saturday).settlement.miss_probability == 0
