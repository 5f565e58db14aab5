"""What the market page says of the market: rates, a row for each pair, and one pair opened."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otc.model.market import DeskRate, Dislocation, MarketView, Signals
from otc.views.market import Board, PairRow, board_of, still_true
from otc.views.market_pair import PairView, pair_view
from tests.builders import at, shipped
from tests.still_market import Sides, StillMarket

NOW = at("2024-03-05 13:12")
TYPED = {"USD/IDR": DeskRate("r-1", "USD/IDR", Decimal(15_900), NOW - timedelta(minutes=12), "trader-1")}
OKX_CHEAP = Dislocation("okx", "BTC/USDT", "cheap", Decimal(-30), Decimal(4), NOW - timedelta(seconds=40))

COINBASE = ("coinbase", "BTC/USD")
BOOKS: Mapping[tuple[str, str], Sides] = {
    ("kraken", "BTC/USD"): ([("59990", "50")], [("60010", "50")]),
    COINBASE: ([("59980", "60")], [("60020", "60")]),
    ("kraken", "USDT/USD"): ([("0.9999", "9000000")], [("1.0001", "9000000")]),
    ("indodax", "USDT/IDR"): ([("15840", "9000000")], [("15860", "9000000")]),
    ("kraken", "PAXG/USD"): ([("2649", "900")], [("2651", "900")]),
}
"""Bitcoin around 60,000 dollars on two venues, tether at par, 15,850 rupiah the dollar."""


def market(books: Mapping[tuple[str, str], Sides] = BOOKS) -> MarketView:
    """These books, a second old; coinbase takes 10 bps, the others nothing."""
    view = StillMarket(NOW - timedelta(seconds=1), books).view()
    listed = {key: replace(each, taker_bps=Decimal(10 if key == COINBASE else 0)) for key, each in view.instruments.items()}
    return replace(view, instruments=listed)


def with_book(key: tuple[str, str], bid: str, ask: str) -> MarketView:
    """The same market, one book of which has other prices."""
    return market({**BOOKS, key: ([(bid, "50")], [(ask, "50")])})


def board(view: MarketView, signals: Signals | None = None, typed: dict[str, DeskRate] | None = None) -> Board:
    return board_of(view, signals or Signals(), shipped(), typed or {}, NOW)


def row(of: Board, pair: str = "BTC/USD") -> PairRow:
    return next(each for each in of.rows if each.pair == pair)


def opened(view: MarketView, pair: str = "BTC/USD", signals: Signals | None = None) -> PairView:
    return pair_view(pair, view, signals or Signals(), shipped(), {}, NOW)


def test_a_pair_is_priced_for_a_tenth_of_a_clip_one_and_ten() -> None:
    """A hundred take 50 at 60,010 free of fees and 50 at 60,020 x 1.001: 60,045.01 on average; and likewise sold."""
    sizes = row(board(market())).sizes
    assert [(each.size, each.bid, each.ask) for each in sizes] == [
        (Decimal(1), Decimal(59_990), Decimal(60_010)),
        (Decimal(10), Decimal(59_990), Decimal(60_010)),
        (Decimal(100), Decimal("59955.01"), Decimal("60045.01")),
    ]


def test_fair_value_and_spread_are_those_of_the_books() -> None:
    """Both venues' middle is 60,000; 20 dollars between the prices of a clip are 3.33 bps of it."""
    found = row(board(market()))
    assert found.fair == Decimal(60_000)
    assert found.spread_bps is not None
    assert round(found.spread_bps, 4) == Decimal("3.3333")


def test_a_size_mostly_beyond_the_visible_is_marked() -> None:
    thin = market({("kraken", "BTC/USD"): ([("59990", "12")], [("60010", "12")])})
    assert [each.indicative for each in row(board(thin)).sizes] == [False, False, True]


def test_volatility_is_said_per_second_and_per_year() -> None:
    """1 bp per root second is 1 bp x the root of 31,536,000 seconds a year: 56.16 %."""
    found = row(board(market(), Signals(sigma_bps={"BTC": Decimal(1)})))
    assert found.sigma_bps == 1
    assert found.year_percent is not None
    assert round(found.year_percent, 2) == Decimal("56.16")


def test_a_rupiah_price_goes_through_the_desks_own_rate_while_it_is_fresh() -> None:
    """60,000 dollars at 15,900 typed; measured 15,850 once the typed one is too old."""
    fresh = board(market(), typed=TYPED)
    old = replace(TYPED["USD/IDR"], typed_at=NOW - timedelta(hours=2))
    stale = board(market(), typed={"USD/IDR": old})
    assert row(fresh, "BTC/IDR").fair == Decimal(954_000_000)
    assert fresh.rupiah_used == fresh.rupiah[1]
    assert row(stale, "BTC/IDR").fair == Decimal(951_000_000)
    assert stale.rupiah_used == stale.rupiah[0]


