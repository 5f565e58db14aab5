"""The trade that the acceptance of a two-way quote books: covered by venues, its cost the mid that the price was built on."""

from datetime import datetime
from decimal import Decimal
from typing import Final, TypedDict

from otc.config import Settings
from otc.errors import Refused
from otc.ids import booked_trade_id
from otc.model import Cover, Side, Trade
from otc.model.rfq import TwoWay
from otc.money import BPS, CONTEXT, RUPIAH, ZERO, exact, multiply, round_to

VENUES: Final = "VENUES"
"""Who stands on the other side of a trade that the desk covers on venues, where a market maker's id would stand."""


def booked(quote: TwoWay, side: Side, actor: str, now: datetime, settings: Settings) -> Trade:
    """One trade a quote and side, its id from them, so that accepting twice gives one trade. Refused names the field.

    gross = |client amount - size x mid|; what the hedge costs is booked with the hedge.
    """
    request, client = quote.inputs.request, settings.counterparties.client(quote.inputs.request.client_id)
    if client is None:
        raise Refused("Choose a client before accepting.", "client_id")
    _check(quote)
    figures = _figures(quote, side)
    wallet = settings.counterparties.client_wallet(request.pair.split("/")[0])
    day = quote.inputs.quoted_at.astimezone(settings.desk.zones.desk).date().isoformat()
    return Trade(
        transaction_id=booked_trade_id(day, quote.quote_id, side),
        traded_at=now,
        pair=request.pair,
        side=side,
        client_id=client.id,
        client_name=client.name,
        client_type=client.type,
        client_tier=request.tier,
        market_maker_id=VENUES,
        market_maker_name="Venues",
        size=request.size,
        bank_account_id=client.bank,
        client_wallet_id=wallet.id if wallet else "",
        mm_wallet_id="",
        exchange_ref="",
        notes="",
        cover=Cover.VENUES,
        recorded_at=now,
        quote_id=quote.quote_id,
        purpose=request.purpose,
        needed_by=request.needed_by,
        booked_by=actor,
        **figures,
    )


def _check(quote: TwoWay) -> None:
    request = quote.inputs.request
    if not request.pair.endswith("/IDR"):
        raise Refused(f"{request.pair} is quoted only: the books are in rupiah; quote the pair against IDR to book it.", "pair")
    if not quote.firm:
        raise Refused(f"The price is indicative ({' '.join(quote.inputs.doubts)}); ask for a firm one.", "quote_id")
    if request.cover is not Cover.VENUES:
        raise Refused("This price is built on venues; for a cover by market makers use their rates.", "cover")


class _Figures(TypedDict):
    """Prices and amounts of a trade in IDR, under its own names."""

    mid_price_idr: Decimal
    mm_price_idr: Decimal
    client_price_idr: Decimal
    spread_bps: Decimal
    mm_amount_idr: Decimal
    client_amount_idr: Decimal
    gross_spread_idr: Decimal
    tax_idr: Decimal
    net_pnl_idr: Decimal


def _figures(quote: TwoWay, side: Side) -> _Figures:
    """The figures of one side."""
    unit, size, tax_rate = quote.ask if side is Side.BUY else quote.bid, quote.inputs.request.size, quote.inputs.tax_rate
    mid = exact(quote.mid)
    # Whole rupiah in the desk's favour: up where the client pays, down where it receives.
    client_idr = round_to(multiply(size, unit), RUPIAH, "up" if side is Side.BUY else "down")
    venues_idr = multiply(size, mid)
    gross, tax = abs(client_idr - venues_idr), multiply(client_idr, tax_rate)
    return {
        "mid_price_idr": mid,
        "mm_price_idr": mid,
        "client_price_idr": unit,
        "spread_bps": _spread_bps(unit, mid, side, tax_rate),
        "mm_amount_idr": venues_idr,
        "client_amount_idr": client_idr,
        "gross_spread_idr": gross,
        "tax_idr": tax,
        "net_pnl_idr": gross - tax,
    }


def _spread_bps(unit: Decimal, mid: Decimal, side: Side, tax_rate: Decimal) -> Decimal:
    """The spread that price = mid x (1 + spread + tax) was made with, in basis points per side; never below zero."""
    sign = 1 if side is Side.BUY else -1
    markup = CONTEXT.multiply(Decimal(sign), CONTEXT.subtract(CONTEXT.divide(unit, mid), 1))
    return max(ZERO, exact(CONTEXT.multiply(CONTEXT.subtract(markup, tax_rate), BPS)))
