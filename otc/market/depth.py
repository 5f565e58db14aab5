"""How deep a book is near its middle, and how that compares with its own last minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from otc.market.book import depth_within
from otc.model.market import Book

NEAR_BPS: Final = Decimal(50)
_SAMPLE: Final = timedelta(seconds=5)
_KEPT: Final = 60
"""Samples: five minutes."""
_ENOUGH: Final = 12
"""Samples before there is a normal to compare with: one minute."""
_PLACES: Final = Decimal("0.0001")
_MOST: Final = Decimal(1000)
"""No more is told of a book that was all but empty."""


@dataclass(frozen=True, slots=True)
class DepthNorm:
    """The depths of one book over the last minutes, oldest first, in its base."""

    samples: tuple[Decimal, ...] = ()
    at: datetime | None = None
    normal: Decimal | None = None
    """Their median; None until a minute was seen."""


def depth_near(book: Book, bps: Decimal = NEAR_BPS) -> Decimal:
    """Size within `bps` of the mid of a sound book on its thinner side, in its base: a book is as deep as its worse side."""
    return min(depth_within(book, bps))


def depth_seen(norm: DepthNorm, depth: Decimal, now: datetime) -> DepthNorm:
    """Take in a depth; one that comes less than five seconds after the last sample is passed over."""
    if norm.at is not None and now - norm.at < _SAMPLE:
        return norm
    samples = (*norm.samples[-_KEPT + 1 :], depth)
    return DepthNorm(samples, now, median(samples) if len(samples) >= _ENOUGH else None)


def depth_ratio(norm: DepthNorm, depth: Decimal) -> Decimal | None:
    """Depth as a part of its recent median, to four places and at most a thousandfold; None while there is no normal yet."""
    return min(depth / norm.normal, _MOST).quantize(_PLACES) if norm.normal else None
