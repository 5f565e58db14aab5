"""What a two-way price charges beside its mid: a small function a component, each with a sentence that shows its figures.

    ask = mid x (1 + sum of ask_bps / 10^4)       bid = mid x (1 - sum of bid_bps / 10^4)

`ask_bps` is what a component adds to the ask, `bid_bps` what it takes from the bid: equal for all but the inventory skew.
Roots and logarithms are Decimal's own at 34 digits, the same on every machine; each component is then rounded once, to a
millionth of a basis point, so that it times a mid of 8 places is exact at 18. Source: section 3 of the pricing notes.
"""

from decimal import Decimal, localcontext
from typing import Final, NamedTuple

from otc.hedging.cost import expected_cost
from otc.model.rfq import QuoteInputs
from otc.money import BPS, CONTEXT, ZERO, plain

BPS_QUANTUM: Final = Decimal("0.000001")
_OPTION: Final = Decimal("0.4")
"""An option at the money is worth 0.4 standard deviations: 1 / sqrt(2 pi), as traders round it."""
_DAYS: Final = 365
_HOUR_S: Final = 3600


class Charge(NamedTuple):
    """One component in basis points of the mid."""

    name: str
    ask_bps: Decimal
    bid_bps: Decimal
    words: str


def charges(inputs: QuoteInputs) -> tuple[Charge, ...]:
    """Every component but the rounding, in the order in which a person reads them; in mode `source` margin and tax alone."""
    if inputs.mode == "source":
        return (source_margin(inputs), tax(inputs))
    costs = (
        fee_and_half_spread(inputs),
        *hedge(inputs),
        validity(inputs),
        liquidity(inputs),
        settlement(inputs),
    )
    return (margin(inputs, sum((cost.ask_bps for cost in costs), ZERO)), *costs, inventory_skew(inputs), tax(inputs))


def source_margin(inputs: QuoteInputs) -> Charge:
    """The configured spread alone."""
    return _alike("margin", inputs.margin_bps, f"{_tier(inputs)} {_bps(inputs.margin_bps)}, the mid and one spread.")


def margin(inputs: QuoteInputs, costs_bps: Decimal) -> Charge:
    """What the configured spread leaves after all costs, so that no risk is charged twice; never below the minimum."""
    left = inputs.margin_bps - costs_bps
    words = f"{_tier(inputs)} {_bps(inputs.margin_bps)} less costs of {_bps(costs_bps)}"
    if left < inputs.minimum_margin_bps:
        return _alike("margin", inputs.minimum_margin_bps, f"{words}: the minimum, {_bps(inputs.minimum_margin_bps)}.")
    return _alike("margin", left, f"{words}.")


def fee_and_half_spread(inputs: QuoteInputs) -> Charge:
    """Half the executable spread of one clip, taker fees paid; never below zero, for crossed books better no price."""
    half = inputs.half_spread_bps
    words = f"Half of what one clip costs bought and sold again, fees paid: {_bps(half)}"
    return _alike("fee_and_half_spread", max(half, ZERO), f"{words}{'; nothing is charged' if half < 0 else ''}.")


def hedge(inputs: QuoteInputs) -> tuple[Charge, Charge]:
    """Impact and risk of the hedger's own best schedule: larger and faster markets cost as the root of the size."""
    size, sigma, eta = inputs.request.size, inputs.sigma_bps, inputs.eta_bps
    cost = expected_cost(size, sigma, eta, inputs.horizon_s, inputs.risk_aversion)
    plan = f"{plain(size)} {_base(inputs)} within {inputs.horizon_s} s"
    impact = f"Hedging {plan} at {plain(eta)} bps per unit a second moves the market by {_bps(cost.impact_bps)}."
    risk = f"Hedging {plan} at {_sigma(inputs)} and risk aversion {plain(inputs.risk_aversion)}: {_bps(cost.risk_bps)}."
    return _alike("impact", cost.impact_bps, impact), _alike("hedge_risk", cost.risk_bps, risk)


def validity(inputs: QuoteInputs) -> Charge:
    """The client's option to accept until the quote expires: theta x 0.4 x sigma x sqrt(ttl)."""
    theta = inputs.charges.theta
    with localcontext(CONTEXT):
        bps = theta * _OPTION * inputs.sigma_bps * Decimal(inputs.ttl_s).sqrt()
    words = f"{inputs.ttl_s} s to accept: {plain(theta)} x 0.4 x {_sigma(inputs)} x sqrt({inputs.ttl_s} s)"
    return _alike("validity", bps, f"{words} = {_bps(bps)}.")


