"""The cheapest way to deal a size, found by other means than the desk's: by linear and integer programs, and by duality."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from otc.market.consolidated import Line

BPS = 10_000
_NOTHING = Fraction(0)


def _steps(lines: Sequence[Line], side: str) -> list[tuple[int, Fraction, Fraction]]:
    """Every level: its line, what a unit costs all in (negative for a sale), its size."""
    steps = []
    for index, line in enumerate(lines):
        fee = Fraction(line.instrument.taker_bps) / BPS
        factor = (1 + fee if side == "buy" else fee - 1) * Fraction(line.rate)
        for price, size in line.book.asks if side == "buy" else line.book.bids:
            steps.append((index, Fraction(price) * factor, Fraction(size)))
    return steps


def exact_average(lines: Sequence[Line], side: str, size: Decimal) -> Fraction:
    """By strong duality, in fractions: the best bound on the cost that any marginal price gives is the cost."""
    steps, wanted = _steps(lines, side), Fraction(size)
    bounds = [at * wanted - sum(max(at - price, _NOTHING) * most for _, price, most in steps) for _, at, _ in steps]
    return abs(max(bounds)) / wanted


def program_average(lines: Sequence[Line], side: str, size: Decimal) -> float:
    """By a linear program, caps of venues included; costs are in bps of the first price, where floats are fine enough."""
    steps = _steps(lines, side)
    first = steps[0][1]
    costs = [float((price - first) / abs(first) * BPS) for _, price, _ in steps]
    venues = sorted({line.book.venue for line in lines if line.cap is not None})
    caps = [float(next(line.cap or 0 for line in lines if line.book.venue == venue)) for venue in venues]
    rows = [[float(lines[index].book.venue == venue) for index, _, _ in steps] for venue in venues]
    found = linprog(
        costs,
        A_ub=rows or None,
        b_ub=caps or None,
        A_eq=[[1.0] * len(steps)],
        b_eq=[float(size)],
        bounds=[(0, float(most)) for _, _, most in steps],
    )
    return float(found.fun) / float(size)


def in_bps_of_first(lines: Sequence[Line], side: str, average: Decimal) -> float:
    """A price as `program_average` gives it."""
    first = _steps(lines, side)[0][1]
    signed = Fraction(average) if side == "buy" else -Fraction(average)
    return float((signed - first) / abs(first) * BPS)


def dealable_average(lines: Sequence[Line], side: str, size: Decimal) -> float | None:
    """By an integer program in lots and minimum sizes, in bps of the first price; None where the size cannot be dealt."""
    steps, count = _steps(lines, side), len(lines)
    first = steps[0][1]
    costs = [float((price - first) / abs(first) * BPS) for _, price, _ in steps]
    width = len(steps) + 2 * count
    rows, lows, highs = [], [], []

    def say(cells: dict[int, float], low: float, high: float) -> None:
        row = np.zeros(width)
        for at, value in cells.items():
            row[at] = value
        rows.append(row)
        lows.append(low)
        highs.append(high)

    for index, line in enumerate(lines):
        own = {at: 1.0 for at, step in enumerate(steps) if step[0] == index}
        lots, open_ = len(steps) + index, len(steps) + count + index
        if line.instrument.lot:
            say({**own, lots: -float(line.instrument.lot)}, 0, 0)
        most = float(sum(step[2] for step in steps if step[0] == index))
        say({**own, open_: -most}, -np.inf, 0)
        say({**own, open_: -float(line.instrument.min_size)}, 0, np.inf)
        paid = {at: float(abs(steps[at][1])) / 1000 for at in own}
        say({**paid, open_: -float(line.instrument.min_notional * line.rate) / 1000}, 0, np.inf)
    say(dict.fromkeys(range(len(steps)), 1.0), float(size), float(size))
    found = milp(
        [*costs, *([0.0] * 2 * count)],
        integrality=[0] * len(steps) + [1] * 2 * count,
        bounds=Bounds(0, [*(float(step[2]) for step in steps), *([np.inf] * count), *([1] * count)]),
        constraints=LinearConstraint(np.array(rows), lows, highs),
        options={"mip_rel_gap": 0},
    )
    return float(found.fun) / float(size) if found.success else None
