"""Books beside each other: which is absurd, which crosses another at a profit, which stands still while the others move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from otc.market.consensus import BPS, away_bps, median_near
from otc.model.market import Book, BookKey, Level

_TOP: Final = 5
"""Levels a side that are compared to see whether a book has changed."""
_FROZEN_S: Final = 10.0
"""A book is frozen when it has been the same this long"""
_FROZEN_GAPS: Final = 8.0
"""and for so many of its usual gaps between changes, while"""
_FROZEN_BPS: Final = 3.0
"""the others have moved this far."""
_GAP_SHARE: Final = 0.1
"""How much the last gap tells of the usual one."""


class Sighting(NamedTuple):
    """Best prices of one sound book, in dollars per unit of the base."""

    bid: float
    ask: float
    taker_bps: float
    received_at: datetime
    changed_at: datetime
    """When the desk first saw it as it is."""

    @property
    def mid(self) -> float:
        return (self.bid + self.ask) / 2

    @property
    def paid(self) -> float:
        """What selling one unit at the best bid brings after the fee."""
        return self.bid * (1 - self.taker_bps / BPS)

    @property
    def cost(self) -> float:
        """What buying one unit at the best ask costs with the fee."""
        return self.ask * (1 + self.taker_bps / BPS)


Group = Mapping[BookKey, Sighting]
"""All that is dealt in one base."""


def mids(group: Group) -> dict[BookKey, float]:
    """The mid of each, in dollars."""
    return {key: sighting.mid for key, sighting in group.items()}


def others_mid(group: Group, key: BookKey) -> float | None:
    """The median mid of all but one; None where it stands alone."""
    others = [sighting.mid for other, sighting in group.items() if other != key]
    return median_near(others, None) if others else None


def absurd(group: Group, agreed: float | None, limit_bps: float) -> dict[BookKey, str]:
    """The books that are too far from the others to be believed, each with a sentence.

    Of two alone it is the one that left what was last agreed on; where nothing was, neither is believed.
    """
    return {
        key: f"The price is {abs(bps):.0f} bps {_side(bps)} the others' median; up to {limit_bps:.0f} are believed."
        for key, bps in away_bps(mids(group), agreed).items()
        if abs(bps) > limit_bps
    }


def _side(bps: float) -> str:
    return "above" if bps > 0 else "below"


def crossed(group: Group, agreed: float | None, limit_bps: float) -> dict[BookKey, str]:
    """The books to blame for a deal that would leave more than `limit_bps` after both fees, each with a sentence.

    Of the two that could be dealt against each other it is the one further from the median of all; then the rest is looked at.
    """
    left, blamed = dict(group), {}
    while len(left) > 1:
        buyer, seller = max(left, key=lambda key: left[key].paid), min(left, key=lambda key: left[key].cost)
        profit_bps = (left[buyer].paid / left[seller].cost - 1) * BPS
        if profit_bps <= limit_bps:
            break
        fair = median_near(list(mids(left).values()), agreed)
        odd, other = sorted((buyer, seller), key=lambda key: -abs(left[key].mid / fair - 1))
        blamed[odd] = f"Crossed with {other[0]} {other[1]}: dealing both would leave {profit_bps:.1f} bps after fees."
        del left[odd]
    return blamed


@dataclass(frozen=True, slots=True)
class Motion:
    """When a book last changed, how often it usually does, and where the others stood then."""

    top: tuple[Sequence[Level], Sequence[Level]] = ((), ())
    changed_at: datetime | None = None
    gap_s: float = 1.0
    others_then: float | None = None


def motion_seen(motion: Motion, book: Book, others: float | None, now: datetime) -> Motion:
    """Take in a book, changed or not; `others` is their mid now."""
    top = (book.bids[:_TOP], book.asks[:_TOP])
    if motion.changed_at is None:
        return Motion(top, now, others_then=others)
    if top == motion.top:
        return motion if motion.others_then else Motion(top, motion.changed_at, motion.gap_s, others)
    gap_s = (now - motion.changed_at).total_seconds()
    return Motion(top, now, motion.gap_s + _GAP_SHARE * (gap_s - motion.gap_s), others)


def frozen(motion: Motion, others: float | None, now: datetime) -> str:
    """Why a book that still comes in is not believed to be alive, as a sentence; empty where it is."""
    if motion.changed_at is None or motion.others_then is None or others is None:
        return ""
    same_s = (now - motion.changed_at).total_seconds()
    moved_bps = abs(others / motion.others_then - 1) * BPS
    if same_s <= max(_FROZEN_S, _FROZEN_GAPS * motion.gap_s) or moved_bps <= _FROZEN_BPS:
        return ""
    return f"The book has not changed for {same_s:.0f} s while the others moved {moved_bps:.1f} bps."
