"""The reports of the desk, asked and put together once, for pages, exports and the command line alike."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from otc.clock import iso
from otc.desk import Desk
from otc.errors import Refused
from otc.model import PnlRow, Status
from otc.ports import Moment
from otc.views import aging as aging_view
from otc.views import pnl as pnl_view
from otc.views.table import Document, Table

_MONTH: Final = re.compile(r"\d{4}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StatusCounts:
    """How many trades stand where; the four statuses always, CANCELLED where there is one."""

    as_of: datetime
    counts: Mapping[str, int]

    @property
    def settlement_rate(self) -> float:
        """Share of settled trades, 0 to 1; 0 for an empty store."""
        total = sum(self.counts.values())
        return self.counts["SETTLED"] / total if total else 0.0


@dataclass(frozen=True, slots=True)
class MonthReport:
    """Everything finance reads of one month."""

    month: str
    settlement: PnlRow
    trade: PnlRow
    lines: Sequence[pnl_view.BridgeLine]
    bridge: Table
    recognised: Table
    by_pair: Sequence[PnlRow]
    by_client: Sequence[PnlRow]
    by_market_maker: Sequence[PnlRow]


def status_counts(desk: Desk, moment: Moment, reported: bool = False) -> StatusCounts:
    """Trades by derived status, or by what the files reported."""
    counts = dict.fromkeys((s.value for s in (Status.SETTLED, Status.PENDING, Status.RECONCILING, Status.FAILED)), 0)
    for row in desk.rows("counts", moment):
        status = str((row["reported_status"] or row["status"]) if reported else row["status"])
        counts[status] = counts.get(status, 0) + int(str(row["trades"]))
    return StatusCounts(moment.as_of, counts)


def open_items(desk: Desk, moment: Moment) -> list[aging_view.AgingRow]:
    """Every unsettled trade that nobody has resolved, worst first."""
    return aging_view.aging_rows(desk.rows("aging", moment), moment.as_of)


def months(desk: Desk, moment: Moment) -> list[pnl_view.MonthLine]:
    """Both bases of every month with anything in it."""
    return pnl_view.month_lines(desk.pnl("settlement", "month", moment), desk.pnl("trade", "month", moment))


def bounds_of(month: str) -> tuple[date, date]:
    """The first day of a month and of the next; Refused for one that is not written like 2024-12."""
    try:
        if not _MONTH.fullmatch(month):
            raise ValueError(month)
        return pnl_view.month_bounds(month)
    except ValueError:
        raise Refused(f"{month!r} is not a month; write it like 2024-12.", "month") from None


def month_report(desk: Desk, month: str, moment: Moment) -> MonthReport:
    """One month on both bases with the bridge between them; Refused for a month that is not written like 2024-12."""
    since, before = bounds_of(month)
    rows = desk.rows("bridge", moment, since=since, before=before)
    whole = {basis: desk.pnl(basis, "all", moment, since, before) for basis in ("settlement", "trade")}
    by = {key: desk.pnl("settlement", key, moment, since, before) for key in ("pair", "client", "market_maker")}
    return MonthReport(
        month=month,
        settlement=next(iter(whole["settlement"]), PnlRow("all", 0)),
        trade=next(iter(whole["trade"]), PnlRow("all", 0)),
        lines=pnl_view.bridge_lines(rows),
        bridge=pnl_view.bridge_table(rows),
        recognised=pnl_view.recognised_table(month, desk.rows("recognised", moment, since=since, before=before)),
        by_pair=by["pair"],
        by_client=by["client"],
        by_market_maker=by["market_maker"],
    )


def month_document(desk: Desk, report: MonthReport, moment: Moment) -> Document:
    """The month's report to take away: bridge, groupings, all months, and the bridge trade by trade."""
    tables = (
        pnl_view.bridge_summary_table(report.month, report.trade, report.lines, report.settlement),
        pnl_view.pnl_table("by pair", "Net PnL by pair", "Pair", report.by_pair, "settlement"),
        pnl_view.pnl_table("by client", "Net PnL by client", "Client", report.by_client, "settlement"),
        pnl_view.pnl_table("by market maker", "Net PnL by market maker", "Market maker", report.by_market_maker, "settlement"),
        pnl_view.months_table(months(desk, moment)),
        report.bridge,
        report.recognised,
    )
    return _document(
        desk, f"Month-end PnL {report.month}", moment, {"Month": report.month, "Basis": "settlement, bridged from trade"}, tables
    )


def months_document(desk: Desk, moment: Moment) -> Document:
    """Both bases of all months."""
    return _document(
        desk, "Net PnL by month", moment, {"Basis": "settlement and trade"}, (pnl_view.months_table(months(desk, moment)),)
    )


def aging_document(desk: Desk, rows: Sequence[aging_view.AgingRow], moment: Moment, filters: Mapping[str, str]) -> Document:
    """The open items, as filtered on the screen, to take away."""
    return _document(desk, "Settlement aging", moment, filters, (aging_view.aging_table(rows),))


def _document(desk: Desk, title: str, moment: Moment, parameters: Mapping[str, str], tables: Sequence[Table]) -> Document:
    zone = desk.settings.desk.zones.desk
    known = {"Known at": iso(moment.known_at, zone)} if moment.known_at else {}
    given = {
        **parameters,
        **known,
        "Store": desk.store.place.rsplit("/", 1)[-1],
        "Books zone": desk.settings.desk.zones.books.key,
    }
    return pnl_view.document(title, desk.settings.desk.name, desk.store.meta.label, moment.as_of, zone, given, tables)
