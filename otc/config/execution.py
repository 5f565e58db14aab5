"""The limits that every order of a hedge has to keep, and for how long real orders may be armed."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Checked before every order; amounts in the quote currency of the parent's pair."""

    order_notional: Decimal = Decimal(1_000_000)
    """The most one order may be worth."""
    parent_notional: Decimal = Decimal(50_000_000)
    """The most one hedge may be worth at its arrival price."""
    exposure: Decimal = Decimal(5_000_000)
    """The most that all orders whose outcome is open may be worth together."""
    collar_bps: Decimal = Decimal(50)
    """How far a limit price may stand from the fair value of the moment, on either side."""
    slippage_bps: Decimal = Decimal(200)
    """How far beyond the arrival price an order may deal at most, whatever the hedge itself allows."""
    orders_per_minute: int = 240
    venue_orders_per_minute: int = 60
    open_orders: int = 20
    """Orders whose outcome is open, over all hedges."""
    venue_open_orders: int = 5


@dataclass(frozen=True, slots=True)
class ArmingSettings:
    """For how long a person may arm real orders at once, and the most that may be dealt while they are armed."""

    longest_s: int = 3600
    notional: Decimal = Decimal(5_000_000)
    """The most that all real orders sent under one arming may be worth; then a person arms anew."""
    venues: tuple[str, ...] = ()
    """Which venues may be armed at all; none unless they are named."""
