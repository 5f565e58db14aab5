"""What a page shows when there is nothing, something old, something wrong, or something to take away."""

import logging
from datetime import datetime
from typing import Final

import streamlit as st

from otc.clock import age_hours
from otc.errors import OtcError
from otc.runtime import House, Making, address
from otc.ui.words import literal, span

_LOG: Final = logging.getLogger(__name__)


def empty(sentence: str, what_next: str = "") -> None:
    """Say that there is nothing, why, and what to do."""
    with st.container(border=True):
        st.markdown(f"**{literal(sentence)}**")
        if what_next:
            st.markdown(literal(what_next))


def broken(sentence: str) -> None:
    """Say what is wrong, in the desk's own sentence, with a way to try again; never a traceback."""
    st.error(f"▲ {literal(sentence)}")
    st.button("Try again", key="try_again")


def unforeseen(error: Exception) -> bool:
    """Show what ended a page: the desk's own sentence, or that it is in the log; never a traceback."""
    if isinstance(error, OtcError):
        st.error(f"▲ {literal(str(error))}")
    else:
        _LOG.error("a page ended", exc_info=error)
        st.error("▲ Something happened that the desk did not foresee; it is in the log. What was booked stays booked.")
    return True


def refused(sentence: str) -> None:
    """Say why something was not done, at the place where it was asked."""
    st.markdown(f":red[:small[▲ {literal(sentence)}]]")


def stale(what: str, since: datetime, now: datetime, good_for_hours: float) -> None:
    """Say how old a figure is, once it is older than it should be."""
    if age_hours(since, now) > good_for_hours:
        st.badge(f"◆ {what} is {span(now - since)} old", color="orange")


def copyable(text: str, height: int | None = None) -> None:
    """A text to take away: exactly as it will be sent, with a copy button."""
    st.code(text, language=None, wrap_lines=True, height=height or "content")


def first_step(house: House, sentence: str) -> None:
    """An empty store: what it is for, and a button that makes the sample year."""
    there = address()
    if house.problem(there):
        refused(house.problem(there))
    with st.container(border=True):
        st.markdown(f"**{literal(sentence)}**")
        st.markdown("The sample year shows the desk at work: 5,968 trades of 2024, all invented, in a store labelled SAMPLE.")
        st.button("Make the sample year", type="primary", key="make_sample", on_click=house.make_sample, args=(there,))
        st.markdown("Or begin with trades of your own, with this desk closed:")
        st.code(f"python -m otc --store {there.place} import transactions FILE", language=None)


@st.fragment(run_every=1)
def being_made(house: House) -> None:
    """Progress of the sample year; it goes on whether or not anybody looks."""
    making: Making | None = house.making(address())
    if making is None:
        st.rerun()
    else:
        st.progress(making.share, f"{making.words} …")
        st.caption("It is made in the background: the page can be left and opened again.")
