"""From a request and the market as it stands to everything its price depends on; what cannot be priced is refused, why said.

request + config          --terms_of-->          tick, margin, tax -----------------------------------------.
view + rates of the desk  --market_of-->         mid and half spread of one clip, sweeps, rates, doubts ----+-> QuoteInputs
amount + minute           --settlement_inputs--> the cut-off, and how likely it is missed ------------------'
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, localcontext
from typing import NamedTuple

from otc.config import Settings, Spreads
from otc.config.markets import TwoWayPair
from otc.errors import Refused
from otc.model.market import DeskRate, MarketView, Signals
from otc.model.rfq import Charges, QuoteInputs, RfqRequest, SettlementInputs
from otc.money import CONTEXT, ZERO, grouped, plain, whole_rupiah
from otc.quoting.rfq_market import Market, market_of
from otc.quoting.rfq_settlement import settlement_inputs
from otc.settlement.legs import Rules


class Terms(NamedTuple):
    """What configuration says about a request."""

    pair: TwoWayPair
    tick: Decimal
    margin_bps: Decimal
    tax_rate: Decimal


def inputs_of(
    request: RfqRequest,
    view: MarketView,
    signals: Signals,
    settings: Settings,
    spreads: Spreads,
    rules: Rules,
    typed: Mapping[str, DeskRate],
    actor: str,
    now: datetime,
) -> QuoteInputs:
    """Everything the price of a request depends on at `now`; `typed` are the desk's rates by name, `spreads` the table in force.

    Refused names the field: a pair or tier that is not quoted, a size that is not above zero, too fine or too large, and a
    market in which no venue prices the pair, with the reason of each.
    """
    terms = terms_of(request, settings, spreads, now)
    market = market_of(request, terms.pair.clip, view, signals, typed, settings, now)
    _check_price(request, market, settings)
    two_way, base = settings.desk.two_way, request.pair.split("/")[0]
    return QuoteInputs(
        request=request,
        quoted_at=now,
        quoted_by=actor,
        mode=two_way.mode,
        tick=terms.tick,
        ttl_s=two_way.chat_ttl_s if request.channel == "chat" else two_way.ttl_s,
        margin_bps=terms.margin_bps,
        minimum_margin_bps=two_way.minimum_margin_bps,
        tax_rate=terms.tax_rate,
        mid=market.mid,
        half_spread_bps=market.half_spread_bps,
        sigma_bps=max(signals.sigma_bps.get(base, ZERO), terms.pair.sigma_floor_bps),
        eta_bps=terms.pair.eta_bps,
        horizon_s=two_way.horizon_s,
        risk_aversion=two_way.risk_aversion,
        depth_ratio=signals.depth_ratio.get(base, Decimal(1)),
        inventory_skew_bps=two_way.inventory_skew_bps,
        settlement=_settlement(request, market, settings, rules, now),
        charges=_charges(settings),
        rates=market.rates,
        buy=market.whole.buy,
        sell=market.whole.sell,
        excluded=market.excluded,
        doubts=market.doubts,
        simulated=view.simulated,
    )


def terms_of(request: RfqRequest, settings: Settings, spreads: Spreads, now: datetime) -> Terms:
    """The configured terms of a request; Refused where pair, tier or size are none of the desk's."""
    desk, name = settings.desk, request.pair
    pair = desk.two_way.pairs.get(name)
    if pair is None:
        known = ", ".join(desk.two_way.pairs) or "none"
        raise Refused(f"{name!r} has no two-way price; choose one of {known} (desk.yaml: two_way.pairs).", "pair")
    tiers = spreads.get(name) or pair.spreads
    if request.tier not in tiers:
        raise Refused(f"{request.tier!r} is no tier of {name}; choose {', '.join(tiers)}.", "tier")
    rupiah = desk.pairs.get(name)
    places, tick = (rupiah.size_places, rupiah.tick) if rupiah else (pair.size_places, pair.tick)
    if not request.size.is_finite() or request.size <= 0:
        raise Refused(f"{plain(request.size)} is not above zero; write what the client deals in.", "size")
    if max(0, -_exponent(request.size)) > places:
        raise Refused(f"{name} is dealt in at most {places} decimal places.", "size")
    tax = desk.tax_on(now.astimezone(desk.zones.books).date()).rate if rupiah else ZERO
    return Terms(pair, tick, tiers[request.tier], tax)


def _exponent(size: Decimal) -> int:
    exponent = size.normalize(CONTEXT).as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _check_price(request: RfqRequest, market: Market, settings: Settings) -> None:
    """A rupiah price outside its band is a broken rate; a notional above the desk's largest is not for a screen to quote.

    Where nobody knows what a dollar is in rupiah the notional has a limit in dollars.
    """
    desk, mid = settings.desk, market.mid
    rupiah = desk.pairs.get(request.pair)
    if rupiah and not rupiah.band_low <= mid <= rupiah.band_high:
        band = f"{grouped(rupiah.band_low)} to {grouped(rupiah.band_high)}"
        raise Refused(f"The mid {grouped(mid, 2)} is outside the price band of {request.pair}, {band}; look at USD/IDR.", "pair")
    limits = ("IDR", market.rupiah, desk.quoting.largest_notional_idr, "desk.yaml")
    if market.rupiah is None:
        limits = ("USD", market.dollars, desk.two_way.largest_notional_usd, "desk.yaml: two_way.largest_notional_usd")
    currency, rate, largest, where = limits
    with localcontext(CONTEXT):
        notional = mid * request.size * (rate or 1)
    if notional > largest:
        raise Refused(f"The amount is above {currency} {grouped(largest)}, the largest the desk quotes ({where}).", "size")


def _settlement(request: RfqRequest, market: Market, settings: Settings, rules: Rules, now: datetime) -> SettlementInputs:
    if not request.pair.endswith("/IDR"):
        return SettlementInputs(ZERO, 0, "No rupiah move.")
    amount = whole_rupiah(CONTEXT.multiply(market.mid, request.size))
    if amount <= 0:
        raise Refused(f"A size of {plain(request.size)} is worth less than one rupiah; write a larger one.", "size")
    return settlement_inputs(request, amount, settings, rules, now)


def _charges(settings: Settings) -> Charges:
    two_way = settings.desk.two_way
    return Charges(
        theta=two_way.theta,
        liquidity_k=two_way.liquidity_k,
        liquidity_cap_bps=two_way.liquidity_cap_bps,
        financing_rate=two_way.financing_rate,
        handling_bps=two_way.handling_bps,
        unhedged_k=two_way.unhedged_k,
        default_bps=two_way.default_bps,
    )
