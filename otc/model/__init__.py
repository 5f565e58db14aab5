"""All records of the desk, frozen, in the order in which a trade flows through it.

    Rate (what market makers charge) --.
    QuoteRequest --> Quote (two Sides) --accept--> Trade --has--> up to four legs
                                                    |             client_fiat   client_crypto
                                                    |             cover_fiat    cover_crypto
                                                    '--<-- Fact (appended: instructed, confirmed, failed, ...)
                                                             |
                        trade + facts --project--> LegState + Recognition*  --as of T--> Status, age, PnL

Truth is Trade and Fact. LegState is a projection: one row a trade, times in it, so that a status as of any instant is a
comparison. Amounts are Decimal at 18 places, instants are UTC.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from otc.money import ZERO


class Word(StrEnum):
    """A word of a closed list; hashed as the text it is, so that looking one up costs what a text costs."""

    __hash__ = str.__hash__


class Side(Word):
    """What the client does."""

    BUY = "BUY"
    SELL = "SELL"


class Status(Word):
    """Where a trade stands; derived from facts and an instant, never stored as truth."""

    SETTLED = "SETTLED"
    PENDING = "PENDING"
    RECONCILING = "RECONCILING"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Bucket(Word):
    """Aging bucket of an open item by hours since its trade."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Cover(Word):
    """Who takes the other side, so that nothing is warehoused."""

    MARKET_MAKER = "market_maker"
    VENUES = "venues"
    UNTRACKED = "untracked"


class Leg(Word):
    """One movement of a trade; its settlement side is `fiat` or `crypto`."""

    CLIENT_FIAT = "client_fiat"
    CLIENT_CRYPTO = "client_crypto"
    COVER_FIAT = "cover_fiat"
    COVER_CRYPTO = "cover_crypto"

    @property
    def is_fiat(self) -> bool:
        return self.endswith("_fiat")


CLIENT_LEGS: Final = (Leg.CLIENT_FIAT, Leg.CLIENT_CRYPTO)
ALL_LEGS: Final = (Leg.CLIENT_FIAT, Leg.CLIENT_CRYPTO, Leg.COVER_FIAT, Leg.COVER_CRYPTO)


class Kind(Word):
    """What a fact says; a closed list."""

    EXPECTED = "expected"  # a date agreed or stated for a leg: `due_at`
    INSTRUCTED = "instructed"  # the transfer was handed in
    ACCEPTED = "accepted"  # the bank took it
    CORRESPONDENT = "at_correspondent"  # it is with a bank in between
    CONFIRMED = "confirmed"  # final: credited, or final on the chain
    MISMATCH = "mismatch"  # something does not agree
    FAILED = "failed"  # rejected, wrong address, defaulted
    RETURNED = "returned"  # a transfer came back
    CANCELLED = "cancelled"  # both sides called the trade off
    AMENDED = "amended"  # a detail that is no commercial term was put right
    RESOLVED = "resolved"  # a person closed the open item
    REVERSED = "reversed"  # an earlier fact is withdrawn: `evidence` is its id
    REPORTED = "reported"  # what a file's status column said
    NOTED = "noted"  # a remark


