"""A failing venue is left alone for longer and longer, for as long as it asks, and is tried with one question."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from otc.venues.breaker import CLOSED, Breaker, failed

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHANCE = st.floats(0, 1)
DAYS_3 = 3 * 86_400


def after(failures: int, draw: float = 1.0) -> Breaker:
    state = CLOSED
    for _ in range(failures):
        state = failed(state, NOW, draw)
    return state


def waits_s(state: Breaker) -> float:
    assert state.open_until is not None
    return (state.open_until - NOW).total_seconds()


def test_two_failures_in_a_row_are_no_outage():
    assert [after(n).phase(NOW) for n in (0, 1, 2, 3)] == ["closed", "closed", "closed", "open"]


def test_the_longest_wait_doubles_up_to_a_minute():
    assert [waits_s(after(n)) for n in range(3, 12)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_when_the_wait_is_over_one_question_decides():
    state = after(4)
    assert state.phase(NOW + timedelta(seconds=1.9)) == "open"
    assert state.phase(NOW + timedelta(seconds=2)) == "half_open"
    assert failed(state, NOW + timedelta(seconds=2), 1.0).open_until == NOW + timedelta(seconds=2 + 4)


@given(st.integers(1, 60), CHANCE)
def test_jitter_is_full_and_bounded(failures, draw):
    """Many desks that lose a venue at once do not come back at once."""
    state = after(failures, draw)
    assert state.failures == failures
    if failures > 2:
        assert waits_s(state) <= draw * 60 + 1e-6
        longest = min(60, 2 ** min(failures - 3, 16))
        assert abs(waits_s(state) - draw * longest) < 1e-5


@given(st.integers(0, 60), CHANCE, st.none() | st.floats(0, DAYS_3))
def test_a_418_or_429_silences_at_once(failures, draw, asked):
    """For what the venue asks for, or a minute where it does not say."""
    state = failed(after(failures), NOW, draw, stop=True, retry_after_s=asked)
    assert state.phase(NOW) == "open"
    least = 60 if asked is None else max(1, asked)
    assert least - 1e-5 <= waits_s(state) <= least + 1 + 1e-5


@given(st.integers(0, 60), CHANCE, st.floats(0.001, DAYS_3))
def test_no_question_before_the_retry_after_of_any_failure(failures, draw, asked):
    assert waits_s(failed(after(failures), NOW, draw, retry_after_s=asked)) >= asked - 1e-5


@given(st.sampled_from([-1.0, float("nan"), float("-inf")]), CHANCE)
def test_a_retry_after_that_cannot_be_meant_is_not_heard(asked, draw):
    assert failed(CLOSED, NOW, draw, retry_after_s=asked) == failed(CLOSED, NOW, draw)
    assert failed(CLOSED, NOW, draw, stop=True, retry_after_s=asked) == failed(CLOSED, NOW, draw, stop=True)


def test_nobody_is_banned_for_ever():
    state = failed(CLOSED, NOW, 0.0, stop=True, retry_after_s=float("inf"))
    assert waits_s(state) == DAYS_3
