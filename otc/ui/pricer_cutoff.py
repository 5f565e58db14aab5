"""The cut-off line of an amount of rupiah, ticking, whoever made its price."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import streamlit as st

from otc.desk import Desk
from otc.model import QuoteRequest
from otc.money import ZERO
from otc.ports import Moment
from otc.quoting.landing import landing, urgency
from otc.quoting.messages import landing_words
from otc.settlement.exposure import one_leg_out_idr
from otc.ui.shell import Visit
from otc.ui.words import Colour, short_rupiah, span

_OUT_SECONDS: Final = 15


@st.fragment(run_every=5)
def cutoff(visit: Visit, request: QuoteRequest, amount_idr: Decimal) -> None:
    """When these rupiah land, what is left until their cut-off, and the rail they take."""
    now = visit.desk.now()
    found = landing(request, amount_idr, visit.desk.rules, request.bank_account_id, now, visit.zone)
    state = urgency(found, now)
    colours: dict[str, Colour] = {"none": "green", "ample": "green", "soon": "orange", "lost": "red"}
    signs = {"none": "●", "ample": "●", "soon": "◆", "lost": "▲"}
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.badge(f"{signs[state]} {landing_words(found, now, visit.zone)}", color=colours[state])
        if found.cutoff and found.today:
            st.badge(f"{span((found.coins_by or found.cutoff) - now)} left", color=colours[state])
        if request.needed_by and found.taken_at > request.needed_by:
            st.badge("▲ after it is needed", color="red")
        st.badge(found.rail, color="gray")
        if request.client_id:
            _one_leg_out(visit, request.client_id, now)


def _one_leg_out(visit: Visit, client_id: str, now: datetime) -> None:
    """What this client owes the desk for what it has been given, against its limit where it has one."""
    desk, client = visit.desk, visit.desk.settings.counterparties.client(client_id)
    out = _out(desk.store.place, desk.store.last_change(), client_id, desk, now)
    limit = client.limit_idr if client else ZERO
    words = f"one leg out Rp {short_rupiah(out)}" + (f" of {short_rupiah(limit)}" if limit else "")
    over = bool(limit) and out > limit
    st.badge(f"{'▲' if over else '◆' if out else '●'} {words}", color="red" if over else "orange" if out else "gray")


@st.cache_resource(ttl=_OUT_SECONDS, show_spinner=False, max_entries=64)
def _out(place: str, change: str, client_id: str, _desk: Desk, _now: datetime) -> Decimal:  # noqa: ARG001 - a key to the cache
    return one_leg_out_idr(_desk.rows("aging", Moment(_now)), client_id, _now)
