"""The desk as one process: its pages under a navigation on top, and its own HTTP routes beside them.

`streamlit run app.py` and `uvicorn app:app` both serve it: imported by a server it makes the ASGI app, run as Streamlit's
script it shows the pages.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime import exists
from streamlit.runtime.pages_manager import PagesManager

from otc import ui, web

PAGES = Path(__file__).parent / "pages"


@asynccontextmanager
async def lifespan(streams: web.Streams, _: st.App) -> AsyncIterator[None]:
    """Open the desk before the first page asks for it; let go of its store at the end."""
    warming = asyncio.create_task(asyncio.to_thread(ui.warm_up))
    try:
        with web.told_of_stop(streams.close):
            yield
    finally:
        await warming
        ui.house().close()


def navigation() -> Any:
    """The pages by section; the bare address leads to the pricer."""
    pricer = st.Page(PAGES / "trade/pricer.py", title="Pricer", url_path="pricer")
    sections = {
        "": [st.Page(lambda: st.switch_page(pricer), title="Desk", url_path="desk", default=True, visibility="hidden")],
        "Trade": [st.Page(PAGES / "trade/market.py", title="Market", url_path="market"), pricer],
        "Operations": [
            st.Page(PAGES / "operations/settlement_aging.py", title="Settlement aging", url_path="settlement_aging"),
            st.Page(PAGES / "operations/ingest.py", title="Ingest", url_path="ingest"),
        ],
        "Finance": [st.Page(PAGES / "finance/month_end_pnl.py", title="Month-end PnL", url_path="month_end_pnl")],
    }
    return st.navigation(sections, position="top")


if exists():
    ui.configure()
    navigation().run()
else:
    # Otherwise the first deep link after a start is looked for among the scripts of pages/ itself, and not found.
    PagesManager.uses_pages_directory = False
    streams = web.Streams()
    app = st.App(
        __file__,
        lifespan=partial(lifespan, streams),
        routes=web.routes(ui.house(), streams),
        on_script_error=ui.unforeseen,
    )
