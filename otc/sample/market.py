"""Daily mids of 2024 as a seeded walk around the year's known turning points."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from otc.sample.draws import Draws

UNITS: Final = 10_000
"""Mids are kept as whole ten-thousandths of a rupiah."""
_PPM: Final = 1_000_000

_DOLLAR: Final = (
    ("2024-01-02", 15_480), ("2024-02-01", 15_660), ("2024-03-15", 15_690), ("2024-04-17", 16_200), ("2024-06-20", 16_330),
    ("2024-07-15", 16_180), ("2024-08-20", 15_620), ("2024-09-25", 15_450), ("2024-10-15", 15_560), ("2024-11-14", 15_880),
    ("2024-12-19", 16_220), ("2024-12-31", 16_110),
)  # fmt: skip
_BITCOIN: Final = (
    ("2024-01-02", 695_000_000), ("2024-01-23", 672_000_000), ("2024-02-29", 970_000_000), ("2024-03-14", 1_130_000_000),
    ("2024-05-02", 950_000_000), ("2024-06-06", 1_140_000_000), ("2024-07-08", 915_000_000), ("2024-07-29", 1_090_000_000),
    ("2024-09-06", 850_000_000), ("2024-10-29", 1_120_000_000), ("2024-11-22", 1_560_000_000), ("2024-12-17", 1_640_000_000),
    ("2024-12-31", 1_505_000_000),
)  # fmt: skip
_GOLD: Final = (
    ("2024-01-02", 31_950_000), ("2024-02-14", 31_500_000), ("2024-03-20", 33_900_000), ("2024-04-19", 38_700_000),
    ("2024-05-20", 38_900_000), ("2024-06-10", 37_600_000), ("2024-07-17", 39_800_000), ("2024-08-20", 39_200_000),
    ("2024-09-26", 40_700_000), ("2024-10-30", 43_500_000), ("2024-11-14", 40_900_000), ("2024-12-31", 42_300_000),
)  # fmt: skip

_PATHS: Final[Mapping[str, tuple[tuple[tuple[str, int], ...], int]]] = {
    "USDT/IDR": (_DOLLAR, 700),
    "USDC/IDR": (_DOLLAR, 700),
    "BTC/IDR": (_BITCOIN, 11_000),
    "PAXG/IDR": (_GOLD, 4_000),
}
"""pair -> turning points (rupiah), and the largest daily step around them in parts per million."""


def daily_mids(seed: int, pair: str, days: Sequence[date]) -> tuple[int, ...]:
    """The mid of each day in ten-thousandths of a rupiah: the path between turning points, and a walk pulled back to it."""
    points, step_ppm = _PATHS[pair]
    path = [(date.fromisoformat(day), rupiah * UNITS) for day, rupiah in points]
    draws = Draws(seed, f"mid {pair}")
    mids, away = [], 0
    for day in days:
        away = away * 9 // 10 + draws.between(-step_ppm, step_ppm)
        on_path = _between(path, day)
        mids.append(on_path + on_path * away // _PPM)
    return tuple(mids)


def shifted(mid: int, ppm: int) -> Decimal:
    """A mid moved by parts per million, in rupiah."""
    return Decimal(mid + mid * ppm // _PPM).scaleb(-4)


def _between(path: Sequence[tuple[date, int]], day: date) -> int:
    if day <= path[0][0]:
        return path[0][1]
    for (start, low), (end, high) in pairwise(path):
        if day <= end:
            return low + (high - low) * (day - start).days // (end - start).days
    return path[-1][1]
