"""Where the price is from: market makers' rates or venues, both side by side; the one chosen is the one to send."""

from datetime import datetime
from typing import Final, NamedTuple

import streamlit as st

from otc.model import Quote
from otc.ui.pricer_fields import key
from otc.ui.pricer_quote import price_words as rupiah_words
from otc.ui.pricer_state import Draft, from_venues, has_makers
from otc.ui.pricer_two_way import price_words
from otc.ui.pricer_venues import Offer, price_again
from otc.ui.shell import Visit
from otc.ui.words import literal, span


class _Way(NamedTuple):
    """One of the two: its prices, when they were made, or why there are none."""

    mode: str
    words: str
    press: str
    prices: str
    made_at: datetime | None
    why: str


_SHORT: Final = 110


def choose(visit: Visit, written: Draft, quote: Quote | None, offer: Offer) -> None:
    """Two buttons with both prices; below each its age, or why there is no price."""
    if not has_makers(visit.desk.settings):
        return
    chosen = "venues" if from_venues(visit.desk.settings) else "makers"
    ways = (_makers(written, quote), _venues(offer))
    with st.container(gap="xxsmall"):
        _buttons(ways, chosen)
        _ages(visit, ways, chosen)


def _buttons(ways: tuple[_Way, ...], chosen: str) -> None:
    for column, way in zip(st.columns(2, gap="small"), ways, strict=True):
        label = f"{'●' if way.mode == chosen else '○'} {way.words}{f' · {way.prices}' if way.prices else ''}"
        with column, st.container(key=f"{'chosen' if way.mode == chosen else 'quiet'}_{way.mode}"):
            st.button(
                label,
                key=f"use_{way.mode}",
                shortcut=way.press,
                width="stretch",
                on_click=_choose,
                args=(way.mode, way.mode == chosen),
            )


def _choose(mode: str, already: bool) -> None:
    st.session_state[key("mode")] = mode
    if mode == "venues" and not already:
        price_again()


def _makers(written: Draft, quote: Quote | None) -> _Way:
    prices = "" if quote is None else f"{rupiah_words(quote.buy.price_idr)} / {rupiah_words(quote.sell.price_idr)}"
    oldest = None if quote is None else min(rate.typed_at for rate in quote.request.rates)
    return _Way("makers", "Market makers", "Alt+M", prices, oldest, written.what_next)


def _venues(offer: Offer) -> _Way:
    quote = offer.quote
    if quote is None:
        return _Way("venues", "Venues", "Alt+V", "", None, offer.why)
    prices = f"{price_words(quote, quote.ask)} / {price_words(quote, quote.bid)}"
    return _Way("venues", "Venues", "Alt+V", prices, quote.inputs.quoted_at, "" if quote.firm else "indicative")


@st.fragment(run_every=2)
def _ages(visit: Visit, ways: tuple[_Way, ...], chosen: str) -> None:
    """How old each price is, ticking; the reasons of a missing one are cut short."""
    now = visit.desk.now()
    for column, way in zip(st.columns(2, gap="small"), ways, strict=True):
        if way.made_at is None and way.mode == chosen:
            words = "no price yet"  # the panel below says what is missing
        elif way.made_at is None:
            words = way.why if len(way.why) <= _SHORT else f"{way.why[:_SHORT]} …"
        else:
            aged = f"oldest rate {span(now - way.made_at)}" if way.mode == "makers" else f"priced {span(now - way.made_at)} ago"
            words = f"client buys / sells · {aged}{f' · {way.why}' if way.why and way.mode == 'venues' else ''}"
        column.caption(literal(words))
