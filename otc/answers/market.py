"""What the commands on the live market answer: rates read from chat, feeds, the book for a size, a two-way quote."""

from argparse import Namespace
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from otc.answers import Answer, number
from otc.clock import iso
from otc.config import Settings
from otc.desk.rfqs import Rfqs
from otc.errors import Refused
from otc.market.agreement import agreeing
from otc.market.book import PRICING
from otc.market.consolidated import lines_of, sweep
from otc.market.currencies import USD_IDR, dollar_rates, rupiah_rate
from otc.model import Cover, Side
from otc.model.market import DeskRate, FeedHealth, MarketView, Sweep, UsedRate
from otc.model.rfq import RfqRequest
from otc.money import grouped, plain
from otc.quoting.mm_messages import read_messages
from otc.quoting.mm_rates import QuotedRate
from otc.quoting.rfq import explained
from otc.sample.hedge_run import run_hedge
from otc.views.rfq import rfq_answer
from otc.views.table import counted


def book(settings: Settings, view: MarketView, typed: Mapping[str, DeskRate], options: Namespace) -> Answer:
    """What a size costs or brings at once over all venues, fees paid, and who took no part with the reason."""
    size, pair = number("--size", options.size), options.pair.upper()
    base, slash, currency = pair.partition("/")
    if not (base and slash and currency) or "/" in currency:
        raise Refused(f"{options.pair!r} is no pair; write one like BTC/USD.", "pair")
    lines, excluded = lines_of(view, base, currency, settings.venues, _rates(view, typed))
    if not lines:
        why = "; ".join(f"{out.venue} {out.symbol}: {out.reason}" for out in excluded) or f"no venue of venues.yaml lists {base}"
        raise Refused(f"No venue prices {pair} now ({why}).", "pair")
    agreed = agreeing(lines, settings.desk.market.crossed_bps)
    excluded = (*excluded, *agreed.excluded)
    found = sweep(agreed.lines, options.side, size)
    content = {
        "pair": pair,
        "side": options.side,
        "size": size,
        "average_price": found.average_price,
        "worst_price": found.worst_price,
        "filled": found.filled,
        "venues": dict(found.venues),
        "extrapolated": bool(found.extrapolated),
        "extrapolated_size": found.extrapolated,
        "excluded": [{"venue": out.venue, "symbol": out.symbol, "reason": out.reason} for out in excluded],
        "doubts": list(agreed.doubts),
        "as_of": view.taken_at,
        "simulated": view.simulated,
    }
    shown = [f"  {venue:<14}{plain(amount):>20} {base}" for venue, amount in found.venues]
    shown += [f"  {out.venue:<14}{out.symbol}: {out.reason}" for out in excluded]
    shown += [f"  indicative: {doubt}" for doubt in agreed.doubts]
    return Answer(content, "\n".join((_headline(view, pair, found), *shown)) + "\n", settings.desk.zones.desk)


def _rates(view: MarketView, typed: Mapping[str, DeskRate]) -> dict[str, UsedRate]:
    """All conversions there are: dollars of every kind, and the freshest USD/IDR."""
    dollars = dollar_rates(view)
    rupiah = max(rupiah_rate(view, typed, dollars), key=lambda rate: rate.at, default=None)
    return {**dollars, **({USD_IDR: rupiah} if rupiah else {})}


def _headline(view: MarketView, pair: str, found: Sweep) -> str:
    label = "SIMULATED " if view.simulated else ""
    beyond = f", {plain(found.extrapolated)} of it beyond what is visible" if found.extrapolated else ""
    average, worst = grouped(found.average_price, 4), grouped(found.worst_price, 4)
    return f"{label}{found.side} {plain(found.size)} {pair}: {average} on average, {worst} at worst{beyond}"


def rfq(rfqs: Rfqs, options: Namespace) -> Answer:
    """A two-way quote, kept with all its inputs, with its parts."""
    request = RfqRequest(
        pair=options.pair.upper(),
        size=number("--size", options.size),
        tier=options.tier,
        side=Side(options.side.upper()) if options.side else None,
        client_id=options.client or "",
        cover=Cover.VENUES,
    )
    made = rfqs.quote(request, "command line")
    zone = rfqs.settings.desk.zones.desk
    lines = [f"{'SIMULATED ' if made.inputs.simulated else ''}{request.pair} {plain(request.size)}: {made.quote_id}"]
    lines += [
        f"  {line.name:<22}{plain(round(line.ask_bps, 4)):>12}{plain(round(line.bid_bps, 4)):>12} bps"
        f"{grouped(line.bid, 4):>24}{grouped(line.ask, 4):>24}"
        for line in explained(made)
    ]
    lines += [f"  indicative: {doubt}" for doubt in made.inputs.doubts]
    return Answer(rfq_answer(made, zone, rfqs.store.rfq_of(made.quote_id)), "\n".join(lines) + "\n", zone)


