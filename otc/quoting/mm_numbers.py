"""A figure as a market maker writes it, and every number it can mean; which one it is, a price band decides, or a person."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

MAGNITUDES: Final = {
    **dict.fromkeys("k rb ribu thousand".split(), (3,)),
    **dict.fromkeys("jt juta mio mn mln million millions mm".split(), (6,)),
    **dict.fromkeys("miliar milyar mlr bn b bio billion billions yard yards yd yds".split(), (9,)),
    **dict.fromkeys("triliun trilyun trillion".split(), (12,)),
    **dict.fromkeys("m mil".split(), (6, 9)),  # a million in English, a miliar in Indonesian
}
_LONGEST: Final = 24
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*")
_DECIMAL: Final = re.compile(r"\d+[.,]\d+")
_BOTH: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+\.\d+|[1-9]\d{0,2}(?:\.\d{3})+,\d+")
_SMALL: Final = re.compile(r"(\d{2,3})(?:[.,](\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Figure:
    """Digits with their separators, the word of magnitude behind them, and the currency beside them."""

    digits: str
    magnitude: str = ""
    currency: str = ""
    spaced: bool = False

    def mantissas(self) -> tuple[Decimal, ...]:
        """The numbers that the digits alone can mean: none, one, or two where a separator may group or divide."""
        digits = self.digits
        if len(digits) > _LONGEST or (len(digits) > 1 and digits[0] == "0" and digits[1] not in ".,"):
            return ()
        if digits.isdigit():
            return (Decimal(digits),)
        found = []
        if _GROUPED.fullmatch(digits):
            found.append(Decimal(re.sub("[.,]", "", digits)))
        if _DECIMAL.fullmatch(digits):
            found.append(Decimal(digits.replace(",", ".")))
        elif _BOTH.fullmatch(digits):
            mark = digits[re.search(r"[.,]\d+$", digits).start()]  # type: ignore[union-attr]  # the pattern has one
            found.append(Decimal(digits.replace("," if mark == "." else ".", "").replace(mark, ".")))
        return tuple(found)

    def values(self, magnitude: str = "") -> tuple[Decimal, ...]:
        """The numbers that digits and magnitude can mean, each once; another figure's magnitude may be lent."""
        powers = MAGNITUDES.get(self.magnitude or magnitude, (0,))
        return unique(mantissa.scaleb(power) for mantissa in self.mantissas() for power in powers)


def unique(values: Iterable[Decimal]) -> tuple[Decimal, ...]:
    """Each value once, in order of size."""
    return tuple(sorted(set(values)))


@dataclass(frozen=True, slots=True)
class Band:
    """Within which prices of a pair are believed."""

    low: Decimal
    high: Decimal

    def among(self, values: Iterable[Decimal]) -> tuple[Decimal, ...]:
        """Those that are inside."""
        return unique(value for value in values if self.low <= value <= self.high)


def two_way(first: Figure, second: Figure, band: Band, upward: bool = True) -> tuple[tuple[Decimal, Decimal], ...]:
    """Every pair of prices inside the band that `15,842/58` can mean; a magnitude behind one figure counts for both.

    The second figure in full comes before its reading as small figures; `upward` says that it is meant to be the higher one.
    """
    lefts = band.among(first.values(second.magnitude))
    rights = band.among(second.values(first.magnitude))
    if lefts and rights:
        return tuple((left, right) for left in lefts for right in rights)
    powers = MAGNITUDES.get(first.magnitude or second.magnitude, (0,))
    pairs = {
        (mantissa.scaleb(power), full.scaleb(power))
        for power in powers
        for mantissa in first.mantissas()
        for full in completed(mantissa, second, upward)
    }
    return tuple(sorted(pair for pair in pairs if len(band.among(pair)) == len(set(pair))))


def completed(full: Decimal, small: Figure, upward: bool = True) -> tuple[Decimal, ...]:
    """What `58` can mean behind a full price: the same big figure, or the neighbouring one where that is nearer.

    Behind 1,528,000,000 the figures 532 may stand at the end or in the millions: both come back. One digit is never completed.
    """
    found = _SMALL.fullmatch(small.digits)
    if not found:
        return ()
    digits, fraction = found.groups()
    places = -int(full.as_tuple().exponent)
    steps = {0}
    whole = int(full)
    while places <= 0 and whole and whole % 1000 == 0:
        whole //= 1000
        steps.add(max(steps) + 3)
    if places > 0 and fraction is None:
        steps.add(-places)
    ends = (_ended(full, digits, fraction or "", step, upward) for step in steps)
    return unique(end for end in ends if end is not None)


def _ended(full: Decimal, digits: str, fraction: str, step: int, upward: bool) -> Decimal | None:
    """The full price with its last figures, counted in 10^step, replaced; None where it would stay or leap too far."""
    cycle = Decimal(10) ** (len(digits) + step)
    figures = Decimal(f"{digits}.{fraction or 0}").scaleb(step)
    end = full - full % cycle + figures
    if (end < full) if upward else (end > full):
        end += cycle if upward else -cycle
        if abs(end - full) * 2 >= cycle:
            return None
    return None if end == full else end
