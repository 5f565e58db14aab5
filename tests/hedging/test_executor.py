"""What a hedge's records say of it and what is to do next: pure, so each case is a few records."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from otc.hedging.executor import after_look_up, after_send, next_of, standings, state_of, step_of, word_on
from otc.ids import order_id
from otc.model.hedge import Child, Fill, Hedge, Parent
from otc.ports import OrderAnswer, SendAnswer, VenueFill

NOW = datetime(2024, 3, 5, 5, 12, tzinfo=UTC)
PARENT = Parent(
    "p-1", "BTC/USD", "buy", Decimal(3), 60, "twap", "calm", Decimal(2), Decimal(60000), Decimal(5), Decimal(100), NOW, "trader-1"
)
CHILD = Child("c-1", "p-1", 1, "okx", "BTC/USDT", "buy", Decimal(2), Decimal(60100), Decimal(60000), NOW, Decimal("0.999"))
HEDGE = Hedge(PARENT, (CHILD,))
EXPIRY = timedelta(seconds=15)


def later(seconds: float) -> datetime:
    """So long after the child was intended."""
    return NOW + timedelta(seconds=seconds)


def filled(size: str, trade: str = "7", fee_currency: str = "USDT") -> VenueFill:
    """An execution in the venue's words."""
    return VenueFill(trade, Decimal(60050), Decimal(size), Decimal(1), fee_currency, later(1))


def with_steps(*steps) -> Hedge:
    """The hedge after these steps of its child."""
    return replace(HEDGE, child_events=tuple(replace(step, number=n) for n, step in enumerate(steps, 1)))


def test_a_child_that_was_stored_and_nothing_else_counts_as_in_flight_and_is_looked_up() -> None:
    """A process died over it: perhaps it was sent, so its size is not dealt again."""
    state = state_of(HEDGE)
    assert [state.filled, state.in_flight, state.remaining, state.children] == [0, 2, 1, 1]
    todo = next_of(HEDGE, NOW)
    assert [one.child for one in todo.look_up] == [CHILD]
    assert todo.decide
    assert not todo.finish


@pytest.mark.parametrize(("answer", "in_flight"), [("sent", 2), ("unknown", 2), ("rejected", 0)])
def test_only_a_rejection_frees_the_size(answer, in_flight: int) -> None:
    """What was sent, and what is not known, may still fill."""
    step = after_send(standings(HEDGE)[0], SendAnswer(answer, reason="why"), NOW, 1)
    assert state_of(with_steps(step)).in_flight == in_flight
    assert (step.state, step.reason) == (answer, "why")


def test_fills_are_counted_with_their_rates_and_once() -> None:
    """The fee in the quote currency, in the coin, in a currency without a rate, or none; reported again it is not new."""
    standing = standings(HEDGE)[0]
    said = (filled("1", "7"), filled("0.5", "8", "BTC"), filled("0.5", "9", "OKB"))
    fills, step = after_look_up(
        standing, OrderAnswer("found", "o-1", False, Decimal(2), said), NOW, 1, EXPIRY, {"USDT": Decimal("0.998")}
    )
    assert step.state == "done"
    assert [fill.rate for fill in fills] == [Decimal("0.998")] * 3
    assert [fill.fee_rate for fill in fills] == [Decimal("0.998"), Decimal("59929.9"), None]
    whole = replace(with_steps(step), fills=fills)
    assert [state_of(whole).filled, state_of(whole).in_flight] == [2, 0]
    assert after_look_up(standings(whole)[0], OrderAnswer("found", "o-1", False, Decimal(2), said), NOW, 2, EXPIRY, {})[0] == ()
    without, _ = after_look_up(standing, OrderAnswer("found", "o-1", False, Decimal(2), said), NOW, 1, EXPIRY, {})
    assert without[0].rate == Decimal("0.999"), "the rate at the decision, where none is known now"


@pytest.mark.parametrize(
    "answer",
    [
        OrderAnswer("found", "o-1", True, Decimal(1), (filled("1"),)),
        OrderAnswer("found", "o-1", False, Decimal(2), (filled("1"),)),
        OrderAnswer("found", "o-1", False, Decimal("0.5"), (filled("1"),)),
    ],
)
def test_an_order_is_done_when_it_is_closed_and_its_fills_add_up(answer: OrderAnswer) -> None:
    """Open, or with a list of fills that is behind or ahead of its sum, it is asked for again."""
    fills, step = after_look_up(standings(HEDGE)[0], answer, NOW, 1, EXPIRY, {})
    assert step.state == "sent"
    assert step.by_venue
    assert state_of(replace(with_steps(step), fills=fills)).in_flight == 1


