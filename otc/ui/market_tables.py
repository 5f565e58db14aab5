"""The tables of the market page, as Markdown: it costs next to nothing to send each second. States in shape, word and colour."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from otc import ui
from otc.config import Settings
from otc.model.market import Dislocation, Exclusion, FeedState
from otc.money import grouped
from otc.ui.words import places_of
from otc.views.market import Board, Executable, PairRow, tick_of
from otc.views.market_pair import PairView, VenueRow

NOTHING: Final = "—"
FEEDS: Final[dict[FeedState, str]] = {
    "live": ":green[● live]",
    "warn": ":orange[◆ slow]",
    "stale": ":red[▲ stale]",
    "excluded": ":red[▲ out]",
    "down": ":red[✕ down]",
}
"""Shape, word and colour of a feed's state."""
_SHALLOW: Final = Decimal("0.7")
_MOST_EVENTS: Final = 6
_PAIRS: Final = (
    "Pair", "Clip >", "Fair >", "Bid ×0.1 >", "Ask ×0.1 >", "Bid ×1 >", "Ask ×1 >", "Bid ×10 >", "Ask ×10 >",
    "Spread ×1 bps >", "Volatility >", "Depth >", "Dislocation",
)  # fmt: skip
LEGEND: Final = (
    "Bid and ask of 0.1, 1 and 10 clips at once, all in: fees paid, currencies converted. ~ mostly beyond visible depth."
)
_VENUES: Final = ("Venue", "Book", "Bid >", "Ask >", "Bid net >", "Ask net >", "Age >", "By", "State")


def pairs_table(board: Board, settings: Settings) -> str:
    """A row for each pair; prices to its tick, `~` before one that is mostly beyond visible depth."""
    return _table(_PAIRS, [_pair_cells(row, settings) for row in board.rows])


def venues_table(pair: PairView, settings: Settings) -> str:
    """A row for each book: prices as listed and net of the fee in the pair's currency, the best net ones marked."""
    places = places_of(tick_of(pair.pair, settings))
    return _table(_VENUES, [_venue_cells(row, places) for row in pair.venues])


def events(pair: PairView, now: datetime, zone: ZoneInfo) -> str:
    """Who is cheap or dear, by how much, what dealing it would leave, since when; running ones first."""
    said = [_event(each, now, zone) for each in pair.dislocations[:_MOST_EVENTS]]
    more = len(pair.dislocations) - len(said)
    return _lines(
        "Dislocations", "none within the last hour", [*said, *([f"and {more} earlier within the hour"] if more else [])]
    )


def exclusions(found: Sequence[Exclusion]) -> str:
    """Which books price nothing, and why."""
    said = [f":red[▲ {ui.literal(f'{out.venue} {out.symbol}')}] {ui.literal(out.reason)}" for out in found]
    return _lines("Left out of prices", "no book, every feed takes part", said)


def say_standing(board: Board, settings: Settings) -> None:
    """Why there are no prices, and what to do."""
    if board.standing == "off" and settings.desk.market.source != "off":
        ui.empty(
            "The market has just been opened.",
            "The first answers of the venues come within seconds; this page shows them by itself.",
        )
    elif board.standing == "off":
        ui.empty(
            "No market: the feeds are off.",
            "Quotes go on with market makers' rates. To watch the venues start the desk with OTC_MARKET=live, "
            "or with OTC_MARKET=simulated to see it at work; market: source in desk.yaml does the same.",
        )
    else:
        ui.refused(
            "No feed may price now; each venue says why below. Quotes go on with market makers' rates; "
            "where no venue answers at all, look at this machine's network."
        )


def dislocation_words(found: Dislocation | None) -> str:
    """Shape and word of a dislocation: red where dealing it leaves something after fees, amber where fees eat it."""
    if found is None:
        return ":green[● in line]"
    words = f"{ui.literal(found.venue)} {found.way} {grouped(abs(found.bps), 1)} bps"
    return f":red[▲ {words}]" if found.net_bps > 0 else f":orange[◆ {words}]"


