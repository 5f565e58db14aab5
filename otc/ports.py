"""What the desk needs of the outside world, as protocols; adapters in otc/store and elsewhere keep them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol

from otc.model import Batch, Fact, ImportResult, Projection, Quote, Reject, Trade
from otc.model.hedge import Child, ChildEvent, Fill, Hedge, Parent, ParentEvent, Switch, SwitchName
from otc.model.market import DeskRate, MarketView, Signals
from otc.model.rfq import RfqEvent, RfqState, TwoWay

Question = Literal[
    "counts", "aging", "open_item", "pnl_settlement", "pnl_trade", "bridge", "recognised", "months", "transactions"
]
"""The named queries; each is one portable .sql file in the room of its rule."""

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Meta:
    """What a store says of itself."""

    schema_version: int
    label: str
    """SAMPLE or empty."""
    instant: datetime | None
    """Where a SAMPLE store's own clock started."""
    created_at: datetime
    rules_id: str = ""
    """The settlement rules its projection was made under."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What one write appends; all of it or nothing. Projections replace the former ones of their trades."""

    trades: Sequence[Trade] = ()
    facts: Sequence[Fact] = ()
    projections: Sequence[Projection] = ()
    quotes: Sequence[Quote] = ()
    batches: Sequence[Batch] = ()
    two_ways: Sequence[TwoWay] = ()
    rfq_events: Sequence[RfqEvent] = ()
    desk_rates: Sequence[DeskRate] = ()
    parents: Sequence[Parent] = ()
    children: Sequence[Child] = ()
    child_events: Sequence[ChildEvent] = ()
    fills: Sequence[Fill] = ()
    parent_events: Sequence[ParentEvent] = ()
    switches: Sequence[Switch] = ()

    @property
    def hedging(self) -> tuple[Sequence[object], ...]:
        """What belongs to hedges, in the order of their tables."""
        return self.parents, self.children, self.child_events, self.fills, self.parent_events, self.switches


@dataclass(frozen=True, slots=True)
class Moment:
    """Two clocks: what had happened by `as_of`, as far as it was recorded by `known_at` (None: all that is recorded)."""

    as_of: datetime
    known_at: datetime | None = None


class Writer(Protocol):
    """An open write; what it appended is visible to its own reads, and to others at the end."""

    def append(self, changes: Changes) -> None: ...

    def append_pack(self, pack: bytes) -> bool:
        """Append what was prepared of new trades; False, and nothing is appended, where one of them is booked already."""
        ...

    def trades(self, transaction_ids: Sequence[str]) -> dict[str, Trade]: ...

    def facts(self, transaction_ids: Sequence[str]) -> dict[str, list[Fact]]: ...

    def rfq_events(self, rfq_id: str) -> list[RfqEvent]: ...

    def hedge(self, parent_id: str) -> Hedge | None: ...

    def open_hedges(self) -> list[Hedge]: ...

    def children_since(self, instant: datetime) -> list[Child]: ...

    def switches(self) -> dict[SwitchName, Switch]: ...


