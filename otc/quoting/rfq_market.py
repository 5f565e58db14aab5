"""What venues and rates say about a request: a mid executable for one clip, the whole size at once, and what casts doubt on it.

A rupiah price is the venues' books times USD/IDR: the desk's own rate while it is fresh, else the one measured on rupiah venues.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Final, NamedTuple

from otc.config import Settings
from otc.errors import Refused
from otc.market.agreement import agreeing
from otc.market.consolidated import Line, lines_of, sweep, visible
from otc.market.currencies import USD_IDR, XAU_USD, conversion, dollar_rates, gold, rupiah_rate
from otc.model import Side
from otc.model.market import DeskRate, Exclusion, MarketView, Signals, Sweep, SweepSide, UsedRate
from otc.model.rfq import RfqRequest
from otc.money import BPS, CONTEXT, grouped, plain
from otc.quoting.components import BPS_QUANTUM

_MID_QUANTUM: Final = Decimal("0.00000001")
"""Times a component's six places and 10^-4 it is exact at 18."""
_WAYS: Final[tuple[SweepSide, ...]] = ("buy", "sell")
_ENOUGH_VENUES: Final = 2
"""One alone cannot be checked against another."""


class Both(NamedTuple):
    """One size dealt at once either way; None where nobody asks for a side that cannot be priced."""

    buy: Sweep | None
    sell: Sweep | None


class Market(NamedTuple):
    """What venues and rates say about a request, in its quote currency."""

    mid: Decimal
    half_spread_bps: Decimal
    rupiah: Decimal | None
    """Of one unit of the quote currency; None where nobody knows it."""
    dollars: Decimal | None
    """Likewise."""
    whole: Both
    rates: tuple[UsedRate, ...]
    excluded: tuple[Exclusion, ...]
    doubts: tuple[str, ...]


def market_of(
    request: RfqRequest,
    clip: Decimal,
    view: MarketView,
    signals: Signals,
    typed: Mapping[str, DeskRate],
    settings: Settings,
    now: datetime,
) -> Market:
    """The market for a request whose pair is hedged in children of at most `clip`; `typed` are the desk's rates by name.

    Refused where no venue prices the pair, with the reason of each, and where none takes so small a size.
    """
    base, quote = request.pair.split("/")
    dollars = dollar_rates(view)
    found = rupiah_rate(view, typed, dollars)
    watched = settings.desk.market
    age_s = watched.rate_age_s
    rupiah = freshest(found, age_s, now)
    rates = {**dollars, **({USD_IDR: rupiah} if rupiah else {})}
    lines, excluded = lines_of(view, base, quote, settings.venues, rates)
    if not lines:
        why = "; ".join(f"{out.venue} {out.symbol}: {out.reason.rstrip('.')}" for out in excluded)
        raise Refused(f"No venue prices {request.pair} now{f' ({why})' if why else ''}; choose a market maker's rate.", "pair")
    agreed = agreeing(lines, watched.crossed_bps, signals.dislocations)
    lines = agreed.lines
    mid, half_spread_bps = _of_clip(lines, clip, request)
    whole = Both(_whole(lines, "buy", request), _whole(lines, "sell", request))
    used = (*_used(lines, quote, rates), *_metal(base, view, typed))
    doubts = (
        *agreed.doubts,
        *_spread_doubts(half_spread_bps),
        *_age_doubts(view, settings, now),
        *_rate_doubts(base, used, settings, now),
        *_gold_doubts(base, view, typed, settings),
        *_rupiah_doubts(_fresh(found, age_s, now) if rupiah in used else (), settings),
        *_size_doubts(whole, request.side),
        *_venue_doubts(lines),
    )
    rupiah_each, dollars_each = conversion(quote, "IDR", rates), conversion(quote, "USD", rates)
    excluded = (*excluded, *agreed.excluded)
    return Market(mid, half_spread_bps, rupiah_each, dollars_each, whole, used, excluded, doubts)


def freshest(found: Sequence[UsedRate], age_s: int, now: datetime) -> UsedRate | None:
    """The desk's own rate while it is fresh, else the measured one, else whichever is the youngest."""
    fresh = _fresh(found, age_s, now)
    return fresh[-1] if fresh else max(found, key=lambda rate: rate.at, default=None)


def _fresh(found: Sequence[UsedRate], age_s: int, now: datetime) -> list[UsedRate]:
    return [rate for rate in found if (now - rate.at).total_seconds() <= age_s]


def _whole(lines: Sequence[Line], way: SweepSide, request: RfqRequest) -> Sweep | None:
    """The whole size at once; it may be more than a side shows that nobody asked for."""
    try:
        return sweep(lines, way, request.size)
    except Refused:
        if request.side in (None, Side(way.upper())):
            raise
        return None


