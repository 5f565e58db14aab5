"""One market maker's price, gathered from its lines, read into rates: pair, prices in its band, size, time, fees."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Final

from otc.config import Settings
from otc.quoting.mm_fees import Fees, fees_of
from otc.quoting.mm_items import Item
from otc.quoting.mm_numbers import Band
from otc.quoting.mm_prices import Prices, price_like, prices_of, unbelieved
from otc.quoting.mm_rates import Question, QuotedRate, Unread
from otc.quoting.mm_senders import Sender
from otc.quoting.mm_sizes import Doubt, Sizing, validity

Outcome = QuotedRate | Question | Unread
PRICED: Final = ("two_way", "tangle", "garbled")
_SAID_OTHERWISE: Final = {
    "garbled": "holds a figure that cannot be read; what is the price?",
    "tangle": "holds three figures in a row; which are the bid and the offer?",
    "request": "asks for a price; does the market maker quote it?",
    "asked": "ends with a question mark; is it a quote?",
    "past": "tells of a deal or a payment; is it a quote?",
    "old": "tells of another time or another market; what is the price now?",
    "if": "names a condition; what is the price without it?",
    "moved": "names a discount or a premium; what is the price with it?",
    "not": "says no to something; what is the price?",
    "unsure": "does not say who buys and who sells; is it a bid or an offer?",
    "withdrawn": "may take the price back; does it stand?",
    "like": "points to another price; what are both sides in full?",
    "several": "comes after several prices; to which does it belong?",
}
_ALWAYS: Final = ("garbled", "unsure", "like", "several", "tangle", "withdrawn")


@dataclass(frozen=True, slots=True)
class Draft:
    """What one sender wrote about one price: its items, where it began, the asset an earlier line named."""

    sender: Sender
    line: int
    text: str
    items: tuple[Item, ...]
    asset: str = ""
    indonesian: bool = False

    def with_more(self, items: Iterable[Item], text: str = "") -> "Draft":
        return replace(self, items=(*self.items, *items), text=f"{self.text}\n{text}" if text else self.text)


@dataclass(frozen=True)
class Reader:
    """Reads drafts under a configuration. `named` are the assets that any line of the paste names."""

    settings: Settings
    now: datetime
    pair: str
    default_pair: str
    named: frozenset[str] = frozenset()

    @cached_property
    def bands(self) -> dict[str, Band]:
        return {name: Band(pair.band_low, pair.band_high) for name, pair in self.settings.desk.pairs.items()}

    def priced(self, items: Sequence[Item]) -> bool:
        """Whether items hold something that can be a price in some pair."""
        sided = any(item.kind in ("bid", "ask", "unsure") for item in items)
        return any(
            item.kind in PRICED
            or ((sided or not item.figure.magnitude) and any(price_like(item, band) for band in self.bands.values()))
            for item in items
        )

    def read(self, draft: Draft) -> list[Outcome]:
        """Rates, and what has to be asked about them or in their place."""
        draft = replace(draft, items=tuple(self._standing(draft.items)))
        doubt = self._said_otherwise(draft.items)
        if doubt:
            return [_question(draft, doubt)]
        assets = _distinct(item.text for item in draft.items if item.kind == "asset")
        others = _distinct(item.text for item in draft.items if item.kind == "other")
        if others and not assets:
            return [Unread(draft.line, draft.text, f"{others[0]} is no pair of the desk; its pairs are {', '.join(self.bands)}.")]
        if len(assets) > 1 or others:
            return [_question(draft, Doubt(f"Is the price for {' or '.join([*assets, *others])}?", (*assets, *others)))]
        if not assets and not draft.asset and any(item.kind == "dollar" for item in draft.items):
            return [_question(draft, Doubt("Is the price for the US dollar or for a coin?", tuple(self.bands)))]
        asset = assets[0] if assets else draft.asset
        if asset:
            return self._in_pair(draft, f"{asset}/IDR", assumed=False)
        return self._in_assumed_pair(draft)

    def _standing(self, items: Sequence[Item]) -> Iterator[Item]:
        """Without the clauses that tell of earlier prices, where another clause holds the price."""
        clauses = list(clauses_of(items))
        old = [any(item.kind == "old" for item in clause) and self.priced(clause) for clause in clauses]
        newer = any(self.priced(clause) and not was for clause, was in zip(clauses, old, strict=True))
        for clause, was in zip(clauses, old, strict=True):
            yield from () if was and newer else _apart(clause)

    def _said_otherwise(self, items: Sequence[Item]) -> Doubt | None:
        for clause in clauses_of(items):
            said = next((item for item in clause if item.kind in _SAID_OTHERWISE), None)
            if said and (self.priced(clause) or said.kind in _ALWAYS):
                return Doubt(f"The message {_SAID_OTHERWISE[said.kind]}")
        return None

    def _in_assumed_pair(self, draft: Draft) -> list[Outcome]:
        """The pair asked for; else the default where its band fits and nothing else is meant; else the only one that fits."""
        if self.pair:
            return self._in_pair(draft, self.pair, assumed=True)
        fitting = [pair for pair, band in self.bands.items() if not isinstance(prices_of(draft.items, band), Doubt)]
        rivals = [pair for pair in fitting if pair != self.default_pair and pair.split("/")[0] in self.named]
        if self.default_pair in fitting and not rivals:
            return self._in_pair(draft, self.default_pair, assumed=True)
        if len(fitting) == 1:
            return self._in_pair(draft, fitting[0], assumed=True)
        if fitting:
            return [_question(draft, Doubt(f"No pair is named; is the price for {' or '.join(fitting)}?", tuple(fitting)))]
        return self._in_pair(draft, self.default_pair, assumed=True)

    def _in_pair(self, draft: Draft, pair: str, assumed: bool) -> list[Outcome]:
        if pair not in self.bands:
            return [Unread(draft.line, draft.text, f"{pair} is no pair of the desk; its pairs are {', '.join(self.bands)}.")]
        fees = fees_of(draft.items)
        found = prices_of(draft.items, self.bands[pair])
        if isinstance(found, Doubt):
            return [_question(draft, found)]
        if isinstance(fees, Doubt):
            return [_question(draft, fees)]
        bare = QuotedRate(
            market_maker=draft.sender.name,
            pair=pair,
            bid=None,
            ask=None,
            size=None,
            size_currency="",
            valid_s=None,
            indicative=any(item.kind == "indicative" for item in draft.items),
            known=draft.sender.role == "maker",
            pair_assumed=assumed,
            line=draft.line,
            text=draft.text,
            notes=(*fees.notes(), *(f"at least {item.text}" for item in draft.items if item.keyword == "min")),
        )
        return self._completed(draft, bare, found, fees)

    def _completed(self, draft: Draft, bare: QuotedRate, found: Sequence[Prices], fees: Fees) -> list[Outcome]:
        """Each price with its size and time; one that is not believed is a question, a doubtful size or time stands beside."""
        prices = [_all_in(one, fees) for one in found]
        for before, after in zip(found, prices, strict=True):
            doubt = unbelieved(before) or self._outside(after, bare.pair)
            if doubt:
                return [_question(draft, doubt)]
        sized = self._sized(draft, bare.pair, prices, fees)
        if isinstance(sized, Doubt):
            return [_question(draft, sized)]
        made: list[Outcome] = []
        lasts = validity(draft.items, self.now, self.settings.desk.zones.desk)
        expired = isinstance(lasts, Doubt) and "has passed" in lasts.sentence
        for price, size in sized:
            amount, unit = (None, "") if size is None or isinstance(size, Doubt) else size
            valid = None if isinstance(lasts, Doubt) else lasts
            if not expired:
                made.append(replace(bare, bid=price.bid, ask=price.ask, size=amount, size_currency=unit, valid_s=valid))
        doubts = {doubt.sentence: doubt for doubt in (*(size for _, size in sized), lasts) if isinstance(doubt, Doubt)}
        return [*made, *(_question(draft, doubt) for doubt in doubts.values())]

    def _outside(self, prices: Prices, pair: str) -> Doubt | None:
        band = self.bands[pair]
        given = [price for price in (prices.bid, prices.ask) if price is not None]
        return (
            None
            if len(band.among(given)) == len(set(given))
            else Doubt(f"With its fees the price leaves the band of {pair}; is it right?")
        )

    def _sized(
        self, draft: Draft, pair: str, prices: list[Prices], fees: Fees
    ) -> list[tuple[Prices, tuple[Decimal, str] | Doubt | None]] | Doubt:
        """Which size goes with which price: one with all, or by turns as many as there are prices."""
        taken = {place for price in prices for place in price.places}
        numbers = [n for n, item in enumerate(draft.items) if item.kind == "number" and n not in taken and item not in fees.used]
        places = [n for n in numbers if draft.items[n].keyword != "min"]
        anchor = next(price for price in (prices[0].bid, prices[0].ask) if price is not None)
        largest = self.settings.desk.quoting.largest_notional_idr
        sizing = Sizing(pair.split("/")[0], anchor, largest, draft.indonesian)
        sizes = [sizing.read(draft.items[n]) for n in places]
        if len(prices) == 1 and len(places) == 2 and len(prices[0].places) == 2:
            prices = _single(prices[0], draft.items)
        if len(prices) > 1:
            marks = sorted([(price.places[0], "P") for price in prices] + [(n, "S") for n in places])
            turns = "".join(mark for _, mark in marks)
            if turns in ("PS" * len(prices), "SP" * len(prices)):
                return list(zip(prices, sizes, strict=True))
            return Doubt("Several prices stand in one message; which size and which pair belong to each?")
        if len(sizes) > 1:
            return [(prices[0], Doubt("Several sizes stand in one message; which one is the rate good for?"))]
        return [(prices[0], sizes[0] if sizes else None)]


def clauses_of(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Items up to each comma, full stop, question mark or line's end, the sign included."""
    clause: list[Item] = []
    for item in items:
        clause.append(item)
        if item.kind in ("stop", "asked"):
            yield clause
            clause = []
    yield clause


