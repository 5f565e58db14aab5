"""Records of a hedge: a parent worked off in clips over venues, each child stored before it is sent, each fill counted once.

    Parent --decide(state, lines, now)--> Child (intended, stored) --sent once--> ChildEvent* --> Fill*
    state = parent + what the children's events say: filled, in flight, unknown, remaining
    Hedge = all of it, as kept; Switch = a person's word on all hedges at once

Sizes are in the base of the pair, prices in its quote currency as the venue has them, fees as the venue charged them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from otc.model.market import SweepSide

HedgeMode = Literal["clips", "twap", "adaptive"]
"""`clips`: the source's fixed clips; `twap`: even in time; `adaptive`: Almgren-Chriss solved again at each decision."""
Urgency = Literal["calm", "normal", "now"]


@dataclass(frozen=True, slots=True)
class HedgeRequest:
    """What a person or an accepted trade asks to have hedged."""

    pair: str
    side: SweepSide
    size: Decimal
    horizon_s: int
    clip: Decimal
    mode: HedgeMode = "twap"
    urgency: Urgency = "normal"
    limit_bps: Decimal = Decimal(50)
    paper: bool = True
    """Simulated fills; real orders have to be wanted, and armed."""
    estimate_bps: Decimal = Decimal(0)
    transaction_id: str = ""
    """One trade starts one hedge, however often it is asked for."""
    quote_id: str = ""
    quote_mid: Decimal | None = None
    accept_mid: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Parent:
    """What is to be hedged, and within which limits."""

    parent_id: str
    pair: str
    """As the desk names it, like BTC/USD; venues deal it against any dollar."""
    side: SweepSide
    size: Decimal
    horizon_s: int
    mode: HedgeMode
    urgency: Urgency
    clip: Decimal
    """The largest child order."""
    arrival_price: Decimal
    """Fair value when it began, in the pair's quote currency."""
    estimate_bps: Decimal
    """What it was expected to cost before it began."""
    limit_bps: Decimal
    """How far from the arrival price a child may deal at most."""
    began_at: datetime
    began_by: str
    paper: bool = True
    transaction_id: str = ""
    quote_id: str = ""
    quote_mid: Decimal | None = None
    """Fair value when the client was quoted; None where there was no quote."""
    accept_mid: Decimal | None = None
    """Fair value when the client accepted; None where it began at once, at the arrival price."""

    @property
    def base(self) -> str:
        return self.pair.split("/")[0]


@dataclass(frozen=True, slots=True)
class Child:
    """One order at one venue, immediate or cancel, with a limit; its id is known before it is sent and never used again."""

    child_id: str
    parent_id: str
    number: int
    venue: str
    symbol: str
    side: SweepSide
    size: Decimal
    limit_price: Decimal
    """In the symbol's own quote currency."""
    mid: Decimal
    """Fair value at the decision, in the pair's quote currency; what its cost is measured against."""
    intended_at: datetime
    rate: Decimal = Decimal(1)
    """From the symbol's quote currency to the pair's, at the decision."""
    paper: bool = True
    """Its fills are simulated; as its parent has it."""


ChildState = Literal["intended", "sent", "unknown", "rejected", "done"]
"""`unknown`: it may or may not have dealt, and only the venue or a person can say; `done`: what it has filled is final."""
ENDED: Final[tuple[ChildState, ...]] = ("rejected", "done")


@dataclass(frozen=True, slots=True)
class ChildEvent:
    """One step of a child, appended."""

    event_id: str
    child_id: str
    parent_id: str
    state: ChildState
    happened_at: datetime
    venue_order_id: str = ""
    reason: str = ""
    actor: str = ""
    """A person, where a person decided."""
    missing: bool = False
    """The venue said that it does not know the order: proof only after the order can have expired, and said several times."""
    by_venue: bool = False
    """The venue answered for the order by its id: what it said of it is known."""
    number: int = 0
    """Grows by one with each step of the parent's children."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution as the venue reports it; its id comes from the venue, so that it counts once."""

    fill_id: str
    child_id: str
    parent_id: str
    venue: str
    symbol: str
    price: Decimal
    """In the symbol's own quote currency."""
    size: Decimal
    fee: Decimal
    fee_currency: str
    rate: Decimal
    """From the symbol's quote currency to the pair's, at the fill."""
    happened_at: datetime
    fee_rate: Decimal | None = None
    """From the fee's currency to the pair's quote currency; None where no rate was known, so that the fee has no price yet."""


ParentState = Literal["running", "paused", "cancelled", "done"]


@dataclass(frozen=True, slots=True)
class ParentEvent:
    """A person's or the executor's word on a parent: paused, running again, another horizon, cancelled, done.

    Cancelled sends nothing more; done follows when every child has ended, and is the last word.
    """

    event_id: str
    parent_id: str
    state: ParentState
    happened_at: datetime
    actor: str
    reason: str = ""
    horizon_s: int | None = None
    """Another horizon from the parent's beginning, where it was changed."""
    number: int = 0
    """Grows by one with each word on this parent."""


SwitchName = Literal["kill", "live"]


@dataclass(frozen=True, slots=True)
class Switch:
    """A person's word on all hedges: `kill` stops every order until it is taken back, `live` arms real orders for a time."""

    switch_id: str
    name: SwitchName
    is_on: bool
    happened_at: datetime
    actor: str
    reason: str = ""
    ends_at: datetime | None = None
    """When `live` ends by itself."""
    number: int = 0
    """Grows by one with each word on this switch."""


@dataclass(frozen=True, slots=True)
class Hedge:
    """All that is kept of one parent, each list in the order in which it was written."""

    parent: Parent
    children: tuple[Child, ...] = ()
    child_events: tuple[ChildEvent, ...] = ()
    fills: tuple[Fill, ...] = ()
    events: tuple[ParentEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class HedgeState:
    """Where a parent stands: a function of its children's events and fills alone."""

    parent: Parent
    state: ParentState = "running"
    horizon_s: int = 0
    filled: Decimal = Decimal(0)
    in_flight: Decimal = Decimal(0)
    """Of children that are intended, sent or unknown: what they may still fill."""
    children: int = 0
    last_child_at: datetime | None = None
    venue_out_until: Mapping[str, datetime] = field(default_factory=dict)
    """Venues left out after an outage or a reject."""

    @property
    def remaining(self) -> Decimal:
        """What is neither filled nor possibly about to be."""
        return self.parent.size - self.filled - self.in_flight
