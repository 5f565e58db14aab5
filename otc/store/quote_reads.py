"""What a store knows of two-way quotes: its tables, and what was given out a moment ago and is on its way into them.

What is on its way is looked at first: whatever leaves it in between is in the tables by then. Nobody waits for a write.
"""

from collections.abc import Callable
from typing import Any, Final

from otc.model.rfq import FINAL, RFQ_ORDER, RfqEvent, RfqState, TwoWay
from otc.store import schema
from otc.store.journal import QuoteJournal

Ask = Callable[..., list[dict[str, Any]]]
_OUTCOMES: Final = """
SELECT w.*, e.rfq_id FROM two_way w JOIN rfq_event e ON e.quote_id = w.quote_id AND e.state = 'quoted'
ORDER BY quoted_at DESC, quote_id LIMIT $limit"""


class QuoteReads:
    """The reads of quotes and of what became of them; `ask` runs a query on the tables."""

    def __init__(self, ask: Ask, journal: QuoteJournal) -> None:
        self._ask, self._journal = ask, journal

    def _arriving(self) -> tuple[dict[str, TwoWay], list[RfqEvent]]:
        lines = self._journal.seen()
        return {q.quote_id: q for line in lines for q in line.two_ways}, [step for line in lines for step in line.rfq_events]

    def two_way(self, quote_id: str) -> TwoWay | None:
        """The quote with this id; None where there is none."""
        quotes, _ = self._arriving()
        if quote_id in quotes:
            return quotes[quote_id]
        rows = self._ask("SELECT * FROM two_way WHERE quote_id = $quote_id", quote_id=quote_id)
        return schema.two_way_of(rows[0]) if rows else None

    def two_ways(self, client_id: str, limit: int) -> list[TwoWay]:
        """The client's latest two-way quotes, newest first."""
        arriving, _ = self._arriving()
        sql = "SELECT * FROM two_way WHERE client_id = $client_id ORDER BY quoted_at DESC, quote_id LIMIT $limit"
        kept = {row["quote_id"]: schema.two_way_of(row) for row in self._ask(sql, client_id=client_id, limit=limit)}
        ours = {quote_id: quote for quote_id, quote in arriving.items() if quote.inputs.request.client_id == client_id}
        return _latest({**kept, **ours}, limit)

    def rfq_events(self, rfq_id: str) -> list[RfqEvent]:
        """What became of a request, in the order in which it happened."""
        _, arriving = self._arriving()
        rows = self._ask("SELECT * FROM rfq_event WHERE rfq_id = $rfq_id", rfq_id=rfq_id)
        return in_order([*map(schema.rfq_event_of, rows), *(step for step in arriving if step.rfq_id == rfq_id)])

    def rfq_of(self, quote_id: str) -> str:
        """The request that a two-way quote answers; empty where there is no such quote."""
        _, arriving = self._arriving()
        if found := next((step.rfq_id for step in arriving if step.quote_id == quote_id), ""):
            return found
        rows = self._ask("SELECT rfq_id FROM rfq_event WHERE quote_id = $quote_id LIMIT 1", quote_id=quote_id)
        return str(rows[0]["rfq_id"]) if rows else ""

    def outcomes(self, limit: int) -> list[tuple[TwoWay, RfqState]]:
        """The latest two-way quotes, newest first, each with what has become of its request."""
        arriving, steps = self._arriving()
        requests = {step.quote_id: step.rfq_id for step in steps if step.state == "quoted"}
        final = "SELECT rfq_id, state FROM rfq_event WHERE state IN $final"
        ends: dict[str, RfqState] = {row["rfq_id"]: row["state"] for row in self._ask(final, final=list(FINAL))}
        rows = self._ask(_OUTCOMES, limit=limit)
        requests |= {row["quote_id"]: row["rfq_id"] for row in rows}
        kept = {row["quote_id"]: schema.two_way_of(row) for row in rows}
        latest = _latest({**kept, **{quote_id: arriving[quote_id] for quote_id in arriving if quote_id in requests}}, limit)
        return [(quote, ends.get(requests[quote.quote_id], "quoted")) for quote in latest]


def in_order(steps: list[RfqEvent]) -> list[RfqEvent]:
    """The steps of one request without repetition, as they happened."""
    once = {step.event_id: step for step in steps}
    return sorted(once.values(), key=lambda step: (step.happened_at, RFQ_ORDER[step.state]))


def _latest(quotes: dict[str, TwoWay], limit: int) -> list[TwoWay]:
    newest_first = sorted(quotes.values(), key=lambda quote: quote.quote_id)
    return sorted(newest_first, key=lambda quote: quote.inputs.quoted_at, reverse=True)[:limit]
