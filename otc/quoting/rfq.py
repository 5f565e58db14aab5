"""The two-way quote: everything it depends on in, bid and ask with all their parts out; pure, and the same to the byte.

    ask = mid + sum of what the components add       bid = mid - sum of what they take       both exact, rounding included

The mid M is executable for one clip, not for the whole size: swept with the whole size, bids that are thinner than asks
would pull the mid down and so cheapen the very ask that the size makes dearer. What the size costs is in the impact and the
risk of its hedge, which grow with it; so a price never betters as the size grows. The sweep of the whole size stands in the
inputs, for comparison and for whether the price can be firm.
"""

from datetime import timedelta
from decimal import Decimal, localcontext
from typing import Final, NamedTuple

from otc.codec import to_json
from otc.errors import Refused
from otc.ids import content_id
from otc.model.rfq import Component, QuoteInputs, TwoWay
from otc.money import BPS, CONTEXT, ZERO, exact, plain, round_to, total_of
from otc.quoting.components import Charge, charges

_RATIO: Final = Decimal(1) / BPS


def price(inputs: QuoteInputs) -> TwoWay:
    """Both prices of a request with their components; the same inputs give the same bytes.

    mid + the sum of ask amounts is the ask and mid - the sum of bid amounts is the bid, exactly: what a component comes to is
    rounded at 18 places, and the last one, `rounding`, takes both prices to the pair's tick in the desk's favour. bid < ask.
    Refused where the components leave no bid above zero.
    """
    parts = tuple(_in_money(charge, inputs.mid) for charge in charges(inputs))
    raw_ask = total_of((inputs.mid, *(part.ask_amount for part in parts)))
    raw_bid = total_of((inputs.mid, *(part.bid_amount.copy_negate() for part in parts)))
    bid, ask = round_to(raw_bid, inputs.tick, "down"), round_to(raw_ask, inputs.tick, "up")
    if ask == bid:  # without margin, costs or tax; a price at which the desk buys and sells alike is none
        ask = total_of((ask, inputs.tick))
    if bid <= 0:
        raise Refused(f"The bid would be {plain(bid)}; look at the spread, the size and the depth of the books.", "size")
    rounding = _rounding(inputs, total_of((ask, -raw_ask)), total_of((raw_bid, -bid)))
    quote_id = content_id("two_way", to_json(inputs))
    expires_at = inputs.quoted_at + timedelta(seconds=inputs.ttl_s)
    return TwoWay(quote_id, inputs, bid, ask, (*parts, rounding), not inputs.doubts, expires_at)


def _in_money(charge: Charge, mid: Decimal) -> Component:
    return Component(
        charge.name, charge.ask_bps, charge.bid_bps, _share(mid, charge.ask_bps), _share(mid, charge.bid_bps), charge.words
    )


def _share(mid: Decimal, bps: Decimal) -> Decimal:
    with localcontext(CONTEXT):
        return exact(mid * bps * _RATIO)


def _rounding(inputs: QuoteInputs, ask_amount: Decimal, bid_amount: Decimal) -> Component:
    """What the tick adds: less than one tick a side, in the desk's favour."""
    with localcontext(CONTEXT):
        ask_bps, bid_bps = (exact(amount / inputs.mid * BPS) for amount in (ask_amount, bid_amount))
    words = f"Ask up and bid down to the tick of {plain(inputs.tick)}."
    return Component("rounding", ask_bps, bid_bps, ask_amount, bid_amount, words)


class Line(NamedTuple):
    """A row of the explanation: what a part adds to the ask and takes from the bid, and the prices reached with it."""

    name: str
    ask_bps: Decimal
    bid_bps: Decimal
    ask_amount: Decimal
    bid_amount: Decimal
    ask: Decimal
    bid: Decimal
    words: str


def explained(quote: TwoWay) -> tuple[Line, ...]:
    """The one table of a quote: the mid, then a row a component; the last row's prices are the quote's own."""
    ask = bid = quote.mid
    lines = [Line("mid", ZERO, ZERO, ZERO, ZERO, ask, bid, _mid_words(quote.inputs))]
    for part in quote.components:
        ask, bid = total_of((ask, part.ask_amount)), total_of((bid, part.bid_amount.copy_negate()))
        lines.append(Line(part.name, part.ask_bps, part.bid_bps, part.ask_amount, part.bid_amount, ask, bid, part.words))
    return tuple(lines)


def _mid_words(inputs: QuoteInputs) -> str:
    """Where the mid is from, with the rates it went through."""
    rates = ", ".join(f"{rate.name} {plain(round(rate.rate, 6))} ({rate.source})" for rate in inputs.rates)
    return f"Halfway between what one clip costs bought and what it brings sold{f'; {rates}' if rates else ''}."
