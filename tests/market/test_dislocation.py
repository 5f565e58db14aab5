"""A dislocation is a venue that has left the others, and nothing else."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from otc.config.markets import MarketSettings
from otc.market.comparison import Sighting
from otc.market.dislocation import DislocationState, look
from otc.model.market import BookKey, Dislocation
from tests.soak import examples

START = datetime(2026, 1, 5, tzinfo=UTC)
SETTINGS = MarketSettings()
FOUR = ("binance", "coinbase", "kraken", "okx")
BTC = 60_000.0
QUIET_S = 120

Off = Callable[[str, int], float | None]
"""Venue and second -> by how many bps its mid is off; None: it is silent."""


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - noise of a test


def sightings(off: Off, second: int, venues: tuple[str, ...], chance: Random) -> Mapping[BookKey, Sighting]:
    """Books a bp wide around 60,000 dollars, each with a noise of about a third of a bp, received half a second ago."""
    received = START + timedelta(seconds=second - 0.5)
    seen = {}
    for venue in venues:
        noise, bps = chance.gauss(0, 0.3), off(venue, second)
        if bps is not None:
            mid = BTC * (1 + (bps + noise) / 1e4)
            seen[venue, "BTC/USD"] = Sighting(mid * (1 - 0.5e-4), mid * (1 + 0.5e-4), 2.0, received, received)
    return seen


def lived(off: Off, seconds: int, venues: tuple[str, ...] = FOUR, seed: int = 1) -> list[tuple[int, Dislocation]]:
    """What began and ended, with the second in which it was said."""
    state, chance, turns = DislocationState(), dice(seed), []
    for second in range(seconds):
        now = START + timedelta(seconds=second)
        state, turned = look(state, sightings(off, second, venues, chance), now, SETTINGS)
        turns += [(second, turn) for turn in turned]
    return turns


def jumped(venue: str, bps: float, since: int = QUIET_S, until: int = 10**9) -> Off:
    return lambda other, second: bps if other == venue and since <= second < until else 0.0


@settings(max_examples=examples(25), deadline=None)
@given(
    venue=st.sampled_from(FOUR),
    bps=st.floats(15, 40),
    dear=st.booleans(),
    count=st.integers(2, 4),
    seed=st.integers(0, 10**6),
)
def test_a_jump_of_15_bps_or_more_is_found_in_three_seconds_and_nobody_else_is_blamed(
    venue: str, bps: float, dear: bool, count: int, seed: int
) -> None:
    """Among four venues as among two, where the one that moved is the one."""
    venues = (venue, *(other for other in FOUR if other != venue))[:count]
    turns = lived(jumped(venue, bps if dear else -bps), QUIET_S + 10, venues, seed)
    assert [(turn.venue, turn.way) for _, turn in turns] == [(venue, "dear" if dear else "cheap")]
    assert turns[0][0] - QUIET_S <= 3


def test_a_dislocation_says_by_how_much_since_when_and_what_dealing_it_leaves() -> None:
    """30 bps dear: sold there and bought elsewhere it leaves 30 less a bp of two half spreads less 2 x 2 bps of fees."""
    [(second, found)] = lived(jumped("okx", 30.0), QUIET_S + 4)
    assert second == QUIET_S + 1
    assert (found.venue, found.symbol, found.way) == ("okx", "BTC/USD", "dear")
    assert abs(found.bps - 30) < 2
    assert abs(found.net_bps - 25) < 2
    assert found.since == START + timedelta(seconds=QUIET_S - 0.5)
    assert found.ended_at is None


def test_what_fees_eat_is_said_to_be_a_loss() -> None:
    """8 bps cheap, a bp of half spreads, twice 7 bps of fees: minus 7."""

    def expensive(group: Mapping[BookKey, Sighting]) -> Mapping[BookKey, Sighting]:
        return {key: sighting._replace(taker_bps=7.0) for key, sighting in group.items()}

    state, chance = DislocationState(), dice(1)
    found: list[Dislocation] = []
    for second in range(QUIET_S + 5):
        seen = expensive(sightings(jumped("okx", -8.0), second, FOUR, chance))
        state, turns = look(state, seen, START + timedelta(seconds=second), SETTINGS)
        found += turns
    assert [turn.way for turn in found] == ["cheap"]
    assert abs(found[0].net_bps - (8 - 1 - 14)) < 2
    assert state.ongoing[0].net_bps < 0


def test_it_ends_when_the_venue_is_back() -> None:
    turns = lived(jumped("okx", 25.0, until=QUIET_S + 30), QUIET_S + 60)
    assert [turn.ended_at is None for _, turn in turns] == [True, False]
    assert turns[1][1].ended_at == START + timedelta(seconds=QUIET_S + 30)
    assert turns[1][1].since == turns[0][1].since


def test_one_second_is_no_dislocation() -> None:
    assert lived(jumped("okx", 40.0, until=QUIET_S + 1), QUIET_S + 60) == []


def test_a_slow_drift_is_none() -> None:
    """40 bps in forty minutes is the venue's new normal all along."""
    assert lived(lambda venue, second: second / 60 if venue == "okx" else 0.0, 2400) == []