def _of_clip(lines: Sequence[Line], clip: Decimal, request: RfqRequest) -> tuple[Decimal, Decimal]:
    """The mid at which one clip is executable, and half of what buying and selling it costs, in bps of that mid.

    Thin books show less than a clip: it is what both sides show then. It never depends on the size that is asked for, or a
    larger one might have a better price.
    """
    size = visible(lines, clip) or clip
    try:
        ask, bid = (sweep(lines, way, size).average_price for way in _WAYS)
    except Refused as error:
        asked = f"{plain(request.size)} {request.pair}"
        raise Refused(f"{asked} cannot be priced from the venues, nor can one clip of {plain(size)}: {error}", "size") from None
    with localcontext(CONTEXT):
        mid = ((ask + bid) / 2).quantize(_MID_QUANTUM)
        return mid, ((ask - bid) / 2 / mid * BPS).quantize(BPS_QUANTUM)


def _used(lines: Sequence[Line], quote: str, rates: Mapping[str, UsedRate]) -> Iterator[UsedRate]:
    """The rates that these lines went through, dollars of other kinds first."""
    quotes = {line.instrument.quote for line in lines} - {quote}
    yield from (rate for name, rate in rates.items() if name in quotes and name != "USD")
    if quote == "IDR" and quotes:
        yield rates[USD_IDR]


def _metal(base: str, view: MarketView, typed: Mapping[str, DeskRate]) -> tuple[UsedRate, ...]:
    """Of gold: what an ounce of the metal costs. The price does not go through it, but is judged by it."""
    metal = gold(view, typed).metal if base == "PAXG" else None
    return (metal,) if metal else ()


def _spread_doubts(half_spread_bps: Decimal) -> Iterator[str]:
    if half_spread_bps < 0:
        yield f"A clip sells for more than it costs, by {plain(round(-2 * half_spread_bps, 4))} bps: the books are crossed."


def _gold_doubts(base: str, view: MarketView, typed: Mapping[str, DeskRate], settings: Settings) -> Iterator[str]:
    """The token against the metal: this far apart, one of them is a slip of the hand or a broken feed."""
    if base != "PAXG" or XAU_USD not in typed:
        return
    found, most = gold(view, typed), settings.desk.market.gold_premium_bps
    if found.premium_bps is None:
        yield "PAXG has no price in dollars: nothing checks the token against gold."
    elif abs(found.premium_bps) > most:
        away = f"{grouped(abs(found.premium_bps))} bps {'above' if found.premium_bps > 0 else 'below'} XAU/USD"
        yield f"PAXG is {away} {plain(typed[XAU_USD].rate)}; {plain(most)} are believed."


def _age_doubts(view: MarketView, settings: Settings, now: datetime) -> Iterator[str]:
    """Feeds are judged when the view is taken; a view that is not renewed would let them age unseen."""
    age_s = int((now - view.taken_at).total_seconds())
    if age_s > settings.desk.market.exclude_age_s:
        yield f"The market was last looked at {age_s} seconds ago."


def _rate_doubts(base: str, used: Sequence[UsedRate], settings: Settings, now: datetime) -> Iterator[str]:
    most = settings.desk.market.rate_age_s
    if base == "PAXG" and all(rate.name != XAU_USD for rate in used):
        yield "XAU/USD is not typed: nothing checks the token against gold."
    for rate in used:
        age_s = int((now - rate.at).total_seconds())
        if age_s > most:
            yield f"{rate.name} ({rate.source}) is {age_s // 60} minutes old; {most // 60} are believed."


def _rupiah_doubts(found: Sequence[UsedRate], settings: Settings) -> Iterator[str]:
    """The desk's own USD/IDR against the measured one: so far apart, one of them is a slip of the hand or a broken feed."""
    if len(found) < 2:
        return
    measured, own = (rate.rate for rate in found)
    with localcontext(CONTEXT):
        away = abs(own / measured - 1) * BPS
    if away > settings.desk.market.absurd_bps:
        yield f"USD/IDR is {plain(own)} by the desk and {grouped(measured, 2)} on the venues, {grouped(away)} bps apart."


def _size_doubts(dealt: Both, asked: Side | None) -> Iterator[str]:
    """What lies by more than half beyond what is visible, on the side that is asked for."""
    for side, swept, what in ((Side.BUY, dealt.buy, "for sale"), (Side.SELL, dealt.sell, "wanted")):
        if asked in (None, side) and swept and swept.indicative:
            yield f"Venues show {plain(swept.filled)} of {plain(swept.size)} {what}; more than half is extrapolated."


def _venue_doubts(lines: Sequence[Line]) -> Iterator[str]:
    venues = {line.instrument.venue for line in lines}
    if len(venues) < _ENOUGH_VENUES:
        yield f"{', '.join(venues)} alone prices it: nothing checks its book."
