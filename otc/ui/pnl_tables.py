"""The figures of the month-end page: headline amounts, the bridge and the groupings as tables, and what finance takes away."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import streamlit as st

from otc import reports, ui
from otc.exports.delimited import to_csv
from otc.exports.pdf import to_pdf
from otc.exports.xlsx import to_xlsx
from otc.ui.pnl_month import MonthPage
from otc.views.pnl import bridge_summary_table, months_table, pnl_table
from otc.views.table import Document, Table

_BOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BRIDGE_WIDTHS: Final = {
    "line": 250,
    "transaction_id": 96,
    "traded_at": 126,
    "crypto_final_at": 126,
    "fiat_final_at": 126,
    "recognised_at": 126,
    "status": 110,
    "pair": 80,
    "client_id": 76,
    "amount_idr": 110,
}
_LINES: Final = {"failed": "▲ Failed", "cancelled": "✕ Cancelled", "reversed": "↩ Taken back"}
SHEETS: Final = ("Bridge, trade by trade", "Bridge", "By pair", "By client", "By market maker", "Recognised trades", "All months")
_KEYS: Final = ("trades", "lines", "pair", "client", "market_maker", "recognised", "months")
"""What `sheet=` of the address may say, in the order of SHEETS."""


def show_headlines(page: MonthPage, visit: ui.Visit) -> None:
    """Both bases, their difference, and what stands between them, each with its count."""
    report, ended = page.report, page.open_at_end
    settled, traded, between, at_end, *lines = st.columns([5, 5, 5, 5, 4, 4, 4], gap="xsmall")
    figure(settled, "Settlement basis", ui.rupiah(report.settlement.net_pnl_idr), f"{report.settlement.trades:,} recognised")
    figure(traded, "Trade basis", ui.rupiah(report.trade.net_pnl_idr), f"{report.trade.trades:,} traded")
    figure(between, "Difference", ui.signed_rupiah(page.difference_idr), "settlement less trade")
    more = f"PENDING and RECONCILING at {ui.instant(ended.at, visit.zone)}, whenever traded: IDR {ui.rupiah(ended.amount_idr)}."
    figure(at_end, "○ Open at month's end", f"{ended.trades:,}", f"net {ui.short_rupiah(ended.net_pnl_idr)}", more)
    for place, (name, words) in zip(lines, _LINES.items(), strict=True):
        line = page.line(name)
        more = f"{line.title}: net PnL {ui.rupiah(line.amount_idr)}."
        figure(place, words, f"{line.trades:,}", f"net {ui.short_rupiah(line.amount_idr)}", more)


def figure(place: "st.delta_generator.DeltaGenerator", label: str, value: str, under: str, more: str = "") -> None:
    """One headline amount with the words under it."""
    place.metric(label, value, under, delta_color="off", delta_arrow="off", border=True, help=ui.literal(more) or None)


def show_exports(page: MonthPage, visit: ui.Visit) -> None:
    """Three buttons; a file is made when asked for: the whole month to work with or to print, the bridge exact to the digit."""
    name = f"month_end_pnl_{page.report.month}"
    makers: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
        ("XLSX", _BOOK, lambda: to_xlsx(document(page, visit))),
        ("CSV", "text/csv", lambda: to_csv(page.report.bridge, visit.zone)),
        ("PDF", "application/pdf", lambda: to_pdf(document(page, visit))),
    )
    for place, (word, mime, make) in zip(st.columns(3, gap="xsmall"), makers, strict=True):
        ending = word.lower()
        place.download_button(word, make, f"{name}.{ending}", mime, key=f"pnl_{ending}", on_click="ignore", width="stretch")


def document(page: MonthPage, visit: ui.Visit) -> Document:
    """The whole month to take away, as of the page's instant."""
    return reports.month_document(visit.desk, page.report, page.moment)


def show_sheets(page: MonthPage, visit: ui.Visit, height: int) -> None:
    """One of the month's tables at a time; which one is kept in the address."""
    asked = next(iter(ui.from_url("sheet", list(_KEYS))), _KEYS[0])
    st.session_state["sheet_shown"] = asked
    words = dict(zip(_KEYS, SHEETS, strict=True))
    st.segmented_control(
        "Table", _KEYS, format_func=words.__getitem__, key="sheet_shown", label_visibility="collapsed", on_change=_keep_sheet
    )
    table = sheet(page, asked)
    if not table.rows:
        st.caption(
            "No trade stands between the two bases of this month: they are equal."
            if asked == "trades"
            else "Nothing in this month."
        )
        return
    rows = min(len(table.rows), (height - 37) // 31)
    ui.dataframe(
        table, visit.zone, key=f"pnl_{asked}", height=37 + 31 * rows, widths=_BRIDGE_WIDTHS if asked == "trades" else None
    )
    if table.total:
        st.caption(total_words(table))


def _keep_sheet() -> None:
    chosen = st.session_state["sheet_shown"]
    ui.keep_in_url(sheet="" if chosen in (None, _KEYS[0]) else chosen)


def sheet(page: MonthPage, key: str) -> Table:
    """One of the tables by its word in the address."""
    report = page.report
    if key == "lines":
        return bridge_summary_table(report.month, report.trade, report.lines, report.settlement)
    if key == "pair":
        return pnl_table("by pair", "Net PnL by pair", "Pair", report.by_pair, "settlement")
    if key == "client":
        return pnl_table("by client", "Net PnL by client", "Client", report.by_client, "settlement")
    if key == "market_maker":
        return pnl_table("by market maker", "Net PnL by market maker", "Market maker", report.by_market_maker, "settlement")
    if key == "recognised":
        return report.recognised
    return months_table(page.months) if key == "months" else report.bridge


def total_words(table: Table) -> str:
    """The table's last line in words: exact figures added up, rounded to the rupiah for reading."""
    total = table.total or {}
    first = str(total.get(table.columns[0].key) or total.get("transaction_id") or "Total")
    figures = [(column.title, total.get(column.key)) for column in table.columns]
    words = [f"{title} {ui.rupiah(value)}" for title, value in figures if isinstance(value, Decimal)]
    return " · ".join([f"**{ui.literal(first)}**", *map(ui.literal, words), ui.literal(table.note.rstrip("."))]).rstrip(" ·")
