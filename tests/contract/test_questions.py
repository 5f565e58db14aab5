"""Every named question has the same answer in SQL, on both stores, and in Python, for any history and any moment."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings

from otc.desk import Desk
from otc.model import ALL_LEGS, Cover, Leg, LegState, PnlRow, Projection, Status
from otc.money import ZERO
from otc.pnl.bridge import bridge
from otc.pnl.recognition import pnl_by
from otc.ports import Changes, Moment, Question, Store
from otc.settlement.legs import booking_windows
from otc.settlement.status import project, status_of
from tests.builders import STORE_KINDS, History, asked, at, book, desk_on, landed, opened, projected, rules, trade
from tests.soak import examples

BYS = ("month", "day", "pair", "client", "market_maker", "all")
MONTHS = [
    date(2024, 11, 1),
    date(2024, 12, 1),
    date(2025, 1, 1),
    date(2025, 2, 1),
    date(2025, 3, 1),
    date(2025, 4, 1),
    date(2025, 5, 1),
]
ALL_QUESTIONS: tuple[Question, ...] = ("counts", "aging", "pnl_settlement", "pnl_trade", "bridge", "months", "transactions")
EXAMPLES = settings(max_examples=examples(6))


@contextmanager
def desks(histories: list[History]) -> Iterator[list[Desk]]:
    """The same histories in a store of every kind."""
    with TemporaryDirectory() as folder, ExitStack() as open_now:
        made = []
        for kind in STORE_KINDS:
            store = opened(kind, Path(folder))
            open_now.callback(store.close)
            book(store, histories)
            made.append(desk_on(store))
        yield made


def heard(histories: list[History], moment: Moment) -> dict[str, Projection]:
    """The projections of a desk that had only ever heard what the moment knows."""
    return {p.state.transaction_id: p for p in projected(histories, moment)}


def flat(state: LegState) -> dict[str, object]:
    """A projection's columns but for what is only said of the last fact."""
    columns: dict[str, object] = {name: getattr(state, name) for name in LegState.__slots__ if name not in ALL_LEGS}
    for leg in ALL_LEGS:
        progress = state.leg(leg)
        columns |= {
            f"{leg}_expected_at": progress.expected_at,
            f"{leg}_due_at": progress.due_at,
            f"{leg}_final_at": progress.final_at,
        }
    return {name: value for name, value in columns.items() if name not in _OF_THE_LAST}


_OF_THE_LAST = ("news", "revised", "last_happened_at", "last_recorded_at", "rolled_at", "reported_status", "status")


@settings(max_examples=examples(25))
@given(asked(most=4))
def test_status_and_every_time_are_those_of_a_desk_that_knew_no_more(case: tuple[list[History], Moment]) -> None:
    """As of a past instant no later fact shows: not in the status, not in any column; both stores and Python agree."""
    histories, moment = case
    wanted = heard(histories, moment)
    with desks(histories) as both:
        for desk in both:
            rows: dict[Any, Any] = {row["transaction_id"]: row for row in desk.rows("transactions", moment)}
            assert rows.keys() == wanted.keys()
            for trade_id, projection in wanted.items():
                row, state = rows[trade_id], projection.state
                assert row["status"] == status_of(state, moment.as_of)
                assert {name: row[name] for name in flat(state)} == flat(state)
                if row["news"]:
                    assert row["news"] == state.news


@EXAMPLES
@given(asked(most=5))
def test_profit_is_the_same_in_sql_and_in_python(case: tuple[list[History], Moment]) -> None:
    """Both bases by every key, to the last digit."""
    histories, moment = case
    wanted = list(heard(histories, moment).values())
    with desks(histories) as both:
        for desk in both:
            for basis in ("settlement", "trade"):
                for by in BYS:
                    assert desk.pnl(basis, by, moment) == pnl_by(wanted, basis, by, moment.as_of)  # type: ignore[arg-type]  # all are known
                december = (date(2024, 12, 1), date(2025, 1, 1))
                assert desk.pnl(basis, "client", moment, *december) == pnl_by(wanted, basis, "client", moment.as_of, *december)


