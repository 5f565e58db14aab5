"""The right of the pricer in its venues mode: both prices with all their parts, what they rest on, send, accept or refuse."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import plotly.graph_objects as go
import streamlit as st

from otc.model import QuoteRequest, Side
from otc.model.rfq import TwoWay
from otc.money import grouped, plain
from otc.quoting.landing import Landing, landing
from otc.quoting.rfq import explained
from otc.ui import pricer_venues as venues
from otc.ui.charts import chart, palette
from otc.ui.clipboard import copy_button
from otc.ui.pricer_cutoff import cutoff
from otc.ui.pricer_quote import LANGUAGES, SAID, show_texts
from otc.ui.pricer_venues import Offer
from otc.ui.shell import Visit
from otc.ui.states import empty, refused
from otc.ui.words import exact, literal, span
from otc.views.pricer_venues import asked_side, bps_of, message, swept, unit_price, venue_words, worth

_WORDS: Final = {
    "fee_and_half_spread": "fee, half<br>spread",
    "hedge_risk": "hedge<br>risk",
    "inventory_skew": "inventory",
}


def panel(visit: Visit, offer: Offer) -> None:
    """The price from venues and all that belongs to it; without one, why."""
    quote = offer.quote
    if quote is None:
        empty(offer.why)
        return
    with st.container(border=True, gap="small"):
        _prices(visit, quote)
        _amounts(quote)
        _standing(quote)
        if _in_rupiah(quote):
            cutoff(visit, _as_asked(visit, quote), worth(quote, asked_side(quote)).total)
        _waterfall(quote)
    texts = _texts(visit, quote)
    _actions(visit, quote, texts)
    show_texts(texts)


def details(quote: TwoWay) -> None:
    """Below the fold, over the whole width: what the price rests on, and every part of it with words."""
    with st.container(border=True, gap="small"):
        _sources(quote)
        _table(quote)


def _in_rupiah(quote: TwoWay) -> bool:
    return quote.inputs.request.pair.endswith("/IDR")


def price_words(quote: TwoWay, price: Decimal) -> str:
    """A price at its pair's tick; whole where it is."""
    return grouped(price, 0 if price == price.to_integral_value() and _in_rupiah(quote) else _places(quote))


def _places(quote: TwoWay) -> int:
    """Decimal places of the pair's tick."""
    return len(plain(quote.inputs.tick).partition(".")[2])


def _prices(visit: Visit, quote: TwoWay) -> None:
    buy, sell, mid, valid = st.columns([9, 9, 6, 5])
    asked = quote.inputs.request.side
    for column, side, words in ((buy, Side.BUY, "Client buys at"), (sell, Side.SELL, "Client sells at")):
        counts = asked in (None, side)
        with column, st.container(key=f"large_{'asked' if counts else 'quiet_other'}_{side.lower()}"):
            st.metric(f"● {words}" if counts else words, price_words(quote, unit_price(quote, side)))
    mid.metric("Mid of one clip", price_words(quote, quote.mid))
    with valid:
        if visit.now < quote.expires_at:
            _countdown(visit, quote.expires_at)
        else:
            st.metric("Valid", "◆ ran out")


@st.fragment(run_every=1)
def _countdown(visit: Visit, expires_at: datetime) -> None:
    """How long the price stands, ticking; when it has run out the page says so by itself."""
    left = int((expires_at - visit.desk.now()).total_seconds())
    if visit.desk.now() >= expires_at:
        st.rerun(scope="app")
    st.metric("Valid", f"{left // 60}:{left % 60:02d}")


def _amounts(quote: TwoWay) -> None:
    coin, currency = quote.inputs.request.pair.split("/")
    side, sign = asked_side(quote), "Rp" if currency == "IDR" else currency
    found = worth(quote, side)
    total, size, net, bps = st.columns([9, 9, 6, 5])
    total.metric(f"Client {'pays' if side is Side.BUY else 'receives'}, {sign}", grouped(found.total, 0 if sign == "Rp" else 2))
    size.metric(f"Size, {coin}", exact(quote.inputs.request.size))
    net.metric(f"Net before hedge, {sign}", grouped(found.net, 0 if sign == "Rp" else 2))
    bps.metric("Net, bps", grouped(bps_of(found.net, found.total), 1))


def _standing(quote: TwoWay) -> None:
    """Firm or not and why, what market it is from, and what the price rests on."""
    inputs = quote.inputs
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.badge("● firm", color="green") if quote.firm else st.badge("◇ indicative", color="orange")
        if inputs.simulated:
            st.badge("◆ SIMULATED prices", color="orange")
        if not _in_rupiah(quote):
            st.badge("○ quoted, not booked yet", color="gray")
        for rate in inputs.rates:
            age = span(inputs.quoted_at - rate.at)
            st.badge(
                f"{rate.name} {grouped(rate.rate, 2 if rate.rate >= 10 else 5)} · {literal(rate.source)} · {age}", color="gray"
            )
    if inputs.doubts:
        st.markdown("  \n".join(f":orange[:small[◇ {literal(doubt)}]]" for doubt in inputs.doubts))


def _as_asked(visit: Visit, quote: TwoWay) -> QuoteRequest:
    """The request as the cut-off line reads it."""
    request, parties = quote.inputs.request, visit.desk.settings.counterparties
    client, wallet = parties.client(request.client_id), parties.client_wallet(request.pair.split("/")[0])
    return QuoteRequest(
        pair=request.pair,
        tier=request.tier,
        side=asked_side(quote),
        rates=(),
        client_id=request.client_id,
        needed_by=request.needed_by,
        bank_account_id=client.bank if client else "",
        client_wallet_id=wallet.id if wallet else "",
    )


