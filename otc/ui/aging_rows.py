"""The open items on the screen: asked once a minute and after every write, the counts that filter them, the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import streamlit as st

from otc import reports, ui
from otc.desk import Desk
from otc.model import Bucket, Status
from otc.money import RUPIAH, round_to
from otc.ports import Moment
from otc.ui.aging_filters import ALL, BUCKETS, PROBLEMS, SHOWS, AgingChoice, AgingFilters, Tally, choose
from otc.views.aging import AgingRow
from otc.views.table import Column, Table, counted

MOST_ROWS: Final = 5_000
"""What a browser's table takes without becoming slow; the exports hold every row."""
_SHOW_WORDS: Final = {
    PROBLEMS: "Problems",
    Status.FAILED.value: "▲ Failed",
    Status.RECONCILING.value: "◆ Reconciling",
    Status.PENDING.value: "○ Inside window",
    ALL: "All open",
}
_COLUMNS: Final = (
    (Column("state", "State"), 116),
    (Column("age_hours", "Age h", "hours"), 52),
    (Column("status", "Status"), 106),
    (Column("why", "Why"), 208),
    (Column("transaction_id", "Trade"), 84),
    (Column("deal", "Deal"), 100),
    (Column("client_id", "Client"), 64),
    (Column("client_amount_idr", "IDR", "money"), 102),
    (Column("legs", "Legs"), 42),
    (Column("waits_on", "Waits on"), 74),
    (Column("expected_at", "Expected", "instant"), 118),
    (Column("due_at", "Window ends", "instant"), 118),
    (Column("bank_account_id", "Bank"), 104),
)
_FIT_ROWS: Final = 14
"""Rows that fit above the fold of a laptop; with a trade opened under them, fewer are shown."""
_FEW_ROWS: Final = 5


@dataclass(frozen=True, slots=True)
class OpenItems:
    """Every open item as of an instant, worst first."""

    rows: tuple[AgingRow, ...]
    as_of: datetime
    mark: str
    """Differs where rows or instant do: what is worked out of them may be kept under it."""


def open_items(visit: ui.Visit) -> OpenItems:
    """The open items at the visit's instant; of the present, asked anew each minute and after every write."""
    desk = visit.desk
    asked = visit.as_of.isoformat() if visit.as_of != visit.now else f"{visit.now:%Y-%m-%dT%H:%M}"
    return _asked(desk, visit.as_of, f"{desk.store.place} {desk.store.last_change()} {asked}")


