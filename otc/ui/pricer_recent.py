"""What was quoted before: this client's last prices with what became of them, and what the desk's prices came to."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import streamlit as st

from otc.model import Quote, Trade
from otc.model.rfq import FINAL, TwoWay
from otc.money import grouped
from otc.quoting.hits import Hits, hits
from otc.quoting.two_way import trade_id_of
from otc.ui.grid import dataframe
from otc.ui.shell import Visit
from otc.ui.words import literal
from otc.views.pricer_venues import asked_side, unit_price, worth
from otc.views.table import Column, Table

_SHOWN: Final = 10
_LEARNT_FROM: Final = 500
"""Of the latest prices; more would take longer to read than the answer is worth."""
_COLUMNS: Final = (
    Column("at", "quoted", "instant"),
    Column("deal", "deal"),
    Column("price", "price", "price"),
    Column("total", "Rp", "money"),
    Column("became", "became"),
)


def recent(visit: Visit, client_id: str) -> None:
    """The last quotes of this client in rupiah, and what became of them."""
    if not client_id:
        return
    rows = [*_by_makers(visit, client_id), *_by_venues(visit, client_id)]
    if not rows:
        return
    rows = sorted(rows, key=lambda row: str(row["at"]), reverse=True)[:_SHOWN]
    st.markdown("**Recent quotes of this client**")
    dataframe(
        Table("quotes", "Recent quotes", _COLUMNS, rows), visit.zone, key="recent_quotes", height=min(37 + 31 * len(rows), 160)
    )


def _by_makers(visit: Visit, client_id: str) -> Iterator[dict[str, object]]:
    quotes = visit.desk.store.quotes(client_id, _SHOWN)
    ids = {quote.quote_id: trade_id_of(quote, visit.desk.settings) for quote in quotes}
    there: dict[str, Trade] = visit.desk.store.trades(list(ids.values()))
    for quote in quotes:
        yield {
            "at": quote.quoted_at,
            "deal": f"{quote.request.side.value} {quote.request.pair.split('/')[0]}",
            "price": quote.dealt.price_idr,
            "total": quote.dealt.client_amount_idr,
            "became": _became(visit, quote, ids[quote.quote_id] in there),
        }


def _became(visit: Visit, quote: Quote, booked: bool) -> str:
    if booked:
        return "● booked"
    return "○ open" if visit.now < visit.desk.valid_until(quote) else "○ not taken"


def _by_venues(visit: Visit, client_id: str) -> Iterator[dict[str, object]]:
    for quote in visit.rfqs.store.two_ways(client_id, _SHOWN):
        request = quote.inputs.request
        coin, currency = request.pair.split("/")
        yield {
            "at": quote.inputs.quoted_at,
            "deal": f"{request.side or 'both'} {coin if currency == 'IDR' else request.pair} on venues",
            "price": unit_price(quote, asked_side(quote)),
            "total": worth(quote, asked_side(quote)).total if currency == "IDR" else None,
            "became": _ended(visit, quote),
        }


def _ended(visit: Visit, quote: TwoWay) -> str:
    steps = visit.rfqs.store.rfq_events(visit.rfqs.store.rfq_of(quote.quote_id))
    end = next((step.state for step in steps if step.state in FINAL), "")
    if end == "accepted":
        return "● booked"
    if end:
        return f"○ {end}"
    return "○ open" if visit.now < quote.expires_at else "○ not taken"


def learnt(visit: Visit) -> None:
    """How often clients dealt at prices from venues, and what taken and lost ones were made of; read when it is opened."""
    with st.expander("What our prices from venues came to", key="learnt", on_change="rerun") as opened:
        if opened.open:
            _show_hits(visit, hits(visit.rfqs.store.outcomes(_LEARNT_FROM), visit.now))


def _show_hits(visit: Visit, found: Hits) -> None:
    if not found.clients:
        st.markdown("Nothing has come of a price yet: what is copied, accepted or refused is counted here.")
        return
    clients, components = st.columns(2, gap="small")
    names = {client.id: client.name for client in visit.desk.settings.counterparties.clients}
    lines = [
        f"| {literal(names.get(one.client_id, one.client_id) or 'no client')} "
        f"| {one.asked} | {one.dealt} | {grouped(one.ratio * 100)}% |"
        for one in found.clients
    ]
    with clients, st.container(key="dense_hits"):
        st.markdown("\n".join(("| client | asked | dealt | ratio |", "|---|--:|--:|--:|", *lines)))
    parts = [f"| {part.name.replace('_', ' ')} | {_bps(part.dealt_bps)} | {_bps(part.lost_bps)} |" for part in found.components]
    with components, st.container(key="dense_parts"):
        st.markdown("\n".join(("| part, mean bps | dealt | lost |", "|---|--:|--:|", *parts)))


def _bps(bps: Decimal | None) -> str:
    return "—" if bps is None else grouped(bps, 2)
