"""The market maker pricer: the source's formula to the letter, every line exact, one rounding in the desk's favour.

buy quote  = MM rate x (1 + spread + tax)      the client buys crypto, pays IDR
sell quote = MM rate x (1 - spread - tax)      the client sells crypto, receives IDR
gross      = |client amount - MM amount|       it contains the tax collected
net PnL    = gross - client amount x tax
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from otc.config import PairSettings, Quoting
from otc.errors import Refused
from otc.model import QuoteSide, Rate, Side
from otc.money import BPS, CONTEXT, RUPIAH, ZERO, Rounding, exact, multiply, plain, round_to

_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a price is made of besides the market maker's rate."""

    spread_bps: Decimal
    tax_rate: Decimal
    pair: PairSettings
    quoting: Quoting


def raw_price(side: Side, mm_rate_idr: Decimal, terms: Terms) -> Decimal:
    """IDR per unit before any rounding: the source's markup, or the exact gross-up (1 + s) / (1 - t) where configured."""
    sign = 1 if side is Side.BUY else -1
    with localcontext(CONTEXT):
        spread = terms.spread_bps / BPS
        if terms.quoting.markup == "gross_up":
            return exact(mm_rate_idr * (_ONE + sign * spread) / (_ONE - sign * terms.tax_rate))
        return exact(mm_rate_idr * (_ONE + sign * (spread + terms.tax_rate)))


def price_side(side: Side, size: Decimal, rate: Rate, terms: Terms) -> QuoteSide:
    """Every line of one side for a size in the asset; amounts in IDR.

    Unit price to its tick, total to whole rupiah, both up for a buying and down for a selling client (or half-even).
    """
    raw = raw_price(side, rate.rate_idr, terms)
    price = round_to(raw, terms.pair.tick, rounding_of(side, terms))
    if price <= 0:
        raise Refused(f"The {side.lower()} quote would be {plain(price)}; look at the rate, the spread and the tax.", "mm_rate")
    client = round_to(multiply(size, price), RUPIAH, rounding_of(side, terms))
    if client <= 0:
        raise Refused(f"A size of {plain(size)} is worth less than one rupiah; write a larger one.", "size")
    market_maker = multiply(size, rate.rate_idr)
    with localcontext(CONTEXT):  # the default context would round sums of more than 28 digits
        return _lines(side, size, rate, terms, raw, price, client, market_maker)


def _lines(
    side: Side,
    size: Decimal,
    rate: Rate,
    terms: Terms,
    raw: Decimal,
    price: Decimal,
    client: Decimal,
    market_maker: Decimal,
) -> QuoteSide:
    sign = 1 if side is Side.BUY else -1
    gross = abs(client - market_maker)
    tax = multiply(client, terms.tax_rate)
    rounding = sign * (client - multiply(size, raw))
    spread = exact(market_maker * terms.spread_bps / BPS)
    return QuoteSide(
        side=side,
        market_maker_id=rate.market_maker_id,
        mm_rate_idr=rate.rate_idr,
        raw_price_idr=raw,
        price_idr=price,
        size=size,
        client_amount_idr=client,
        mm_amount_idr=market_maker,
        gross_spread_idr=gross,
        tax_idr=tax,
        net_pnl_idr=gross - tax,
        spread_earned_idr=spread,
        # What is left over when spread and rounding are taken out of the net, so that the three lines sum to it exactly.
        tax_shortfall_idr=spread + rounding - (gross - tax),
        rounding_idr=rounding,
    )


def rounding_of(side: Side, terms: Terms) -> Rounding:
    """Up for a buying client, down for a selling one, half-even where configured."""
    if terms.quoting.rounding == "half_even":
        return "half_even"
    return "up" if side is Side.BUY else "down"


def size_for_rupiah(side: Side, client_amount_idr: Decimal, rate: Rate, terms: Terms) -> Decimal:
    """The size, at the pair's precision, whose total is the rupiah asked for; never more than the client's money buys.

    A buying client's size is rounded down and a selling client's up: either way in the desk's favour, by less than one unit
    of the last place.
    """
    price = round_to(raw_price(side, rate.rate_idr, terms), terms.pair.tick, rounding_of(side, terms))
    if price <= 0:
        raise Refused(f"The {side.lower()} quote would be {plain(price)}; look at the rate, the spread and the tax.", "mm_rate")
    step = _ONE.scaleb(-terms.pair.size_places)
    with localcontext(CONTEXT):
        size = round_to(exact(client_amount_idr / price), step, "down" if side is Side.BUY else "up")
    if size <= ZERO:
        raise Refused(f"{plain(client_amount_idr)} rupiah buy less than the smallest size {plain(step)}.", "client_amount_idr")
    return size


def best_rate(side: Side, rates: tuple[Rate, ...]) -> Rate:
    """The market maker to deal with: the lowest rate when the client buys, the highest when the client sells.

    Of equal rates the one typed last, then the first by id. Refused where no rate stands for the side.
    """
    able = [rate for rate in rates if rate.side in (None, side)]
    if not able:
        raise Refused("No market maker's rate stands for this side; type at least one.", "mm_rate")
    sign = 1 if side is Side.BUY else -1
    return min(able, key=lambda rate: (sign * rate.rate_idr, -rate.typed_at.timestamp(), rate.market_maker_id))


def mid_of(rates: tuple[Rate, ...]) -> Decimal:
    """The mean of the rates a trade was priced from, at 18 places."""
    with localcontext(CONTEXT):
        return exact(sum((rate.rate_idr for rate in rates), ZERO) / len(rates))
