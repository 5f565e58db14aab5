"""Whatever dies and whenever: a hedge deals what was asked, each order once, each fill counted once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from otc.hedging.executor import standings
from otc.model.hedge import Child, Hedge
from tests.builders import opened
from tests.hedging.dealing import (
    REQUEST,
    VENUES,
    FaultyVenue,
    Killed,
    MemoryStore,
    Reaper,
    Ticking,
    Truth,
    hedges_on,
    mortal,
)
from tests.soak import SOAK

RUNS = 200 if SOAK else 12
POINTS = ("before it is written", "after it is written", "before it is sent", "after it is sent", "before it is looked up",
          "after it is looked up")  # fmt: skip


def lived_through(store: Any, seed: int, size: Decimal = REQUEST.size) -> tuple[Hedge, dict[str, Truth], int]:
    """A hedge from its beginning to its end over venues that fail, in processes that die at instants by chance."""
    chance, clock = Random(seed), Ticking()  # noqa: S311 - accidents
    truths = {name: Truth(clock, Random(f"{seed} {name}")) for name in VENUES}  # noqa: S311 - accidents
    venues = {name: FaultyVenue(name, truth) for name, truth in truths.items()}
    hedges = hedges_on(store, clock, venues)
    parent = hedges.start(replace(REQUEST, size=size, transaction_id=f"T-{seed}"), "trader-1")
    deaths = 0
    for _ in range(5000):
        reaper = Reaper(at=chance.randrange(1, 40) if chance.random() < 0.5 else 0)
        process = mortal(hedges, reaper)
        try:
            process.take_up()
            for _ in range(20):
                clock.now += timedelta(seconds=chance.uniform(0.2, 2))
                process.step(parent.parent_id)
        except Killed:
            deaths += 1
        whole = store.hedge(parent.parent_id)
        assert whole is not None
        if any(word.state == "done" for word in whole.events):
            return whole, truths, deaths
    raise AssertionError("It never came to its end.")


def agrees(whole: Hedge, truths: dict[str, Truth]) -> None:
    """Not over- or under-filled, nothing doubled, lost or invented."""
    told = {f"{name}:{fill.trade_id}": fill for name, truth in truths.items() for order in truth.taken for fill in order.fills}
    kept = {f"{fill.venue}:{fill.fill_id.split(':')[-1]}": fill for fill in whole.fills}
    assert kept.keys() == told.keys(), "lost or invented"
    assert all(kept[key].size == told[key].size and kept[key].price == told[key].price for key in told)
    assert sum(fill.size for fill in whole.fills) == whole.parent.size, "over- or under-filled"
    sent = [order.child_id for truth in truths.values() for order in truth.taken]
    assert len(sent) == len(set(sent)), "doubled"
    assert all(one.ended for one in standings(whole))


def test_hedges_that_die_at_any_moment_deal_what_was_asked_once() -> None:
    """Killed at instants by chance over venues that lose answers: filled to the last lot, fill by fill what the venues did."""
    deaths = 0
    for seed in range(RUNS):
        whole, truths, died = lived_through(MemoryStore(), seed)
        agrees(whole, truths)
        deaths += died
    assert deaths >= RUNS // 2, "the harness has to kill"


@pytest.mark.parametrize("point", POINTS)
def test_a_hedge_that_dies_at_a_named_point_is_taken_up_again(point: str) -> None:
    """At the same point in each of its first five processes, over venues that answer well; the sixth brings it to its end."""
    store, clock = MemoryStore(), Ticking()
    truths = {name: Truth(clock, Random(f"{point} {name}")) for name in VENUES}  # noqa: S311 - accidents
    hedges = hedges_on(store, clock, {name: FaultyVenue(name, truth, faults=False) for name, truth in truths.items()})
    parent = hedges.start(replace(REQUEST, transaction_id=point), "trader-1")
    deaths = 0
    for turn in range(400):
        process = mortal(hedges, Reaper(named=point if turn < 5 else ""))
        clock.now += timedelta(seconds=1)
        try:
            process.take_up()
            process.step(parent.parent_id)
        except Killed:
            deaths += 1
    whole = store.hedge(parent.parent_id)
    assert whole is not None
    assert deaths == 5
    agrees(whole, truths)
    assert whole.events[-1].state == "done"


def test_a_hedge_in_a_real_store_lives_through_its_deaths(tmp_path: Path) -> None:
    """The same over a DuckDB file, which says the same when it is opened again."""
    store = opened("duckdb", tmp_path)
    whole, truths, deaths = lived_through(store, 7, Decimal(2))
    store.close()
    again = opened("duckdb", tmp_path)
    try:
        assert again.hedge(whole.parent.parent_id) == whole
        assert deaths > 0
        agrees(whole, truths)
    finally:
        again.close()


def test_a_naive_executor_in_the_same_harness_overfills() -> None:
    """Send, retry where no answer came, record: the harness has to show what that costs."""
    overfilled = lost = 0
    for seed in range(RUNS):
        chance, clock = Random(seed), Ticking()  # noqa: S311 - accidents
        truths = {name: Truth(clock, Random(f"{seed} {name}")) for name in VENUES}  # noqa: S311 - accidents
        venues = {name: FaultyVenue(name, truth) for name, truth in truths.items()}
        recorded = naive(venues, clock, chance)
        dealt = sum(truth.filled for truth in truths.values())
        overfilled += dealt > REQUEST.size
        lost += dealt != recorded
    assert overfilled > RUNS * 3 / 4, f"{overfilled} of {RUNS} overfilled, {lost} with lost fills"
    assert lost > RUNS / 2


def naive(venues: dict[str, FaultyVenue], clock: Ticking, chance: Random) -> Decimal:
    """What most people write: what was filled is kept after each answer, and where none came it is sent again."""
    on_disk, number = Decimal(0), 0
    for _ in range(1000):
        filled = on_disk  # a new process reads what was recorded
        try:
            while filled < REQUEST.size:
                number += 1
                clock.now += timedelta(seconds=1)
                venue = venues[chance.choice(VENUES)]
                size = min(REQUEST.clip, REQUEST.size - filled)
                child = Child(
                    f"n-{number}", "n", number, venue.name, "BTC/USDT", "buy", size, Decimal(60000), Decimal(60000), clock.now
                )
                answer = venue.send(child)
                if chance.random() < 0.05:
                    raise Killed("after it is sent")
                if answer.state == "sent":
                    filled += venue.look_up(child, "").filled
                    on_disk = filled
            return on_disk
        except Killed:
            continue
    return on_disk
