"""Where a trade stands: both legs or nothing, late exactly after its window, and what returns, doubts and words do to it."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otc.model import Bucket, Fact, Kind, Leg, LegState, Side, Status, Trade
from otc.pnl.recognition import turns_of
from otc.ports import Moment
from otc.settlement.status import bucket_of, project, status_of
from tests.builders import MONDAY, History, asked, at, drawn_history, fact, landed, projected, rules, trade

FIAT, COINS = Leg.CLIENT_FIAT, Leg.CLIENT_CRYPTO
MICROSECOND = timedelta(microseconds=1)
LATER = "2024-06-01 00:00"


def status(of: Trade, facts: list[Fact], as_of: str | datetime = LATER) -> Status:
    """The status as of an instant, of the facts that had happened by then."""
    instant = at(as_of) if isinstance(as_of, str) else as_of
    return status_of(project(of, [f for f in facts if f.happened_at <= instant], rules()).state, instant)


def months(of: Trade, facts: list[Fact]) -> list[tuple[str, int]]:
    """The turns of a trade's profit: the month, and whether it comes or goes."""
    turns = turns_of(project(of, facts, rules()), at("2026-01-01 00:00"))
    return [(turn.recognised_on.strftime("%Y-%m"), turn.sign) for turn in turns]


def part(of: Trade, share: str, happened_at: str, leg: Leg = FIAT) -> Fact:
    """A part of the client's rupiah, as a share of the whole."""
    return fact(of, Kind.CONFIRMED, leg, happened_at, amount=of.client_amount_idr * Decimal(share))


# ---------------------------------------------------------------- for every history


@given(asked())
def test_profit_is_recognised_exactly_while_a_trade_is_settled(case: tuple[list[History], Moment]) -> None:
    """Both legs or nothing, at any moment, whatever came back, was doubted, withdrawn or told late."""
    histories, moment = case
    for projection in projected(histories, moment):
        recognised = sum(turn.sign for turn in turns_of(projection, moment.as_of))
        assert recognised == (1 if status_of(projection.state, moment.as_of) is Status.SETTLED else 0)


@given(asked())
def test_a_projection_that_says_it_can_speak_for_an_instant_does(case: tuple[list[History], Moment]) -> None:
    """Times alone tell an unrevised history: asked for the past it says what was true then, windows included."""
    ((one, facts),), moment = case
    whole = project(one, facts, rules())
    state = whole.state
    assert state.last_happened_at is not None
    if state.revised and state.last_happened_at > moment.as_of:
        return
    for then in projected([(one, facts)], Moment(moment.as_of)):
        assert status_of(state, moment.as_of) is status_of(then.state, moment.as_of)
        assert turns_of(whole, moment.as_of) == turns_of(then, moment.as_of)
        for leg in one.legs:
            assert (state.leg(leg).expected_at, state.leg(leg).due_at) == (
                then.state.leg(leg).expected_at,
                then.state.leg(leg).due_at,
            )


@given(drawn_history(most_facts=3))
def test_short_histories_are_told_alike_in_both_ways(history: History) -> None:
    """The quick way for simple histories and the whole way agree: an amended purpose forces the second."""
    one, facts = history
    last = max((f.recorded_at for f in facts), default=one.traded_at)
    amended = fact(one, Kind.AMENDED, None, one.traded_at, last, evidence="purpose", note="")
    quick, whole = project(one, facts, rules()), project(one, [*facts, amended], rules())
    assert _core(quick.state) == _core(whole.state)
    assert quick.turns == whole.turns


def _core(state: LegState) -> LegState:
    return replace(state, revised=False, news="", last_happened_at=None, last_recorded_at=None)


