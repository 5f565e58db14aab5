"""What a market maker's chat message says: a comparable rate, a question to put to somebody, or a line that could not be read."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class QuotedRate:
    """One rate as it was written, all-in: `bid` is what the market maker pays, `ask` what it charges, both in rupiah per coin.

    `market_maker` is the id of counterparties.yaml, or the name as written where `known` is False, or empty where none stands.
    `size` is in `size_currency` (an asset, IDR or USD) and the most the rate is good for; `valid_s` counts from when it was said,
    up to a time of day from `now`.
    `pair_assumed` marks a pair that no word names: asked for, the house's default, or the only one whose price band fits.
    `notes` say in a sentence each what was done to the written figures.
    """

    market_maker: str
    pair: str
    bid: Decimal | None
    ask: Decimal | None
    size: Decimal | None
    size_currency: str
    valid_s: int | None
    indicative: bool
    known: bool
    pair_assumed: bool
    line: int
    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be asked before a line can be used; `choices` are its possible readings, where there are any."""

    line: int
    text: str
    question: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A line from which no rate was taken, and why."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Messages:
    """Everything a paste says, in the order of its lines."""

    rates: tuple[QuotedRate, ...]
    questions: tuple[Question, ...]
    unread: tuple[Unread, ...]