def age_words(age: timedelta) -> str:
    """An age for reading, with tenths while it is short: `0.4 s`, `12 s`, `48 min`."""
    seconds = max(0.0, age.total_seconds())
    return f"{seconds:.1f} s" if seconds < 10 else ui.span(age)


def _pair_cells(row: PairRow, settings: Settings) -> list[str]:
    places = places_of(tick_of(row.pair, settings))
    base = row.pair.split("/")[0]
    return [
        f"**{ui.literal(row.pair)}**",
        f"{grouped(row.clip, places_of(row.clip))} {ui.literal(base)}",
        _bold(_price(row.fair, places)),
        *(cell for size in row.sizes for cell in _sides(size, places)),
        NOTHING if row.spread_bps is None else grouped(row.spread_bps, 1),
        _volatility(row),
        _depth(row.depth_ratio, settings.desk.market.depth_floor),
        dislocation_words(row.dislocation) if row.fair is not None or row.dislocation else ":gray[○ not priced]",
    ]


def _sides(size: Executable, places: int) -> tuple[str, str]:
    far = "\\~" if size.indicative else ""
    bid, ask = (_price(price, places) for price in (size.bid, size.ask))
    return (bid if bid == NOTHING else far + bid), (ask if ask == NOTHING else far + ask)


def _volatility(row: PairRow) -> str:
    if row.sigma_bps is None or row.year_percent is None:
        return NOTHING
    return f"{grouped(row.year_percent)}% · {grouped(row.sigma_bps, 2)} bps/√s"


def _depth(ratio: Decimal | None, floor: Decimal) -> str:
    if ratio is None:
        return NOTHING
    words = f"{grouped(ratio * 100)}%"
    if ratio < floor:
        return f":red[▲ thin {words}]"
    return f":orange[◆ low {words}]" if ratio < _SHALLOW else f":green[●] {words}"


def _venue_cells(row: VenueRow, places: int) -> list[str]:
    reason = f" :small[{ui.literal(row.reason)}]" if row.reason and row.bid is not None else ""
    return [
        f"**{ui.literal(row.venue)}**",
        ui.literal(row.symbol),
        _price(row.bid, places),
        _price(row.ask, places),
        f"**✓ {_price(row.net_bid, places)}**" if row.best_bid else _price(row.net_bid, places),
        f"**✓ {_price(row.net_ask, places)}**" if row.best_ask else _price(row.net_ask, places),
        NOTHING if row.age is None else age_words(row.age),
        row.source or NOTHING,
        f"{FEEDS[row.state]}{reason}",
    ]


def _event(each: Dislocation, now: datetime, zone: ZoneInfo) -> str:
    leaves = f"{grouped(each.net_bps, 1)} bps net of fees" if each.net_bps > 0 else f"fees eat it ({grouped(each.net_bps, 1)})"
    words = f"{ui.literal(f'{each.venue} {each.symbol}')} {each.way} by {grouped(abs(each.bps), 1)} bps, {leaves}"
    since = f"{each.since.astimezone(zone):%H:%M:%S}"
    if each.ended_at:
        return f":gray[○ {words}, {ui.literal(since)} for {ui.span(each.ended_at - each.since)}]"
    mark = ":red[▲]" if each.net_bps > 0 else ":orange[◆]"
    return f"{mark} **{words}**, since {ui.literal(since)} ({age_words(now - each.since)})"


def _lines(title: str, none: str, said: Sequence[str]) -> str:
    """A title with a line each under it, close together."""
    if not said:
        return f":small[**{title}**: {none}.]"
    return "  \n".join([f":small[**{title}**]", *(f":small[{line}]" for line in said)])


def _price(price: Decimal | None, places: int) -> str:
    return NOTHING if price is None else grouped(price, places)


def _bold(words: str) -> str:
    return words if words == NOTHING else f"**{words}**"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a heading that ends in `>` stands over figures, which are aligned right."""
    titles = " | ".join(heading.removesuffix(" >") for heading in headings)
    rule = " | ".join("---:" if heading.endswith(">") else ":---" for heading in headings)
    return "\n".join([f"| {titles} |", f"| {rule} |", *(f"| {' | '.join(cells)} |" for cells in rows)])
