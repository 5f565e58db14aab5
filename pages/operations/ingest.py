"""operations/ingest: did this file come in whole?"""

import streamlit as st

from otc import ui
from otc.ui import ingest_file

visit = ui.open_page("Ingest", role="operations")
left, right = st.columns([5, 8], gap="small")
with left:
    ingest_file.upload(visit)
with right:
    ingest_file.account(visit)
