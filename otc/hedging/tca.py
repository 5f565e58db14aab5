"""What a hedge cost, fill by fill: the implementation shortfall against the quote's mid, in lines that sum to it exactly.

    quoted mid -> mid when accepted -> mid at the first child -> mid at this child -> price of the fill -> fees
         acceptance drift         delay                   timing             impact             fees

Above zero is a cost, whichever side was dealt. Amounts are in the quote currency of the parent's pair; every step is a
difference of prices with 18 places times a size, worked out without rounding, so that per fill, per child, per venue and in all
the lines add up to the last digit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Context, Decimal, localcontext
from itertools import pairwise

from otc.model.hedge import Child, Fill, Hedge
from otc.money import BPS, CONTEXT, QUANTUM, ZERO

_EXACT = Context(prec=120)
"""Holds a product of two amounts of 38 digits, and any sum of such, without rounding."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The lines of a cost, in the quote currency; `unpriced` fees, whose currency had no rate, are in no sum."""

    size: Decimal = ZERO
    acceptance_drift: Decimal = ZERO
    delay: Decimal = ZERO
    timing: Decimal = ZERO
    impact: Decimal = ZERO
    fees: Decimal = ZERO
    unpriced: int = 0
    """Fills whose fee has no price yet."""

    @property
    def total(self) -> Decimal:
        """The implementation shortfall: what was paid beyond the quoted mid, fees included; for a sell, what was missing."""
        with localcontext(_EXACT):
            return self.acceptance_drift + self.delay + self.timing + self.impact + self.fees

    @property
    def slippage(self) -> Decimal:
        """What the market took after the hedge's first child: timing and impact, without fees."""
        with localcontext(_EXACT):
            return self.timing + self.impact

    def __add__(self, other: "Cost") -> "Cost":
        with localcontext(_EXACT):
            return Cost(*(getattr(self, line.name) + getattr(other, line.name) for line in fields(self)))


@dataclass(frozen=True, slots=True)
class Report:
    """A hedge's cost in all, by venue and by child, against what was expected and against the market's own averages."""

    cost: Cost
    by_venue: Mapping[str, Cost]
    by_child: Mapping[str, Cost]
    average_price: Decimal | None
    """In the pair's quote currency, without fees; None where nothing was filled."""
    arrival_bps: Decimal
    """Slippage against the mid when it began, without fees."""
    shortfall_bps: Decimal
    """The whole cost against the quoted mid."""
    fees_bps: Decimal
    estimate_bps: Decimal
    vwap_bps: Decimal | None
    """Slippage against the volume-weighted price of the market meanwhile; None where no trades are known."""
    twap_bps: Decimal | None
    """Slippage against the mean of the mids meanwhile; None where none are known."""

    @property
    def surprise_bps(self) -> Decimal:
        """What the market took and the fees, beyond what was expected when it began."""
        return self.arrival_bps + self.fees_bps - self.estimate_bps


def cost_of(fill: Fill, child: Child, hedge: Hedge) -> Cost:
    """The lines of one fill of a child."""
    parent, first = hedge.parent, hedge.children[0]
    accept = parent.arrival_price if parent.accept_mid is None else parent.accept_mid
    quote = accept if parent.quote_mid is None else parent.quote_mid
    with localcontext(_EXACT):
        sign = 1 if child.side == "buy" else -1
        paid = fill.price * fill.rate
        fee = ZERO if fill.fee_rate is None else fill.fee * fill.fee_rate
        steps = (quote, accept, first.mid, child.mid, paid)
        drift, delay, timing, impact = (sign * (after - before) * fill.size for before, after in pairwise(steps))
        return Cost(fill.size, drift, delay, timing, impact, fee, int(fill.fee_rate is None))


def report(
    hedge: Hedge,
    mids: Sequence[tuple[datetime, Decimal]] = (),
    trades: Sequence[tuple[Decimal, Decimal]] = (),
) -> Report:
    """What a hedge has cost so far.

    mids: fair values while it ran, in the order of time; trades: price and size of the market's trades meanwhile, both in the
    pair's quote currency.
    """
    children = {child.child_id: child for child in hedge.children}
    costs = [(fill, cost_of(fill, children[fill.child_id], hedge)) for fill in hedge.fills]
    whole = _summed(cost for _, cost in costs)
    average = _average([(_multiplied(fill.price, fill.rate), fill.size) for fill in hedge.fills])
    parent = hedge.parent
    quote = parent.quote_mid or parent.accept_mid or parent.arrival_price
    against = _slippage(average, parent.side == "buy")
    return Report(
        whole,
        _grouped(costs, lambda fill: fill.venue),
        _grouped(costs, lambda fill: fill.child_id),
        average,
        against(parent.arrival_price) or ZERO,
        _bps(whole.total, whole.size, quote),
        _bps(whole.fees, whole.size, parent.arrival_price),
        parent.estimate_bps,
        against(_average(trades)),
        against(_mean(mids)),
    )


def _summed(costs: Iterable[Cost]) -> Cost:
    whole = Cost()
    for cost in costs:
        whole += cost
    return whole


def _grouped(costs: Iterable[tuple[Fill, Cost]], key: Callable[[Fill], str]) -> Mapping[str, Cost]:
    found: dict[str, Cost] = {}
    for fill, cost in costs:
        found[key(fill)] = found.get(key(fill), Cost()) + cost
    return found


def _rounded(amount: Decimal) -> Decimal:
    """To 18 places for reading, however large it is."""
    return _EXACT.quantize(amount, QUANTUM)


def _multiplied(first: Decimal, second: Decimal) -> Decimal:
    return _EXACT.multiply(first, second)


def _average(priced: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
    """The mean of prices weighted by sizes; None where there is no size."""
    with localcontext(_EXACT):
        rows = list(priced)
        size = sum((size for _, size in rows), ZERO)
        return _rounded(sum((price * size for price, size in rows), ZERO) / size) if size else None


def _mean(mids: Sequence[tuple[datetime, Decimal]]) -> Decimal | None:
    """The mean over time of mids that each stand until the next; the plain one where no time passes."""
    spans = [(price, Decimal((later - at).total_seconds())) for (at, price), (later, _) in pairwise(mids)]
    return _average(spans) or _average((price, Decimal(1)) for _, price in mids)


def _slippage(average: Decimal | None, buying: bool) -> Callable[[Decimal | None], Decimal | None]:
    """Bps by which an average price is worse than a reference."""

    def against(reference: Decimal | None) -> Decimal | None:
        """Above zero where the hedge dealt worse than the reference; None without one of the two."""
        if average is None or not reference:
            return None
        with localcontext(CONTEXT):
            return _rounded((average - reference) / reference * BPS * (1 if buying else -1))

    return against


def _bps(amount: Decimal, size: Decimal, price: Decimal) -> Decimal:
    with localcontext(CONTEXT):
        return _rounded(amount / (size * price) * BPS) if size and price else ZERO
