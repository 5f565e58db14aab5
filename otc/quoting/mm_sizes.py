"""How much a market maker's rate is good for, and for how long; what can be meant in two ways comes back as a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from otc.money import CONTEXT, grouped, plain
from otc.quoting.mm_items import Item
from otc.quoting.mm_numbers import unique

_LEAST_IDR: Final = Decimal(10_000_000)  # a ticket below this is not meant
_TRIFLE_IDR: Final = Decimal(1_000_000)  # nor one below this, even where its coin is named
_LEAST_BARE_IDR: Final = Decimal(100_000_000)  # a figure without any word needs to be one of those that are dealt
_LEAST_IDR_PER_USD: Final = 10_000
_BARE_STEP: Final = Decimal(100)
_LONGEST_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Doubt:
    """What has to be asked, with its possible answers."""

    sentence: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sizing:
    """What an unnamed size is measured with: the asset, its price, the largest ticket, and whether M may be a miliar."""

    asset: str
    price: Decimal
    largest_idr: Decimal
    indonesian: bool

    def read(self, item: Item) -> tuple[Decimal, str] | Doubt:
        """(amount, currency) of a size; a reading above the largest ticket, or of a trifle, is none."""
        found = [(value, unit) for unit in self._units(item) for value in self._values(item) if self._sensible(value, unit, item)]
        if item.figure.spaced or (self._bare(item) and any(value % _BARE_STEP for value, _ in found)):
            found = []
        if len(found) == 1:
            return found[0]
        choices = tuple(f"{grouped(value, _places(value))} {unit}" for value, unit in found)
        if not choices:
            return Doubt(f"What does {item.text!r} mean; is it the size, and of what?")
        return Doubt(f"The size {item.text!r} can be read as {' or '.join(choices)}; which is meant?", choices)

    def _units(self, item: Item) -> tuple[str, ...]:
        return (item.figure.currency,) if item.figure.currency else (self.asset, "IDR")

    def _values(self, item: Item) -> tuple[Decimal, ...]:
        figure = item.figure
        if figure.magnitude in ("m", "mil") and not self.indonesian and figure.currency != "IDR":
            return unique(mantissa.scaleb(6) for mantissa in figure.mantissas())
        return figure.values()

    def _sensible(self, value: Decimal, unit: str, item: Item) -> bool:
        rupiah = value * self.price if unit == self.asset else value
        if unit not in (self.asset, "IDR"):
            return unit == "USD" and 0 < value * _LEAST_IDR_PER_USD <= self.largest_idr
        alone = unit == self.asset == item.figure.currency and len(self._values(item)) == 1
        least = _LEAST_BARE_IDR if self._bare(item) else _TRIFLE_IDR if alone else _LEAST_IDR
        return least <= rupiah <= self.largest_idr

    @staticmethod
    def _bare(item: Item) -> bool:
        return not (item.keyword or item.figure.currency or item.figure.magnitude)


def _places(value: Decimal) -> int:
    return len(plain(value).partition(".")[2])


def validity(items: Sequence[Item], now: datetime, zone: ZoneInfo) -> int | Doubt | None:
    """Seconds that a rate stands, None where nothing is said; a time of day that has passed, or two durations, is asked about."""
    ends = [item for item in items if item.kind == "deadline"]
    lasts = [item for item in items if item.kind == "lasting"]
    unclear = [item for item in items if item.kind == "unclear"]
    open_end = [n for n, item in enumerate(items) if item.kind == "until" and not _ended(items[n + 1 :])]
    if open_end and not unclear:
        return Doubt("How long does the rate stand? It says until, and no time that can be read follows.")
    if unclear:
        return Doubt(f"How long does the rate stand, and how much is it good for: what does {unclear[0].text!r} mean?")
    if len(ends) + len(lasts) > 1 and len({(item.kind, item.text, item.amount) for item in (*ends, *lasts)}) > 1:
        beside = any(pair == tuple(lasts[:2]) for pair in pairwise(items))
        return _added(lasts, beside) if not ends else Doubt("Two times are given for how long the rate stands; which holds?")
    if ends:
        return _until(ends[0].text, now, zone)
    if not lasts:
        return None
    seconds = int(lasts[0].amount)
    return seconds if 0 < seconds <= _LONGEST_S else Doubt(f"{lasts[0].text!r} is no time that a rate stands; how long is meant?")


def _added(lasts: Sequence[Item], beside: bool) -> int | Doubt:
    """`1 menit 30 detik` is one time; two of the same kind are not."""
    amounts = [item.amount for item in lasts]
    units = (unit for unit in (3600, 60) if amounts[0] >= unit and amounts[0] % unit == 0)
    if len(amounts) == 2 and beside and 0 < amounts[1] < next(units, 0) and amounts[0] <= _LONGEST_S:
        return int(CONTEXT.add(amounts[0], amounts[1]))
    return Doubt("Two times are given for how long the rate stands; which holds?", tuple(item.text for item in lasts))


def _ended(behind: Sequence[Item]) -> bool:
    """Whether `until` is followed by what it means: a time, or a figure."""
    return bool(behind) and behind[0].kind in ("deadline", "number", "two_way", "lasting", "unclear", "garbled", "tangle")


def _until(text: str, now: datetime, zone: ZoneInfo) -> int | Doubt:
    clock, _, named = text.partition(" ")
    local = now.astimezone(ZoneInfo(named) if named else zone)
    end = datetime.combine(local, time.fromisoformat(clock), local.tzinfo)
    seconds = int((end - local).total_seconds())
    return seconds if seconds > 0 else Doubt(f"The rate stood until {clock}, which has passed; is it still good?")
