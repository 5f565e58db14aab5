"""What clients trade, how large, at what spread: one row a pair. The source's shares and averages come from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Habit:
    """How one pair is dealt."""

    share: int
    """Of 10,000 trades."""
    appetite: Mapping[str, int]
    """How often one client of a tier deals the pair, beside one of another tier."""
    ticket_idr: int
    """The middle ticket of a middle client."""
    ticket_percent: tuple[int, int]
    """Smallest and largest ticket in percent of the middle one."""
    haggle_bps: int
    """How far a bargain moves the tier's spread either way."""
    size_bps: int
    """What a ticket of twice the middle adds to the spread; one of nothing takes as much off: a price worsens with size."""


HABITS: Final[Mapping[str, Habit]] = {
    "USDT/IDR": Habit(4985, {"A": 86, "B": 95, "C": 112}, 4_020_000_000, (4, 196), 2, 2),
    "USDC/IDR": Habit(3615, {"A": 90, "B": 106, "C": 100}, 3_210_000_000, (4, 196), 2, 2),
    "BTC/IDR": Habit(955, {"A": 54, "B": 110, "C": 164}, 975_000_000, (10, 190), 6, 4),
    "PAXG/IDR": Habit(445, {"A": 60, "B": 127, "C": 129}, 425_000_000, (60, 140), 6, 4),
}

TICKET_OF_TIER: Final[Mapping[str, int]] = {"A": 132, "B": 95, "C": 74}
"""Percent: a desk gives its best tier to those who deal large. Gold goes in narrow sizes and is not scaled."""
UNSCALED: Final = frozenset({"PAXG/IDR"})

BUYERS_PER_THOUSAND: Final = 550
