"""What ops takes away of the open items, as filtered on the screen; and the line that tells a past instant from the present."""

from collections.abc import Sequence

import streamlit as st

from otc import reports, ui
from otc.exports.delimited import to_csv
from otc.exports.xlsx import to_xlsx
from otc.ports import Moment
from otc.ui.aging_filters import AgingFilters
from otc.ui.aging_rows import OpenItems
from otc.views.aging import AgingRow, aging_table


def csv_bytes(rows: Sequence[AgingRow], visit: ui.Visit) -> bytes:
    """The rows with every figure exact."""
    return to_csv(aging_table(rows), visit.zone)


def xlsx_bytes(rows: Sequence[AgingRow], items: OpenItems, filters: AgingFilters, visit: ui.Visit) -> bytes:
    """The rows as a workbook whose first sheet tells the filters and the instant."""
    return to_xlsx(reports.aging_document(visit.desk, rows, Moment(items.as_of), filters.words))


def show_exports(rows: Sequence[AgingRow], items: OpenItems, filters: AgingFilters, visit: ui.Visit) -> None:
    """Two buttons; the file is made when it is asked for, of all rows that pass the filters."""
    name = f"settlement_aging_{items.as_of.astimezone(visit.zone):%Y-%m-%d_%H%M}"
    book = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    csv, xlsx = st.columns(2, gap="xsmall")
    csv.download_button(
        "CSV", lambda: csv_bytes(rows, visit), f"{name}.csv", "text/csv", key="aging_csv", on_click="ignore", width="stretch"
    )
    xlsx.download_button(
        "XLSX",
        lambda: xlsx_bytes(rows, items, filters, visit),
        f"{name}.xlsx",
        book,
        key="aging_xlsx",
        on_click="ignore",
        width="stretch",
    )


def say_past(visit: ui.Visit) -> None:
    """Say that the page stands at another instant than the present, how far away it is, and the way back."""
    if visit.as_of == visit.now:
        return
    away = ui.span(abs(visit.now - visit.as_of))
    words = (
        f"{away} back: what has happened since is left out."
        if visit.as_of < visit.now
        else f"{away} ahead of the desk's present."
    )
    at = ui.instant(visit.as_of, visit.zone)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":orange[**◆ As of {ui.literal(at)}**], {ui.literal(words)}", width="content")
        st.button("Back to now", key="back_to_now", type="tertiary", on_click=back_to_now)


def back_to_now() -> None:
    """Let go of the instant in the address."""
    st.query_params.pop("as_of", None)
    st.session_state["as_of_typed"] = ""