@given(drawn_history(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_handed_over_does_not_matter(history: History, random: object) -> None:
    """Facts are read by when they happened and were recorded, never by where they lie in a list."""
    one, facts = history
    shuffled = list(facts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random
    assert project(one, shuffled, rules()) == project(one, facts, rules())


# ---------------------------------------------------------------- windows and the clock


@pytest.mark.parametrize("side", Side)
def test_a_trade_is_pending_up_to_its_window_and_reconciling_right_after(side: Side) -> None:
    """The first window to pass without its leg makes the trade RECONCILING, a microsecond after its end."""
    one = trade(MONDAY, side)
    first_end = at("2024-03-04 14:00") if side is Side.BUY else at("2024-03-04 11:30")
    assert status(one, [], first_end) is Status.PENDING
    assert status(one, [], first_end + MICROSECOND) is Status.RECONCILING


def test_one_leg_is_nothing() -> None:
    """Rupiah without coins recognise nothing; the trade waits, then is RECONCILING."""
    one = trade()
    for leg in (FIAT, COINS):
        facts = [fact(one, Kind.CONFIRMED, leg, "2024-03-04 11:00")]
        assert status(one, facts, "2024-03-04 11:00") is Status.PENDING
        assert status(one, facts) is Status.RECONCILING
        assert months(one, facts) == []


def test_profit_is_dated_by_the_later_leg_to_the_microsecond_of_the_books() -> None:
    """Coins final at the last microsecond of January in the books' zone are January's; at midnight they are February's."""
    one = trade("2024-01-31 10:00")
    midnight = at("2024-02-01 00:00")
    for final, month in ((midnight - MICROSECOND, "2024-01"), (midnight, "2024-02")):
        facts = landed(one, "2024-01-31 11:00", final)
        assert months(one, facts) == [(month, 1)]
        assert status(one, facts, final) is Status.SETTLED
        assert status(one, facts, final - MICROSECOND) is not Status.SETTLED


@pytest.mark.parametrize(
    ("age", "bucket"),
    [
        (timedelta(0), Bucket.GREEN),
        (timedelta(hours=24) - MICROSECOND, Bucket.GREEN),
        (timedelta(hours=24), Bucket.AMBER),
        (timedelta(hours=168), Bucket.AMBER),
        (timedelta(hours=168) + MICROSECOND, Bucket.RED),
    ],
)
def test_buckets_turn_at_24_hours_and_after_168(age: timedelta, bucket: Bucket) -> None:
    """Green below 24 hours, amber to 168 inclusive, red above."""
    assert bucket_of(age) is bucket


# ---------------------------------------------------------------- parts and excess


def test_parts_settle_a_leg_with_the_last_of_them() -> None:
    """Forty and sixty percent: the leg is final with the second; a rupiah short is within tolerance, two are not."""
    one = trade()
    coins = fact(one, Kind.CONFIRMED, COINS, "2024-03-04 10:30")
    first, second = part(one, "0.4", "2024-03-04 11:00"), part(one, "0.6", "2024-03-04 12:00")
    assert status(one, [coins, first], "2024-03-04 13:00") is Status.PENDING
    settled = project(one, [coins, first, second], rules()).state
    assert settled.final_at == at("2024-03-04 12:00")
    assert second.amount is not None
    for short, wanted in ((1, Status.SETTLED), (2, Status.RECONCILING)):
        assert status(one, [coins, first, replace(second, amount=second.amount - short)]) is wanted


def test_an_excess_is_reconciling_at_once() -> None:
    """Two rupiah too many, hours before the window ends, are not ours; one is within tolerance."""
    one = trade()
    for excess, wanted in ((1, Status.PENDING), (2, Status.RECONCILING)):
        too_much = fact(one, Kind.CONFIRMED, FIAT, "2024-03-04 11:00", amount=one.client_amount_idr + excess)
        assert status(one, [too_much], "2024-03-04 11:00") is wanted


def test_a_resolved_excess_lets_the_trade_settle_and_another_one_opens_it_again() -> None:
    """Ops agreed what becomes of the surplus; money that comes on top of that is new trouble."""
    one = trade()
    facts = [fact(one, Kind.CONFIRMED, COINS, "2024-03-04 10:30"), part(one, "1.1", "2024-03-04 11:00")]
    assert status(one, facts) is Status.RECONCILING
    facts.append(fact(one, Kind.RESOLVED, None, "2024-03-05 10:00"))
    assert status(one, facts) is Status.SETTLED
    assert project(one, facts, rules()).state.resolved_at == at("2024-03-05 10:00")
    facts.append(part(one, "0.1", "2024-03-06 10:00"))
    assert status(one, facts) is Status.RECONCILING
    assert project(one, facts, rules()).state.resolved_at is None


# ---------------------------------------------------------------- what comes back, what is doubted, what is withdrawn


def test_a_returned_transfer_takes_the_profit_back_in_the_month_of_its_return() -> None:
    """Recognised in March, returned in April, sent again in May: each month keeps what it had."""
    one = trade()
    facts = landed(one, "2024-03-04 12:00")
    back = fact(one, Kind.RETURNED, FIAT, "2024-04-02 10:00")
    again = fact(one, Kind.CONFIRMED, FIAT, "2024-05-06 10:00")
    assert months(one, facts) == [("2024-03", 1)]
    assert months(one, [*facts, back]) == [("2024-03", 1), ("2024-04", -1)]
    assert months(one, [*facts, back, again]) == [("2024-03", 1), ("2024-04", -1), ("2024-05", 1)]
    for as_of, wanted in (
        ("2024-04-01 10:00", Status.SETTLED),
        ("2024-04-02 10:00", Status.FAILED),
        ("2024-05-06 10:00", Status.SETTLED),
    ):
        assert status(one, [*facts, back, again], as_of) is wanted


def test_a_confirmation_by_mistake_is_withdrawn_from_then_on() -> None:
    """The mistake stood until it was withdrawn, and its month keeps it; withdrawing the withdrawal brings it back."""
    one = trade()
    facts = landed(one, "2024-03-04 12:00")
    gone = fact(one, Kind.REVERSED, None, "2024-04-02 10:00", evidence=facts[0].fact_id)
    back = fact(one, Kind.REVERSED, None, "2024-04-03 10:00", evidence=gone.fact_id)
    assert status(one, [*facts, gone], "2024-04-01 10:00") is Status.SETTLED
    assert status(one, [*facts, gone]) is Status.RECONCILING
    assert months(one, [*facts, gone]) == [("2024-03", 1), ("2024-04", -1)]
    assert status(one, [*facts, gone, back]) is Status.SETTLED
    assert months(one, [*facts, gone, back]) == [("2024-03", 1), ("2024-04", -1), ("2024-04", 1)]


@pytest.mark.parametrize("kind", [Kind.MISMATCH, Kind.FAILED])
def test_proof_recorded_after_a_doubt_clears_it_and_before_it_does_not(kind: Kind) -> None:
    """A bank's booking that is recorded after the doubt settles the leg, though it happened before."""
    one = trade()
    coins = fact(one, Kind.CONFIRMED, COINS, "2024-03-04 12:00")
    doubt = fact(one, kind, FIAT, "2024-03-05 10:00")
    wanted = Status.FAILED if kind is Kind.FAILED else Status.RECONCILING
    early = fact(one, Kind.CONFIRMED, FIAT, "2024-03-04 11:00", "2024-03-05 09:00")
    late = fact(one, Kind.CONFIRMED, FIAT, "2024-03-04 11:00", "2024-03-05 11:00")
    assert status(one, [coins, early, doubt]) is wanted
    assert status(one, [coins, late, doubt]) is Status.SETTLED


def test_a_doubt_about_a_leg_is_cleared_by_its_proof_although_the_other_leg_is_missing() -> None:
    """The wrong account was put right in time: the trade is PENDING, waiting for the coins alone."""
    one = trade()
    facts = [fact(one, Kind.MISMATCH, FIAT, "2024-03-04 11:00"), fact(one, Kind.CONFIRMED, FIAT, "2024-03-04 12:00")]
    assert status(one, facts, "2024-03-04 11:30") is Status.RECONCILING
    assert status(one, facts, "2024-03-04 12:30") is Status.PENDING


def test_a_date_agreed_later_does_not_change_what_was_late_before() -> None:
    """Late on Monday, agreed on Tuesday for Friday: Monday night still says RECONCILING, Wednesday PENDING."""
    one = trade()
    agreed = fact(one, Kind.EXPECTED, FIAT, "2024-03-05 10:00", due_at=at("2024-03-08 12:00"))
    assert project(one, [agreed], rules()).state.revised, "times alone do not tell it"
    assert status(one, [agreed], "2024-03-04 20:00") is Status.RECONCILING
    assert status(one, [agreed], "2024-03-06 10:00") is Status.PENDING


def test_a_resolution_holds_until_new_trouble() -> None:
    """Resolved, a trade leaves the list; trouble recorded after it brings it back, trouble recorded before does not."""
    one = trade()
    doubt = fact(one, Kind.MISMATCH, None, "2024-03-05 10:00")
    resolved = fact(one, Kind.RESOLVED, None, "2024-03-06 10:00")
    assert project(one, [doubt, resolved], rules()).state.resolved_at == at("2024-03-06 10:00")
    again = fact(one, Kind.MISMATCH, None, "2024-03-07 10:00")
    assert project(one, [doubt, resolved, again], rules()).state.resolved_at is None


def test_a_cancelled_trade_earns_nothing() -> None:
    """Called off by both sides before anything landed; as of the day before it was open."""
    one = trade()
    facts = [fact(one, Kind.CANCELLED, None, "2024-03-04 11:00")]
    assert status(one, facts) is Status.CANCELLED
    assert status(one, facts, "2024-03-04 10:59") is Status.PENDING
    assert months(one, facts) == []
