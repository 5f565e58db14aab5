"""The pricer's price from venues: made once for what is typed, shown unchanged while it stands, kept when it leaves the page."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

import streamlit as st

from otc.errors import OtcError, Refused
from otc.model import Side
from otc.model.rfq import RfqRequest, TwoWay
from otc.ui.pricer_fields import typed
from otc.ui.pricer_state import Draft, clear_deal, missing_request, side
from otc.ui.shell import Visit
from otc.views.pricer_venues import price_for_rupiah

_HELD: Final = "pricer_venues_held"
_SENT: Final = "pricer_venues_sent"
_SAID: Final = "pricer_said"
_URL: Final = "two_way"


@dataclass(frozen=True)
class Asked:
    """What a price from venues answers; the request's size is 0 where the rupiah decide it."""

    request: RfqRequest
    rupiah: Decimal | None

    def is_answered_by(self, quote: TwoWay) -> bool:
        """Whether a price was made for this, as far as it tells."""
        request = quote.inputs.request
        return replace(request, size=self.request.size) == self.request if self.rupiah else request == self.request


@dataclass(frozen=True)
class Offer:
    """The price from venues, or why there is none; `field` is where that is told."""

    quote: TwoWay | None
    why: str = ""
    field: str = ""


def offered(visit: Visit, written: Draft, chosen: bool) -> Offer:
    """The price shown before while its inputs stand and it is chosen or has not run out; else a new one."""
    _end_run_out(visit)
    asked = _asked(visit, written)
    if isinstance(asked, str):
        return Offer(None, asked)
    held = _held(visit, asked)
    if held is not None and (chosen or visit.now < held.expires_at):
        return Offer(held)
    try:
        quote = _priced(visit, asked)
    except Refused as error:
        st.session_state.pop(_HELD, None)
        return Offer(None, str(error), error.field or "pair")
    st.session_state[_HELD] = (asked, quote)
    return Offer(quote)


def _asked(visit: Visit, written: Draft) -> Asked | str:
    """The request as typed, or what it lacks."""
    if written.problems.keys() & {"size", "rupiah", "needed"}:
        return "There is no price until the marked fields are put right."
    lacking = missing_request(written.tier, written.size, written.rupiah)
    if lacking:
        return lacking
    if written.size is None and typed("pair") not in visit.desk.settings.desk.pairs:
        return f"{typed('pair')} is not priced by an amount of rupiah; type the size."
    client = visit.desk.settings.counterparties.client(typed("client"))
    request = RfqRequest(
        pair=typed("pair"),
        size=written.size if written.size is not None else Decimal(0),
        tier=written.tier,
        side=side(),
        client_id=client.id if client else "",
        channel="chat",
        purpose=typed("purpose"),
        needed_by=written.needed_by,
    )
    return Asked(request, None if written.size is not None else written.rupiah)


def _held(visit: Visit, asked: Asked) -> TwoWay | None:
    """The price on the page, if it is for this; after a reload, the one that was kept, which the URL names."""
    held = st.session_state.get(_HELD)
    if held is None and _URL in st.query_params:
        kept = visit.rfqs.store.two_way(st.query_params[_URL])
        if kept is not None and asked.is_answered_by(kept):
            st.session_state[_HELD] = held = (asked, kept)
            _note_sent(kept)
    return held[1] if held is not None and held[0] == asked and held[1].inputs.quoted_by == visit.actor else None


def _priced(visit: Visit, asked: Asked) -> TwoWay:
    price = partial(_priced_at, visit, asked.request)
    if asked.rupiah is None:
        return price(asked.request.size)
    desk = visit.desk.settings.desk
    if asked.rupiah <= 0 or asked.rupiah != round(asked.rupiah):
        raise Refused("The rupiah are a whole number above zero.", "client_amount_idr")
    pair = desk.two_way.pairs.get(asked.request.pair)
    if pair is None:
        return price(Decimal(1))  # refused, in the engine's own words
    places = desk.pairs[asked.request.pair].size_places
    return price_for_rupiah(asked.rupiah, asked.request.side or Side.BUY, pair.clip, places, price)


def _priced_at(visit: Visit, request: RfqRequest, size: Decimal) -> TwoWay:
    return visit.rfqs.priced(replace(request, size=size), visit.actor, visit.now)


def price_again() -> None:
    """Let the shown price go; the next run makes a new one from the market as it is then."""
    st.session_state.pop(_HELD, None)
    st.query_params.pop(_URL, None)


# ---------------------------------------------------------------- keep, accept, refuse


def keep(visit: Visit, quote: TwoWay) -> None:
    """Keep a price that was sent, as it was shown; the same one twice is one."""
    try:
        visit.rfqs.keep(quote)
    except OtcError as error:
        st.session_state[_SAID] = str(error)
        return
    st.query_params[_URL] = quote.quote_id
    _note_sent(quote)


def accept(visit: Visit, quote: TwoWay, dealt: Side) -> None:
    """Book a side of what is shown, once; what comes too late is refused and said."""
    try:
        if not quote.inputs.request.client_id:
            raise Refused("Choose a client before accepting.", "client_id")
        visit.rfqs.keep(quote)
        st.query_params["booked"] = visit.rfqs.accept(quote.quote_id, dealt, visit.actor).transaction_id
    except OtcError as error:
        st.session_state[_SAID] = str(error)
        return
    price_again()


def refuse(visit: Visit, quote: TwoWay) -> None:
    """The client does not take it: kept as refused, and the amounts are cleared; what ran out has ended already."""
    if visit.desk.now() < quote.expires_at:
        try:
            visit.rfqs.keep(quote)
            visit.rfqs.end(quote.quote_id, "refused", visit.actor)
        except OtcError as error:
            st.session_state[_SAID] = str(error)
    price_again()
    clear_deal()


def _note_sent(quote: TwoWay) -> None:
    st.session_state[_SENT] = {**st.session_state.get(_SENT, {}), quote.quote_id: quote.expires_at}


def _end_run_out(visit: Visit) -> None:
    """Say of what was sent and ran out that it expired; where something else became of it, that stands."""
    sent: dict[str, datetime] = st.session_state.get(_SENT, {})
    for quote_id, expires_at in list(sent.items()):
        if visit.now < expires_at:
            continue
        with suppress(Refused):  # accepted, refused or ended elsewhere: the first word stands
            visit.rfqs.end(quote_id, "expired", visit.actor)
        sent.pop(quote_id)
