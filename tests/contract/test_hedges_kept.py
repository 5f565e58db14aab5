"""Hedges, their orders, fills and the words on them: kept by every store as they were written, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from otc.model.hedge import Child, ChildEvent, Fill, Hedge, Parent, ParentEvent, Switch
from otc.ports import Changes, Store
from tests.builders import at

Reopen = Callable[[], Store]
NOW = at("2024-03-05 13:12")
PARENT = Parent(
    "p-1", "BTC/USD", "buy", Decimal("2.5"), 1200, "twap", "calm", Decimal(1), Decimal("60000.123456789012345678"),
    Decimal("7.5"), Decimal(50), NOW, "trader-1", transaction_id="T-1", quote_mid=Decimal("59999.5"),
)  # fmt: skip
CHILD = Child(
    "c" * 32, "p-1", 1, "kraken", "BTC/USD", "buy", Decimal("0.5"), Decimal(60010), Decimal(60000), NOW, Decimal("0.9999"), False
)
EVENTS = (
    ChildEvent("e-1", CHILD.child_id, "p-1", "intended", NOW, number=1),
    ChildEvent("e-2", CHILD.child_id, "p-1", "unknown", NOW, reason="No answer.", missing=True, by_venue=True, number=2),
    ChildEvent("e-3", CHILD.child_id, "p-1", "done", NOW, "O-1", "It was looked up.", "ops-1", number=3),
)
FILL = Fill(
    "kraken:1:7", CHILD.child_id, "p-1", "kraken", "BTC/USD", Decimal("60005.1"), Decimal("0.5"), Decimal("78.006"), "USD",
    Decimal(1), NOW, Decimal(1),
)  # fmt: skip
UNPRICED = replace(FILL, fill_id="kraken:BTC/USD:8", fee_currency="KFEE", fee_rate=None, happened_at=NOW + timedelta(seconds=1))
WORDS = (
    ParentEvent("w-1", "p-1", "paused", NOW, "trader-1", "news", number=1),
    ParentEvent("w-2", "p-1", "running", NOW, "trader-1", horizon_s=600, number=2),
)
WHOLE = Hedge(PARENT, (CHILD,), EVENTS, (FILL, UNPRICED), WORDS)


def keep(store: Store, whole: Hedge) -> None:
    """Append all that belongs to a hedge, the latest first."""
    with store.writing() as writer:
        writer.append(
            Changes(
                parents=[whole.parent],
                children=whole.children[::-1],
                child_events=whole.child_events[::-1],
                fills=whole.fills[::-1],
                parent_events=whole.events[::-1],
            )
        )


def test_a_hedge_comes_back_whole_and_in_its_order(store: Store, reopen: Reopen) -> None:
    """Although all happened at one instant and was written the other way round; an unknown id gives nothing."""
    keep(store, WHOLE)
    assert store.hedge("p-1") == WHOLE
    found = reopen()
    assert found.hedge("p-1") == WHOLE
    assert found.hedge("p-2") is None


def test_what_is_written_twice_counts_once(store: Store, reopen: Reopen) -> None:
    """A fill that a venue reports again, an order whose id is taken: the first word stands."""
    keep(store, WHOLE)
    with store.writing() as writer:
        writer.append(Changes(fills=[replace(FILL, size=Decimal(9))], children=[replace(CHILD, size=Decimal(9))]))
        assert writer.hedge("p-1") == WHOLE
    assert reopen().hedge("p-1") == WHOLE


def test_a_hedge_is_open_until_it_is_done(store: Store, reopen: Reopen) -> None:
    """Paused and cancelled ones are open too; the oldest comes first, and the latest of all first where parents are listed."""
    later = replace(PARENT, parent_id="p-2", began_at=NOW + timedelta(minutes=1))
    keep(store, WHOLE)
    keep(store, Hedge(later, events=(ParentEvent("w-9", "p-2", "cancelled", NOW, "trader-1", number=1),)))
    assert [hedge.parent.parent_id for hedge in store.open_hedges()] == ["p-1", "p-2"]
    with store.writing() as writer:
        writer.append(Changes(parent_events=[ParentEvent("w-3", "p-1", "done", NOW, "executor", number=3)]))
        assert [hedge.parent for hedge in writer.open_hedges()] == [later]
    found = reopen()
    assert [hedge.parent for hedge in found.open_hedges()] == [later]
    assert found.parents(5) == [later, PARENT]
    assert found.parents(1) == [later]


@pytest.mark.parametrize("first", [1, 2])
def test_of_a_switch_the_last_word_stands_over_a_restart(store: Store, reopen: Reopen, first: int) -> None:
    """By its number, in whichever order it was written; each switch has its own."""
    words = [
        Switch("s-1", "kill", True, NOW, "trader-1", "a wrong price", number=1),
        Switch("s-2", "kill", False, NOW, "trader-1", number=2),
        Switch("s-3", "live", True, NOW, "trader-1", ends_at=NOW + timedelta(minutes=5), number=1),
    ]
    for word in words if first == 1 else words[::-1]:
        with store.writing() as writer:
            writer.append(Changes(switches=[word]))
    assert store.switches() == {"kill": words[1], "live": words[2]}
    assert reopen().switches() == {"kill": words[1], "live": words[2]}