STAGES: Final = (Kind.INSTRUCTED, Kind.ACCEPTED, Kind.CORRESPONDENT, Kind.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Rate:
    """What one market maker charges for a pair, as the trader typed it: `rate_idr` per unit, at an instant."""

    market_maker_id: str
    rate_idr: Decimal
    typed_at: datetime
    side: Side | None = None
    """The client's side it is for; None for both."""


@dataclass(frozen=True, slots=True)
class QuoteSide:
    """One side of a quote: every line of it, exact; the rounding is in the desk's favour and a line of its own."""

    side: Side
    market_maker_id: str
    mm_rate_idr: Decimal
    raw_price_idr: Decimal
    price_idr: Decimal
    size: Decimal
    client_amount_idr: Decimal
    mm_amount_idr: Decimal
    gross_spread_idr: Decimal
    tax_idr: Decimal
    net_pnl_idr: Decimal
    spread_earned_idr: Decimal
    """size x MM rate x spread: what the spread alone was meant to earn."""
    tax_shortfall_idr: Decimal
    """Tax owed less tax charged: above zero on a buy, below zero on a sell."""
    rounding_idr: Decimal


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """What the trader asks the pricer: exactly one of `size` and `client_amount_idr` is given."""

    pair: str
    tier: str
    side: Side
    rates: tuple[Rate, ...]
    size: Decimal | None = None
    client_amount_idr: Decimal | None = None
    client_id: str = ""
    override_bps: Decimal | None = None
    override_reason: str = ""
    purpose: str = ""
    needed_by: datetime | None = None
    bank_account_id: str = ""
    client_wallet_id: str = ""
    cover: Cover = Cover.MARKET_MAKER
    market_maker_id: str = ""
    """The market maker chosen by hand; empty takes the best for the side."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A two-way price with everything it was made from."""

    quote_id: str
    quoted_at: datetime
    quoted_by: str
    request: QuoteRequest
    spread_bps: Decimal
    tax_rate: Decimal
    buy: QuoteSide
    sell: QuoteSide

    @property
    def dealt(self) -> QuoteSide:
        """The side that the client asked for."""
        return self.buy if self.request.side is Side.BUY else self.sell


@dataclass(frozen=True, slots=True)
class Trade:
    """An accepted quote, immutable. Amounts in IDR, size in the pair's asset."""

    transaction_id: str
    traded_at: datetime
    pair: str
    side: Side
    client_id: str
    client_name: str
    client_type: str
    client_tier: str
    market_maker_id: str
    market_maker_name: str
    size: Decimal
    mid_price_idr: Decimal
    mm_price_idr: Decimal
    client_price_idr: Decimal
    spread_bps: Decimal
    mm_amount_idr: Decimal
    client_amount_idr: Decimal
    gross_spread_idr: Decimal
    tax_idr: Decimal
    net_pnl_idr: Decimal
    """gross - tax, whatever the trade's status: what it earns if both legs land."""
    bank_account_id: str
    client_wallet_id: str
    mm_wallet_id: str
    exchange_ref: str
    notes: str
    cover: Cover
    recorded_at: datetime
    quote_id: str = ""
    purpose: str = ""
    needed_by: datetime | None = None
    booked_by: str = ""
    source_line: int = 0
    """Of an imported trade: its line in the file."""
    as_written: str = ""
    """JSON of an imported row's fields whose text is not the canonical one: {column: text}."""

    @property
    def asset(self) -> str:
        return self.pair.split("/")[0]

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The movements the desk tracks for this trade."""
        return ALL_LEGS if self.cover is Cover.MARKET_MAKER else CLIENT_LEGS


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, appended and never edited."""

    fact_id: str
    kind: Kind
    transaction_id: str
    leg: Leg | None
    """None where the fact concerns the whole trade."""
    happened_at: datetime
    recorded_at: datetime
    actor: str
    evidence: str = ""
    """The reference: a bank's, a transaction hash, a file and line; of REVERSED the id of the withdrawn fact."""
    amount: Decimal | None = None
    """What moved; None means the whole leg."""
    due_at: datetime | None = None
    """Of EXPECTED: the end of the window it sets."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """When a leg should land: expected (its rail's acceptance, its chain's median) and the latest before it counts as late."""

    expected_at: datetime
    due_at: datetime
    rolled: bool = False
    """Whether a cut-off was missed, so that the bank takes it on a later day."""


@dataclass(frozen=True, slots=True)
class LegProgress:
    """What a projection knows of one leg; all None for a leg that is not tracked."""

    expected_at: datetime | None = None
    due_at: datetime | None = None
    final_at: datetime | None = None

    @property
    def tracked(self) -> bool:
        return self.due_at is not None


UNTRACKED: Final = LegProgress()


@dataclass(frozen=True, slots=True)
class LegState:
    """The projection of one trade and its facts; a status as of T needs nothing else.

    Times that are None have not happened. `revised` marks a history that times alone cannot tell (something was withdrawn,
    returned, moved or resolved): asked for an instant before `last_happened_at`, such a trade is projected again.
    """

    transaction_id: str
    traded_at: datetime
    traded_on: date
    """The trade's day in the books zone."""
    pair: str
    side: Side
    client_id: str
    market_maker_id: str
    bank_account_id: str
    size: Decimal
    client_amount_idr: Decimal
    gross_spread_idr: Decimal
    tax_idr: Decimal
    net_pnl_idr: Decimal
    client_fiat: LegProgress = UNTRACKED
    client_crypto: LegProgress = UNTRACKED
    cover_fiat: LegProgress = UNTRACKED
    cover_crypto: LegProgress = UNTRACKED
    final_at: datetime | None = None
    """The later of all tracked legs; None while one is missing."""
    mismatch_at: datetime | None = None
    failed_at: datetime | None = None
    cancelled_at: datetime | None = None
    resolved_at: datetime | None = None
    rolled_at: datetime | None = None
    """When a cut-off was missed by a leg that is not final."""
    recognised_at: datetime | None = None
    """The first recognition; later ones and reversals are `Recognition` records."""
    recognised_on: date | None = None
    needed_by: datetime | None = None
    reported_status: str = ""
    news: str = ""
    """The last fact's words, for a screen."""
    revised: bool = False
    last_happened_at: datetime | None = None
    last_recorded_at: datetime | None = None

    def leg(self, leg: Leg) -> LegProgress:
        """The progress of one leg."""
        progress: LegProgress = getattr(self, leg.value)
        return progress


@dataclass(frozen=True, slots=True)
class Recognition:
    """A later turn of a trade's PnL: -1 takes it back (returned, reversed, mismatch), +1 recognises it again."""

    transaction_id: str
    recognised_at: datetime
    recognised_on: date
    sign: int
    reason: str


@dataclass(frozen=True, slots=True)
class Projection:
    """What `project` makes of one trade: its state and the later turns of its PnL."""

    state: LegState
    turns: tuple[Recognition, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not booked: its line in the file, the column, the reason."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One file that was imported, by the hash of its bytes."""

    batch_id: str
    source: str
    file_hash: str
    recorded_at: datetime
    read: int
    booked: int
    duplicates: int
    rejected: int


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file: read = booked + duplicates + len(rejected)."""

    read: int
    booked: int
    duplicates: int
    rejected: tuple[Reject, ...] = ()
    updated: int = 0
    """Rows among the duplicates' ids that brought new leg times or a new status; they count as booked."""
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class PnlRow:
    """One line of a PnL report; amounts exact."""

    key: str
    trades: int
    volume_idr: Decimal = ZERO
    gross_spread_idr: Decimal = ZERO
    tax_idr: Decimal = ZERO
    net_pnl_idr: Decimal = ZERO
