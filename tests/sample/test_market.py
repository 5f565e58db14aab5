"""The simulated market: deterministic, sound, credible, and driven by a given clock."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from otc.config.markets import MarketSettings, load_venues
from otc.errors import ConfigError
from otc.market.book import fault_of
from otc.market.judgement import NoAnswer, Observations
from otc.model.market import Book
from otc.sample.market import SimulatedMarket
from otc.sample.market_faults import CALM, USUAL, Incident, IncidentKind, Incidents

VENUES = load_venues(Path(__file__).resolve().parents[2] / "config")
SETTINGS = MarketSettings()
START = datetime(2026, 1, 5, tzinfo=UTC)
CREDIBLE: Mapping[str, tuple[Decimal | int, Decimal | int]] = {
    "BTC/USD": (50_000, 70_000),
    "BTC/USDT": (50_000, 70_000),
    "BTC/IDR": (800_000_000, 1_100_000_000),
    "PAXG/USD": (2_500, 2_800),
    "PAXG/USDT": (2_500, 2_800),
    "USDT/USD": (Decimal("0.99"), Decimal("1.01")),
    "USDC/USD": (Decimal("0.99"), Decimal("1.01")),
    "USDC/USDT": (Decimal("0.99"), Decimal("1.01")),
    "USDT/IDR": (15_500, 16_200),
}


class Hand:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def market(seed: int = 1, per_hour: Mapping[IncidentKind, float] = CALM, levels: int = 20) -> SimulatedMarket:
    return SimulatedMarket(VENUES, SETTINGS, lambda: START, seed, levels, per_hour)


def books(observations: Observations) -> list[Book]:
    return [observation for observation in observations.values() if isinstance(observation, Book)]


def test_one_seed_gives_the_same_market_and_another_gives_another() -> None:
    first, again, other = (market(seed, dict.fromkeys(USUAL, 100.0)) for seed in (1, 1, 2))
    lived = [(first.step(), again.step(), other.step()) for _ in range(60)]
    assert all(one == same for one, same, _ in lived)
    assert all(one != another for one, _, another in lived)
    assert first.labels == again.labels != other.labels


def test_every_symbol_of_every_venue_is_dealt_and_says_that_it_is_simulated() -> None:
    seen = market().step()
    assert set(seen) == {(name, symbol) for name, venue in VENUES.items() for symbol in venue.symbols}
    assert {book.source for book in books(seen)} == {"simulated"}
    assert market().view().simulated


def test_books_are_sound_in_ticks_and_lots_and_near_what_the_world_pays() -> None:
    lived = market(seed=7)
    for _ in range(50):
        for book in books(lived.step()):
            listed = lived.instruments[book.venue, book.symbol]
            assert fault_of(book) == ""
            assert len(book.bids) == len(book.asks) == 20
            assert all(price % listed.tick == 0 and size % listed.lot == 0 for price, size in (*book.bids, *book.asks))
            low, high = CREDIBLE[book.symbol]
            assert low < book.bids[0].price < book.asks[0].price < high
            assert (book.asks[0].price / book.bids[0].price - 1) * 10_000 < 30


def test_two_hundred_bitcoin_are_on_offer_on_four_venues_together() -> None:
    lived = SimulatedMarket(VENUES, SETTINGS, lambda: START)
    lived.step()
    dollars = [book for book in books(lived.step()) if book.symbol in ("BTC/USD", "BTC/USDT")]
    assert len(dollars) == 4
    assert sum(size for book in dollars for _, size in book.asks) > 200
    assert sum(size for book in dollars for _, size in book.bids) > 200


def test_a_venue_that_may_be_asked_every_1300_ms_answers_no_more_often() -> None:
    lived = market()
    received = []
    for _ in range(130):
        book = lived.step()["kraken", "BTC/USD"]
        assert isinstance(book, Book)
        received.append(book.received_at)
    apart = {later - earlier for earlier, later in pairwise(sorted(set(received)))}
    assert len(set(received)) == 100
    assert apart == {timedelta(milliseconds=1300)}


def test_it_stands_still_while_its_clock_does_and_moves_on_with_it() -> None:
    clock = Hand()
    lived = SimulatedMarket(VENUES, SETTINGS, clock, levels=5)
    clock.now += timedelta(seconds=3)
    first = lived.view()
    assert first.taken_at == START + timedelta(seconds=3)
    assert lived.view() is first
    clock.now += timedelta(seconds=1)
    second = lived.view()
    assert second.taken_at == START + timedelta(seconds=4)
    assert second.books != first.books
    assert {feed.state for feed in second.health} == {"live"}


def test_a_long_pause_is_caught_up_with_in_a_few_steps_and_prices_have_moved_as_far_as_time_went() -> None:
    """Ten days: 31 steps, one of them coarse; bitcoin has moved by percents and has not run away."""
    clock = Hand()
    lived = SimulatedMarket(VENUES, SETTINGS, clock, levels=5, per_hour=CALM)
    before = lived.prices.now["BTC"]
    steps = list(lived.steps_to(START + timedelta(days=10)))
    assert len(steps) == 31
    assert steps[-1][0] == START + timedelta(days=10)
    assert 0.0005 < abs(lived.prices.now["BTC"] / before - 1) < 0.5
    clock.now = START + timedelta(days=10)
    assert len(lived.view().books) == 0, "nothing was judged yet"


def test_depth_comes_back_after_it_was_dealt_away() -> None:
    """Levels are eaten now and then; over ten minutes no side stays below half of its usual depth for a minute."""
    lived, low = market(seed=3, levels=10), dict[tuple[str, str], int]()
    usual: dict[tuple[str, str], Decimal] = {}
    longest = 0
    for second in range(600):
        for book in books(lived.step()):
            key, depth = (book.venue, book.symbol), sum((size for _, size in book.asks), Decimal(0))
            usual[key] = max(usual.get(key, Decimal(0)), depth)
            low[key] = low.get(key, 0) + 1 if second > 60 and depth < usual[key] / 4 else 0
            longest = max(longest, low[key])
    assert longest < 60


@pytest.mark.parametrize("kind", ["dislocation", "outage", "frozen", "thin", "broken"])
def test_each_kind_of_trouble_shows_as_what_it_is_and_ends(kind: IncidentKind) -> None:
    lived, calm = market(seed=5), market(seed=5)
    for _ in range(10):
        lived.step()
        calm.step()
    incident = Incident(kind, "okx", "" if kind == "outage" else "BTC/USDT", lived.now, lived.now + timedelta(seconds=10), 30.0)
    lived.strike(incident)
    lived.step()
    calm.step()
    shown, usual = lived.step()["okx", "BTC/USDT"], calm.step()["okx", "BTC/USDT"]
    assert isinstance(usual, Book)
    if kind == "outage":
        assert shown == NoAnswer("The simulated okx does not answer.", 2, shown.retry_at if isinstance(shown, NoAnswer) else None)
    else:
        assert isinstance(shown, Book)
        changed = {
            "dislocation": abs((shown.bids[0].price / usual.bids[0].price - 1) * 10_000 - 30) < 1,
            "frozen": shown.received_at == usual.received_at and shown.bids != usual.bids,
            "thin": sum(size for _, size in shown.bids) < sum(size for _, size in usual.bids) / 5,
            "broken": fault_of(shown) != "",
        }
        assert changed[kind]
    for _ in range(9):
        lived.step()
    after = lived.step()["okx", "BTC/USDT"]
    assert isinstance(after, Book)
    assert fault_of(after) == ""
    assert lived.labels == (incident,)


def test_usual_trouble_comes_at_about_its_rates() -> None:
    """Six venues for five hours: 30 dislocations expected; a venue in trouble already is spared."""
    incidents = Incidents(VENUES, 11, {"dislocation": 1.0})
    for second in range(5 * 3600):
        incidents.step(START + timedelta(seconds=second), 1.0)
    assert 15 <= len(incidents.labels) <= 45
    assert all(15 <= abs(label.bps) <= 40 for label in incidents.labels)
    assert all(timedelta(seconds=10) <= label.ends_at - label.began_at <= timedelta(seconds=60) for label in incidents.labels)


def test_a_symbol_that_nobody_can_simulate_is_refused_with_a_sentence() -> None:
    venues = {"okx": replace(VENUES["okx"], symbols={"DOGE/USDT": "DOGE-USDT"})}
    with pytest.raises(ConfigError, match=r"okx\.symbols: DOGE/USDT cannot be simulated"):
        SimulatedMarket(venues, SETTINGS, lambda: START)
