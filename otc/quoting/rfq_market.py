"""What venues and rates say about a request: a mid executable for one clip, the whole size at once, and what casts doubt on it.

A rupiah price is the venues' books times USD/IDR: the desk's own rate while it is fresh, else the one measured on rupiah venues.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Final, NamedTuple

from otc.config import Settings
from otc.errors import Refused
from otc.market.consolidated import Line, lines_of, sweep
from otc.market.currencies import USD_IDR, XAU_USD, conversion, dollar_rates, gold, rupiah_rate
from otc.model import Side
from otc.model.market import DeskRate, Exclusion, MarketView, Sweep, UsedRate
from otc.model.rfq import RfqRequest
from otc.money import BPS, CONTEXT, grouped, plain
from otc.quoting.components import BPS_QUANTUM

_MID_QUANTUM: Final = Decimal("0.00000001")
"""Times a component's six places and 10^-4 it is exact at 18."""
_ENOUGH_VENUES: Final = 2
"""One alone cannot be checked against another."""


class Both(NamedTuple):
    """One size dealt at once either way."""

    buy: Sweep
    sell: Sweep


class Market(NamedTuple):
    """What venues and rates say about a request, in its quote currency."""

    mid: Decimal
    half_spread_bps: Decimal
    rupiah: Decimal | None
    """Of one unit of the quote currency; None where nobody knows it."""
    whole: Both
    rates: tuple[UsedRate, ...]
    excluded: tuple[Exclusion, ...]
    doubts: tuple[str, ...]


def market_of(
    request: RfqRequest, clip: Decimal, view: MarketView, typed: Mapping[str, DeskRate], settings: Settings, now: datetime
) -> Market:
    """The market for a request whose pair is hedged in children of at most `clip`; `typed` are the desk's rates by name.

    Refused where no venue prices the pair, with the reason of each, and where none takes so small a size.
    """
    base, quote = request.pair.split("/")
    dollars = dollar_rates(view)
    found = rupiah_rate(view, typed, dollars)
    age_s = settings.desk.market.rate_age_s
    rupiah = freshest(found, age_s, now)
    rates = {**dollars, **({USD_IDR: rupiah} if rupiah else {})}
    lines, excluded = lines_of(view, base, quote, settings.venues, rates)
    if not lines:
        why = "; ".join(f"{out.venue} {out.symbol}: {out.reason.rstrip('.')}" for out in excluded)
        raise Refused(f"No venue prices {request.pair} now{f' ({why})' if why else ''}; choose a market maker's rate.", "pair")
    one, whole = _both(lines, clip), _both(lines, request.size)
    mid, half_spread_bps = _of_clip(one)
    used = (*_used(lines, quote, rates), *_metal(base, view, typed))
    doubts = (
        *_age_doubts(view, settings, now),
        *_rate_doubts(base, used, settings, now),
        *_rupiah_doubts(_fresh(found, age_s, now) if rupiah in used else (), settings),
        *_size_doubts(one, None),
        *_size_doubts(whole, request.side),
        *_venue_doubts(lines),
    )
    return Market(mid, half_spread_bps, conversion(quote, "IDR", rates), whole, used, excluded, doubts)


def freshest(found: Sequence[UsedRate], age_s: int, now: datetime) -> UsedRate | None:
    """The desk's own rate while it is fresh, else the measured one, else whichever is the youngest."""
    fresh = _fresh(found, age_s, now)
    return fresh[-1] if fresh else max(found, key=lambda rate: rate.at, default=None)


def _fresh(found: Sequence[UsedRate], age_s: int, now: datetime) -> list[UsedRate]:
    return [rate for rate in found if (now - rate.at).total_seconds() <= age_s]


def _both(lines: Sequence[Line], size: Decimal) -> Both:
    return Both(sweep(lines, "buy", size), sweep(lines, "sell", size))


def _of_clip(clip: Both) -> tuple[Decimal, Decimal]:
    """The mid at which one clip is executable, and half of what buying and selling it costs, in bps of that mid."""
    ask, bid = clip.buy.average_price, clip.sell.average_price
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
        if asked in (None, side) and swept.indicative:
            yield f"Venues show {plain(swept.filled)} of {plain(swept.size)} {what}; more than half is extrapolated."


def _venue_doubts(lines: Sequence[Line]) -> Iterator[str]:
    venues = {line.instrument.venue for line in lines}
    if len(venues) < _ENOUGH_VENUES:
        yield f"{', '.join(venues)} alone prices it: nothing checks its book."