class Store(Protocol):
    """Facts and the projection of them; safe for readers in many threads. Raises StoreError with a sentence."""

    @property
    def place(self) -> str: ...

    @property
    def meta(self) -> Meta: ...

    def set_meta(self, meta: Meta) -> None: ...

    def writing(self) -> AbstractContextManager[Writer]: ...

    def keep(self, two_ways: Sequence[TwoWay], rfq_events: Sequence[RfqEvent]) -> None:
        """Keep quotes and steps without waiting for the tables; whoever reads sees them, and they outlive this process."""
        ...

    def trades(self, transaction_ids: Sequence[str]) -> dict[str, Trade]: ...

    def facts(self, transaction_ids: Sequence[str]) -> dict[str, list[Fact]]: ...

    def quote(self, quote_id: str) -> Quote | None: ...

    def quotes(self, client_id: str, limit: int) -> list[Quote]: ...

    def two_way(self, quote_id: str) -> TwoWay | None: ...

    def two_ways(self, client_id: str, limit: int) -> list[TwoWay]:
        """The client's latest two-way quotes, newest first."""
        ...

    def rfq_events(self, rfq_id: str) -> list[RfqEvent]:
        """What became of a request, in the order in which it happened."""
        ...

    def rfq_of(self, quote_id: str) -> str:
        """The request that a two-way quote answers; empty where there is no such quote."""
        ...

    def outcomes(self, limit: int) -> list[tuple[TwoWay, RfqState]]:
        """The latest two-way quotes, newest first, each with what has become of its request."""
        ...

    def desk_rates(self) -> dict[str, DeskRate]:
        """The rates that people of the desk typed last, by name."""
        ...

    def hedge(self, parent_id: str) -> Hedge | None:
        """All that is kept of one parent."""
        ...

    def open_hedges(self) -> list[Hedge]:
        """The hedges that are neither done nor wholly cancelled, oldest first."""
        ...

    def parents(self, limit: int) -> list[Parent]:
        """The latest parents, newest first."""
        ...

    def switches(self) -> dict[SwitchName, Switch]:
        """The last word on each switch."""
        ...

    def batch(self, file_hash: str) -> Batch | None: ...

    def transaction_ids(self) -> list[str]:
        """All trades in the order they were booked, those of one file in the order of its lines."""
        ...

    def has_trades(self) -> bool: ...

    def last_change(self) -> str: ...

    def outdated(self, moment: Moment) -> list[str]: ...

    def rows(
        self, question: Question, moment: Moment, instead: Sequence[Projection] = (), **parameters: object
    ) -> list[dict[str, object]]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """One checked row of a transactions file: the trade and the facts it gives."""

    line: int
    trade: Trade
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows of a transactions file, worked out as if none of their trades were booked yet."""

    pack: bytes
    """What `Writer.append_pack` takes."""
    account: ImportResult
    oddities: Mapping[str, int]
    """What is accepted but worth a look, and how many rows have it."""


@dataclass(frozen=True, slots=True)
class PreparedRows:
    """A chunk that was prepared elsewhere; `rows` checks it again, for where one of its trades is booked already."""

    prepared: Prepared
    rows: Callable[[], Sequence[TransactionRow | Reject]]


class TransactionSource(Protocol):
    """A file of transactions, read once from start to end, some thousand rows at a time."""

    @property
    def name(self) -> str: ...

    @property
    def file_hash(self) -> str: ...

    def chunks(self) -> Iterator[Sequence[TransactionRow | Reject] | PreparedRows]: ...


class MarketData(Protocol):
    """The market as it was last seen; asking costs nothing and never waits for a venue."""

    def view(self) -> MarketView: ...

    def signals(self) -> Signals: ...


@dataclass(frozen=True, slots=True)
class SendAnswer:
    """What came of sending an order: `unknown` unless the venue surely took it or surely did not."""

    state: Literal["sent", "rejected", "unknown"]
    venue_order_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VenueFill:
    """One execution in the venue's words; price and size in the symbol's currencies."""

    trade_id: str
    price: Decimal
    size: Decimal
    fee: Decimal
    fee_currency: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """What a venue says of an order that was looked up by its id; `unknown`: it said nothing that can be relied on."""

    state: Literal["found", "not_found", "unknown"]
    venue_order_id: str = ""
    still_open: bool = False
    filled: Decimal = Decimal(0)
    fills: tuple[VenueFill, ...] = ()
    reason: str = ""


class Execution(Protocol):
    """One venue where orders are sent, once each; nothing is raised: what went wrong is an answer."""

    @property
    def expiry(self) -> timedelta | None:
        """How long after it was sent an order may still reach the venue; None where nothing bounds it."""
        ...

    def send(self, child: Child) -> SendAnswer:
        """Send an order, immediate or cancel, under its own id; never again by itself."""
        ...

    def look_up(self, child: Child, venue_order_id: str) -> OrderAnswer:
        """Ask for an order by its own id; where the venue's id is known, both must match."""
        ...
