"""Which lines agree well enough to price together: a book that stands away from the others is left out at the first look.

A feed's own judgement waits for seconds before it leaves a book out, and a single look has no seconds; a price cannot wait.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext
from statistics import median
from typing import NamedTuple

from otc.market.book import mid
from otc.market.consolidated import Best, Line, best
from otc.model.market import BookKey, Dislocation, Exclusion
from otc.money import BPS, CONTEXT, grouped


class Agreed(NamedTuple):
    """The lines that price, who is out of them and why, and what casts doubt on them where nobody can say who is wrong."""

    lines: tuple[Line, ...]
    excluded: tuple[Exclusion, ...]
    doubts: tuple[str, ...]


def agreeing(lines: Sequence[Line], crossed_bps: Decimal, dislocations: Iterable[Dislocation] = ()) -> Agreed:
    """Lines without those that are dislocated now, and without those that are crossed with the rest by more than `crossed_bps`.

    Of two lines whose dealing against each other would leave that much after fees, the one further from the median of the
    others is out. More than half of the lines have to be left; else all stay, and why each would be out is a doubt.
    """
    keys = {_key(line) for line in lines}
    running = [each for each in dislocations if each.ended_at is None and (each.venue, each.symbol) in keys]
    reasons = {(each.venue, each.symbol): f"It is {grouped(abs(each.bps), 1)} bps {each.way} just now." for each in running}
    left = [line for line in lines if _key(line) not in reasons]
    with localcontext(CONTEXT):
        while found := _odd(left, crossed_bps):
            odd, reason = found
            reasons[_key(odd)] = reason
            left.remove(odd)
    if not reasons or len(left) * 2 > len(lines):
        return Agreed(tuple(left), tuple(Exclusion(*key, reason) for key, reason in reasons.items()), ())
    doubts = (f"{key[0]} {key[1]}: {reason} Too few others agree to leave it out." for key, reason in reasons.items())
    return Agreed(tuple(lines), (), tuple(doubts))


def _odd(lines: Sequence[Line], crossed_bps: Decimal) -> tuple[Line, str] | None:
    """The line to blame for the widest crossing, and why; None where none is too wide."""
    if len(lines) < 2:
        return None
    shown: list[tuple[Best, Line]] = list(zip(best(lines), lines, strict=True))
    bid, buyer = max(shown, key=lambda pair: pair[0].net_bid)
    ask, seller = min(shown, key=lambda pair: pair[0].net_ask)
    profit_bps = (bid.net_bid / ask.net_ask - 1) * BPS
    if profit_bps <= crossed_bps:
        return None
    odd, other = sorted((buyer, seller), key=lambda line: -_away(line, lines))
    crossed = f"It is crossed with {other.book.venue} {other.book.symbol}"
    return odd, f"{crossed}: dealing both would leave {grouped(profit_bps, 1)} bps after fees."


def _away(line: Line, lines: Sequence[Line]) -> Decimal:
    """How far a line's mid is from the median of the others."""
    others = median(mid(other.book) * other.rate for other in lines if other is not line)
    return abs(mid(line.book) * line.rate - others)


def _key(line: Line) -> BookKey:
    return line.book.venue, line.book.symbol
