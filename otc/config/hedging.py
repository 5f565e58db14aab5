"""How hedges are paced and routed: the part of desk.yaml that `decide` reads."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class HedgeSettings:
    """What holds for every hedge; a parent brings its own size, horizon, mode, urgency, clip and collar."""

    slice_s: Decimal = Decimal(5)
    """Between two decisions that send, in the modes twap and adaptive."""
    jitter: Decimal = Decimal("0.3")
    """How much of a wait is left to a hash of parent and number, so that nobody can set his watch by the orders."""
    closing_s: Decimal = Decimal(10)
    """Before the horizon's end what remains is swept, so that late answers and rejects leave time to send again."""
    risk_aversion: Decimal = Decimal("0.01")
    """Per bps: J = cost + risk_aversion x variance; the quote's own."""
    hasty: Decimal = Decimal(10)
    """What urgency `now` multiplies the risk aversion with; `calm` has none."""
    usual_sigma_bps: Decimal = Decimal(1)
    """Volatility per square root of a second above which clips and slices come faster than planned."""
    fastest: Decimal = Decimal(2)
    """The most by which volatility or urgency shorten the time of a plan that is even."""
    refill_s: Decimal = Decimal(60)
    """How long a venue takes to show again most of what was taken."""
    memory_s: Decimal = Decimal(90)
    """Seconds of flow that weigh on the price: temporary impact per unit a second is this over the book's density."""
    slowest: Decimal = Decimal("0.4")
    """The least part of an even slice that is sent however thin or eaten the books are."""
    depth_weight: Decimal = Decimal("1.5")
    """The most by which depth against its median makes a slice larger, or smaller by the inverse."""
    catch_up: Decimal = Decimal("0.6")
    """The part of what a hedge is behind its plan that one slice makes up for."""
    reach_bps: Decimal = Decimal(10)
    """From the best price; within it density is measured."""
    protection_bps: Decimal = Decimal(2)
    """How far past the modelled price a child may still deal."""
    participation: Decimal = Decimal("0.15")
    """Of what a venue shows within reach: the most that one child takes before the closing."""
    stale_s: Decimal = Decimal(5)
    """A book that is older is not dealt on."""
    stray_bps: Decimal = Decimal(25)
    """A book whose middle stands further from the others' than this on the cheap side is not believed."""
