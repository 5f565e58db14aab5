"""A hedge from its beginning to its end: on paper unless armed, stopped by one switch, resumed by a person, done once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random

import pytest

from otc.config.execution import ArmingSettings, LimitSettings
from otc.config.hedging import HedgeSettings
from otc.desk.hedges import Hedges
from otc.errors import Refused
from otc.hedging.decide import decide
from otc.hedging.tca import report
from otc.model.hedge import HedgeState
from otc.ports import OrderAnswer, SendAnswer
from otc.venues.paper import PaperVenue
from tests.builders import opened
from tests.hedging.dealing import LOOSE, REQUEST, VENUES, FaultyVenue, Market, MemoryStore, Ticking, Truth, hedges_on

ARMING = ArmingSettings(longest_s=600, venues=("kraken",))


class Silent(FaultyVenue):
    """A venue of which no answer ever comes back, and which bounds nothing."""

    def send(self, child):
        self.truth.asked += 1
        return SendAnswer("unknown", reason="No answer.")

    def look_up(self, child, venue_order_id):
        return OrderAnswer("unknown", reason="No answer.")


@pytest.fixture
def clock() -> Ticking:
    """The clock of the day."""
    return Ticking()


@pytest.fixture
def truth(clock: Ticking) -> Truth:
    """What the real venue did."""
    return Truth(clock, Random(1))  # noqa: S311 - accidents


@pytest.fixture
def hedges(clock: Ticking, truth: Truth) -> Hedges:
    """Paper at four venues, and one real venue that may be armed."""
    market = Market(clock)
    paper = {name: PaperVenue(name, market, clock) for name in VENUES}
    live = {"kraken": FaultyVenue("kraken", truth, faults=False)}
    return hedges_on(MemoryStore(), clock, paper, market, live=live, arming=ARMING)


def run(hedges: Hedges, parent_id: str, clock: Ticking, steps: int = 60) -> HedgeState:
    """Step a hedge once a second."""
    for _ in range(steps):
        clock.now += timedelta(seconds=1)
        hedges.step(parent_id)
    return hedges.state(parent_id)


def test_on_paper_a_hedge_is_dealt_against_the_books_and_says_so(hedges: Hedges, clock: Ticking, truth: Truth) -> None:
    """Whole, at prices and fees of the books, each fill named PAPER; no real order is sent."""
    parent = hedges.start(REQUEST, "trader-1")
    assert run(hedges, parent.parent_id, clock).state == "done"
    whole = hedges.store.hedge(parent.parent_id)
    assert whole is not None
    assert whole.parent.paper
    assert sum(fill.size for fill in whole.fills) == REQUEST.size
    assert all(":PAPER-" in fill.fill_id for fill in whole.fills)
    assert {(fill.venue, fill.price) for fill in whole.fills} <= {
        ("binance", Decimal(60010)), ("coinbase", Decimal(60015)), ("okx", Decimal(60020)), ("kraken", Decimal(60030)),
    }  # fmt: skip
    assert all(fill.fee == fill.price * fill.size / 1000 for fill in whole.fills)
    assert truth.asked == 0


def test_with_the_desks_own_decision_a_hedge_keeps_its_schedule(clock: Ticking) -> None:
    """Half of the time gone, somewhat more than half is dealt, for the end is kept free; then all of it, and its cost adds up."""
    market = Market(clock)
    paper = {name: PaperVenue(name, market, clock) for name in VENUES}
    planned = partial(decide, settings=HedgeSettings())
    hedges = hedges_on(MemoryStore(), clock, paper, market, decide=planned)
    parent = hedges.start(replace(REQUEST, size=Decimal(8), horizon_s=120, urgency="calm"), "trader-1")
    halfway = run(hedges, parent.parent_id, clock, 60).filled
    assert Decimal(4) <= halfway <= Decimal("5.5")
    assert run(hedges, parent.parent_id, clock, 90).state == "done"
    whole = hedges.store.hedge(parent.parent_id)
    assert whole is not None
    assert sum(fill.size for fill in whole.fills) == Decimal(8)
    cost = report(whole)
    assert cost.cost.total == sum(one.total for one in cost.by_venue.values())
    assert cost.cost.unpriced == 0


def test_of_one_trade_one_hedge_is_begun(hedges: Hedges) -> None:
    """Asked for twice it is the same, though the market and the clock have moved on."""
    first = hedges.start(REQUEST, "trader-1")
    assert hedges.start(REQUEST, "ops-1") == first
    assert hedges.store.open_hedges() == [hedges.store.hedge(first.parent_id)]
    assert hedges.start(replace(REQUEST, transaction_id=""), "trader-1") != first


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"pair": "BTC/IDR"}, "against the dollar"),
        ({"pair": "ETH/USD"}, "no sound book|No venue"),
        ({"size": Decimal(0)}, "above zero"),
        ({"size": Decimal(2000)}, "most one hedge may be"),
        ({"paper": False}, "not armed"),
    ],
)
def test_what_cannot_be_hedged_is_refused(hedges: Hedges, changes: dict[str, object], why: str) -> None:
    """With a sentence, and nothing is begun."""
    live = replace(hedges, live={**hedges.live})
    with pytest.raises(Refused, match=why):
        live.start(replace(REQUEST, **changes), "trader-1")  # type: ignore[arg-type]  # by name
    assert hedges.store.open_hedges() == []


def test_without_arming_no_real_order_leaves(hedges: Hedges, clock: Ticking, truth: Truth) -> None:
    """Not at the beginning, not after the time is over, not after it was taken back; look-ups go on."""
    live = replace(REQUEST, paper=False, transaction_id="")
    with pytest.raises(Refused, match="not armed"):
        hedges.start(live, "trader-1")
    hedges.arm(30, "trader-1", "a large client")
    assert hedges.armed_until() is not None
    parent = hedges.start(replace(live, size=Decimal(500)), "trader-1")
    hedges.step(parent.parent_id)
    sent = truth.asked
    assert sent == 1
    clock.now += timedelta(seconds=31)
    assert hedges.armed_until() is None
    assert hedges.step(parent.parent_id).refused == ("Real orders are not armed.",)
    hedges.arm(600, "trader-1")
    hedges.disarm("ops-1")
    assert hedges.step(parent.parent_id).refused == ("Real orders are not armed.",)
    assert truth.asked == sent


def test_no_more_is_sent_than_was_armed(hedges: Hedges, clock: Ticking, truth: Truth) -> None:
    """By what the orders are worth, filled or not; then a person arms anew. Orders on paper do not count."""
    desk = replace(hedges, arming=replace(ARMING, notional=Decimal(200_000)))
    paper = desk.start(replace(REQUEST, size=Decimal(300), transaction_id=""), "trader-1")
    desk.arm(600, "trader-1")
    run(desk, paper.parent_id, clock, 5)
    live = desk.start(replace(REQUEST, size=Decimal(500), paper=False), "trader-1")
    run(desk, live.parent_id, clock, 10)
    assert truth.asked == 3, "of about 60,000 each"
    assert "arm them anew" in desk.step(live.parent_id).refused[0]
    desk.arm(600, "trader-1")
    assert desk.step(live.parent_id).refused == ()
    assert truth.asked == 4


@pytest.mark.parametrize(
    ("seconds", "actor", "why"),
    [(60, "nobody-9", "no user"), (60, "", "Nobody"), (0, "trader-1", "1 to 600"), (601, "trader-1", "1 to 600")],
)
def test_only_a_named_user_arms_and_only_for_a_time(hedges: Hedges, seconds: int, actor: str, why: str) -> None:
    """Within what the configuration allows, and never a venue that it does not name."""
    with pytest.raises(Refused, match=why):
        hedges.arm(seconds, actor)
    with pytest.raises(Refused, match="No venue may be armed"):
        replace(hedges, arming=ArmingSettings()).arm(60, "trader-1")
    assert hedges.armed_until() is None


def test_the_kill_switch_holds_over_a_restart(tmp_path: Path, clock: Ticking) -> None:
    """Tripped in the middle: nothing is sent after it, not by a new process either; released, a person resumes."""
    truth, store = Truth(clock, Random(1)), opened("duckdb", tmp_path)  # noqa: S311 - accidents
    request = replace(REQUEST, size=Decimal(500))
    desk = hedges_on(store, clock, {"kraken": FaultyVenue("kraken", truth, faults=False)})
    parent = desk.start(request, "trader-1")
    run(desk, parent.parent_id, clock, 3)
    sent = truth.asked
    assert sent > 0
    desk.kill("ops-1", "a wrong price")
    run(desk, parent.parent_id, clock, 3)
    store.close()
    store = opened("duckdb", tmp_path, create=False)
    desk = hedges_on(store, clock, {"kraken": FaultyVenue("kraken", truth, faults=False)})
    assert desk.killed()
    desk.take_up()
    run(desk, parent.parent_id, clock, 3)
    assert truth.asked == sent
    for refused in (
        lambda: desk.resume(parent.parent_id, "trader-1"),
        lambda: desk.start(replace(request, transaction_id=""), "t"),
    ):
        with pytest.raises(Refused, match="stopped all hedges"):
            refused()
    desk.release("ops-1")
    assert run(desk, parent.parent_id, clock, 3).state == "paused"
    assert truth.asked == sent
    desk.resume(parent.parent_id, "trader-1")
    run(desk, parent.parent_id, clock, 3)
    assert truth.asked > sent
    store.close()


def test_a_switch_that_is_tripped_between_decision_and_order_stops_the_order(hedges: Hedges) -> None:
    """It is read in the same write that would store the intent."""
    parent = hedges.start(REQUEST, "trader-1")
    deciding = hedges.decide

    def tripping(*arguments: object, **named: object):
        hedges.kill("ops-1")
        return deciding(*arguments, **named)  # type: ignore[arg-type]  # as it was called

    stepped = replace(hedges, decide=tripping).step(parent.parent_id)
    assert set(stepped.refused) == {"The kill switch is on."}
    assert stepped.state.children == 0


def test_a_hedge_is_paused_paced_and_cancelled(hedges: Hedges, clock: Ticking) -> None:
    """Paused it waits, faster it has another end, cancelled it is done when nothing is in flight; then nobody speaks to it."""
    parent = hedges.start(replace(REQUEST, size=Decimal(300)), "trader-1")
    of = parent.parent_id
    run(hedges, of, clock, 2)
    hedges.pause(of, "trader-1", "news")
    children = hedges.state(of).children
    assert run(hedges, of, clock, 5).children == children
    assert hedges.pace(of, 30, "trader-1").horizon_s == 30
    assert hedges.state(of).state == "paused"
    hedges.resume(of, "trader-1")
    assert run(hedges, of, clock, 2).children > children
    assert hedges.cancel(of, "trader-1", "client withdrew").state == "cancelled"
    assert hedges.store.open_hedges() == []
    with pytest.raises(Refused, match="cancelled already"):
        hedges.resume(of, "trader-1")
    with pytest.raises(Refused, match="above zero"):
        hedges.pace(of, 0, "trader-1")


@pytest.mark.parametrize("expiry", [None, timedelta(seconds=5)])
def test_what_no_venue_answers_for_stays_unknown_until_a_person_decides(clock: Ticking, expiry: timedelta | None) -> None:
    """Its size is not dealt again; a person says what it filled, by name, and the rest goes on."""
    truth = Truth(clock, Random(1))  # noqa: S311 - accidents
    desk = hedges_on(MemoryStore(), clock, {"kraken": Silent("kraken", truth, expiry=expiry)})
    parent = desk.start(replace(REQUEST, size=Decimal(1)), "trader-1")
    state = run(desk, parent.parent_id, clock, 300)
    assert truth.asked == 1, "never sent again"
    assert [state.filled, state.in_flight, state.remaining] == [0, 1, 0]
    ((of, standing),) = desk.unknown()
    assert of == parent
    with pytest.raises(Refused, match="It can have filled 0 to 1"):
        desk.settle(parent.parent_id, standing.child.child_id, Decimal(2), Decimal(60000), "ops-1")
    settled = desk.settle(parent.parent_id, standing.child.child_id, Decimal("0.4"), Decimal(60000), "ops-1", "by telephone")
    assert (settled.filled, settled.remaining) == (Decimal("0.4"), Decimal("0.6"))
    assert desk.unknown() == ()
    whole = desk.store.hedge(parent.parent_id)
    assert whole is not None
    assert (whole.child_events[-1].actor, whole.child_events[-1].reason) == ("ops-1", "by telephone")
    with pytest.raises(Refused, match="no open question"):
        desk.settle(parent.parent_id, standing.child.child_id, Decimal(1), Decimal(60000), "ops-1")


def test_where_a_venue_bounds_nothing_not_found_is_never_enough(clock: Ticking) -> None:
    """However often it is said; where it bounds how late an order can be, three times afterwards are enough."""
    states = {}
    for expiry in (None, timedelta(seconds=5)):
        truth = Truth(clock, Random(1))  # noqa: S311 - accidents
        venue = FaultyVenue("kraken", truth, faults=False, expiry=expiry)
        desk = hedges_on(MemoryStore(), clock, {"kraken": venue})
        parent = desk.start(replace(REQUEST, size=Decimal(1)), "trader-1")
        never = replace(desk, paper={"kraken": Silent("kraken", truth, expiry=expiry)})
        never.step(parent.parent_id)
        run(desk, parent.parent_id, clock, 120)
        whole = desk.store.hedge(parent.parent_id)
        assert whole is not None
        states[expiry] = (len(whole.children), whole.child_events[-1].state)
    assert states[None] == (1, "unknown")
    assert states[timedelta(seconds=5)][0] > 1
    assert states[timedelta(seconds=5)][1] == "done"


def test_no_order_leaves_beyond_a_limit(hedges: Hedges, clock: Ticking) -> None:
    """It is decided on, refused with the reason, and neither stored nor sent."""
    strict = replace(hedges, limits=LimitSettings(order_notional=Decimal(50_000)))
    parent = strict.start(REQUEST, "trader-1")
    stepped = strict.step(parent.parent_id)
    assert stepped.refused
    assert all("most one order may be" in reason for reason in stepped.refused)
    assert stepped.state.children == 0
    assert run(replace(hedges, limits=LOOSE), parent.parent_id, clock).state == "done"


def test_a_level_of_a_paper_book_is_filled_once(clock: Ticking) -> None:
    """Two orders at the same book share its levels; the next book is whole again; an id counts once."""
    still = Market(lambda: clock.now, {("kraken", "BTC/USD"): ([("59990", "1")], [("60010", "1.5"), ("60020", "1")])})
    venue = PaperVenue("kraken", still, clock)
    base = hedges_on(MemoryStore(), clock, {"kraken": venue}, still)
    parent = base.start(replace(REQUEST, size=Decimal(5)), "trader-1")
    clock.step = timedelta(0)
    base.step(parent.parent_id)
    whole = base.store.hedge(parent.parent_id)
    assert whole is not None
    first = whole.children[0]
    again = [replace(first, child_id=name) for name in ("x", "y")]
    assert [venue.send(child).state for child in (*again, again[0])] == ["sent", "sent", "unknown"]
    assert [venue.look_up(child, "").filled for child in (first, *again)] == [Decimal(1), Decimal(1), Decimal("0.5")]
    clock.now += timedelta(seconds=1)
    fresh = replace(first, child_id="z")
    assert venue.send(fresh).state == "sent"
    assert venue.look_up(fresh, "").filled == Decimal(1)
    assert venue.look_up(replace(first, child_id="never"), "").state == "not_found"
