"""A transactions file brought in by hand: booked in the background, so that the page can be left, each line accounted for."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock, Thread
from typing import Final

import streamlit as st

from otc.bootstrap import transaction_file
from otc.desk import Desk
from otc.errors import OtcError
from otc.exports.delimited import to_csv
from otc.model import ImportResult, Reject
from otc.ui import states
from otc.ui.grid import dataframe
from otc.ui.shell import Visit
from otc.ui.words import literal
from otc.views.table import Column, Table, counted

_COLUMNS: Final = (Column("line", "Line", "integer"), Column("field", "Column"), Column("reason", "Reason"))


@dataclass(frozen=True, slots=True)
class Intake:
    """How far one file is: rows read so far, then its account or the sentence that refused it."""

    name: str
    rows: int = 0
    result: ImportResult | None = None
    problem: str = ""

    @property
    def done(self) -> bool:
        return self.result is not None or bool(self.problem)


class Intakes:
    """The last file of each store, shared by all who look at it."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._last: dict[str, Intake] = {}

    def last(self, desk: Desk) -> Intake | None:
        """The file that is being booked, or was last."""
        with self._lock:
            return self._last.get(desk.store.place)

    def begin(self, desk: Desk, name: str, content: bytes) -> None:
        """Book a file in a thread of its own; while one is under way another waits its turn."""
        with self._lock:
            under_way = self._last.get(desk.store.place)
            if under_way and not under_way.done:
                return
            self._last[desk.store.place] = Intake(name)
        Thread(target=self._book, args=(desk, name, content), name="transactions file", daemon=True).start()

    def _book(self, desk: Desk, name: str, content: bytes) -> None:
        try:
            with TemporaryDirectory() as folder:
                path = Path(folder) / (Path(name).name or "upload.csv")
                path.write_bytes(content)
                result = desk.import_transactions(transaction_file(desk, path), lambda rows: self._note(desk, rows=rows))
            self._note(desk, result=result)
        except (OtcError, OSError) as error:
            self._note(desk, problem=f"{name} was not booked, and nothing of it was: {error}")
        finally:
            # A thread that dies of a bug leaves no page waiting for it; the bug itself goes to the log.
            last = self.last(desk)
            if last and not last.done:
                self._note(desk, problem=f"{name} was not booked, and nothing of it was; the log says more.")

    def _note(self, desk: Desk, *, rows: int | None = None, result: ImportResult | None = None, problem: str = "") -> None:
        with self._lock:
            last = self._last[desk.store.place]
            self._last[desk.store.place] = replace(last, rows=last.rows if rows is None else rows, result=result, problem=problem)


@st.cache_resource(show_spinner=False)
def intakes() -> Intakes:
    """The files of this process."""
    return Intakes()


def upload(visit: Visit) -> None:
    """Choose a file and book it."""
    with st.container(border=True):
        st.markdown("**A transactions file** · the 31 columns")
        file = st.file_uploader("CSV file", type=["csv"], key="transactions_file", label_visibility="collapsed")
        last = intakes().last(visit.desk)
        busy = last is not None and not last.done
        if st.button("Book the file", type="primary", disabled=file is None or busy, key="book_file") and file is not None:
            intakes().begin(visit.desk, file.name, file.getvalue())
            st.rerun()
        st.caption(
            "Good rows are booked although others are refused. A file that is brought in twice books nothing the second time; "
            "new leg times or a new status of a known trade become new facts; its terms never change."
        )


def account(visit: Visit) -> None:
    """What became of the last file."""
    last = intakes().last(visit.desk)
    if last is None:
        states.empty("No file was brought in since the desk was opened.", "Choose one on the left; its account appears here.")
    elif not last.done:
        _under_way(visit)
    elif last.result is None:
        states.refused(last.problem)
    else:
        _booked(visit, last.name, last.result)


@st.fragment(run_every=1)
def _under_way(visit: Visit) -> None:
    last = intakes().last(visit.desk)
    if last is None or last.done:
        st.rerun()
    else:
        st.progress(0.5, f"{literal(last.name)}: {counted(last.rows, 'row')} read …")
        st.caption("The page can be left; the file counts whole or not at all.")


def _booked(visit: Visit, name: str, result: ImportResult) -> None:
    st.markdown(f"**{literal(name)}**")
    columns = st.columns(4, gap="small")
    figures = {"Read": result.read, "Booked": result.booked, "Duplicates": result.duplicates, "Rejected": len(result.rejected)}
    for column, (title, figure) in zip(columns, figures.items(), strict=True):
        column.metric(title, f"{figure:,}", border=True)
    if result.updated:
        st.caption(f"{result.updated:,} of the booked rows brought news of trades that were known.")
    for warning in result.warnings:
        st.markdown(f"◆ {literal(warning)}")
    if result.rejected:
        table = rejects_table(result.rejected)
        dataframe(table, visit.zone, key="rejects", height=360)
        data = to_csv(table, visit.zone)
        st.download_button("Rejected rows, CSV", data, "rejected.csv", "text/csv", on_click="ignore", key="rejects_csv")
    else:
        st.badge("● every line booked or known", color="green")


def rejects_table(rejected: tuple[Reject, ...]) -> Table:
    """The rejected rows with line, column and reason."""
    rows = [{"line": reject.line, "field": reject.field, "reason": reject.reason} for reject in rejected]
    return Table("rejected", "Rejected rows", _COLUMNS, rows)
