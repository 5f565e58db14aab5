"""The few rules of the desk's look that the theme has no words for."""

from typing import Final

import streamlit as st

_CSS: Final = """
.stApp { font-variant-numeric: tabular-nums lining-nums; }
[class*="st-key-large_"] [data-testid="stMetricValue"] { font-size: 2.15rem; font-weight: 600; line-height: 1.15; }
[class*="quiet_"] [data-testid="stMetricValue"] { color: color-mix(in srgb, currentColor 62%, transparent); }
[class*="st-key-dense_"] table { width: 100%; }
[class*="st-key-dense_"] :is(th, td) { padding: 0.17rem 0.5rem; border-width: 0 0 1px 0; }
[class*="st-key-dense_"] th { font-weight: 400; white-space: nowrap; color: color-mix(in srgb, currentColor 62%, transparent); }
"""
_mount: Final = st.components.v2.component("otc_style", css=_CSS, isolate_styles=False)


def apply() -> None:
    """Put the rules in force on this page: containers keyed `large_...` show large figures, `quiet_...` pale ones,
    `dense_...` Markdown tables with close rows."""
    _mount(key="otc_style", width="content")
