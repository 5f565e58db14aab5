"""Records of a request for a two-way quote, from asking to its end; everything a price depends on is in its inputs.

RfqRequest --inputs_of(view, config, now)--> QuoteInputs --price--> TwoWay (bid, ask, components)
requested -> quoted -> accepted | refused | expired | withdrawn            (RfqEvent, appended)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from otc.model import Cover, Side
from otc.model.market import Exclusion, Sweep, UsedRate

Channel = Literal["electronic", "chat"]
Mode = Literal["full", "source"]
"""`full` prices each risk; `source` is the mid and one spread."""


@dataclass(frozen=True, slots=True)
class RfqRequest:
    """What a client asks; `side` None asks for both prices."""

    pair: str
    size: Decimal
    tier: str
    side: Side | None = None
    client_id: str = ""
    channel: Channel = "electronic"
    cover: Cover = Cover.VENUES
    purpose: str = ""
    needed_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class SettlementInputs:
    """What the settlement of this trade at this minute is made of."""

    miss_probability: Decimal
    """Of today's cut-off, 0 to 1."""
    nights: int
    """From today until the money is there if the cut-off is missed."""
    words: str = ""
    """The cut-off line, for the explanation."""
    unhedged_hours: Decimal = Decimal(0)
    """How long the desk carries the price itself; 0 for whatever is covered at once."""


@dataclass(frozen=True, slots=True)
class Charges:
    """What the components charge, as desk.yaml has it at the moment of the quote."""

    theta: Decimal
    """The part of the validity option's worth that is charged."""
    liquidity_k: Decimal
    liquidity_cap_bps: Decimal
    financing_rate: Decimal
    """A year."""
    handling_bps: Decimal
    unhedged_k: Decimal
    """Standard deviations charged for the hours in which a price is carried unhedged."""
    default_bps: Decimal


@dataclass(frozen=True, slots=True)
class QuoteInputs:
    """Everything a two-way price depends on, frozen: the same inputs give the same price to the byte."""

    request: RfqRequest
    quoted_at: datetime
    quoted_by: str
    mode: Mode
    tick: Decimal
    ttl_s: int
    margin_bps: Decimal
    """The configured spread for pair and tier."""
    minimum_margin_bps: Decimal
    tax_rate: Decimal
    mid: Decimal
    """In the pair's quote currency."""
    half_spread_bps: Decimal
    """Half the executable spread of one clip, fees paid."""
    sigma_bps: Decimal
    """Per square root of a second."""
    eta_bps: Decimal
    """Temporary impact per unit a second."""
    horizon_s: int
    risk_aversion: Decimal
    """Per basis point, as the hedger's own."""
    depth_ratio: Decimal
    """Depth now against its normal; 1 where it is not known."""
    inventory_skew_bps: Decimal
    """Added to both prices alike; above zero where the desk would rather buy."""
    settlement: SettlementInputs
    charges: Charges
    rates: tuple[UsedRate, ...]
    buy: Sweep | None
    """The whole size at once, for comparison and for whether it is firm."""
    sell: Sweep | None
    excluded: tuple[Exclusion, ...]
    doubts: tuple[str, ...] = ()
    """Why the price can be indicative only, a sentence each."""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a price: `amount` is what it adds to the price (ask) or takes from it (bid), in the quote currency, exact.

    price = mid + sum of ask amounts (ask), mid - sum of bid amounts (bid).
    """

    name: str
    ask_bps: Decimal
    bid_bps: Decimal
    ask_amount: Decimal
    bid_amount: Decimal
    words: str
    """How it comes about, with its figures."""


@dataclass(frozen=True, slots=True)
class TwoWay:
    """A two-way price with everything it was made from."""

    quote_id: str
    inputs: QuoteInputs
    bid: Decimal
    ask: Decimal
    components: tuple[Component, ...]
    firm: bool
    expires_at: datetime

    @property
    def mid(self) -> Decimal:
        return self.inputs.mid


RfqState = Literal["requested", "quoted", "accepted", "refused", "expired", "withdrawn"]
FINAL: Final[tuple[RfqState, ...]] = ("accepted", "refused", "expired", "withdrawn")
RFQ_ORDER: Final[Mapping[RfqState, int]] = {
    "requested": 0,
    "quoted": 1,
    "accepted": 2,
    "refused": 2,
    "expired": 2,
    "withdrawn": 2,
}
"""Of steps at one instant, which came first."""


@dataclass(frozen=True, slots=True)
class RfqEvent:
    """One step in the life of a request, appended."""

    event_id: str
    rfq_id: str
    state: RfqState
    happened_at: datetime
    actor: str
    quote_id: str = ""
    transaction_id: str = ""
    reason: str = ""
