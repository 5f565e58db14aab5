"""Month-end PnL: what is this month's profit, and why is it not what trading says?"""

import streamlit as st

from otc import ui
from otc.ui import aging_exports
from otc.ui import pnl_charts as charts
from otc.ui import pnl_month as pnl
from otc.ui import pnl_tables as tables

visit = ui.open_page("Month-end PnL", role="finance", needs_trades=True)
aging_exports.say_past(visit)

choice, instant, _, files = st.columns([2, 3, 3, 4], gap="small", vertical_alignment="bottom")
with choice:
    month = pnl.ask_month(visit)
with instant:
    ui.ask_as_of(visit)
page = pnl.month_page(visit, month)
with files:
    tables.show_exports(page, visit)

pnl.say_unreadable(month)
tables.show_headlines(page, visit)

bars, bridge = st.columns(2, gap="medium")
with bars:
    st.caption(f"Net PnL by month, IDR {charts.months_unit(page.months)[1]}")
    both = "Net PnL by month, settlement basis beside trade basis."
    ui.chart(charts.months_figure(page.months, month), 210, key="pnl_months", alt=both)
with bridge:
    st.caption(f"From trade basis to settlement basis, {month}, IDR m")
    steps = f"The bridge from trade basis to settlement basis of {month}."
    ui.chart(charts.bridge_figure(page), 210, key="pnl_bridge", alt=steps)

tables.show_sheets(page, visit, height=440)
