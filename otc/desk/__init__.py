"""The verbs of the desk over its ports: quote, accept, confirm and the other words on a trade, import, and its questions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from otc.clock import Clock, iso
from otc.config import Settings
from otc.errors import Refused
from otc.ids import content_id
from otc.model import Batch, Fact, ImportResult, Kind, Leg, PnlRow, Projection, Quote, QuoteRequest, Status, Trade
from otc.money import plain
from otc.pnl.recognition import Basis, By
from otc.ports import Changes, Moment, Question, Store, TransactionSource
from otc.quoting.two_way import Pricer, booked
from otc.settlement.intake import Intake
from otc.settlement.legs import Rules
from otc.settlement.status import project, status_of
from otc.settlement.verbs import check_fact

_REBUILD_CHUNK: Final = 5_000


@dataclass(frozen=True)
class Desk:
    """The desk of one store and one configuration."""

    settings: Settings
    rules: Rules
    pricer: Pricer
    store: Store
    clock: Clock

    def now(self) -> datetime:
        """The desk's present: the machine's, or a SAMPLE store's own clock."""
        return self.clock()

    def moment(self, as_of: datetime | None = None, known_at: datetime | None = None) -> Moment:
        """The instant asked about; the store's clock by default."""
        return Moment(as_of or self.now(), known_at)

    # quote and accept

    def price(self, request: QuoteRequest, actor: str) -> Quote:
        """Price a request both ways without keeping it. Refused names the field that is wrong."""
        return self.pricer.price(request, actor, self.now())

    def keep(self, quote: Quote) -> Quote:
        """Store a priced quote with all its inputs; the same quote twice is one."""
        with self.store.writing() as writer:
            writer.append(Changes(quotes=[quote]))
        return quote

    def quote(self, request: QuoteRequest, actor: str) -> Quote:
        """Price a request and keep the quote."""
        return self.keep(self.price(request, actor))

    def valid_until(self, quote: Quote) -> datetime:
        """The instant up to which a quote can be accepted."""
        return quote.quoted_at + timedelta(seconds=self.settings.desk.quoting.valid_s)

    def accept(self, quote_id: str, actor: str) -> Trade:
        """Book the side that was asked for, once, while the price stands: accepted again, the same trade comes back."""
        quote = self.store.quote(quote_id)
        if quote is None:
            raise Refused(f"There is no quote {quote_id}; price the request again.")
        now = self.now()
        trade = booked(quote, actor, now, self.settings)
        with self.store.writing() as writer:
            there = writer.trades([trade.transaction_id]).get(trade.transaction_id)
            if there is not None and there.quote_id != quote_id:
                raise Refused(f"Another trade is named {trade.transaction_id} already; price the request again.", "quote_id")
            if there is not None:
                return there
            if now >= self.valid_until(quote):
                stood = iso(self.valid_until(quote), self.settings.desk.zones.desk)
                raise Refused(f"The price stood until {stood}; price the request again.", "quote_id")
            writer.append(Changes(trades=[trade], projections=[project(trade, (), self.rules)]))
        return trade

    # words on a trade: each is one fact by a name

    def record(self, fact: Fact) -> Projection:
        """Append one fact to its trade, checked against where the trade stands; recorded twice it changes nothing."""
        with self.store.writing() as writer:
            trade = writer.trades([fact.transaction_id]).get(fact.transaction_id)
            if trade is None:
                raise Refused(f"There is no trade {fact.transaction_id}.", "transaction_id")
            facts = writer.facts([fact.transaction_id])[fact.transaction_id]
            if any(known.fact_id == fact.fact_id for known in facts):
                return project(trade, facts, self.rules)
            check_fact(trade, facts, fact)
            status = status_of(project(trade, facts, self.rules).state, fact.recorded_at)
            if fact.kind is Kind.RESOLVED and status in (Status.PENDING, Status.SETTLED):
                raise Refused(f"{trade.transaction_id} is {status}: there is nothing to resolve; write a note instead.", "kind")
            projection = project(trade, [*facts, fact], self.rules)
            writer.append(Changes(facts=[fact], projections=[projection]))
        return projection

    def say(
        self,
        kind: Kind,
        transaction_id: str,
        actor: str,
        *,
        leg: Leg | None = None,
        happened_at: datetime | None = None,
        evidence: str = "",
        amount: Decimal | None = None,
        due_at: datetime | None = None,
        note: str = "",
    ) -> Projection:
        """Record what a person says: confirm, mismatch, fail, cancel, amend, resolve, reverse, return, agree a date, note."""
        now = self.now()
        at = happened_at or now
        parts = (at.isoformat(), evidence, "" if amount is None else plain(amount), due_at.isoformat() if due_at else "", note)
        fact_id = content_id(kind, transaction_id, leg or "", actor, *parts)
        return self.record(Fact(fact_id, kind, transaction_id, leg, at, now, actor, evidence, amount, due_at, note))

    # import

    def import_transactions(self, source: TransactionSource, progress: Callable[[int], None] = lambda rows: None) -> ImportResult:
        """Book a file's good rows in one write: read = booked + duplicates + rejected, and a replay books nothing."""
        now = self.now()
        intake = Intake(self.settings, self.rules)
        earlier = self.store.batch(source.file_hash)
        if earlier is not None:
            intake.oddities[f"the same file was imported on {iso(earlier.recorded_at, self.settings.desk.zones.desk)}"] += 1
        with self.store.writing() as writer:
            for chunk in source.chunks():
                intake.take(chunk, writer)
                progress(intake.read)
            batch_id = content_id("batch", source.file_hash, now.isoformat())
            counts = (intake.read, intake.booked, intake.duplicates, len(intake.rejected))
            writer.append(Changes(batches=[Batch(batch_id, source.name, source.file_hash, now, *counts)]))
        return intake.result()

    # questions

    def trade(self, transaction_id: str, moment: Moment | None = None) -> tuple[Trade, list[Fact], Projection]:
        """A trade, its facts by a moment in the order they were recorded, and what they project to."""
        trade = self.store.trades([transaction_id]).get(transaction_id)
        if trade is None:
            raise Refused(f"There is no trade {transaction_id}.", "transaction_id")
        facts = _by(self.store.facts([transaction_id])[transaction_id], moment or self.moment())
        return trade, facts, project(trade, facts, self.rules)

    def rows(self, question: Question, moment: Moment, **parameters: object) -> list[dict[str, object]]:
        """Answer a named question for a moment, projecting anew the trades whose projection cannot speak for it."""
        mark, outdated = self.store.last_change(), self.store.outdated(moment)
        while True:
            instead = [projection for _, _, projection in self.histories(outdated, moment)]
            rows = self.store.rows(question, moment, instead, **parameters)
            if self.store.last_change() == mark:
                return rows
            # Somebody wrote meanwhile; a trade that this outdated would be missing, so the question is asked again.
            before, mark, outdated = set(outdated), self.store.last_change(), self.store.outdated(moment)
            if before == set(outdated):
                return rows

    def histories(self, transaction_ids: Sequence[str], moment: Moment) -> list[tuple[Trade, list[Fact], Projection]]:
        """Trades with their facts by a moment and what those project to; trades that were booked later are left out."""
        trades, facts = self.store.trades(transaction_ids), self.store.facts(transaction_ids)
        found = []
        for trade_id in transaction_ids:
            trade = trades[trade_id]
            if trade.traded_at <= moment.as_of and (moment.known_at is None or trade.recorded_at <= moment.known_at):
                known = _by(facts[trade_id], moment)
                found.append((trade, known, project(trade, known, self.rules)))
        return found

    def pnl(self, basis: Basis, by: By, moment: Moment, since: date | None = None, before: date | None = None) -> list[PnlRow]:
        """PnL of a basis by a key, in the key's order; amounts exact, in IDR. `since` and `before` bound its day, half open."""
        question: Question = "pnl_settlement" if basis == "settlement" else "pnl_trade"
        return [_pnl_row(row, by) for row in self.rows(question, moment, by=by, since=since, before=before)]

    def rebuild(self, progress: Callable[[int], None] = lambda trades: None) -> int:
        """Make the projection anew from the facts; needed when rails, calendars or terms have changed."""
        ids = self.store.transaction_ids()
        with self.store.writing() as writer:
            for start in range(0, len(ids), _REBUILD_CHUNK):
                chunk = ids[start : start + _REBUILD_CHUNK]
                trades, facts = writer.trades(chunk), writer.facts(chunk)
                projections = [project(trade, facts[trade_id], self.rules) for trade_id, trade in trades.items()]
                writer.append(Changes(projections=projections))
                progress(start + len(chunk))
        return len(ids)


def _by(facts: list[Fact], moment: Moment) -> list[Fact]:
    """The facts that had happened, and were recorded, by a moment."""
    known_at = moment.known_at
    return [f for f in facts if f.happened_at <= moment.as_of and (known_at is None or f.recorded_at <= known_at)]


def _pnl_row(row: dict[str, object], by: By) -> PnlRow:
    key, trades = row["key"], row["trades"]
    if by == "month":
        key = f"{int(str(key)) // 100}-{int(str(key)) % 100:02d}"
    amounts = (row["volume_idr"], row["gross_spread_idr"], row["tax_idr"], row["net_pnl_idr"])
    return PnlRow(str(key) if by != "all" else "all", int(str(trades)), *(a for a in amounts if isinstance(a, Decimal)))
