"""Which books take part in a price, in which currency, and why the others do not."""

from dataclasses import replace
from decimal import Decimal

import pytest

from otc.config.markets import VenueLimits, VenueSettings
from otc.market.consolidated import best, executable_mid, fair_value, lines_of, visible
from otc.market.currencies import USD_IDR, dollar_rates, rupiah_rate
from otc.model.market import FeedHealth, UsedRate
from tests.market.books import NOW, around, book, line, still_lines, view

TETHER = around("kraken", "USDT/USD", "0.9990")
BITCOIN = (
    around("binance", "BTC/USDT", 60_060),
    around("binance", "BTC/USDC", 60_020),
    around("kraken", "BTC/USD", 60_000),
)
VENUES = {"binance": VenueSettings("binance", {}, Decimal(10), limits=VenueLimits(max_size={"BTC": Decimal(50)}))}


def named(found):
    """Venue and symbol of lines or exclusions."""
    return [(one.book.venue, one.book.symbol) if hasattr(one, "book") else (one.venue, one.symbol) for one in found]


def test_a_venue_takes_part_with_each_of_its_quotes_that_has_a_measured_rate():
    market = view(TETHER, *BITCOIN, around("kraken", "USDC/USD", "1.0002"))
    lines, exclusions = lines_of(market, "BTC", "USD", VENUES, dollar_rates(market))
    assert named(lines) == [("binance", "BTC/USDC"), ("binance", "BTC/USDT"), ("kraken", "BTC/USD")]
    assert [one.rate for one in lines] == [Decimal("1.0002"), Decimal("0.9990"), 1]
    assert [one.cap for one in lines] == [50, 50, None]
    assert exclusions == ()


def test_a_quote_without_a_rate_is_out_and_never_taken_for_a_dollar():
    lines, exclusions = lines_of(view(TETHER, *BITCOIN), "BTC", "USD", {}, dollar_rates(view(TETHER)))
    assert named(lines) == [("binance", "BTC/USDT"), ("kraken", "BTC/USD")]
    assert [(one.symbol, one.reason) for one in exclusions] == [("BTC/USDC", "There is no rate from USDC to USD.")]


@pytest.mark.parametrize("state", ["stale", "excluded", "down"])
def test_a_feed_that_does_not_price_is_out_for_the_reason_its_health_gives(state):
    health = [FeedHealth("kraken", "BTC/USD", state, "Nothing came for 6 seconds.")]
    market = view(TETHER, *BITCOIN, health=health)
    lines, exclusions = lines_of(market, "BTC", "USD", {}, dollar_rates(market))
    assert named(lines) == [("binance", "BTC/USDT")]
    assert exclusions[-1].reason == "Nothing came for 6 seconds."


def test_a_feed_that_is_slow_still_prices():
    market = view(*BITCOIN, health=[FeedHealth("kraken", "BTC/USD", "warn", "2.4 seconds old.")])
    assert named(lines_of(market, "BTC", "USD", {}, dollar_rates(market))[0]) == [("kraken", "BTC/USD")]


def test_a_broken_book_and_a_feed_without_one_are_out():
    crossed = book("okx", "BTC/USD", [(60_001, 1)], [(60_000, 1)])
    market = view(BITCOIN[2], crossed, health=[FeedHealth("coinbase", "BTC/USD", "live")])
    lines, exclusions = lines_of(market, "BTC", "USD", {}, dollar_rates(market))
    assert named(lines) == [("kraken", "BTC/USD")]
    assert [(one.venue, one.reason) for one in exclusions] == [
        ("coinbase", "No book has come yet."),
        ("okx", "The book is crossed: bid 60001 meets ask 60000."),
    ]


def test_coinbase_shows_its_dollar_book_under_usdc_too_and_counts_once():
    rates = {**dollar_rates(view()), "USDC": UsedRate("USDC/USD", Decimal("1.0001"), "kraken", NOW)}
    market = view(around("coinbase", "BTC/USD", 60_000), around("coinbase", "BTC/USDC", 60_001))
    lines, exclusions = lines_of(market, "BTC", "USD", {}, rates)
    assert named(lines) == [("coinbase", "BTC/USD")]
    assert exclusions[0].reason == "It shows the book of coinbase BTC/USD, which is counted once."


@pytest.mark.parametrize("quote", ["USD", "USDC"])
def test_coinbase_and_its_exchange_are_one_matching_engine_and_count_once(quote):
    """Their books differ in what was sent when; a venue may have any name of its own."""
    venues = {"pro": VenueSettings("coinbaseexchange", {}, Decimal(10))}
    rates = {**dollar_rates(view()), "USDC": UsedRate("USDC/USD", Decimal("1.0001"), "kraken", NOW)}
    market = view(around("coinbase", "BTC/USD", 60_000), around("pro", f"BTC/{quote}", 60_003))
    lines, exclusions = lines_of(market, "BTC", "USD", venues, rates)
    assert named(lines) == [("coinbase", "BTC/USD")]
    assert [(out.venue, out.reason) for out in exclusions] == [
        ("pro", "It shows the book of coinbase BTC/USD, which is counted once.")
    ]


