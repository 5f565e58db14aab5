"""What the rows of a transactions file add to what is booked: new trades, new facts of known ones, and an account of each row."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from otc.config import Settings
from otc.errors import Refused
from otc.ids import content_id
from otc.model import Fact, ImportResult, Kind, Reject, Trade
from otc.ports import Changes, Prepared, PreparedRows, TransactionRow, Writer
from otc.settlement.legs import Rules
from otc.settlement.status import in_force, project

_COMMERCIAL: Final = (
    "traded_at pair side client_id market_maker_id size mid_price_idr mm_price_idr client_price_idr spread_bps"
    " mm_amount_idr client_amount_idr gross_spread_idr tax_idr client_tier bank_account_id client_wallet_id mm_wallet_id"
).split()
"""What a trade's id stands for; a file that gives the same id other terms is refused."""

_TROUBLE: Final = (Kind.FAILED, Kind.MISMATCH, Kind.CANCELLED)
MOST_REJECTS: Final = 250_000
"""More rejected rows than this are no rows but another file; they would not fit into memory or onto anybody's desk."""


@dataclass
class Intake:
    """The running account of one file: read = booked + duplicates + rejected, always."""

    settings: Settings
    rules: Rules
    read: int = 0
    booked: int = 0
    duplicates: int = 0
    updated: int = 0
    rejected: list[Reject] = field(default_factory=list)
    oddities: Counter[str] = field(default_factory=Counter)
    """What is accepted but worth a look, and how many rows have it."""
    _looked: dict[tuple[str, ...], list[str]] = field(default_factory=dict)

    def take(self, chunk: Sequence[TransactionRow | Reject] | PreparedRows, writer: Writer) -> None:
        """Book a chunk; what was prepared as new is worked out again where some of it is not."""
        if isinstance(chunk, PreparedRows) and writer.append_pack(chunk.prepared.pack):
            self._add(chunk.prepared)
        else:
            rows = chunk.rows() if isinstance(chunk, PreparedRows) else chunk
            writer.append(self.merge(rows, writer))
        if len(self.rejected) > MOST_REJECTS:
            first = self.rejected[0]
            raise Refused(
                f"More than {MOST_REJECTS:,} of the file's first {self.read:,} rows are wrong, the first on line {first.line}"
                f" ({first.field} {first.reason}); nothing was booked: mend the file and import it again."
            )

    def _add(self, prepared: Prepared) -> None:
        account = prepared.account
        self.read += account.read
        self.booked += account.booked
        self.duplicates += account.duplicates
        self.updated += account.updated
        self.rejected += account.rejected
        self.oddities.update(prepared.oddities)

    def merge(self, chunk: Sequence[TransactionRow | Reject], writer: Writer) -> Changes:
        """What a chunk of rows changes in the store that `writer` reads."""
        ids = [row.trade.transaction_id for row in chunk if isinstance(row, TransactionRow)]
        known = writer.trades(ids)
        return self.merged(chunk, known, writer.facts(list(known)))

    def merged(self, chunk: Sequence[TransactionRow | Reject], known: dict[str, Trade], facts: dict[str, list[Fact]]) -> Changes:
        """What a chunk of rows changes where of its trades those in `known` are booked, with their facts."""
        touched: dict[str, Trade] = {}
        new_facts: list[Fact] = []
        for row in chunk:
            self.read += 1
            if isinstance(row, Reject):
                self.rejected.append(row)
                continue
            fresh = self._fresh(row, known, facts)
            if fresh:
                trade_id = row.trade.transaction_id
                touched[trade_id] = known.setdefault(trade_id, row.trade)
                facts[trade_id] = [*facts.get(trade_id, ()), *fresh]
                new_facts += fresh
        projections = [project(trade, facts[trade_id], self.rules) for trade_id, trade in touched.items()]
        return Changes(trades=list(touched.values()), facts=new_facts, projections=projections)

    def _fresh(self, row: TransactionRow, known: dict[str, Trade], facts: dict[str, list[Fact]]) -> list[Fact]:
        """The facts of a row that are not there yet; none where it is refused or says nothing new."""
        trade = row.trade
        there = known.get(trade.transaction_id)
        if there is None:
            self.booked += 1
            self._look_at(trade)
            return list(row.facts)
        changed = [name for name in _COMMERCIAL if getattr(there, name) != getattr(trade, name)]
        if changed:
            reason = f"{trade.transaction_id} is booked with another {', '.join(changed[:3])}; the terms of a trade never change"
            self.rejected.append(Reject(row.line, "transaction_id", reason))
            return []
        ids = {fact.fact_id for fact in facts[trade.transaction_id]}
        fresh = [fact for fact in row.facts if fact.fact_id not in ids]
        if fresh:
            self.booked += 1
            self.updated += 1
            fresh = _recorded_after(facts[trade.transaction_id], fresh)
            return [*_withdrawals(facts[trade.transaction_id], fresh), *fresh]
        if not _is_last_word(facts[trade.transaction_id], row.facts):
            self.oddities["a row says again what a later file has replaced; the later word stands"] += 1
        self.duplicates += 1
        return []

    def _look_at(self, trade: Trade) -> None:
        """Count what is accepted but worth a look."""
        names = (trade.client_id, trade.market_maker_id, trade.bank_account_id, trade.client_wallet_id, trade.mm_wallet_id)
        key = (*names, trade.pair)
        if key not in self._looked:
            self._looked[key] = list(self._oddities_of(trade))
        for oddity in self._looked[key]:
            self.oddities[oddity] += 1

    def _oddities_of(self, trade: Trade) -> Iterator[str]:
        """Unknown names, a wallet of another asset."""
        parties = self.settings.counterparties
        if parties.client(trade.client_id) is None:
            yield f"client {trade.client_id} is not in counterparties.yaml"
        if parties.market_maker(trade.market_maker_id) is None:
            yield f"market maker {trade.market_maker_id} is not in counterparties.yaml"
        if parties.bank(trade.bank_account_id) is None:
            yield f"bank account {trade.bank_account_id} is not in counterparties.yaml"
        wallet = parties.wallet(trade.client_wallet_id)
        if wallet is None:
            yield f"wallet {trade.client_wallet_id} is not in counterparties.yaml"
        elif wallet.asset != trade.asset:
            yield f"wallet {wallet.id} holds {wallet.asset}, not the {trade.asset} of the trade"
        if trade.mm_wallet_id and parties.wallet(trade.mm_wallet_id) is None:
            yield f"market maker wallet {trade.mm_wallet_id} is not in counterparties.yaml"

    def result(self) -> ImportResult:
        """The account, with each oddity once and how many rows have it."""
        return replace(self.account(), warnings=tuple(f"{what} ({count} rows)" for what, count in sorted(self.oddities.items())))

    def account(self) -> ImportResult:
        """What became of the rows so far."""
        return ImportResult(self.read, self.booked, self.duplicates, tuple(self.rejected), self.updated)


