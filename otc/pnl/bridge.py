"""Why a month's settlement basis is not its trade basis, trade by trade; the twin of bridge.sql.

trade basis of the month
  - recognised_later   traded in it, recognised after it
  - open               traded in it, not settled as of the instant
  - failed, cancelled  traded in it, never to be recognised
  + traded_before      recognised in it, traded before it
  - reversed           taken back in it (returned, withdrawn, in doubt)
  + recognised_again   taken back before, recognised again in it
= settlement basis of the month
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from otc.model import Projection, Status
from otc.pnl.recognition import turns_of
from otc.settlement.status import status_of

Line = Literal["recognised_later", "open", "failed", "cancelled", "traded_before", "reversed", "recognised_again"]
LINES: Final[tuple[Line, ...]] = (
    "recognised_later",
    "open",
    "failed",
    "cancelled",
    "traded_before",
    "reversed",
    "recognised_again",
)
_BY_STATUS: Final[dict[Status, Line]] = {Status.FAILED: "failed", Status.CANCELLED: "cancelled"}


@dataclass(frozen=True, slots=True)
class BridgeRow:
    """One trade's part in the difference; `amount_idr` is signed, added to trade basis."""

    transaction_id: str
    line: Line
    amount_idr: Decimal


def bridge(projections: Iterable[Projection], since: date, before: date, as_of: datetime) -> list[BridgeRow]:
    """Every line between the two bases of the month [since, before), as of an instant, ordered by line and trade."""
    rows = [row for projection in projections for row in _of_one(projection, since, before, as_of)]
    return sorted(rows, key=lambda row: (row.line, row.transaction_id))


def _of_one(projection: Projection, since: date, before: date, as_of: datetime) -> list[BridgeRow]:
    state = projection.state
    if state.traded_at > as_of:
        return []
    turns = turns_of(projection, as_of)
    net, rows = state.net_pnl_idr, []
    traded_in = since <= state.traded_on < before
    recognised_in = bool(turns) and since <= turns[0].recognised_on < before
    if traded_in and not recognised_in:
        line = "recognised_later" if turns else _BY_STATUS.get(status_of(state, as_of), "open")
        rows.append(BridgeRow(state.transaction_id, line, net.copy_negate()))
    if recognised_in and not traded_in:
        rows.append(BridgeRow(state.transaction_id, "traded_before", net))
    for turn in turns[1:]:
        if since <= turn.recognised_on < before:
            line = "reversed" if turn.sign < 0 else "recognised_again"
            rows.append(BridgeRow(state.transaction_id, line, net.copy_negate() if turn.sign < 0 else net))
    return rows