def replay(rfqs: Rfqs, quote_id: str) -> Answer:
    """A kept quote made again from its inputs; Refused where that does not give the same to the byte."""
    made, zone = rfqs.replay(quote_id), rfqs.settings.desk.zones.desk
    text = f"{quote_id}: made again from its inputs, the same to the byte\n"
    return Answer(rfq_answer(made, zone, rfqs.store.rfq_of(quote_id)), text, zone)


def rates(settings: Settings, text: str, pair: str, now: datetime) -> Answer:
    """What market makers wrote: rates all-in, questions, and lines that could not be read."""
    read = read_messages(text, settings, now, pair)
    content = {
        "rates": [_rate(rate) for rate in read.rates],
        "questions": [{name: getattr(asked, name) for name in asked.__slots__} for asked in read.questions],
        "unread": [{name: getattr(line, name) for name in line.__slots__} for line in read.unread],
    }
    lines = [_rate_line(rate) for rate in read.rates]
    lines += [f"line {asked.line}: {asked.question}" for asked in read.questions]
    lines += [f"line {line.line}: {line.why}" for line in read.unread]
    return Answer(content, "\n".join([*lines, f"{counted(len(read.rates), 'rate')} read"]) + "\n")


def _rate(rate: QuotedRate) -> dict[str, Any]:
    """A rate's fields; what nobody said is null."""
    content = {name: getattr(rate, name) for name in rate.__slots__}
    return content | {name: content[name] or None for name in ("market_maker", "size_currency")}


def _rate_line(rate: QuotedRate) -> str:
    bid, ask = ("-" if price is None else plain(price) for price in (rate.bid, rate.ask))
    size = f", good for {plain(rate.size)} {rate.size_currency}" if rate.size is not None else ""
    valid = f", {rate.valid_s} s" if rate.valid_s is not None else ""
    marks = ", pair assumed" * rate.pair_assumed + ", indicative" * rate.indicative
    return f"line {rate.line}: {rate.market_maker or 'somebody'} {rate.pair} {bid} / {ask}{size}{valid}{marks}"


def venues(settings: Settings, view: MarketView) -> Answer:
    """How each symbol of each venue does, and the top of its book where it may price."""
    zone = settings.desk.zones.desk
    content = [_venue(settings, view, health) for health in view.health]
    pricing = sum(row["state"] in PRICING for row in content)
    source = "SIMULATED  " if view.simulated else ""
    lines = [f"{source}{pricing} of {counted(len(content), 'feed')} may price, as of {iso(view.taken_at, zone)}"]
    for row in content:
        bid, ask = (plain(price) if price else "" for price in (row["best_bid"], row["best_ask"]))
        lines.append(f"{row['venue']:<12}{row['symbol']:<11}{row['state']:<10}{bid:>16}{ask:>16}  {row['reason']}".rstrip())
    return Answer(content, "\n".join(lines) + "\n", zone)


def _venue(settings: Settings, view: MarketView, health: FeedHealth) -> dict[str, Any]:
    venue, key = settings.venues[health.venue], (health.venue, health.symbol)
    book = view.books.get(key)
    age = health.received_at and Decimal((view.taken_at - health.received_at) // timedelta(milliseconds=100)).scaleb(-1)
    return {
        "venue": health.venue,
        "exchange": venue.exchange,
        "symbol": health.symbol,
        "native_id": venue.symbols[health.symbol],
        "state": health.state,
        "reason": health.reason,
        "age_s": age,
        "source": health.source,
        "levels": len(book.bids) + len(book.asks) if book else 0,
        "best_bid": book.bids[0].price if book else None,
        "best_ask": book.asks[0].price if book else None,
    }


def hedge(options: Namespace) -> Answer:
    """A hedge worked off on the simulated market; the same options give the same answer to the byte."""
    size = number("--size", options.size)
    if size <= 0:
        raise Refused(f"A size of {plain(size)} cannot be hedged; give one above zero.", "size")
    if options.minutes < 1:
        raise Refused(f"{options.minutes} minutes are no time to hedge in; give at least 1.", "minutes")
    if not options.simulated:
        raise Refused("Hedges on venues come with the hedge monitor; add --simulated for the simulated market.", "simulated")
    found = run_hedge(options.pair.upper(), options.side, size, options.minutes, options.mode, options.seed)
    content = {name: getattr(found, name) for name in found.__slots__} | {"simulated": True}
    lines = [
        f"SIMULATED {options.side} {plain(size)} {options.pair.upper()} in {options.minutes} minutes, {options.mode}",
        f"  filled {plain(found.filled)} in {counted(found.children, 'order')} at {grouped(found.average_price, 4)} on average",
        f"  at arrival {grouped(found.arrival_price, 4)}: cost {plain(found.cost_bps)} bps, fees {plain(found.fees_bps)} of them",
        *(f"  {venue:<14}{plain(amount):>20}" for venue, amount in found.venues.items()),
    ]
    return Answer(content, "\n".join(lines) + "\n")
