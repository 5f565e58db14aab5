"""Where a part of a hedge is sent: the cheapest venues all in, in orders that they take and that cannot run away.

    lines --usable--> those up, fresh and believed --route--> (line, size, limit) each an immediate-or-cancel order

A limit is the modelled price plus a protection, inside the parent's collar. What would remain must be dealable: it goes with the
last order or is left large enough for one of its own.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from statistics import median
from typing import Final, NamedTuple

from otc.config.hedging import HedgeSettings
from otc.hedging.schedule import Liquidity
from otc.market.book import mid
from otc.market.consolidated import Line
from otc.market.ladder import Ladder, Plan, in_lots, least_of, spread_out
from otc.model.hedge import HedgeState, Parent
from otc.model.market import Level
from otc.money import BPS, ZERO, round_to

_ONE: Final = Decimal(1)
_SIZE: Final = itemgetter(1)
_SURE: Final = Decimal("1.02")
"""Minimum notionals are met with so much to spare: the price may move while the order is under way."""


class Order(NamedTuple):
    """What one venue is sent."""

    line: Line
    size: Decimal
    limit_price: Decimal
    """In the symbol's own quote currency, on its tick."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One line as far as it may be dealt on: its levels within the collar, best first, and the smallest order it takes."""

    line: Line
    levels: Sequence[Level]
    factor: Decimal
    """A listed price times it is what the desk pays; negative for a sale, so that least is best on both sides."""
    least: Decimal
    collar: Decimal
    shown: Decimal
    """What stands within reach of the best price, in the base."""


def usable(state: HedgeState, lines: Sequence[Line], settings: HedgeSettings, now: datetime) -> tuple[Line, ...]:
    """The lines that are up, fresh, sound, and not so cheap beside the others that they cannot be true."""
    found = tuple(line for line in lines if _up(state, line, settings, now))
    if len(found) < 3:
        return found
    mids = {id(line): mid(line.book) * line.rate for line in found}
    middle = median(mids.values())
    way = 1 if state.parent.side == "buy" else -1
    return tuple(line for line in found if way * (middle - mids[id(line)]) * BPS <= settings.stray_bps * middle)


def offers_of(parent: Parent, lines: Sequence[Line], settings: HedgeSettings) -> tuple[Offer, ...]:
    """What the lines offer to a parent inside its collar, in the order of venue and symbol."""
    ordered = sorted(lines, key=lambda line: (line.book.venue, line.book.symbol))
    return tuple(offer for line in ordered if (offer := _offer(parent, line, settings.reach_bps)))


def liquidity_of(offers: Sequence[Offer], sigma_bps: Decimal, depth_ratio: Decimal, settings: HedgeSettings) -> Liquidity:
    """How densely the offers stand together, fees counted, beside what is known of the market."""
    best = min(float(offer.levels[0].price * offer.factor) for offer in offers)
    reach = float(settings.reach_bps)
    within = 0.0
    for offer in offers:
        start = float(offer.levels[0].price * offer.factor)
        room = reach - (start - best) / abs(best) * 1e4
        within += float(offer.shown) / reach * max(room, 0.0)
    return Liquidity(within / reach, float(sigma_bps), float(depth_ratio))


def route(
    state: HedgeState,
    offers: Sequence[Offer],
    amount: Decimal,
    settings: HedgeSettings,
    *,
    closing: bool,
    balances: Mapping[str, Decimal] | None = None,
) -> tuple[Order, ...]:
    """Spread an amount over the offers, at most one clip each; nothing where no venue takes so little.

    balances: by venue, the most of the base that it can still deal for us; venues that are not named are not bound.
    Called in `money.CONTEXT`.
    """
    clips = state.parent.mode == "clips"
    free = clips or closing
    ladders = [_ladder(offer, state.parent.clip, settings, balances or {}, free=free) for offer in offers]
    if clips and not closing:
        return _one_order(state, offers, ladders, amount, settings)
    least = min(offer.least for offer in offers)
    plan = _without_dust(ladders, amount, state.remaining, least)
    parts = zip(offers, plan.parts, strict=True)
    return tuple(_order(offer, part.amount, part.worst, settings) for offer, part in parts if part.amount)


