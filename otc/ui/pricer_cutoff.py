"""The cut-off line of an amount of rupiah, ticking, whoever made its price."""

from decimal import Decimal

import streamlit as st

from otc.model import QuoteRequest
from otc.quoting.landing import landing, urgency
from otc.quoting.messages import landing_words
from otc.ui.shell import Visit
from otc.ui.words import Colour, span


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
