"""Open items as rows for the aging table: worst first, each with its age, its bucket, why it is open and on whom it waits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from otc.clock import age_hours
from otc.model import ALL_LEGS, Bucket, Leg, Side, Status
from otc.money import total_of
from otc.settlement.status import bucket_of
from otc.views.table import Column, Table

DOT: Final = {"final": "●", "open": "○", "untracked": "·"}
_SEVERITY: Final = {Bucket.RED: 0, Bucket.AMBER: 1, Bucket.GREEN: 2}
COLUMNS: Final = (
    Column("bucket", "State"),
    Column("status", "Status"),
    Column("age_hours", "Age h", "hours"),
    Column("why", "Why"),
    Column("transaction_id", "Trade"),
    Column("traded_at", "Traded", "instant"),
    Column("pair", "Pair"),
    Column("side", "Side"),
    Column("client_id", "Client"),
    Column("client_amount_idr", "IDR", "money"),
    Column("legs", "Legs"),
    Column("waits_on", "Waits on"),
    Column("expected_at", "Expected", "instant"),
    Column("due_at", "Window ends", "instant"),
    Column("bank_account_id", "Bank"),
    Column("market_maker_id", "Market maker"),
    Column("net_pnl_idr", "Net PnL", "money"),
    Column("reported_status", "Reported"),
    Column("news", "Last news"),
)


@dataclass(frozen=True, slots=True)
class AgingRow:
    """One unsettled trade as of an instant."""

    transaction_id: str
    status: Status
    age_hours: float
    bucket: Bucket
    why: str
    traded_at: datetime
    pair: str
    side: Side
    client_id: str
    market_maker_id: str
    bank_account_id: str
    size: Decimal
    client_amount_idr: Decimal
    net_pnl_idr: Decimal
    legs: str
    """Client fiat, client crypto, cover fiat, cover crypto: a dot each."""
    waits_on: str
    expected_at: datetime | None
    due_at: datetime | None
    rolled: bool
    late_for_need: bool
    needed_by: datetime | None
    reported_status: str
    news: str


def aging_rows(rows: Iterable[Mapping[str, Any]], as_of: datetime) -> list[AgingRow]:
    """Rows of the `aging` question, worst first: red, amber, green, and the oldest first in each."""
    made = [aging_row(row, as_of) for row in rows]
    return sorted(made, key=lambda row: (_SEVERITY[row.bucket], row.traded_at, row.transaction_id))


def aging_row(row: Mapping[str, Any], as_of: datetime) -> AgingRow:
    """One row of leg_state with its status, as an open item."""
    status = Status(row["status"])
    missing = [leg for leg in ALL_LEGS if row[f"{leg}_due_at"] is not None and not _final(row, leg, as_of)]
    next_leg = min(missing, key=lambda leg: row[f"{leg}_due_at"], default=None)
    rolled = row["rolled_at"] is not None and status is Status.PENDING
    return AgingRow(
        transaction_id=row["transaction_id"],
        status=status,
        age_hours=age_hours(row["traded_at"], as_of),
        bucket=bucket_of(as_of - row["traded_at"]),
        why=_why(row, status, missing, as_of, rolled),
        traded_at=row["traded_at"],
        pair=row["pair"],
        side=Side(row["side"]),
        client_id=row["client_id"],
        market_maker_id=row["market_maker_id"],
        bank_account_id=row["bank_account_id"],
        size=row["size"],
        client_amount_idr=row["client_amount_idr"],
        net_pnl_idr=row["net_pnl_idr"],
        legs="".join(_dot(row, leg, as_of) for leg in ALL_LEGS),
        waits_on=_waits_on(row, next_leg),
        expected_at=row[f"{next_leg}_expected_at"] if next_leg else None,
        due_at=row[f"{next_leg}_due_at"] if next_leg else None,
        rolled=rolled,
        late_for_need=_late_for_need(row, missing, as_of),
        needed_by=row["needed_by"],
        reported_status=row["reported_status"],
        news=row["news"],
    )


def _late_for_need(row: Mapping[str, Any], missing: list[Leg], as_of: datetime) -> bool:
    """Whether the time by which the client needs the trade has passed, or its planned landing is after it."""
    needed_by = row["needed_by"]
    if needed_by is None or not missing:
        return False
    return bool(as_of > needed_by or any(row[f"{leg}_expected_at"] > needed_by for leg in missing))


def _final(row: Mapping[str, Any], leg: Leg, as_of: datetime) -> bool:
    return row[f"{leg}_final_at"] is not None and row[f"{leg}_final_at"] <= as_of


def _dot(row: Mapping[str, Any], leg: Leg, as_of: datetime) -> str:
    if row[f"{leg}_due_at"] is None:
        return DOT["untracked"]
    return DOT["final" if _final(row, leg, as_of) else "open"]


def _why(row: Mapping[str, Any], status: Status, missing: list[Leg], as_of: datetime, rolled: bool) -> str:
    """The reason beside the state, in a few words."""
    if status is Status.FAILED:
        return "failed, needs a decision"
    if row["mismatch_at"] is not None and row["mismatch_at"] <= as_of:
        return "does not agree"
    names = " and ".join("rupiah" if leg.is_fiat else "coins" for leg in _sides(missing))
    if status is Status.RECONCILING:
        return f"window passed, {names} silent"
    return f"cut-off missed, {names} roll" if rolled else f"{names} in transit"


def _sides(missing: list[Leg]) -> list[Leg]:
    """One leg for each settlement side that is missing, rupiah first."""
    return [
        next(leg for leg in missing if leg.is_fiat is fiat)
        for fiat in (True, False)
        if any(leg.is_fiat is fiat for leg in missing)
    ]


def _waits_on(row: Mapping[str, Any], leg: Leg | None) -> str:
    """Who has to move: the client or the market maker for what comes to us, the desk for what we send."""
    if leg is None:
        return ""
    client_pays = (leg is Leg.CLIENT_FIAT) is (row["side"] == Side.BUY)
    if leg in (Leg.CLIENT_FIAT, Leg.CLIENT_CRYPTO):
        return "client" if client_pays else "desk"
    pays = (leg is Leg.COVER_FIAT) is (row["side"] == Side.BUY)
    return "desk" if pays else "market maker"


def aging_table(rows: Iterable[AgingRow], title: str = "Settlement aging") -> Table:
    """The open items as a table for a screen or a file, with the total of what is open."""
    items = list(rows)
    made = [
        {column.key: getattr(row, column.key) for column in COLUMNS} | {"age_hours": round(row.age_hours, 4)} for row in items
    ]
    total = {
        "transaction_id": f"{len(items)} open",
        "client_amount_idr": total_of(row.client_amount_idr for row in items),
        "net_pnl_idr": total_of(row.net_pnl_idr for row in items),
    }
    return Table("aging", title, COLUMNS, made, total=total)