def _up(state: HedgeState, line: Line, settings: HedgeSettings, now: datetime) -> bool:
    book = line.book
    out_until = state.venue_out_until.get(book.venue)
    if out_until is not None and now < out_until:
        return False
    if not book.bids or not book.asks or not ZERO < book.bids[0].price < book.asks[0].price:
        return False
    return (now - book.received_at).total_seconds() <= settings.stale_s


def _offer(parent: Parent, line: Line, reach_bps: Decimal) -> Offer | None:
    """None where no level within the collar reaches the smallest order."""
    instrument, buy = line.instrument, parent.side == "buy"
    away = parent.limit_bps / BPS if buy else -parent.limit_bps / BPS
    collar = _on_tick(parent.arrival_price * (_ONE + away) / line.rate, instrument.tick, buy=buy)
    levels = line.book.asks if buy else line.book.bids
    inside = levels[: _reached(levels, collar, buy=buy)]
    least = least_of(inside, instrument.lot, instrument.min_size, instrument.min_notional * _SURE)
    fee = instrument.taker_bps / BPS
    factor = (_ONE + fee) * line.rate if buy else (fee - _ONE) * line.rate
    if not inside or least is None:
        return None
    reach = inside[0].price * (_ONE + (reach_bps if buy else -reach_bps) / BPS)
    shown = sum(map(_SIZE, inside[: _reached(inside, reach, buy=buy)]), ZERO)
    return Offer(line, inside, factor, least, collar, shown)


def _reached(levels: Sequence[Level], limit: Decimal, *, buy: bool) -> int:
    """How many levels, best first, are no worse than a limit."""
    if buy:
        return bisect_right(levels, limit, key=lambda level: level.price)
    return bisect_right(levels, -limit, key=lambda level: -level.price)


def _ladder(offer: Offer, clip: Decimal, settings: HedgeSettings, balances: Mapping[str, Decimal], *, free: bool) -> Ladder:
    """An offer as the spreading sees it; before the closing a child takes no more than its part of what is shown."""
    venue, instrument = offer.line.book.venue, offer.line.instrument
    caps = [clip]
    if not free:
        caps.append(max(offer.shown * settings.participation, offer.least))
    if offer.line.cap is not None:
        caps.append(offer.line.cap)
    if venue in balances:
        caps.append(balances[venue])
    return Ladder(venue, offer.levels, offer.factor, instrument.lot, offer.least, max(min(caps), ZERO))


def _without_dust(ladders: Sequence[Ladder], amount: Decimal, remaining: Decimal, least: Decimal) -> Plan:
    """Spread an amount so that what is left of the remaining is nothing or an order of its own."""
    finest = min(ladder.lot for ladder in ladders)
    whole = in_lots(remaining, finest)
    amount = whole if whole - amount < least else amount
    plan = spread_out(ladders, amount)
    rest = whole - plan.amount
    if ZERO < rest < least and plan.amount > least:
        shorter = spread_out(ladders, whole - least)
        return shorter if shorter.amount else plan
    return plan


def _one_order(
    state: HedgeState, offers: Sequence[Offer], ladders: Sequence[Ladder], amount: Decimal, settings: HedgeSettings
) -> tuple[Order, ...]:
    """The source's clip: one order at the one venue where the whole of it is cheapest."""
    best: tuple[Decimal, Decimal, Order] | None = None
    for offer, ladder in zip(offers, ladders, strict=True):
        plan = _without_dust([ladder], amount, state.remaining, offer.least)
        if plan.amount:
            order = _order(offer, plan.amount, plan.parts[0].worst, settings)
            rank = -plan.amount, plan.cost / plan.amount
            if best is None or rank < best[:2]:
                best = *rank, order
    return (best[2],) if best else ()


def _order(offer: Offer, size: Decimal, worst: Decimal, settings: HedgeSettings) -> Order:
    """`worst` is the signed price of the last level that it should reach, all in."""
    buy = offer.factor > 0
    price = worst / offer.factor
    protected = price * (_ONE + (settings.protection_bps if buy else -settings.protection_bps) / BPS)
    limit = _on_tick(protected, offer.line.instrument.tick, buy=buy)
    return Order(offer.line, size, min(limit, offer.collar) if buy else max(limit, offer.collar))


def _on_tick(price: Decimal, tick: Decimal, *, buy: bool) -> Decimal:
    """The next price on the tick that deals no worse."""
    return round_to(price, tick, "down" if buy else "up") if tick else price