@EXAMPLES
@given(asked(most=5))
def test_the_bridge_closes_every_month(case: tuple[list[History], Moment]) -> None:
    """Trade basis and the bridge's lines give settlement basis, month by month, in SQL as in Python."""
    histories, moment = case
    wanted = list(heard(histories, moment).values())
    with desks(histories) as both:
        for since, before in pairwise(MONTHS):
            lines = bridge(wanted, since, before, moment.as_of)
            for desk in both:
                rows = desk.rows("bridge", moment, since=since, before=before)
                found = sorted((str(row["line"]), str(row["transaction_id"]), row["amount_idr"]) for row in rows)
                assert found == sorted((line.line, line.transaction_id, line.amount_idr) for line in lines)
                settled, traded = (total(desk.pnl(basis, "all", moment, since, before)) for basis in ("settlement", "trade"))
                assert settled == traded + sum((line.amount_idr for line in lines), ZERO)


def total(rows: list[PnlRow]) -> Decimal:
    """The net of some lines."""
    return sum((row.net_pnl_idr for row in rows), ZERO)


@EXAMPLES
@given(asked(most=5))
def test_recognised_and_open_and_failed_and_cancelled_are_what_was_traded(case: tuple[list[History], Moment]) -> None:
    """At any moment, by pair, client and month of the trade, no rupiah is missing and none is twice."""
    histories, moment = case
    with desks(histories) as both:
        for desk in both:
            rows: list[dict[str, Any]] = desk.rows("transactions", moment)
            settled = {row["transaction_id"]: row["net_pnl_idr"] for row in rows if row["status"] == Status.SETTLED}
            assert total(desk.pnl("settlement", "all", moment)) == sum(settled.values(), ZERO)
            for by, column in (("pair", "pair"), ("client", "client_id")):
                recognised = {row.key: row.net_pnl_idr for row in desk.pnl("settlement", by, moment)}  # type: ignore[arg-type]  # known keys
                traded = {row.key: row.net_pnl_idr for row in desk.pnl("trade", by, moment)}  # type: ignore[arg-type]  # known keys
                for key, amount in traded.items():
                    others = sum((r["net_pnl_idr"] for r in rows if r[column] == key and r["status"] != Status.SETTLED), ZERO)
                    assert recognised.get(key, ZERO) + others == amount
            statuses = {row["status"] for row in rows}
            assert statuses <= {*Status}


@EXAMPLES
@given(asked(most=4))
def test_both_stores_answer_row_for_row_alike_and_so_does_a_copy(case: tuple[list[History], Moment]) -> None:
    """Finance may move from one store to the other: all records carried over give the same answers in the same order."""
    histories, moment = case
    parameters = {"since": MONTHS[1], "before": MONTHS[2]}
    with desks(histories) as (first, second), TemporaryDirectory() as folder:
        copies = [opened(kind, Path(folder)) for kind in reversed(STORE_KINDS)]
        for source, copy in zip((first, second), copies, strict=True):
            carry_over(source.store, copy)
        for question in ALL_QUESTIONS:
            answers = [desk.rows(question, moment, **parameters) for desk in (first, second, *map(desk_on, copies))]
            assert all(answer == answers[0] for answer in answers), question
        for copy in copies:
            copy.close()


def carry_over(source: Store, other: Store) -> None:
    """All records of one store appended to another."""
    ids = source.transaction_ids()
    trades, facts = source.trades(ids), source.facts(ids)
    projections = [project(trades[i], facts[i], rules()) for i in ids]
    with other.writing() as writer:
        writer.append(Changes([trades[i] for i in ids], [said for i in ids for said in facts[i]], projections))


