"""What the settlement of a quote is made of at its minute: the cut-off near, missed or not there, and the nights behind it."""

from datetime import datetime
from decimal import Decimal
from math import log
from statistics import NormalDist
from typing import Final

from otc.config import Settings
from otc.config.markets import TwoWaySettings
from otc.model import QuoteRequest, Side
from otc.model.rfq import RfqRequest, SettlementInputs
from otc.money import ZERO
from otc.quoting.landing import Landing, landing
from otc.quoting.messages import clock, day
from otc.settlement.legs import Rules

_QUANTUM: Final = Decimal("0.000001")
_P95: Final = NormalDist().inv_cdf(0.95)
_CERTAIN: Final = Decimal(1)


def settlement_inputs(
    request: RfqRequest, amount_idr: Decimal, settings: Settings, rules: Rules, now: datetime
) -> SettlementInputs:
    """Where the rupiah of a request stand against their cut-off; asked both ways, the side that risks more counts.

    `amount_idr` is in whole rupiah, above zero. Nothing is carried unhedged: each trade is covered when it is accepted.
    """
    sides = (request.side,) if request.side else tuple(Side)
    found = [_of_side(request, side, amount_idr, settings, rules, now) for side in sides]
    return max(found, key=lambda inputs: inputs.miss_probability * inputs.nights)


def miss_probability(found: Landing, now: datetime, settings: TwoWaySettings) -> Decimal:
    """How likely today's cut-off is missed, 0 to 1 at six places: 0 where there is none, 1 where it is lost already.

    Clients take a lognormal time to pay after accepting, by its median and 95th percentile; what counts is whether that is
    longer than the time left, where coins come first until they have to be on their way.
    """
    if found.cutoff is None:
        return ZERO
    left_min = ((found.coins_by or found.cutoff) - now).total_seconds() / 60
    if not found.today or left_min <= 0:
        return _CERTAIN
    half, most = settings.pays_p50_min, settings.pays_p95_min
    if not 0 < half < most:  # clients who all take the same time
        return ZERO if left_min > half else _CERTAIN
    deviations = log(left_min / half) / log(most / half) * _P95
    return Decimal(NormalDist().cdf(-deviations)).quantize(_QUANTUM)


def _of_side(
    request: RfqRequest, side: Side, amount_idr: Decimal, settings: Settings, rules: Rules, now: datetime
) -> SettlementInputs:
    client = settings.counterparties.client(request.client_id)
    wallet = settings.counterparties.client_wallet(request.pair.split("/")[0])
    asked = QuoteRequest(
        request.pair, request.tier, side, (), client_id=request.client_id, client_wallet_id=wallet.id if wallet else ""
    )
    found = landing(asked, amount_idr, rules, client.bank if client else "", now, settings.desk.zones.desk)
    return SettlementInputs(miss_probability(found, now, settings.desk.two_way), found.nights, _words(found, settings))


def _words(found: Landing, settings: Settings) -> str:
    zone = settings.desk.zones.desk
    if found.cutoff is None:
        return f"{found.rail} is always open."
    if not found.today:
        return f"Today's {found.rail} is lost: the bank takes it {day(found.taken_at, zone, 'english')}."
    coins = f", coins on their way by {clock(found.coins_by, zone, 'english')}" if found.coins_by else ""
    return f"{found.rail} closes at {clock(found.cutoff, zone, 'english')}{coins}."
