"""trade/pricer: what do I tell the client, now?"""

import streamlit as st

from otc import ui
from otc.ui import (
    pricer_chat,
    pricer_choice,
    pricer_fields,
    pricer_inputs,
    pricer_keys,
    pricer_quote,
    pricer_recent,
    pricer_state,
    pricer_two_way,
    pricer_venues,
)

visit = ui.open_page("Pricer", role="trader")
pricer_state.restore(visit)
written, quote = pricer_state.offered(visit)
by_venues = pricer_state.from_venues(visit.desk.settings)
offer = pricer_venues.offered(visit, written, chosen=by_venues)
shown = pricer_state.with_problem(written, offer.field, offer.why) if by_venues else written
booked = pricer_quote.booked_id()

# Each part has its place whether or not it shows anything: a part that moves would lose the cursor that stands in it.
with st.container():
    if not booked:
        pricer_chat.paste(visit, written)
left, right = st.columns([5, 7], gap="small")
with left:
    with st.container():
        pricer_inputs.rates(visit, shown, locked=bool(booked))
    pricer_inputs.request(visit, shown, locked=bool(booked))
    pricer_keys.listen()
    pricer_recent.recent(visit, pricer_fields.typed("client"))
with right:
    if booked:
        pricer_quote.booked_panel(visit, booked)
    else:
        with st.container():
            pricer_choice.choose(visit, written, quote, offer)
        with st.container():
            if by_venues:
                pricer_two_way.panel(visit, offer)
            else:
                pricer_quote.quote_panel(visit, quote, written.what_next)
with st.container():
    if by_venues and offer.quote is not None and not booked:
        pricer_two_way.details(offer.quote)
pricer_recent.learnt(visit)
pricer_state.keep(visit, quote)