@st.cache_resource(max_entries=8, show_spinner=False)
def _asked(_desk: Desk, _as_of: datetime, mark: str) -> OpenItems:
    return OpenItems(tuple(reports.open_items(_desk, Moment(_as_of))), _as_of, mark)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the filters let through, as rows, as tallies of every other choice, and as the table that is shown."""

    choice: AgingChoice
    table: Table
    ids: tuple[str, ...]
    """Of the rows in the table, in its order."""


def chosen_items(items: OpenItems, filters: AgingFilters) -> Chosen:
    """What passes the filters; worked out once for the same items and filters."""
    return _chosen(items, filters, f"{items.mark} {filters}")


@st.cache_resource(max_entries=32, show_spinner=False)
def _chosen(_items: OpenItems, _filters: AgingFilters, mark: str) -> Chosen:  # noqa: ARG001 - the key it is kept under
    choice = choose(_items.rows, _filters)
    shown = choice.rows[:MOST_ROWS]
    return Chosen(choice, screen_table(shown), tuple(row.transaction_id for row in shown))


def filters_of_url(items: OpenItems) -> AgingFilters:
    """The filters that the address names; a word it cannot mean is passed over."""
    rows = items.rows
    return AgingFilters(
        status=_named("status", list(SHOWS)) or PROBLEMS,
        bucket=_named("bucket", list(BUCKETS)),
        pair=_named("pair", sorted({row.pair for row in rows})),
        client=_named("client", sorted({row.client_id for row in rows})),
        bank=_named("bank", sorted({row.bank_account_id for row in rows})),
    )


def _named(key: str, allowed: list[str]) -> str:
    return next(iter(ui.from_url(key, allowed)), "")


def show_buckets(choice: AgingChoice, filters: AgingFilters) -> None:
    """Three tiles, red, amber, green: how many and how much; a click filters, a second click lets go."""
    tints = {Bucket.RED.value: "red", Bucket.AMBER.value: "orange", Bucket.GREEN.value: "green"}
    for place, bucket in zip(st.columns(3, gap="xsmall"), BUCKETS, strict=True):
        shape, _, word = ui.BUCKETS[Bucket(bucket)].partition(" ")
        pressed = filters.bucket == bucket
        head = f"{shape} {ui.literal(word)}" if pressed else f":{tints[bucket]}[{shape}] {ui.literal(word)}"
        place.button(
            f"{head}  \n{_tally_words(choice.by_bucket[bucket])}",
            key=f"bucket_{bucket}",
            type="primary" if pressed else "secondary",
            width="stretch",
            on_click=ui.keep_in_url,
            kwargs={"bucket": "" if pressed else bucket},
        )


def show_statuses(choice: AgingChoice, filters: AgingFilters) -> None:
    """Problems, one status, or all: each with its count and money."""
    st.session_state["status_shown"] = filters.status
    st.segmented_control(
        "Status",
        SHOWS,
        format_func=lambda status: f"{_SHOW_WORDS[status]} {_tally_words(choice.by_status[status])}",
        key="status_shown",
        label_visibility="collapsed",
        on_change=_keep_status,
    )


def _keep_status() -> None:
    status = st.session_state["status_shown"] or PROBLEMS
    ui.keep_in_url(status="" if status == PROBLEMS else status)


def _tally_words(tally: Tally) -> str:
    return f"**{tally.trades:,}** · {ui.short_rupiah(tally.amount_idr)}" if tally.trades else "**0**"


def show_selectors(items: OpenItems, filters: AgingFilters) -> None:
    """Pair, client and bank, each with those that have an open item."""
    rows = items.rows
    pair, client, bank = st.columns(3, gap="xsmall")
    with pair:
        _selector("pair", "All pairs", filters.pair, sorted({row.pair for row in rows}))
    with client:
        _selector("client", "All clients", filters.client, sorted({row.client_id for row in rows}))
    with bank:
        _selector("bank", "All banks", filters.bank, sorted({row.bank_account_id for row in rows}))


def _selector(key: str, everything: str, chosen: str, options: Sequence[str]) -> None:
    st.session_state[f"{key}_shown"] = chosen
    st.selectbox(
        everything,
        ["", *options],
        format_func=lambda option: option or everything,
        key=f"{key}_shown",
        label_visibility="collapsed",
        on_change=_keep_selected,
        args=(key,),
    )


def _keep_selected(key: str) -> None:
    ui.keep_in_url(**{key: st.session_state[f"{key}_shown"] or ""})


def clear_filters() -> None:
    """Show every open item."""
    ui.keep_in_url(status=ALL, bucket="", pair="", client="", bank="")


def show_rows(chosen: Chosen, visit: ui.Visit) -> list[str]:
    """The table, worst first; returns the ids of the trades that are open under it, kept in the address as `trade=`."""
    opened, rows = _opened(chosen.ids), chosen.choice.rows
    few = min(len(chosen.ids), _FEW_ROWS if opened else _FIT_ROWS)
    if few:
        widths = {column.key: width for column, width in _COLUMNS}
        height = 37 + 31 * few
        ui.dataframe(
            chosen.table, visit.zone, key="open_rows", height=height, badges=("state",), select="multi-row", widths=widths
        )
    if len(rows) > MOST_ROWS:
        st.caption(f"The worst {MOST_ROWS:,} of {len(rows):,} are shown; filter to see others, the exports hold them all.")
    return opened


def _opened(ids: Sequence[str]) -> list[str]:
    """Which trades are open: those whose rows were just selected, else those of the address.

    The grid knows positions alone, and these move with every filter and every write: so each run remembers which trades
    they meant, and tells the grid where these now stand.
    """
    state: Any = st.session_state.get("open_rows")
    meant, told = st.session_state.get("open_rows_meant", ((), []))
    selected = list(state["selection"]["rows"]) if state else []
    opened = list(st.query_params.get_all("trade"))
    if state and selected != told:
        opened = [meant[position] for position in selected if position < len(meant)]
        ui.keep_in_url(trade=opened)
    place = {transaction_id: position for position, transaction_id in enumerate(ids)} if opened else {}
    positions = sorted(place[each] for each in opened if each in place)
    if positions != sorted(selected):
        st.session_state["open_rows"] = {"selection": {"rows": positions}}
    st.session_state["open_rows_meant"] = (ids, positions)
    return opened


def screen_table(rows: Sequence[AgingRow]) -> Table:
    """The rows as the screen shows them: states in shape and word."""
    return Table("aging", "Open items, worst first", tuple(column for column, _ in _COLUMNS), [_screen_row(row) for row in rows])


def _screen_row(row: AgingRow) -> dict[str, object]:
    cells: dict[str, object] = {column.key: getattr(row, column.key, None) for column, _ in _COLUMNS}
    why = f"{row.why}, needed sooner" if row.late_for_need else row.why
    return cells | {
        # Rounded once here, as the grid would do at every rerun.
        "client_amount_idr": int(round_to(row.client_amount_idr, RUPIAH, "half_even")),
        "state": ui.BUCKETS[row.bucket],
        "status": ui.STATUSES[row.status],
        "why": why,
        "deal": f"{row.side.value} {row.pair}",
    }


def show_nothing(items: OpenItems) -> None:
    """Why no row is shown, and the way back to all of them."""
    if not items.rows:
        ui.empty("No open items.", "Every trade has settled, was cancelled, or was resolved by a person.")
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Nothing matches these filters.** In all: {counted(len(items.rows), 'open item')}.")
        st.button("Clear the filters", key="clear_filters", on_click=clear_filters)