@EXAMPLES
@given(asked(most=4))
def test_a_rebuild_changes_nothing(case: tuple[list[History], Moment]) -> None:
    """The projection is worth no more than the facts: made anew from them it says the same, also after a restart."""
    histories, moment = case
    with desks(histories) as both:
        for desk in both:
            before = {question: desk.rows(question, moment, since=MONTHS[1], before=MONTHS[2]) for question in ALL_QUESTIONS}
            assert desk.rebuild() == len(histories)
            assert desk.rebuild() == len(histories)
            assert {
                question: desk.rows(question, moment, since=MONTHS[1], before=MONTHS[2]) for question in ALL_QUESTIONS
            } == before


@settings(max_examples=examples(3))
@given(asked(most=3, most_facts=4))
def test_facts_booked_one_by_one_or_twice_or_reopened_say_the_same(case: tuple[list[History], Moment]) -> None:
    """However the facts came - singly, again, or read back from the files - the answers are those of one write."""
    histories, moment = case
    with desks(histories) as (first, second), TemporaryDirectory() as folder:
        wanted = {question: first.rows(question, moment, since=MONTHS[1], before=MONTHS[2]) for question in ALL_QUESTIONS}
        for kind in STORE_KINDS:
            store = opened(kind, Path(folder))
            for one, facts in histories:
                for known in range(len(facts) + 1):
                    heard_so_far = sorted(facts, key=lambda f: (f.recorded_at, f.happened_at, f.fact_id))[:known]
                    book(store, [(one, heard_so_far)])
            for _ in range(2):
                desk = desk_on(store)
                assert {q: desk.rows(q, moment, since=MONTHS[1], before=MONTHS[2]) for q in ALL_QUESTIONS} == wanted
                store.close()
                store = opened(kind, Path(folder))
            store.close()
        assert second.store.transaction_ids() == first.store.transaction_ids()


def test_eighteen_places_add_up_exactly(tmp_path: Path) -> None:
    """Ten trades of nine trillion and a digit at the eighteenth place: Python's sum keeps all 31 digits, as SQL's does."""
    amount = Decimal("9000000000001.000000000000000001")
    histories = [
        (one, landed(one, "2024-03-04 12:00"))
        for one in (replace(trade(transaction_id=f"T-{n}"), net_pnl_idr=amount, gross_spread_idr=amount) for n in range(10))
    ]
    moment = Moment(at("2024-04-01 00:00"))
    wanted = Decimal("90000000000010.000000000000000010")
    for kind in STORE_KINDS:
        store = opened(kind, tmp_path)
        book(store, histories)
        assert [row.net_pnl_idr for row in desk_on(store).pnl("settlement", "all", moment)] == [wanted]
        store.close()
    made = [project(*history, rules()) for history in histories]
    assert [row.net_pnl_idr for row in pnl_by(made, "settlement", "all", moment.as_of)] == [wanted]
    assert [row.net_pnl_idr for row in pnl_by(made, "trade", "all", moment.as_of)] == [wanted]
    lines = bridge(made, date(2024, 3, 1), date(2024, 4, 1), at("2024-03-04 11:00"))
    assert {line.amount_idr for line in lines} == {amount.copy_negate()}


@pytest.mark.parametrize("leg", Leg)
def test_the_store_calls_a_leg_late_right_after_its_window(kind: str, tmp_path: Path, leg: Leg) -> None:
    """PENDING at the last microsecond of the window, RECONCILING one later, whichever of the four legs is missing."""
    one = trade(cover=Cover.MARKET_MAKER)
    due_at = booking_windows(one, rules())[leg].due_at
    others = [said for said in landed(one, "2024-03-04 10:30") if said.leg is not leg]
    store = opened(kind, tmp_path)
    book(store, [(one, others)])
    for beside, wanted in ((0, Status.PENDING), (1, Status.RECONCILING)):
        (row,) = desk_on(store).rows("aging", Moment(due_at + timedelta(microseconds=beside)))
        assert row["status"] == wanted
    store.close()