def test_coinbases_book_is_counted_under_whichever_name_is_there():
    market = view(around("coinbaseexchange", "BTC/USD", 60_000), BITCOIN[2])
    assert named(lines_of(market, "BTC", "USD", {}, dollar_rates(market))[0]) == [
        ("coinbaseexchange", "BTC/USD"), ("kraken", "BTC/USD")
    ]  # fmt: skip


def test_a_tether_in_rupiah_is_not_priced_from_dollars_by_a_rate_measured_on_itself():
    """A typed rate is another's word, and USDC was not measured from: there dollars and rupiah meet."""
    usdc = around("kraken", "USDC/USD", "1.0001"), around("indodax", "USDC/IDR", 15_905)
    market = view(TETHER, around("indodax", "USDT/IDR", 15_880), *usdc)
    dollars = dollar_rates(market)
    measured = {**dollars, USD_IDR: rupiah_rate(market, {}, dollars)[0]}
    lines, exclusions = lines_of(market, "USDT", "IDR", {}, measured)
    assert named(lines) == [("indodax", "USDT/IDR")]
    assert [(out.venue, out.reason) for out in exclusions] == [
        ("kraken", "USD/IDR was measured on USDT/IDR itself: the price would go round in a circle.")
    ]
    assert len(lines_of(market, "USDC", "IDR", {}, measured)[0]) == 2
    given = {**dollars, USD_IDR: UsedRate(USD_IDR, Decimal(15_900), "typed by trader-1", NOW)}
    assert len(lines_of(market, "USDT", "IDR", {}, given)[0]) == 2


def test_tokocrypto_shows_binance_s_book_but_its_rupiah_books_are_its_own():
    rupiah = UsedRate("USD/IDR", Decimal(15_900), "typed by trader-1", NOW)
    shown = around("tokocrypto", "BTC/USDT", 60_061)
    market = view(TETHER, BITCOIN[0], shown, around("tokocrypto", "BTC/IDR", 955_000_000))
    lines, exclusions = lines_of(market, "BTC", "IDR", {}, {**dollar_rates(market), "USD/IDR": rupiah})
    assert named(lines) == [("binance", "BTC/USDT"), ("tokocrypto", "BTC/IDR")]
    assert named(exclusions) == [("tokocrypto", "BTC/USDT")]


def test_two_venues_that_show_the_same_levels_show_one_book():
    copied = replace(BITCOIN[2], venue="okx")
    lines, exclusions = lines_of(view(BITCOIN[2], copied), "BTC", "USD", {}, dollar_rates(view()))
    assert named(lines) == [("kraken", "BTC/USD")]
    assert exclusions[0].reason == "It shows the book of kraken BTC/USD, which is counted once."


def test_rupiah_and_dollars_meet_only_where_a_rate_is_given():
    market = view(TETHER, BITCOIN[2], around("indodax", "BTC/IDR", 955_000_000))
    rates = dollar_rates(market)
    assert named(lines_of(market, "BTC", "IDR", {}, rates)[0]) == [("indodax", "BTC/IDR")]
    given = {**rates, "USD/IDR": UsedRate("USD/IDR", Decimal(15_900), "typed by trader-1", NOW)}
    assert [one.rate for one in lines_of(market, "BTC", "IDR", {}, given)[0]] == [1, 15_900]


def test_fair_value_is_the_mid_of_where_half_of_the_depth_is():
    deep = line(book("deep", "BTC/USD", [(60_000, 50)], [(60_010, 50)]))
    thin = [line(book(f"thin-{n}", "BTC/USD", [(61_000 + n, 1)], [(61_010 + n, 1)])) for n in range(3)]
    assert fair_value([deep, *thin]) == 60_005
    assert fair_value(thin) == 61_006
    assert fair_value(still_lines()) == 60_000


def test_best_prices_are_shown_in_the_wanted_currency_raw_and_net_of_the_fee():
    shown = best([line(book("binance", "BTC/USDT", [(60_000, 1)], [(60_100, 1)]), rate="0.999", taker_bps="10")])[0]
    assert (shown.bid, shown.ask) == (Decimal(59_940), Decimal("60039.9"))
    # Ten basis points of each come off the bid and onto the ask.
    assert (shown.net_bid, shown.net_ask) == (Decimal("59880.06"), Decimal("60099.9399"))


def test_the_executable_mid_of_books_that_mirror_each_other_is_their_middle():
    assert executable_mid(still_lines(), Decimal(200)) == 60_000


def test_what_both_sides_show_is_the_lesser_of_them_within_the_caps_of_venues():
    """Bids of 3 + 4, asks of 5 + 2; a venue capped at 1 over all its quotes gives 1 of its own."""
    first, second = book("okx", "BTC/USD", [(99, 3)], [(101, 5)]), book("okx", "BTC/USDC", [(99, 4)], [(101, 2)])
    assert visible([line(first), line(second)], Decimal(100)) == 7
    assert visible([line(first)], Decimal(100)) == 3
    assert visible([line(first), line(second)], Decimal(2)) == 2
    assert visible([line(first, cap=1), line(second, cap=1)], Decimal(100)) == 1
    assert visible([line(first, min_size="4")], Decimal(100)) == 3, "whether a venue takes it is the sweep's to say"
    assert visible([], Decimal(100)) == 0
