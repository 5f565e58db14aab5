"""No order passes a limit: each is checked against all that is open and all that was sent lately, before it is stored.

A sentence says which limit an order would pass; an empty one says that it may go.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import Final

from otc.config.execution import LimitSettings
from otc.hedging.executor import Standing
from otc.model.hedge import Child, HedgeState, Parent
from otc.money import BPS, CONTEXT, ZERO, plain, total_of

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the desk has out: every child whose outcome is open, and every child of the last minute."""

    open_children: tuple[tuple[Child, Decimal], ...] = ()
    """Each with what it may still fill."""
    lately: tuple[Child, ...] = ()

    def with_sent(self, child: Child) -> "Exposure":
        """The same after one more order."""
        return Exposure((*self.open_children, (child, child.size)), (*self.lately, child))

    @staticmethod
    def of(known: Iterable[Standing], children: Iterable[Child], now: datetime) -> "Exposure":
        """What stands out among all children that are known, and those of the last minute among these."""
        return Exposure(
            tuple((standing.child, standing.in_flight) for standing in known if not standing.ended),
            tuple(child for child in children if child.intended_at > now - MINUTE),
        )


def check(child: Child, state: HedgeState, fair: Decimal, out: Exposure, limits: LimitSettings) -> str:
    """Which limit an order would pass, as a sentence; empty where it passes none.

    fair: fair value now in the parent's quote currency, which has to be known and above zero; `state` is the parent's without
    this child.
    """
    with localcontext(CONTEXT):
        return (
            _shape(child, state)
            or _price(child, state.parent, fair, limits)
            or _amount(child, fair, out, limits)
            or _counts(child, out, limits)
        )


def check_parent(parent: Parent, limits: LimitSettings) -> str:
    """Which limit a hedge would pass as a whole, as a sentence; empty where it passes none."""
    if not all(
        number.is_finite() and number > 0 for number in (parent.size, parent.clip, parent.arrival_price, parent.limit_bps)
    ):
        return "Size, clip, arrival price and limit have to be above zero."
    if parent.horizon_s <= 0:
        return "A hedge needs a time above zero seconds."
    with localcontext(CONTEXT):
        notional = parent.size * parent.arrival_price
    if notional > limits.parent_notional:
        return f"It is worth {notional:,.0f}, above {plain(limits.parent_notional)}, the most one hedge may be."
    return ""


def _shape(child: Child, state: HedgeState) -> str:
    """What no order may be, whatever the limits say."""
    parent = state.parent
    if not all(number.is_finite() and number > 0 for number in (child.size, child.limit_price, child.rate)):
        return "Its size and its price have to be above zero."
    if (child.parent_id, child.side, child.symbol.split("/")[0]) != (parent.parent_id, parent.side, parent.base):
        return "It is no order of this hedge."
    if child.size > state.remaining:
        return f"Only {plain(max(ZERO, state.remaining))} remains to be dealt."
    if child.size > parent.clip:
        return f"It is larger than the clip of {plain(parent.clip)}."
    return ""


def _price(child: Child, parent: Parent, fair: Decimal, limits: LimitSettings) -> str:
    if not fair.is_finite() or fair <= 0:
        return "There is no fair value to hold its price against."
    price = child.limit_price * child.rate
    if abs(price - fair) * BPS > limits.collar_bps * fair:
        return f"Its price stands more than {plain(limits.collar_bps)} bps from fair value."
    worse = price - parent.arrival_price if child.side == "buy" else parent.arrival_price - price
    most = min(limits.slippage_bps, parent.limit_bps)
    if worse * BPS > most * parent.arrival_price:
        return f"Its price stands more than {plain(most)} bps beyond the arrival price."
    return ""


def _amount(child: Child, fair: Decimal, out: Exposure, limits: LimitSettings) -> str:
    worth = _worth(child, child.size, fair)
    if worth > limits.order_notional:
        return f"It is worth {worth:,.0f}, above {plain(limits.order_notional)}, the most one order may be."
    if worth + total_of(_worth(other, rest, ZERO) for other, rest in out.open_children) > limits.exposure:
        return f"With what is in flight it is worth more than {plain(limits.exposure)}."
    return ""


def _worth(child: Child, size: Decimal, fair: Decimal) -> Decimal:
    """At its limit price or at fair value, whichever is more."""
    return size * max(child.limit_price * child.rate, fair)


def _counts(child: Child, out: Exposure, limits: LimitSettings) -> str:
    venue = child.venue
    theirs = sum(other.venue == venue for other, _ in out.open_children)
    sent_there = sum(other.venue == venue for other in out.lately)
    if len(out.open_children) >= limits.open_orders or theirs >= limits.venue_open_orders:
        return f"Too many orders are open, {theirs} of them at {venue}."
    if len(out.lately) >= limits.orders_per_minute or sent_there >= limits.venue_orders_per_minute:
        return f"Too many orders were sent within a minute, {sent_there} of them to {venue}."
    return ""
