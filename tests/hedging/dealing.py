"""What hedges in tests stand on: a venue that fails and keeps the truth to itself, a decision by clips, and a process that dies.

Truth      what the venue knows of orders, which outlives every process of the desk
FaultyVenue  an Execution over it, failing by chance in all the ways that venues do
Mortal     a store and venues that kill their process at a point: memory is gone, what is on disk stays
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from otc.config.execution import ArmingSettings, LimitSettings
from otc.desk.hedges import Hedges
from otc.market.consolidated import Line
from otc.model.hedge import Child, Hedge, HedgeRequest, HedgeState, Switch
from otc.ports import Changes, Execution, MarketData, OrderAnswer, SendAnswer, Store, VenueFill, Writer
from tests.builders import shipped
from tests.still_market import CALM, Sides, StillMarket

START = datetime(2024, 3, 5, 2, 0, tzinfo=UTC)
VENUES = ("binance", "coinbase", "okx", "kraken")
LOOSE = LimitSettings(open_orders=1000, venue_open_orders=1000, orders_per_minute=10_000, venue_orders_per_minute=10_000)
REQUEST = HedgeRequest("BTC/USD", "buy", Decimal(5), 60, Decimal(1), limit_bps=Decimal(100), transaction_id="T-1")


TABLES: dict[str, str] = {"parents": "parent_id", "children": "child_id", "child_events": "event_id", "fills": "fill_id"}
TABLES |= {"parent_events": "event_id", "switches": "switch_id"}


class Killed(BaseException):
    """The process died here; nothing above may catch it."""


@dataclass
class Ticking:
    """A clock that goes on by a bit each time somebody looks."""

    now: datetime = START
    step: timedelta = timedelta(milliseconds=5)

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


@dataclass
class Market:
    """The still market, its books always fresh."""

    clock: Callable[[], datetime]
    books: Mapping[tuple[str, str], Sides] = field(default_factory=lambda: CALM)

    def view(self):
        return StillMarket(self.clock(), self.books, Decimal(10)).view()

    def signals(self):
        return StillMarket(self.clock()).signals()


@dataclass
class Taken:
    """An order as the venue has it."""

    child_id: str
    number: int
    at: datetime
    fills: list[VenueFill]


@dataclass
class Truth:
    """What a venue did, whatever anybody remembers; an order that is late arrives when its time comes."""

    clock: Ticking
    chance: Random
    taken: list[Taken] = field(default_factory=list)
    late: list[tuple[datetime, Child]] = field(default_factory=list)
    asked: int = 0

    def take(self, child: Child) -> Taken:
        """Fill an order, wholly, in part or not at all, in one execution or two."""
        share = self.chance.choice(["1", "1", "0.5", "0"])
        size = (child.size * Decimal(share)).quantize(Decimal("0.00000001"))
        parts = [size] if self.chance.random() < 0.5 else [size / 2, size - size / 2]
        number = len(self.taken) + 1
        quote, price = child.symbol.split("/")[1], child.limit_price
        sizes = [(n, part) for n, part in enumerate(parts, 1) if part]
        fills = [VenueFill(f"{number}-{n}", price, part, part * price / 1000, quote, self.clock.now) for n, part in sizes]
        order = Taken(child.child_id, number, self.clock.now, fills)
        self.taken.append(order)
        return order

    def arrive(self) -> None:
        """Take what was late and is due by now."""
        for at, child in [one for one in self.late if one[0] <= self.clock.now]:
            self.late.remove((at, child))
            self.take(child)

    @property
    def filled(self) -> Decimal:
        """All that was ever dealt."""
        return sum((fill.size for order in self.taken for fill in order.fills), Decimal(0))


@dataclass
class MemoryStore:
    """The part of a store that hedges use, in memory: a write counts whole or not at all, an id counts once."""

    kept: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in TABLES})

    @contextmanager
    def writing(self) -> Iterator["MemoryStore"]:
        before = {name: dict(rows) for name, rows in self.kept.items()}
        try:
            yield self
        except BaseException:
            self.kept = before
            raise

    def append(self, changes: Changes) -> None:
        for name, key in TABLES.items():
            for record in getattr(changes, name):
                self.kept[name].setdefault(getattr(record, key), record)

    def hedge(self, parent_id: str) -> Hedge | None:
        parent = self.kept["parents"].get(parent_id)
        return Hedge(parent, *(self._of(name, parent_id) for name in list(TABLES)[1:5])) if parent else None

    def _of(self, name: str, parent_id: str) -> tuple:
        found = (one for one in self.kept[name].values() if one.parent_id == parent_id)
        return tuple(sorted(found, key=lambda one: one.happened_at if name == "fills" else one.number))

    def open_hedges(self) -> list[Hedge]:
        done = {word.parent_id for word in self.kept["parent_events"].values() if word.state == "done"}
        return [found for parent_id in self.kept["parents"] if parent_id not in done and (found := self.hedge(parent_id))]

    def children_since(self, instant: datetime) -> list[Child]:
        return [child for child in self.kept["children"].values() if child.intended_at > instant]

    def switches(self) -> dict[str, Switch]:
        return {switch.name: switch for switch in sorted(self.kept["switches"].values(), key=lambda one: one.number)}


SENDING = ("good", "good", "good", "lost", "never", "late", "rejected", "garbage")
LOOKING = ("good", "good", "good", "garbage", "silent", "lagging")


@dataclass
class FaultyVenue:
    """Takes orders and answers badly: answers lost after the order was taken, never sent, late, rejected, not to be read."""

    name: str
    truth: Truth
    faults: bool = True
    expiry: timedelta | None = timedelta(seconds=5)

    def send(self, child: Child) -> SendAnswer:
        """Take an order or not, and say so or not."""
        self.truth.asked += 1
        self.truth.arrive()
        fault = self.truth.chance.choice(SENDING) if self.faults else "good"
        if fault == "rejected":
            return SendAnswer("rejected", reason="Insufficient balance.")
        if fault == "never":
            return SendAnswer("unknown", reason="No answer.")
        if fault == "late":
            arrives = self.truth.clock.now + timedelta(seconds=self.truth.chance.uniform(0.1, 4.5))
            self.truth.late.append((arrives, child))
            return SendAnswer("unknown", reason="No answer.")
        order = self.truth.take(child)
        if fault == "good":
            return SendAnswer("sent", f"{self.name}-{order.number}")
        return SendAnswer("unknown", reason="No answer." if fault == "lost" else "It could not be read.")

    def look_up(self, child: Child, venue_order_id: str) -> OrderAnswer:
        """Say what became of an order, or something else."""
        self.truth.arrive()
        fault = self.truth.chance.choice(LOOKING) if self.faults else "good"
        if fault in ("garbage", "silent"):
            return OrderAnswer("unknown", reason="No answer.")
        order = next((one for one in self.truth.taken if one.child_id == child.child_id), None)
        if order is None:
            return OrderAnswer("not_found")
        filled = sum((fill.size for fill in order.fills), Decimal(0))
        fills = order.fills[1:] if fault == "lagging" else order.fills
        return OrderAnswer("found", f"{self.name}-{order.number}", False, filled, tuple(fills))


def clips(
    state: HedgeState, lines: Sequence[Line], sigma_bps: Decimal, depth_ratio: Decimal, *, now: datetime
) -> Sequence[Child]:
    """A clip to each of the two cheapest venues that are not left out, at a limit 20 bps through."""
    up = [line for line in lines if state.venue_out_until.get(line.book.venue, now) <= now]
    side, found, rest = state.parent.side, [], state.remaining
    for line in sorted(up, key=lambda one: one.book.asks[0].price)[:2]:
        size = min(rest, state.parent.clip)
        if size > 0:
            rest -= size
            through = Decimal("1.002") if side == "buy" else Decimal("0.998")
            price = ((line.book.asks if side == "buy" else line.book.bids)[0].price * through).quantize(Decimal(1))
            mid = (line.book.asks[0].price + line.book.bids[0].price) / 2
            found.append(Child("", state.parent.parent_id, 0, line.book.venue, line.book.symbol, side, size, price, mid, now))
    return found


def hedges_on(
    store: Any, clock: Callable[[], datetime], paper: Mapping[str, Execution], market: MarketData | None = None, **more: object
) -> Hedges:
    """The hedges of a store in one process."""
    given: dict[str, object] = {"limits": LOOSE, "arming": ArmingSettings(), "decide": clips, **more}
    return Hedges(settings=shipped(), store=store, clock=clock, market=market or Market(clock), paper=paper, **given)  # type: ignore[arg-type]  # by name


@dataclass
class Reaper:
    """Counts the points at which a process can die, and kills it at one of them."""

    at: int = 0
    passed: int = 0
    named: str = ""
    names: list[str] = field(default_factory=list)

    def point(self, name: str) -> None:
        """A point in the life of the process."""
        self.passed += 1
        self.names.append(name)
        if self.passed == self.at or name == self.named:
            raise Killed(name)


@dataclass
class MortalStore:
    """A store whose process may die just before and just after each write."""

    store: Store
    reaper: Reaper

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        with self.store.writing() as writer:
            yield writer
            self.reaper.point("before it is written")
        self.reaper.point("after it is written")


@dataclass
class MortalVenue:
    """A venue before and after each question of which the process may die."""

    venue: Execution
    reaper: Reaper

    @property
    def expiry(self) -> timedelta | None:
        return self.venue.expiry

    def send(self, child: Child) -> SendAnswer:
        self.reaper.point("before it is sent")
        answer = self.venue.send(child)
        self.reaper.point("after it is sent")
        return answer

    def look_up(self, child: Child, venue_order_id: str) -> OrderAnswer:
        self.reaper.point("before it is looked up")
        answer = self.venue.look_up(child, venue_order_id)
        self.reaper.point("after it is looked up")
        return answer


def mortal(hedges: Hedges, reaper: Reaper) -> Hedges:
    """The same desk in a process that may die."""
    paper = {name: MortalVenue(venue, reaper) for name, venue in hedges.paper.items()}
    live = {name: MortalVenue(venue, reaper) for name, venue in hedges.live.items()}
    return replace(hedges, store=MortalStore(hedges.store, reaper), paper=paper, live=live)  # type: ignore[arg-type]  # speaks for a store
