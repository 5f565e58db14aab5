"""The right of the pricer: the price and every line of it, the cut-off, the message, accept or refuse, and what was booked."""

from decimal import Decimal, localcontext
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from otc.errors import OtcError, Refused
from otc.model import Quote, QuoteSide, Side
from otc.money import BPS, CONTEXT, RUPIAH, exact, grouped, plain, round_to
from otc.quoting.landing import landing
from otc.quoting.messages import Language, client_quote, confirmation, instructions
from otc.quoting.two_way import trade_id_of
from otc.ui.charts import chart, palette
from otc.ui.clipboard import copy_button
from otc.ui.pricer_cutoff import cutoff
from otc.ui.pricer_state import clear_deal, price_again
from otc.ui.shell import Visit
from otc.ui.states import copyable, empty, refused
from otc.ui.words import exact as every_place
from otc.ui.words import literal, rupiah

SAID = "pricer_said"
LANGUAGES: dict[str, Language] = {"EN": "english", "ID": "indonesian"}


def booked_id() -> str:
    """The trade that this page has just booked; kept in the URL, so that a reload shows it again."""
    return st.query_params.get("booked", "")


# ---------------------------------------------------------------- the quote


def quote_panel(visit: Visit, quote: Quote | None, missing: str) -> None:
    """The two prices, large, and all that belongs to them; without a quote, what to type next."""
    if quote is None:
        empty(missing)
        return
    with st.container(border=True, gap="small"):
        _prices(visit, quote)
        _amounts(quote)
        cutoff(visit, quote.request, quote.dealt.client_amount_idr)
        _lines(quote)
    texts = _send(visit, quote)
    _actions(visit, quote, texts)
    show_texts(texts)


def _prices(visit: Visit, quote: Quote) -> None:
    buy, sell, valid = st.columns([4, 4, 3])
    for column, side, words in ((buy, quote.buy, "Client buys at"), (sell, quote.sell, "Client sells at")):
        asked = side is quote.dealt
        with column, st.container(key=f"large_{'asked' if asked else 'quiet_other'}"):
            st.metric(f"● {words}" if asked else words, price_words(side.price_idr), help=_from_rate(side))
    with valid:
        _validity(visit, quote)


def _from_rate(side: QuoteSide) -> str:
    return f"{side.market_maker_id} charges {price_words(side.mm_rate_idr)}"


@st.fragment(run_every=1)
def _validity(visit: Visit, quote: Quote) -> None:
    """How long the price stands, ticking."""
    left = visit.desk.valid_until(quote) - visit.desk.now()
    if left.total_seconds() > 0:
        seconds = int(left.total_seconds())
        st.metric("Valid", f"{seconds // 60}:{seconds % 60:02d}")
    else:
        st.metric("Valid", "◆ ran out")


def _amounts(quote: Quote) -> None:
    dealt, asset = quote.dealt, quote.request.pair.split("/")[0]
    total, size, net, bps = st.columns([4, 4, 3, 2])
    total.metric("Client pays, Rp" if dealt.side is Side.BUY else "Client receives, Rp", rupiah(dealt.client_amount_idr))
    size.metric(f"Size, {asset}", every_place(dealt.size))
    net.metric("Net PnL, Rp", rupiah(dealt.net_pnl_idr))
    bps.metric("Net, bps", grouped(_bps(dealt.net_pnl_idr, dealt), 1))


def price_words(price: Decimal) -> str:
    return grouped(price, 0 if price == price.to_integral_value() else 4)


def _bps(amount: Decimal, dealt: QuoteSide) -> Decimal:
    """An amount in basis points of the client's rupiah."""
    with localcontext(CONTEXT):
        return exact(amount * BPS / dealt.client_amount_idr)


_SUMS = ("gross spread", "net PnL")


def statement(quote: Quote) -> list[tuple[str, Decimal]]:
    """Every line of the asked side in whole rupiah, so that they sum as they are read: three to the gross, then tax to the net.

    Net and tax are rounded by themselves; gross is shown as their sum, and the tax charged as what completes the gross.
    """
    dealt, rate = quote.dealt, plain(quote.tax_rate * 100)
    amounts = (dealt.net_pnl_idr, dealt.tax_idr, dealt.spread_earned_idr, dealt.rounding_idr)
    net, owed, spread, rounding = (round_to(amount, RUPIAH, "half_even") for amount in amounts)
    return [
        ("spread", spread),
        (f"tax charged {rate}%", net + owed - spread - rounding),
        ("rounding", rounding),
        (_SUMS[0], net + owed),
        (f"tax owed {rate}%", -owed),
        (_SUMS[1], net),
    ]


def shortfall(quote: Quote) -> Decimal:
    """Tax owed less tax charged, of the lines as they are read."""
    lines = [amount for _, amount in statement(quote)]
    return -lines[4] - lines[1]