def said_missing(*seconds: float, first: str = "unknown", expiry: timedelta | None = EXPIRY, order: str = "") -> list[str]:
    """The states that not-founds at these seconds lead to, after a first step at the first second."""
    hedge = with_steps(step_of(CHILD, first, later(1), 1, venue_order_id=order))  # type: ignore[arg-type]  # a state
    states: list[str] = []
    for second in seconds:
        standing = standings(hedge)[0]
        _, step = after_look_up(standing, OrderAnswer("not_found"), later(second), len(hedge.child_events) + 1, expiry, {})
        hedge = with_steps(*hedge.child_events, step)
        states.append(step.state)
    return states


def test_not_found_is_believed_when_it_was_said_three_times_after_the_order_can_have_come() -> None:
    """Counted from when it had surely left us; before its time is over it proves nothing, however often it is said."""
    assert said_missing(2, 4, 8, 12, 15.9) == ["unknown"] * 5
    assert said_missing(2, 4, 8, 16, 18, 22) == ["unknown"] * 5 + ["done"]
    assert said_missing(20, 30, 40, 50)[:3] == ["unknown", "unknown", "done"]


def test_not_found_is_never_believed_of_what_was_acknowledged_or_has_no_end() -> None:
    """A person decides there."""
    assert said_missing(20, 30, 40, 50, order="o-1", first="sent") == ["unknown"] * 4
    assert said_missing(*range(20, 2000, 30), expiry=None)[-1] == "unknown"
    fill = Fill("f", "c-1", "p-1", "okx", "BTC/USDT", Decimal(1), Decimal(1), Decimal(0), "", Decimal(1), NOW)
    hedge = replace(with_steps(*(step_of(CHILD, "unknown", later(s), 1, missing=True) for s in (1, 20, 30))), fills=(fill,))
    _, step = after_look_up(standings(hedge)[0], OrderAnswer("not_found"), later(40), 4, EXPIRY, {})
    assert step.state == "unknown"


def test_look_ups_are_spaced_ever_wider() -> None:
    """At once after sending, then after a second, doubling up to half a minute."""
    steps, waits = [step_of(CHILD, "unknown", NOW, 1)], []
    for number in range(2, 10):
        due = standings(with_steps(*steps))[0].due_at
        waits.append((due - steps[-1].happened_at).total_seconds())
        assert next_of(with_steps(*steps), due - timedelta(microseconds=1)).look_up == ()
        assert next_of(with_steps(*steps), due).look_up != ()
        steps.append(step_of(CHILD, "unknown", due, number))
    assert waits == [0, 1, 2, 4, 8, 16, 30, 30]


def test_a_venue_is_left_out_after_silence_and_after_rejects() -> None:
    """Twenty seconds after no answer; a second after a reject, and twice as long with each that follows."""
    silent = with_steps(step_of(CHILD, "unknown", later(1), 1))
    assert state_of(silent).venue_out_until == {"okx": later(21)}
    children, steps, waits = [], [], []
    for number in range(1, 9):
        child = replace(CHILD, child_id=f"c-{number}", number=number)
        children.append(child)
        steps.append(step_of(child, "rejected", later(number), number))
        out = state_of(Hedge(PARENT, tuple(children), tuple(steps))).venue_out_until["okx"]
        waits.append((out - later(number)).total_seconds())
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    good = replace(CHILD, child_id="c-9", number=9)
    mended = Hedge(PARENT, (*children, good), (*steps, step_of(good, "done", later(99), 9)))
    assert state_of(mended).venue_out_until == {}


def test_words_of_persons_decide_whether_it_goes_on() -> None:
    """Paused it only looks up; another horizon stands; cancelled stays so and is finished once nothing is in flight."""
    words = [word_on(PARENT, "paused", NOW, 1, "trader-1")]
    paused = replace(HEDGE, events=tuple(words))
    assert (next_of(paused, NOW).decide, len(next_of(paused, NOW).look_up)) == (False, 1)
    words.append(word_on(PARENT, "running", NOW, 2, "trader-1", horizon_s=30))
    faster = state_of(replace(HEDGE, events=tuple(words)))
    assert (faster.state, faster.horizon_s) == ("running", 30)
    words.append(word_on(PARENT, "cancelled", NOW, 3, "trader-1"))
    cancelled = replace(HEDGE, events=tuple(words))
    assert (next_of(cancelled, NOW).finish, next_of(cancelled, NOW).decide) == (False, False)
    ended = replace(cancelled, child_events=(step_of(CHILD, "rejected", NOW, 1),))
    assert next_of(ended, NOW).finish
    done = replace(ended, events=(*ended.events, word_on(PARENT, "done", NOW, 4, "executor")))
    assert next_of(done, NOW).finish is False
    assert state_of(done).state == "cancelled"


def test_an_order_id_is_what_every_venue_takes() -> None:
    """32 letters and digits: OKX's most, Kraken's short UUID; another instant is another id."""
    first = order_id("p-1", "1", NOW.isoformat())
    assert len(first) == 32
    assert first.isalnum()
    assert first == order_id("p-1", "1", NOW.isoformat())
    assert first != order_id("p-1", "1", later(1).isoformat())
