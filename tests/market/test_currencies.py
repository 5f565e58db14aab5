"""A dollar is no USDT: every rate is measured or typed, says where it is from and how old it is, or is absent."""

from datetime import timedelta
from decimal import Decimal

from otc.market.currencies import conversion, dollar_rates, gold, rupiah_rate
from otc.model.market import DeskRate, FeedHealth, UsedRate
from tests.market.books import NOW, around, book, view

OLDER = NOW - timedelta(seconds=3)
TYPED = {
    "USD/IDR": DeskRate("rate-1", "USD/IDR", Decimal(15_900), NOW - timedelta(minutes=7), "trader-1"),
    "XAU/USD": DeskRate("rate-2", "XAU/USD", Decimal(2_500), NOW - timedelta(minutes=9), "trader-2"),
}
TETHER = (
    around("coinbase", "USDT/USD", "0.9990"),
    around("kraken", "USDT/USD", "0.9994", OLDER),
)


def test_a_tether_is_worth_the_median_of_its_sound_mids_and_as_old_as_the_oldest_of_them():
    assert dollar_rates(view(*TETHER))["USDT"] == UsedRate("USDT/USD", Decimal("0.9992"), "coinbase, kraken", OLDER)


def test_a_dollar_is_a_dollar_and_what_nobody_measured_is_absent():
    rates = dollar_rates(view())
    assert rates["USD"].rate == 1
    assert set(rates) == {"USD"}


def test_usdc_is_measured_against_dollars_and_through_tether():
    direct, through = around("kraken", "USDC/USD", "1.0001"), around("binance", "USDC/USDT", "1.0010")
    # 1.0010 x 0.9992 is 1.0001992; the median of two is their middle.
    assert dollar_rates(view(*TETHER, through))["USDC"].rate == Decimal("1.00019920")
    assert dollar_rates(view(*TETHER, direct, through))["USDC"].rate == Decimal("1.00014960")
    assert "USDC" not in dollar_rates(view(through))


def test_a_stale_or_broken_book_measures_nothing():
    broken = book("kraken", "USDT/USD", [("1.2", 1)], [("1.1", 1)])
    stale = FeedHealth("kraken", "USDT/USD", "stale", "Nothing came for 6 seconds.")
    assert dollar_rates(view(TETHER[0], broken))["USDT"].rate == Decimal("0.9990")
    assert dollar_rates(view(*TETHER, health=[stale]))["USDT"].rate == Decimal("0.9990")


def test_the_rupiah_rate_is_measured_on_the_rupiah_venues_and_stands_beside_the_typed_one():
    market = view(*TETHER, around("indodax", "USDT/IDR", 15_880), around("tokocrypto", "USDT/IDR", 15_890))
    measured, typed = rupiah_rate(market, TYPED, dollar_rates(market))
    # (15,880 + 15,890) / 2 rupiah buy 0.9992 dollars.
    assert abs(measured.rate * Decimal("0.9992") - 15_885) < Decimal("1e-20")
    assert measured.source == "USDT/IDR of indodax, tokocrypto over USDT/USD of coinbase, kraken"
    assert measured.at == OLDER
    assert typed == UsedRate("USD/IDR", Decimal(15_900), "typed by trader-1", NOW - timedelta(minutes=7))


def test_without_a_measured_tether_the_typed_rupiah_rate_stands_alone():
    market = view(around("indodax", "USDT/IDR", 15_880))
    assert [rate.source for rate in rupiah_rate(market, TYPED, dollar_rates(market))] == ["typed by trader-1"]
    assert rupiah_rate(market, {}, dollar_rates(market)) == ()


def test_a_gold_price_names_its_two_rates_and_their_premium():
    market = view(*TETHER, around("kraken", "PAXG/USD", 2_510), around("binance", "PAXG/USDT", 2_500))
    found = gold(market, TYPED)
    assert found.token is not None
    assert found.metal is not None
    # 2,500 USDT are 2,498 dollars; halfway to 2,510 is 2,504: 16 bps above 2,500.
    assert (found.token.rate, found.token.source) == (Decimal(2_504), "kraken, binance")
    assert (found.metal.rate, found.metal.source) == (Decimal(2_500), "typed by trader-2")
    assert found.premium_bps == 16


def test_gold_without_one_of_its_rates_has_no_premium():
    assert gold(view(), TYPED).premium_bps is None
    assert gold(view(around("kraken", "PAXG/USD", 2_510)), {}).premium_bps is None


def test_rates_convert_through_dollars_and_only_where_they_are_known():
    rates = {**dollar_rates(view(*TETHER)), "USD/IDR": UsedRate("USD/IDR", Decimal(15_900), "typed", NOW)}
    assert conversion("USDT", "USD", rates) == Decimal("0.9992")
    assert conversion("USDT", "IDR", rates) == Decimal("15887.28")
    assert conversion("IDR", "IDR", {}) == 1
    assert conversion("USD", "IDR", dollar_rates(view(*TETHER))) is None
    assert conversion("USDC", "USD", rates) is None