def _apart(clause: list[Item]) -> list[Item]:
    """In a clause on settlement or a deposit, a time or an amount need not be the rate's: it becomes a question."""
    if not any(item.kind == "apart" for item in clause):
        return clause
    return [replace(item, kind="unclear") if _loose(item) else item for item in clause]


def _loose(item: Item) -> bool:
    amount = item.kind == "number" and (item.figure.magnitude or item.figure.currency not in ("", "IDR"))
    return bool(amount or item.kind == "lasting") and item.keyword not in ("valid", "good")


def _single(prices: Prices, items: Sequence[Item]) -> list[Prices]:
    """Bid and ask apart, each with its own place."""
    by_place = sorted(prices.places)
    bid_first = next(item.kind for item in items if item.kind in ("bid", "ask")) == "bid"
    bid_at, ask_at = by_place if bid_first else reversed(by_place)
    return sorted([Prices(prices.bid, None, (bid_at,)), Prices(None, prices.ask, (ask_at,))], key=lambda price: price.places)


def _all_in(prices: Prices, fees: Fees) -> Prices:
    bid = None if prices.bid is None else fees.all_in(prices.bid, "bid")
    ask = None if prices.ask is None else fees.all_in(prices.ask, "ask")
    return Prices(bid, ask, prices.places)


def _question(draft: Draft, doubt: Doubt) -> Question:
    return Question(draft.line, draft.text, doubt.sentence, doubt.choices)


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