def test_gold_stands_beside_its_token() -> None:
    """2,650 against 2,600 typed is 192.3 bps over the metal."""
    metal = DeskRate("r-2", "XAU/USD", Decimal(2_600), NOW, "trader-1")
    premium = board(market(), typed={"XAU/USD": metal}).gold.premium_bps
    assert premium is not None
    assert round(premium, 1) == Decimal("192.3")


def test_the_row_names_the_furthest_dislocation_that_runs() -> None:
    ended = replace(OKX_CHEAP, venue="binance", way="dear", bps=Decimal(90), ended_at=NOW)
    nearer = replace(OKX_CHEAP, venue="kraken", way="dear", bps=Decimal(12))
    found = board(market(), Signals(dislocations=(nearer, OKX_CHEAP, ended)))
    assert row(found).dislocation == OKX_CHEAP
    assert row(found, "PAXG/USD").dislocation is None


def test_the_standing_says_whether_anything_may_price() -> None:
    live = market()
    down = replace(live, books={}, health=tuple(replace(feed, state="down", reason="No answer.") for feed in live.health))
    assert [board(view).standing for view in (live, down, MarketView(NOW))] == ["live", "down", "off"]
    assert (board(live).feeds_pricing, board(live).feeds, board(down).feeds_pricing) == (5, 5, 0)


def test_a_view_older_than_a_feed_may_be_prices_nothing_and_says_why() -> None:
    view = market()
    assert still_true(view, Decimal(5), NOW + timedelta(seconds=4)) is view
    silent = still_true(view, Decimal(5), NOW + timedelta(seconds=11))
    assert {(feed.state, feed.reason) for feed in silent.health} == {("stale", "The market loop has been silent for 12 s.")}
    assert row(board(silent)).fair is None


def test_best_prices_are_best_net_of_fees() -> None:
    """Coinbase asks 60,005 but charges 10 bps, so 60,065.005 is paid: kraken's 60,010 is the best ask."""
    rows = {each.venue: each for each in opened(with_book(COINBASE, "59980", "60005")).venues}
    assert (rows["coinbase"].ask, rows["coinbase"].net_ask, rows["coinbase"].best_ask) == (
        Decimal(60_005),
        Decimal("60065.005"),
        False,
    )
    assert (rows["kraken"].best_ask, rows["kraken"].best_bid) == (True, True)


def test_a_broken_book_is_left_out_with_its_reason() -> None:
    """Crossed on kraken: the venue shows no price, and is said to be out although its feed calls itself live."""
    found = opened(with_book(("kraken", "BTC/USD"), "60030", "60010"))
    kraken = next(each for each in found.venues if each.venue == "kraken")
    assert [(out.venue, out.reason) for out in found.exclusions] == [
        ("kraken", "The book is crossed: bid 60030 meets ask 60010.")
    ]
    assert (kraken.state, kraken.bid, kraken.age) == ("excluded", None, timedelta(seconds=1))


def test_depth_is_counted_from_fair_value_outwards() -> None:
    """Kraken's levels lie 1.67 bps from 60,000, coinbase's 3.33: at 2 bps there are 50, at 4 bps there are 110 a side."""
    found = opened(market())
    at_bps = {step: place for place, step in enumerate(found.steps_bps)}
    sums = [sum(curve.asks[at_bps[Decimal(step)]] for curve in found.depth) for step in (0, 2, 4, 50)]
    assert sums == [0, 50, 110, 110]
    assert [sum(curve.bids[at_bps[Decimal(step)]] for curve in found.depth) for step in (0, 2, 4, 50)] == sums


@given(st.integers(0, 1_000))
def test_the_hours_line_keeps_its_first_point_and_stays_small(points: int) -> None:
    mids = tuple((NOW - timedelta(seconds=points - step), Decimal(60_000 + step)) for step in range(points))
    shown = opened(market(), signals=Signals(mids={"BTC": mids})).mids
    assert len(shown) <= 180
    assert shown[:1] == mids[:1]
    assert set(shown) <= set(mids)


@pytest.mark.parametrize("pair", list(shipped().desk.two_way.pairs))
def test_every_pair_opens_on_an_empty_market(pair: str) -> None:
    found = opened(MarketView(NOW), pair)
    assert (found.fair, found.venues, found.depth, found.exclusions) == (None, (), (), ())
