"""What goes wrong: counted out exactly, drawn by hazard, named by the product's rule."""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otc.config import Settings
from otc.model import Side, Status
from otc.sample import SAMPLE_INSTANT
from otc.sample.deals import Deal
from otc.sample.draws import RANGE, Draws, Weighted
from otc.sample.landing import Landing
from otc.sample.outcomes import Cause, Fate, Verdicts, chosen, hazard, quotas, share
from otc.sample.year import Life
from otc.settlement.legs import Rules

DESK = ZoneInfo("Asia/Makassar")
DealAt = Callable[..., Deal]


@pytest.fixture(scope="module")
def verdicts(settings: Settings) -> Verdicts:
    return Verdicts(Rules.of(settings))


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=DESK)


def test_the_samples_instant_is_the_year_s_second_day_at_nine() -> None:
    assert SAMPLE_INSTANT.astimezone(DESK).isoformat() == "2025-01-02T09:00:00+08:00"


@given(weights=st.lists(st.integers(0, 500), max_size=80), part=st.integers(0, 100), seed=st.integers(0, 99))
def test_as_many_are_chosen_as_asked_each_once_and_never_one_without_weight(weights: list[int], part: int, seed: int) -> None:
    able = sum(weight > 0 for weight in weights)
    count = able * part // 100
    picked = chosen(weights, count, Draws(seed, "try"))
    assert len(picked) == len(set(picked)) == count
    assert all(weights[index] for index in picked)


def test_twice_the_hazard_is_chosen_twice_as_often() -> None:
    weights = [1, 2] * 3000
    picked = chosen(weights, 900, Draws(5, "try"))
    heavy = sum(weights[index] == 2 for index in picked)
    assert 0.62 < heavy / 900 < 0.71


def test_faults_and_failures_of_the_months_sum_to_the_years() -> None:
    days = [date(2024, month, day) for month in range(1, 13) for day in (3, 10, 17, 24)]
    parts = quotas(days, [125] * 47 + [93])
    assert sum(part.failed for part in parts.values()) == 53
    assert sum(part.open for part in parts.values()) == 378
    assert parts[12].open > 2 * parts[1].open


@pytest.mark.parametrize(("trades", "open_items"), [(5968, 378), (500, 32), (59_680, 3780), (1, 0)])
def test_open_items_grow_with_the_trades(trades: int, open_items: int) -> None:
    assert share(378, trades) == open_items


def test_hazard_grows_with_handwork_and_with_time_under_way(deal_at: DealAt) -> None:
    deal = deal_at("2024-05-06 10:00")
    quick = Landing(deal.traded_at + timedelta(hours=1), deal.traded_at + timedelta(hours=1), 20)
    slow = replace(quick, fiat_at=deal.traded_at + timedelta(hours=20))
    assert hazard(deal, quick) < hazard(deal, slow) < hazard(deal, replace(slow, manual_minutes=300))


def test_a_transfer_under_way_inside_its_window_is_pending(verdicts: Verdicts, deal_at: DealAt) -> None:
    """Bought on 31 December 14:30, above IDR 250m: the bank takes it on 2 January 08:00, its window ends at 12:00."""
    deal = deal_at("2024-12-31 14:30", above=250_000_000)
    landing = Landing(at("2025-01-02 09:30"), at("2025-01-02 10:00"), 10)
    outcome = verdicts.outcome(deal, landing, Fate.UNDER_WAY, Draws(1, "try"))
    assert (outcome.status, outcome.fiat_at, outcome.crypto_at) == (Status.PENDING, None, None)


def test_a_transfer_under_way_past_its_window_is_reconciling(verdicts: Verdicts, deal_at: DealAt) -> None:
    """Bought on 31 December 10:00: its rupiah were due at 14:00, whatever the client is still doing."""
    deal = deal_at("2024-12-31 10:00", above=250_000_000)
    landing = Landing(at("2025-01-02 09:30"), at("2025-01-02 10:00"), 10)
    assert verdicts.outcome(deal, landing, Fate.UNDER_WAY, Draws(1, "try")).status is Status.RECONCILING