def liquidity(inputs: QuoteInputs) -> Charge:
    """k x ln(normal depth / depth) where books are thinner than usual, up to a cap."""
    ratio, k, cap = inputs.depth_ratio, inputs.charges.liquidity_k, inputs.charges.liquidity_cap_bps
    if ratio >= 1:
        return _alike("liquidity", ZERO, f"Books hold {_percent(ratio)} of their normal depth: nothing is charged.")
    if ratio <= 0:
        return _alike("liquidity", cap, f"Books hold nothing of their normal depth: the cap, {_bps(cap)}.")
    with localcontext(CONTEXT):
        bps = -k * ratio.ln()
    words = f"Books hold {_percent(ratio)} of their normal depth: {plain(k)} x ln(1 / {plain(ratio)}) = {_bps(bps)}"
    return _alike("liquidity", min(bps, cap), f"{words}{f', capped at {_bps(cap)}' if bps > cap else ''}.")


def inventory_skew(inputs: QuoteInputs) -> Charge:
    """What moves both prices alike: up where the desk would rather buy, down where it would rather sell."""
    skew = _rounded(inputs.inventory_skew_bps)
    if not skew:
        return Charge("inventory_skew", ZERO, ZERO, "The desk holds nothing that it would price: none.")
    words = f"The desk would rather {'buy' if skew > 0 else 'sell'}: both prices move by {_bps(skew)}."
    return Charge("inventory_skew", skew, -skew, words)


def settlement(inputs: QuoteInputs) -> Charge:
    """P(cut-off missed) x (nights x rate + handling) + k sigma sqrt(hours unhedged) + expected loss by default."""
    terms, found = inputs.charges, inputs.settlement
    with localcontext(CONTEXT):
        financing = found.nights * terms.financing_rate / _DAYS * BPS
        missed = found.miss_probability * (financing + terms.handling_bps)
        carried = terms.unhedged_k * inputs.sigma_bps * (found.unhedged_hours * _HOUR_S).sqrt()
        bps = missed + carried + terms.default_bps
    return _alike("settlement", bps, f"{_settlement_words(inputs, financing, carried)} = {_bps(bps)}.")


def _settlement_words(inputs: QuoteInputs, financing: Decimal, carried: Decimal) -> str:
    terms, found = inputs.charges, inputs.settlement
    nights = f"{found.nights} night{'' if found.nights == 1 else 's'} at {_percent(terms.financing_rate)} a year"
    cost = f"({nights} = {_bps(financing)} + handling {_bps(terms.handling_bps)})"
    words = f"{_percent(found.miss_probability)} to miss the cut-off" + (f" x {cost}" if found.miss_probability else "")
    if carried:
        words += f" + {plain(found.unhedged_hours)} h unhedged {_bps(carried)}"
    if terms.default_bps:
        words += f" + default {_bps(terms.default_bps)}"
    return f"{found.words} {words}" if found.words else words


def tax(inputs: QuoteInputs) -> Charge:
    """The rate in force on the day of the quote; pairs that are not in rupiah bear none."""
    if not inputs.tax_rate:
        return _alike("tax", ZERO, "No tax falls on this pair.")
    return _alike("tax", inputs.tax_rate * BPS, f"{_percent(inputs.tax_rate)} of the client's amount on this day.")


def _alike(name: str, bps: Decimal, words: str) -> Charge:
    rounded = _rounded(bps)
    return Charge(name, rounded, rounded, words)


def _rounded(bps: Decimal) -> Decimal:
    return bps.quantize(BPS_QUANTUM, context=CONTEXT)


def _tier(inputs: QuoteInputs) -> str:
    return f"{inputs.request.pair} tier {inputs.request.tier}"


def _base(inputs: QuoteInputs) -> str:
    return inputs.request.pair.split("/")[0]


def _bps(bps: Decimal) -> str:
    return f"{plain(round(bps, 4))} bps"


def _sigma(inputs: QuoteInputs) -> str:
    return f"{plain(round(inputs.sigma_bps, 4))} bps per root second"


def _percent(part: Decimal) -> str:
    return f"{plain(round(part * 100, 2))} %"
