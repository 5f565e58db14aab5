"""What the month-end page asks: the month's report, both bases of all months, what was open at its end; kept while true."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Final

import streamlit as st

from otc import reports, ui
from otc.clock import at_local, month_of
from otc.desk import Desk
from otc.model import Status
from otc.money import total_of
from otc.ports import Moment
from otc.reports import MonthReport
from otc.views.pnl import BridgeLine, MonthLine, month_bounds

_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class OpenAtEnd:
    """What was neither settled, failed nor cancelled at the month's end, whenever it was traded."""

    at: datetime
    """The month's end, or the instant asked about where the month has not ended by it."""
    trades: int
    amount_idr: Decimal
    net_pnl_idr: Decimal


@dataclass(frozen=True, slots=True)
class MonthPage:
    """Everything the page shows of one month, as of one instant."""

    report: MonthReport
    months: Sequence[MonthLine]
    open_at_end: OpenAtEnd
    moment: Moment

    @property
    def difference_idr(self) -> Decimal:
        """Settlement basis less trade basis; exact."""
        return self.report.settlement.net_pnl_idr - self.report.trade.net_pnl_idr

    def line(self, name: str) -> BridgeLine:
        """One line of the bridge by its code."""
        return next(line for line in self.report.lines if line.line == name)


def month_page(visit: ui.Visit, month: str) -> MonthPage:
    """The month as of the visit's instant; of the present, asked anew each minute and after every write."""
    desk = visit.desk
    asked = visit.as_of.isoformat() if visit.as_of != visit.now else f"{visit.now:%Y-%m-%dT%H:%M}"
    return _asked(desk, month, visit.as_of, f"{desk.store.place} {desk.store.last_change()} {asked}")


@st.cache_resource(max_entries=16, show_spinner=False)
def _asked(_desk: Desk, month: str, _as_of: datetime, mark: str) -> MonthPage:  # noqa: ARG001 - the key it is kept under
    moment = Moment(_as_of)
    return MonthPage(
        report=reports.month_report(_desk, month, moment),
        months=reports.months(_desk, moment),
        open_at_end=open_at_end(_desk, month, moment),
        moment=moment,
    )


def open_at_end(desk: Desk, month: str, moment: Moment) -> OpenAtEnd:
    """Ask for the open items at the last instant of the month in the books zone."""
    _, after = month_bounds(month)
    at = min(at_local(after, time(0), desk.settings.desk.zones.books), moment.as_of)
    rows = [row for row in reports.open_items(desk, Moment(at, moment.known_at)) if row.status is not Status.FAILED]
    return OpenAtEnd(
        at=at,
        trades=len(rows),
        amount_idr=total_of(row.client_amount_idr for row in rows),
        net_pnl_idr=total_of(row.net_pnl_idr for row in rows),
    )


def months_on_offer(visit: ui.Visit) -> list[str]:
    """The months with anything in them by the instant asked about, the latest first; that instant's own where there is none."""
    desk = visit.desk
    found = [int(str(row["month"])) for row in desk.rows("months", visit.moment)]
    own = month_of(visit.as_of, desk.settings.desk.zones.books)
    return [f"{month // 100}-{month % 100:02d}" for month in reversed(found)] or [own]


def ask_month(visit: ui.Visit) -> str:
    """The month picker, kept in the address as `month=`; without a readable one there, the latest month."""
    offered = months_on_offer(visit)
    asked = st.query_params.get("month", "")
    month = asked if _MONTH.fullmatch(asked) else offered[0]
    options = sorted({*offered, month}, reverse=True)
    st.session_state["month_shown"] = month
    st.selectbox("Month", options, key="month_shown", on_change=_keep_month)
    return month


def say_unreadable(shown: str) -> None:
    """Say that the address names no month, and which one is shown instead."""
    asked = st.query_params.get("month", "")
    if asked and _MONTH.fullmatch(asked) is None:
        ui.refused(f"{asked!r} is not a month; write it like 2024-12. {shown} is shown instead.")


def _keep_month() -> None:
    ui.keep_in_url(month=st.session_state["month_shown"])