def test_a_silent_leg_inside_its_window_is_pending_and_a_mismatch_is_reconciling_at_once(
    verdicts: Verdicts, deal_at: DealAt
) -> None:
    deal = deal_at("2024-12-31 14:30", above=250_000_000)
    landing = Landing(at("2025-01-02 08:20"), at("2025-01-02 08:40"), 10)
    outcomes = [verdicts.outcome(deal, landing, Fate.FAULTY, Draws(n, "try")) for n in range(200)]
    by_cause = {outcome.cause: outcome.status for outcome in outcomes if outcome.fiat_at is None}
    assert by_cause == {
        Cause.SILENT: Status.PENDING,
        Cause.PARTIAL: Status.PENDING,
        Cause.REFERENCE_MISMATCH: Status.RECONCILING,
        Cause.WRONG_AMOUNT: Status.RECONCILING,
        Cause.WRONG_ACCOUNT: Status.RECONCILING,
    }


@pytest.mark.parametrize("side", list(Side))
def test_the_leg_that_landed_before_the_fault_keeps_its_time(verdicts: Verdicts, deal_at: DealAt, side: Side) -> None:
    deal = deal_at("2024-06-03 09:30", side=side)
    landing = Landing(at("2024-06-03 11:00"), at("2024-06-03 09:50"), 10)
    outcomes = [verdicts.outcome(deal, landing, Fate.FAULTY, Draws(n, "try")) for n in range(60)]
    assert {outcome.status for outcome in outcomes} == {Status.RECONCILING}
    first = (landing.fiat_at, None) if side is Side.BUY else (None, landing.crypto_at)
    assert {(outcome.fiat_at, outcome.crypto_at) for outcome in outcomes} == {first, (None, None)}


def test_a_failure_is_failed_whatever_its_cause(verdicts: Verdicts, deal_at: DealAt) -> None:
    deal = deal_at("2024-06-03 09:30")
    landing = Landing(at("2024-06-03 11:00"), at("2024-06-03 11:20"), 10)
    outcomes = [verdicts.outcome(deal, landing, Fate.FAILED, Draws(n, "try")) for n in range(60)]
    assert {outcome.status for outcome in outcomes} == {Status.FAILED}
    assert {outcome.cause for outcome in outcomes} == {Cause.REJECTED, Cause.WRONG_ADDRESS, Cause.DEFAULT}


def test_a_settled_trade_has_both_its_legs_and_no_cause(some_lives: list[Life]) -> None:
    settled = [life for life in some_lives if life.outcome.status is Status.SETTLED]
    assert len(settled) > 300
    for life in settled:
        assert (life.outcome.fiat_at, life.outcome.crypto_at) == (life.landing.fiat_at, life.landing.crypto_at)
        assert life.outcome.cause is Cause.NONE


def test_a_draw_is_blake2b_of_its_labels_and_nothing_else() -> None:
    digest = hashlib.blake2b(b"2024/deal/17/0", digest_size=64).digest()
    words = struct.unpack("<16I", digest)
    draws = Draws(2024, "deal", 17)
    assert [draws.word() for _ in range(16)] == list(reversed(words))
    following = struct.unpack("<16I", hashlib.blake2b(b"2024/deal/17/1", digest_size=64).digest())
    assert draws.below(100) == following[-1] * 100 // RANGE


@given(weights=st.lists(st.integers(0, 9), min_size=1, max_size=9).filter(any))
def test_things_are_picked_as_often_as_their_weights_say(weights: list[int]) -> None:
    weighted = Weighted(range(len(weights)), weights)
    points = [weighted.at(point) for point in range(weighted.total)]
    assert [points.count(thing) for thing in range(len(weights))] == weights
