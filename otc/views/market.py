"""The market at one instant as the market page shows it: the rates above it, and a row for each pair that the desk quotes.

MarketView, Signals, rates typed --board_of--> Board
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import Final, Literal

from otc.config import Settings
from otc.errors import Refused
from otc.market.agreement import agreeing
from otc.market.book import PRICING
from otc.market.consolidated import Line, fair_value, lines_of, sweep
from otc.market.currencies import USD_IDR, Gold, dollar_rates, gold, rupiah_rate
from otc.model.market import DeskRate, Dislocation, MarketView, Signals, Sweep, SweepSide, UsedRate
from otc.money import BPS, CONTEXT, exact, round_to
from otc.quoting.rfq_market import freshest

_CLIPS: Final = (Decimal("0.1"), Decimal(1), Decimal(10))
"""The three sizes that each pair is priced for, in clips."""
_CLIP_AT: Final = 1
_ROOT_YEAR: Final = Decimal(365 * 86_400).sqrt(CONTEXT)
_SILENT: Final = "The market loop has been silent for {} s."

Standing = Literal["off", "down", "live"]
"""off: nobody watches any feed. down: feeds are watched and none may price."""


@dataclass(frozen=True, slots=True)
class Executable:
    """What one size brings and costs at once, all in, in the quote currency to its tick; None where no venue deals it."""

    size: Decimal
    bid: Decimal | None
    ask: Decimal | None
    indicative: bool
    """More than half of a side is beyond what is visible."""


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair; prices in its quote currency, None where nothing is known."""

    pair: str
    clip: Decimal
    fair: Decimal | None
    sizes: tuple[Executable, ...]
    """A tenth of a clip, one, ten."""
    spread_bps: Decimal | None
    """Between executable bid and ask of one clip."""
    sigma_bps: Decimal | None
    """Volatility per square root of a second."""
    year_percent: Decimal | None
    """The same over a year of seconds."""
    depth_ratio: Decimal | None
    dislocation: Dislocation | None
    """The furthest that runs now on any feed of the base."""


@dataclass(frozen=True, slots=True)
class Board:
    """All that the top of the page says."""

    taken_at: datetime
    standing: Standing
    simulated: bool
    feeds: int
    feeds_pricing: int
    rupiah: tuple[UsedRate, ...]
    """USD/IDR: measured, then typed; as far as it is known."""
    rupiah_used: UsedRate | None
    """The one that prices go through."""
    gold: Gold
    rows: tuple[PairRow, ...]


def still_true(view: MarketView, limit_s: Decimal, now: datetime) -> MarketView:
    """The view as it may be read at `now`: one that is older than a feed may be prices nothing, and says of each feed why."""
    silent_s = (now - view.taken_at).total_seconds()
    if silent_s <= float(limit_s):
        return view
    health = tuple(
        replace(feed, state="stale", reason=_SILENT.format(int(silent_s))) if feed.state in PRICING else feed
        for feed in view.health
    )
    return replace(view, books={}, health=health)


def board_of(view: MarketView, signals: Signals, settings: Settings, typed: Mapping[str, DeskRate], now: datetime) -> Board:
    """The rates and a row for every two-way pair of desk.yaml, in its order."""
    pricing = sum(feed.state in PRICING for feed in view.health)
    rates = rates_of(view, settings, typed, now)
    return Board(
        taken_at=view.taken_at,
        standing="live" if pricing else "down" if view.health else "off",
        simulated=view.simulated,
        feeds=len(view.health),
        feeds_pricing=pricing,
        rupiah=rupiah_rate(view, typed, dollar_rates(view)),
        rupiah_used=rates.get(USD_IDR),
        gold=gold(view, typed),
        rows=tuple(_row(pair, view, signals, settings, rates) for pair in settings.desk.two_way.pairs),
    )


def rates_of(view: MarketView, settings: Settings, typed: Mapping[str, DeskRate], now: datetime) -> dict[str, UsedRate]:
    """What `lines_of` converts by: dollars of every kind, and the USD/IDR that a quote of this instant would go through."""
    dollars = dollar_rates(view)
    rupiah = freshest(rupiah_rate(view, typed, dollars), settings.desk.market.rate_age_s, now)
    return {**dollars, **({USD_IDR: rupiah} if rupiah else {})}


def tick_of(pair: str, settings: Settings) -> Decimal:
    """The tick of one of desk.yaml's two-way pairs, in its quote currency."""
    rupiah = settings.desk.pairs.get(pair)
    return rupiah.tick if rupiah else settings.desk.two_way.pairs[pair].tick


def running(signals: Signals, base: str) -> tuple[Dislocation, ...]:
    """The dislocations of a base that have not ended, the furthest first."""
    found = [each for each in signals.dislocations if each.symbol.split("/")[0] == base and each.ended_at is None]
    return tuple(sorted(found, key=lambda each: -abs(each.bps)))


def age_of(at: datetime | None, now: datetime) -> timedelta | None:
    """How long ago something came; a receipt by a clock that runs ahead is no time ago."""
    return None if at is None else max(now - at, timedelta(0))


def _row(pair: str, view: MarketView, signals: Signals, settings: Settings, rates: Mapping[str, UsedRate]) -> PairRow:
    base, quote = pair.split("/")
    clip, tick = settings.desk.two_way.pairs[pair].clip, tick_of(pair, settings)
    found, _ = lines_of(view, base, quote, settings.venues, rates)
    lines = agreeing(found, settings.desk.market.crossed_bps, signals.dislocations).lines
    sizes = tuple(_executable(lines, clip * clips, tick) for clips in _CLIPS)
    sigma_bps = signals.sigma_bps.get(base)
    return PairRow(
        pair=pair,
        clip=clip,
        fair=round_to(fair_value(lines), tick, "half_even") if lines else None,
        sizes=sizes,
        spread_bps=_spread_bps(sizes[_CLIP_AT]),
        sigma_bps=sigma_bps,
        year_percent=None if sigma_bps is None else exact(CONTEXT.multiply(sigma_bps, _ROOT_YEAR) / 100),
        depth_ratio=signals.depth_ratio.get(base),
        dislocation=next(iter(running(signals, base)), None),
    )


def _executable(lines: Sequence[Line], size: Decimal, tick: Decimal) -> Executable:
    buy, sell = _swept(lines, "buy", size), _swept(lines, "sell", size)
    return Executable(
        size=size,
        bid=round_to(sell.average_price, tick, "down") if sell else None,
        ask=round_to(buy.average_price, tick, "up") if buy else None,
        indicative=any(swept is not None and swept.indicative for swept in (buy, sell)),
    )


def _swept(lines: Sequence[Line], side: SweepSide, size: Decimal) -> Sweep | None:
    try:
        return sweep(lines, side, size)
    except Refused:
        return None


def _spread_bps(executable: Executable) -> Decimal | None:
    bid, ask = executable.bid, executable.ask
    if bid is None or ask is None:
        return None
    with localcontext(CONTEXT):
        return (ask - bid) / ((ask + bid) / 2) * BPS