def _waterfall(quote: TwoWay) -> None:
    """What each part adds to the ask or takes from the bid, in basis points of the mid, up to the whole."""
    side, colours = asked_side(quote), palette()
    points = [part.ask_bps if side is Side.BUY else part.bid_bps for part in quote.components]
    whole = sum(points, Decimal(0))
    names = [_WORDS.get(part.name, part.name) for part in quote.components]
    figure = go.Figure(
        go.Waterfall(
            x=[*names, "ask − mid" if side is Side.BUY else "mid − bid"],
            y=[float(bps) for bps in (*points, whole)],
            measure=[*("relative" for _ in points), "total"],
            text=[f"{grouped(bps, 2)}" for bps in (*points, whole)],
            textposition="outside",
            cliponaxis=False,
            connector={"line": {"color": colours.muted, "width": 1}},
            increasing={"marker": {"color": colours.accent}},
            decreasing={"marker": {"color": colours.second}},
            totals={"marker": {"color": colours.total}},
            hoverinfo="skip",
        )
    )
    figure.update_yaxes(visible=False, range=_room(points))
    words = "; ".join(f"{part.name} {grouped(bps, 2)} bps" for part, bps in zip(quote.components, points, strict=True))
    chart(figure, 130, "pricer_components", words)


def _room(points: list[Decimal]) -> list[float]:
    """The chart's range: every step reached on the way, and room for its figure."""
    reached, at = [Decimal(0)], Decimal(0)
    for bps in points:
        at += bps
        reached.append(at)
    low, high = float(min(reached)), float(max(reached))
    return [low - 0.1 * (high - low), high + 0.3 * (high - low) + 0.01]


# ---------------------------------------------------------------- send, accept, refuse


def _texts(visit: Visit, quote: TwoWay) -> dict[str, str]:
    land = _land(visit, quote)
    return {short: message(quote, land, visit.zone, language) for short, language in LANGUAGES.items()}


def _land(visit: Visit, quote: TwoWay) -> Landing | None:
    if not _in_rupiah(quote):
        return None
    request = _as_asked(visit, quote)
    # As of the quote, like everything else that was said with it.
    at, amount = quote.inputs.quoted_at, worth(quote, asked_side(quote)).total
    return landing(request, amount, visit.desk.rules, request.bank_account_id, at, visit.zone)


def _actions(visit: Visit, quote: TwoWay, texts: dict[str, str]) -> None:
    """Accept a side or price again, copy, refuse; what leaves the page is kept."""
    if st.session_state.get(SAID):
        refused(st.session_state.pop(SAID))
    stands, books = visit.now < quote.expires_at, quote.firm and _in_rupiah(quote)
    presses = list(_presses(visit, quote)) if stands and books else []
    *accepts, english, indonesian, refuse = st.columns(
        [4 // max(1, len(presses)) + 1] * max(1, len(presses)) + [3, 3, 3], gap="small"
    )
    for column, given in zip(accepts, presses or [_AGAIN], strict=True):
        column.button(width="stretch", type="primary", **given)
    if not stands:
        return
    with english:
        copy_button("Copy EN", texts["EN"], "copy_two_way_en", lambda: venues.keep(visit, quote), "F8")
    with indonesian:
        copy_button("Copy ID", texts["ID"], "copy_two_way_id", lambda: venues.keep(visit, quote), "F7")
    refuse.button("Refuse", shortcut="Alt+X", width="stretch", key="refuse", on_click=venues.refuse, args=(visit, quote))


_AGAIN: Final[dict[str, Any]] = {
    "label": "Price again", "key": "again", "shortcut": "Alt+A", "on_click": venues.price_again,
}  # fmt: skip


def _presses(visit: Visit, quote: TwoWay) -> Iterator[dict[str, Any]]:
    """A button for the side that was asked for, or one for each of both."""
    asked = quote.inputs.request.side
    if asked is not None:
        yield {"label": "Accept", "key": "accept", "shortcut": "Alt+A", "on_click": venues.accept, "args": (visit, quote, asked)}
        return
    for side, words, press in ((Side.BUY, "Buys", "Alt+A"), (Side.SELL, "Sells", "Alt+S")):
        yield {
            "label": f"Client {words.lower()}",
            "key": f"accept_{side.lower()}",
            "shortcut": press,
            "on_click": venues.accept,
            "args": (visit, quote, side),
        }


# ---------------------------------------------------------------- what it rests on


def _sources(quote: TwoWay) -> None:
    """The whole size at once for comparison, the venues that price it, and those that do not with their reasons."""
    lines = []
    for side, words in ((Side.BUY, "bought"), (Side.SELL, "sold")):
        found = swept(quote, side)
        if found is not None and quote.inputs.request.side in (None, side):
            away = bps_of(abs(found.average_price - quote.mid), quote.mid)
            lines.append(
                f"Whole size {words} at once: **{price_words(quote, found.average_price)}** on average, "
                f"{grouped(away, 1)} bps from the mid: {literal(venue_words(found))}"
            )
    lines += [f"✕ {literal(f'{out.venue} {out.symbol}: {out.reason}')}" for out in quote.inputs.excluded]
    st.markdown("  \n".join(f":small[{line}]" for line in lines))


def _table(quote: TwoWay) -> None:
    """The price in one table, part by part, with words."""
    head = ["| part | ask, bps | bid, bps | ask | bid | how it comes about |", "|---|--:|--:|--:|--:|---|"]
    places = _places(quote) + 2
    rows = [
        f"| {literal(line.name.replace('_', ' '))} | {grouped(line.ask_bps, 2)} | {grouped(line.bid_bps, 2)} "
        f"| {grouped(line.ask, places)} | {grouped(line.bid, places)} | {literal(line.words)} |"
        for line in explained(quote)
    ]
    with st.container(key="dense_components"):
        st.markdown("\n".join((*head, *rows)))