def _is_last_word(known: Sequence[Fact], said: Sequence[Fact]) -> bool:
    """Whether what a row says is what a file said of the trade last."""
    reported = [fact for fact in known if fact.kind is Kind.REPORTED]
    return not reported or any(fact.fact_id == reported[-1].fact_id for fact in said)


def _recorded_after(known: Sequence[Fact], fresh: list[Fact]) -> list[Fact]:
    """The new facts, recorded after all that is known of the trade: of two rows in one file the later line has the last word."""
    latest = max(fact.recorded_at for fact in known)
    if latest < fresh[0].recorded_at:
        return fresh
    return [replace(fact, recorded_at=latest + timedelta.resolution) for fact in fresh]


def _withdrawals(known: Sequence[Fact], fresh: Sequence[Fact]) -> list[Fact]:
    """The withdrawals of what files said of a trade before, now that one says something else.

    They happened when the mistaken fact did, so that profit moves to the month of the right landing; trouble that is
    reported after a landing does not withdraw it: it takes the profit back when it happened.
    """
    kinds = {Kind.EXPECTED, *_TROUBLE}
    if not any(fact.kind in _TROUBLE for fact in fresh):
        kinds.add(Kind.CONFIRMED)
    said = [fact for fact in in_force(known) if fact.kind in kinds and fact.actor == fresh[0].actor]
    return [
        replace(
            fresh[0],
            fact_id=content_id(Kind.REVERSED, fact.fact_id, fresh[0].fact_id),
            kind=Kind.REVERSED,
            leg=fact.leg,
            happened_at=fact.happened_at,
            evidence=fact.fact_id,
            due_at=None,
            note="a later file says something else",
        )
        for fact in said
    ]
