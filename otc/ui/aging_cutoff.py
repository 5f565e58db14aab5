"""The cut-off cockpit: what rupiah the desk still has to send to clients, over which bank and rail, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import streamlit as st

from otc import ui
from otc.config import RailLine
from otc.desk import Desk
from otc.model import Side, Status
from otc.money import total_of
from otc.settlement.rails import Rails
from otc.ui.aging_rows import OpenItems
from otc.views.aging import DOT, AgingRow


@dataclass(frozen=True, slots=True)
class ToSend:
    """What is still to go over one bank's rail."""

    bank_account_id: str
    rail: str
    trades: int
    amount_idr: Decimal
    ready_idr: Decimal
    """The part whose coins have come in, so that the desk may send now."""
    opens_at: datetime
    closes_at: datetime | None
    """None for a rail that never closes."""


def still_to_send(rows: Iterable[AgingRow], rails: Rails, as_of: datetime) -> list[ToSend]:
    """Open rupiah of selling clients by bank and rail, the next to close first; failed trades wait for a decision, not a rail."""
    groups: dict[tuple[str, tuple[RailLine, ...]], list[AgingRow]] = {}
    for row in rows:
        if row.side is Side.SELL and row.status is not Status.FAILED and row.legs[0] == DOT["open"]:
            amount = row.client_amount_idr
            bank = row.bank_account_id
            takes = tuple(r for r in rails.candidates("IDR", bank) if r.min < amount and (r.max is None or amount <= r.max))
            groups.setdefault((bank, takes), []).append(row)
    found = [_group(bank, waiting, rails, as_of) for (bank, takes), waiting in groups.items() if takes]
    return sorted(found, key=lambda each: (each.closes_at is None, each.closes_at or as_of, -each.amount_idr))


def _group(bank: str, rows: list[AgingRow], rails: Rails, as_of: datetime) -> ToSend:
    one = rows[0].client_amount_idr
    taken = rails.accept("IDR", one, as_of, bank)
    ready = [row for row in rows if row.legs[1] == DOT["final"]]
    return ToSend(
        bank_account_id=bank,
        rail=taken.rail,
        trades=len(rows),
        amount_idr=total_of(row.client_amount_idr for row in rows),
        ready_idr=total_of(row.client_amount_idr for row in ready),
        opens_at=taken.accepted_at,
        closes_at=rails.next_cutoff("IDR", one, as_of, bank),
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _lines(_items: OpenItems, _rails: Rails, mark: str) -> list[ToSend]:  # noqa: ARG001 - the key it is kept under
    return still_to_send(_items.rows, _rails, _items.as_of)


def show_cutoff(items: OpenItems, desk: Desk) -> None:
    """What is still to go in all and how much of it may go now; then a line a rail: until when, and how much over which bank."""
    lines, as_of = _lines(items, desk.rules.rails, items.mark), items.as_of
    with st.container(gap="xxsmall"):
        if not lines:
            st.caption("Rupiah still to send to clients: none, no selling client waits for any.")
            return
        total = total_of(line.amount_idr for line in lines)
        ready = total_of(line.ready_idr for line in lines)
        st.markdown(
            f"Still to send to clients **IDR {ui.short_rupiah(total)}** · with their coins in **{ui.short_rupiah(ready)}**"
        )
        by_rail: dict[str, list[ToSend]] = {}
        for line in lines:
            by_rail.setdefault(f"{ui.literal(line.rail)} {_closing(line, as_of, desk.settings.desk.zones.desk)}", []).append(line)
        for words, banks in by_rail.items():
            amounts = " · ".join(f"{_bank(line, desk)} {ui.short_rupiah(line.amount_idr)}" for line in banks)
            st.caption(f"**{words}**: {amounts}")


def _bank(line: ToSend, desk: Desk) -> str:
    bank = desk.settings.counterparties.bank(line.bank_account_id)
    return ui.literal(bank.name if bank else line.bank_account_id)


def _closing(line: ToSend, as_of: datetime, zone: ZoneInfo) -> str:
    if line.closes_at is None:
        return "any time"
    closes = f"closes {ui.short_instant(line.closes_at, as_of, zone)} in {ui.span(line.closes_at - as_of)}"
    if line.opens_at > as_of:
        return f"opens {ui.short_instant(line.opens_at, as_of, zone)}, {closes}"
    return closes
