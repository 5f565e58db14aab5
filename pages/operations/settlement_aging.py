"""Settlement aging: what needs me first? Every open trade, worst first; a row opens it, and what ops says of it is recorded."""

import streamlit as st

from otc import ui
from otc.errors import OtcError
from otc.ui import aging_actions as actions
from otc.ui import aging_cutoff as cutoff
from otc.ui import aging_detail as detail
from otc.ui import aging_exports as exports
from otc.ui import aging_rows as aging

visit = ui.open_page("Settlement aging", role="operations", needs_trades=True)
exports.say_past(visit)
items = aging.open_items(visit)
filters = aging.filters_of_url(items)
chosen = aging.chosen_items(items, filters)

tiles, cockpit = st.columns([3, 2], gap="medium")
with tiles:
    aging.show_buckets(chosen.choice, filters)
    aging.show_statuses(chosen.choice, filters)
with cockpit:
    cutoff.show_cutoff(items, visit.desk)

selectors, instant, files = st.columns([6, 3, 3], gap="small", vertical_alignment="bottom")
with selectors:
    aging.show_selectors(items, filters)
with instant:
    ui.ask_as_of(visit)
with files:
    exports.show_exports(chosen.choice.rows, items, filters, visit)

if not chosen.ids:
    aging.show_nothing(items)
trade_ids = aging.show_rows(chosen, visit)
if trade_ids:
    try:
        trades = [detail.opened(visit, each) for each in trade_ids]
    except OtcError as error:
        ui.refused(str(error))
        st.button("Close", key="close_trades", on_click=detail.close_trades)
        st.stop()
    story, form = st.columns([6, 5], gap="medium")
    with story:
        detail.show_trades(trades, visit)
    with form:
        actions.show_form(trades, visit)
    detail.show_history(trades, visit)
