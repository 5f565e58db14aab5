"""trade/pricer: what do I tell the client, now?"""

import streamlit as st

from otc import ui
from otc.ui import pricer_inputs, pricer_quote, pricer_state

visit = ui.open_page("Pricer", role="trader")
pricer_state.restore(visit)
written, quote = pricer_state.offered(visit)
booked = pricer_quote.booked_id()

left, right = st.columns([5, 7], gap="small")
with left:
    pricer_inputs.rates(visit, written, locked=bool(booked))
    pricer_inputs.request(visit, written, locked=bool(booked))
    pricer_quote.recent(visit, pricer_state.typed("client"))
with right:
    if booked:
        pricer_quote.booked_panel(visit, booked)
    else:
        pricer_quote.quote_panel(visit, quote, written.what_next)
pricer_state.keep(visit, quote)
