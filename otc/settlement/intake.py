"""What the rows of a transactions file add to what is booked: new trades, new facts of known ones, and an account of each row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from otc.config import Settings
from otc.model import Fact, ImportResult, Reject, Trade
from otc.ports import Changes, TransactionRow, Writer
from otc.settlement.legs import Rules
from otc.settlement.status import project

_COMMERCIAL: Final = (
    "traded_at pair side client_id market_maker_id size mid_price_idr mm_price_idr client_price_idr spread_bps"
    " mm_amount_idr client_amount_idr gross_spread_idr tax_idr"
).split()
"""What a trade's id stands for; a file that gives the same id other terms is refused."""


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

    def merge(self, chunk: Sequence[TransactionRow | Reject], writer: Writer) -> Changes:
        """What a chunk of rows changes in the store that `writer` reads."""
        ids = [row.trade.transaction_id for row in chunk if isinstance(row, TransactionRow)]
        known = writer.trades(ids)
        facts = writer.facts(list(known))
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
        else:
            self.duplicates += 1
        return fresh

    def _look_at(self, trade: Trade) -> None:
        """Count what is accepted but worth a look: unknown names, a wallet of another asset."""
        parties = self.settings.counterparties
        if parties.client(trade.client_id) is None:
            self.oddities[f"client {trade.client_id} is not in counterparties.yaml"] += 1
        if parties.market_maker(trade.market_maker_id) is None:
            self.oddities[f"market maker {trade.market_maker_id} is not in counterparties.yaml"] += 1
        if parties.bank(trade.bank_account_id) is None:
            self.oddities[f"bank account {trade.bank_account_id} is not in counterparties.yaml"] += 1
        wallet = parties.wallet(trade.client_wallet_id)
        if wallet is None:
            self.oddities[f"wallet {trade.client_wallet_id} is not in counterparties.yaml"] += 1
        elif wallet.asset != trade.asset:
            self.oddities[f"wallet {wallet.id} holds {wallet.asset}, not the {trade.asset} of the trade"] += 1
        if trade.mm_wallet_id and parties.wallet(trade.mm_wallet_id) is None:
            self.oddities[f"market maker wallet {trade.mm_wallet_id} is not in counterparties.yaml"] += 1

    def result(self) -> ImportResult:
        """The account, with each oddity once and how many rows have it."""
        warnings = tuple(f"{what} ({count} rows)" for what, count in sorted(self.oddities.items()))
        return ImportResult(self.read, self.booked, self.duplicates, tuple(self.rejected), self.updated, warnings)