def _lines(quote: Quote) -> None:
    """Every line as a step of one waterfall, in rupiah and in basis points of the market maker's amount."""
    dealt, colours = quote.dealt, palette()
    lines = statement(quote)
    with localcontext(CONTEXT):
        points = [grouped(exact(amount * BPS / dealt.mm_amount_idr), 1) for _, amount in lines]
    heights, short = [float(amount) for _, amount in lines], shortfall(quote)
    below = {lines[4][0]: f"<br>{'shortfall' if short > 0 else 'surplus'} {rupiah(abs(short))}"}
    figure = go.Figure(
        go.Waterfall(
            x=[f"{words}<br>{bps} bps{below.get(words, '')}" for (words, _), bps in zip(lines, points, strict=True)],
            y=heights,
            measure=["total" if words in _SUMS else "relative" for words, _ in lines],
            text=[rupiah(amount) for _, amount in lines],
            textposition="outside",
            cliponaxis=False,
            connector={"line": {"color": colours.muted, "width": 1}},
            increasing={"marker": {"color": colours.accent}},
            decreasing={"marker": {"color": colours.second}},
            totals={"marker": {"color": colours.total}},
            hoverinfo="skip",
        )
    )
    top, bottom = max(0.0, heights[3], heights[5]), min(0.0, heights[5], heights[3])
    figure.update_yaxes(visible=False, range=[bottom - 0.2 * (top - bottom), top + 0.25 * (top - bottom)])
    chart(figure, 165, "pricer_lines", "; ".join(f"{words} {rupiah(amount)}" for words, amount in lines))


# ---------------------------------------------------------------- send, accept, refuse


def _send(visit: Visit, quote: Quote) -> dict[str, str]:
    """The texts for the client in both languages."""
    request, until = quote.request, visit.desk.valid_until(quote)
    found = landing(request, quote.dealt.client_amount_idr, visit.desk.rules, request.bank_account_id, visit.now, visit.zone)
    return {short: client_quote(quote, until, found, visit.zone, name) for short, name in LANGUAGES.items()}


def show_texts(texts: dict[str, str]) -> None:
    """The texts side by side, each as it will be sent."""
    for column, text in zip(st.columns(len(texts), gap="small"), texts.values(), strict=True):
        with column:
            copyable(text)


def _actions(visit: Visit, quote: Quote, texts: dict[str, str]) -> None:
    """Accept, copy, refuse; what is copied is kept, so that what was sent can be found again."""
    if st.session_state.get(SAID):
        refused(st.session_state.pop(SAID))
    accept, english, indonesian, refuse = st.columns([4, 3, 3, 3], gap="small")
    press: dict[str, Any] = {"type": "primary", "shortcut": "Alt+A", "width": "stretch"}
    if visit.desk.now() >= visit.desk.valid_until(quote):
        accept.button("Price again", key="again", on_click=price_again, **press)
    else:
        accept.button("Accept", key="accept", on_click=_accept, args=(visit, quote), **press)
    with english:
        copy_button("Copy EN", texts["EN"], "copy_quote_en", lambda: _keep(visit, quote), "F8")
    with indonesian:
        copy_button("Copy ID", texts["ID"], "copy_quote_id", lambda: _keep(visit, quote), "F7")
    refuse.button("Refuse", shortcut="Alt+X", width="stretch", key="refuse", on_click=_refuse, args=(visit, quote))


def _accept(visit: Visit, quote: Quote) -> None:
    """Book what is shown; the quote is kept with its inputs, and its id makes a second click book nothing."""
    try:
        if visit.desk.now() >= visit.desk.valid_until(quote) and not _is_booked(visit, quote):
            raise Refused("The price ran out; price again before accepting.")
        if not quote.request.client_id:
            raise Refused("Choose a client before accepting.", "client_id")
        visit.desk.keep(quote)
        st.query_params["booked"] = visit.desk.accept(quote.quote_id, visit.actor).transaction_id
    except OtcError as error:
        st.session_state[SAID] = str(error)


def _is_booked(visit: Visit, quote: Quote) -> bool:
    trade_id = trade_id_of(quote, visit.desk.settings)
    return trade_id in visit.desk.store.trades([trade_id])


def _keep(visit: Visit, quote: Quote) -> None:
    try:
        visit.desk.keep(quote)
    except OtcError as error:
        st.session_state[SAID] = str(error)


def _refuse(visit: Visit, quote: Quote) -> None:
    """The client does not take it: the quote stays among the recent ones, the amounts are cleared."""
    _keep(visit, quote)
    new_quote()


def new_quote() -> None:
    """Clear what belongs to one deal; rates, client and pair stay."""
    clear_deal()
    price_again()
    st.query_params.pop("booked", None)


# ---------------------------------------------------------------- what was booked


def booked_panel(visit: Visit, trade_id: str) -> None:
    """The booked trade with its confirmation and payment instructions, ready to send."""
    try:
        trade, _, _ = visit.desk.trade(trade_id)
    except Refused as error:
        refused(str(error))
        st.button("New quote", shortcut="Alt+N", key="new", on_click=new_quote)
        return
    with st.container(border=True, gap="small"):
        booked = f":green[**● Booked {literal(trade.transaction_id)}**]"
        st.markdown(f"{booked} · {literal(trade.client_name)} · cover {literal(trade.market_maker_name)}")
        total, size, price, net = st.columns([4, 4, 3, 3])
        total.metric("Client pays, Rp" if trade.side is Side.BUY else "Client receives, Rp", rupiah(trade.client_amount_idr))
        size.metric(f"Size, {trade.asset}", every_place(trade.size))
        price.metric("Price", price_words(trade.client_price_idr))
        net.metric("Net PnL, Rp", rupiah(trade.net_pnl_idr))
    given = instructions(trade, visit.desk.settings, visit.desk.rules, trade.traded_at)
    texts = {short: confirmation(trade, given, visit.zone, name) for short, name in LANGUAGES.items()}
    new, english, indonesian = st.columns([4, 3, 3], gap="small")
    new.button("New quote", type="primary", shortcut="Alt+N", width="stretch", key="new", on_click=new_quote)
    with english:
        copy_button("Copy EN", texts["EN"], "copy_confirmation_en", shortcut="F8")
    with indonesian:
        copy_button("Copy ID", texts["ID"], "copy_confirmation_id", shortcut="F7")
    show_texts(texts)
