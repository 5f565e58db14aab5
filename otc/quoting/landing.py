"""When the rupiah of a quote would land: today, if something happens by a time of day, or on which day otherwise."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from otc.model import QuoteRequest, Side
from otc.settlement.legs import Rules
from otc.settlement.rails import Rails


@dataclass(frozen=True, slots=True)
class Landing:
    """The rail of one rupiah movement, its day's cut-off, and what missing it means."""

    rail: str
    taken_at: datetime
    """When the bank takes it: handed in now, or when coins sent now should be final."""
    cutoff: datetime | None
    """The end of that day's window; None for a rail that is always open."""
    otherwise: datetime | None
    """When the bank takes it after the cut-off has passed."""
    today: bool
    """Whether `taken_at` is on the day of asking."""
    nights: int
    """From the day of asking to `otherwise`, or to `taken_at` where today is lost already."""
    coins_first: bool
    """Whether the rupiah wait for the coins to be final."""
    coins_by: datetime | None
    """When the coins have to be on their way to be final by the cut-off, at the chain's median; None where they do not matter."""


def landing(request: QuoteRequest, amount_idr: Decimal, rules: Rules, bank: str, now: datetime, zone: ZoneInfo) -> Landing:
    """Where the client's rupiah of a request stand against the cut-off; days are those of `zone`."""
    if (request.side is Side.SELL) == (request.client_id in rules.desk_first):
        return landing_of(rules.rails, amount_idr, bank, now, zone)
    chain = rules.chains.get(request.client_wallet_id) or rules.chains.get(request.pair.split("/")[0]) or rules.slowest
    lead = timedelta(minutes=chain.p50)
    found = landing_of(rules.rails, amount_idr, bank, now, zone, lead)
    return replace(found, coins_first=True, coins_by=None if found.cutoff is None else found.cutoff - lead)


def landing_of(
    rails: Rails, amount_idr: Decimal, bank: str, now: datetime, zone: ZoneInfo, lead: timedelta = timedelta(0)
) -> Landing:
    """The rail, the cut-off and the day after it for an amount of rupiah handed in `lead` after `now`."""
    taken = rails.accept("IDR", amount_idr, now + lead, bank)
    cutoff = rails.next_cutoff("IDR", amount_idr, now + lead, bank)
    today = now.astimezone(zone).date()
    lands_today = taken.accepted_at.astimezone(zone).date() == today
    otherwise = None if cutoff is None else rails.accept("IDR", amount_idr, cutoff, bank).accepted_at
    last = otherwise if lands_today and otherwise else taken.accepted_at
    nights = (last.astimezone(zone).date() - today).days
    return Landing(taken.rail, taken.accepted_at, cutoff, otherwise, lands_today, nights, False, None)


Urgency = Literal["none", "ample", "soon", "lost"]


def urgency(found: Landing, now: datetime, soon: timedelta = timedelta(hours=1)) -> Urgency:
    """How pressing a cut-off is: none there, ample time, less than `soon`, or today's is lost."""
    if found.cutoff is None:
        return "none"
    if not found.today:
        return "lost"
    return "soon" if (found.coins_by or found.cutoff) - now < soon else "ample"