def test_a_venue_that_is_always_dear_is_none() -> None:
    assert lived(lambda venue, second: 20.0 if venue == "okx" else 0.0, 600) == []


def test_a_jump_of_the_whole_market_is_none() -> None:
    assert lived(lambda venue, second: 50.0 if second >= QUIET_S else 0.0, QUIET_S + 60) == []


def test_a_venue_that_follows_a_jump_a_second_late_is_none() -> None:
    assert lived(lambda venue, second: 50.0 if second >= QUIET_S + (venue == "okx") else 0.0, QUIET_S + 60) == []


def test_a_book_that_has_not_been_sent_again_since_the_market_moved_is_none() -> None:
    """Whether it is not received or received as it was: the market has left it, not it the market."""
    state, chance, last = DislocationState(), dice(1), dict[BookKey, Sighting]()
    found: list[Dislocation] = []
    for second in range(QUIET_S + 5):
        seen = dict(sightings(lambda venue, second: 30.0 if second >= QUIET_S else 0.0, second, FOUR, chance))
        if second < QUIET_S:
            last = seen
        seen["okx", "BTC/USD"] = last["okx", "BTC/USD"]._replace(received_at=seen["kraken", "BTC/USD"].received_at)
        state, turns = look(state, seen, START + timedelta(seconds=second), SETTINGS)
        found += turns
    assert found == []


def test_a_venue_that_falls_silent_is_none_and_ends_what_it_was() -> None:
    silent = QUIET_S + 10
    turns = lived(lambda venue, second: None if venue == "okx" and second >= silent else 0.0, silent + 60)
    assert turns == []
    turns = lived(
        lambda venue, second: (None if second >= silent else 30.0) if venue == "okx" and second >= QUIET_S else 0.0, silent + 60
    )
    assert [turn.ended_at is None for _, turn in turns] == [True, False]
    assert turns[1][0] == silent + 5


def test_two_that_leave_one_after_the_other_are_both_found_and_the_rest_is_not_blamed() -> None:
    def off(venue: str, second: int) -> float:
        return -30.0 if (venue == "okx" and second >= QUIET_S) or (venue == "kraken" and second >= QUIET_S + 20) else 0.0

    assert [(turn.venue, turn.way) for _, turn in lived(off, QUIET_S + 40)] == [("okx", "cheap"), ("kraken", "cheap")]


def test_a_venue_alone_has_nobody_to_differ_from() -> None:
    assert lived(jumped("okx", 500.0), QUIET_S + 20, ("okx",)) == []


def test_the_thresholds_are_those_of_the_settings() -> None:
    """5 bps and 6 deviations: 4 bps are none although 13 deviations, nor are 12 bps of a venue that is noisy by 4."""
    assert lived(jumped("okx", 4.0), QUIET_S + 30) == []
    noise = dice(5)
    turns = lived(
        lambda venue, second: (noise.gauss(0, 4) if venue == "okx" else 0) + 12 * (venue == "okx" and second >= QUIET_S),
        QUIET_S + 30,
    )
    assert turns == []
    assert Decimal(5) == SETTINGS.dislocation_bps
