"""What a hedge does next: a function of its arguments alone, so that any market, real or simulated, can drive it.

    state, lines, volatility, depth --due--> an amount --route--> orders --> children, each with an id that is never used again

Children are immediate-or-cancel. What is in flight counts as dealt until the venue says otherwise, so nothing is dealt twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, localcontext

from otc.config.hedging import HedgeSettings
from otc.hedging.routing import Order, liquidity_of, offers_of, route, usable
from otc.hedging.schedule import closing, due
from otc.ids import content_id
from otc.market.consolidated import Line, fair_value
from otc.model.hedge import Child, HedgeState
from otc.money import CONTEXT, exact


def decide(
    state: HedgeState,
    lines: Sequence[Line],
    sigma_bps: Decimal,
    depth_ratio: Decimal,
    settings: HedgeSettings,
    now: datetime,
    balances: Mapping[str, Decimal] | None = None,
) -> tuple[Child, ...]:
    """The children to send now, none while it is too early, nothing remains or no venue is up.

    lines: the books in the parent's quote currency (`consolidated.lines_of`); sigma_bps: volatility per square root of a second;
    depth_ratio: depth now against its recent median; balances: by venue, the most of the base it can still deal for us.
    Their sizes never sum to more than remains, and each is at most the parent's clip.
    """
    if state.state != "running" or state.remaining <= 0:
        return ()
    with localcontext(CONTEXT):
        up = usable(state, lines, settings, now)
        offers = offers_of(state.parent, up, settings)
        if not offers:
            return ()
        least = min(offer.least for offer in offers)
        liquidity = liquidity_of(offers, sigma_bps, depth_ratio, settings)
        amount = due(state, least, liquidity, settings, now)
        if amount <= 0:
            return ()
        orders = route(state, offers, amount, settings, closing=closing(state, settings, now), balances=balances)
        fair = exact(fair_value(up))
        return tuple(_child(state, number, order, fair, now) for number, order in enumerate(orders, state.children + 1))


def _child(state: HedgeState, number: int, order: Order, fair: Decimal, now: datetime) -> Child:
    parent, book = state.parent, order.line.book
    child_id = content_id(parent.parent_id, str(number))
    return Child(
        child_id, parent.parent_id, number, book.venue, book.symbol, parent.side, order.size, order.limit_price, fair, now
    )
