"""When trades happen: on banking days, more of them as a year closes, later on Fridays."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from otc.clock import at_local
from otc.sample.draws import Draws, Weighted
from otc.settlement.calendars import Calendars

YEAR: Final = 2024
_FRIDAY: Final = 4
_HOURS: Final = range(9, 18)
_WEEKDAY: Final = Weighted(_HOURS, (18, 20, 18, 10, 12, 8, 6, 5, 3))
"""Clients know the 14:00 cut-off and deal in the morning."""
_ON_FRIDAY: Final = Weighted(_HOURS, (15, 16, 9, 4, 17, 15, 11, 8, 5))
"""Friday prayers empty the hours around noon and push what is left of the week behind them."""
_YEAR_END_DAYS: Final = 2
_YEAR_END_RUSH: Final = 230
_SECONDS: Final = 3600


def banking_days(calendars: Calendars) -> tuple[date, ...]:
    """Indonesia's banking days of the year."""
    first = date(YEAR, 1, 1)
    days = (first + timedelta(days=n) for n in range(366))
    return tuple(day for day in days if day.year == YEAR and calendars.is_open("ID", day))


def trades_per_day(seed: int, days: Sequence[date], trades: int) -> tuple[int, ...]:
    """How many trades each day takes; they sum to `trades`. The last days of the year are busy: positions are squared."""
    draws = Draws(seed, "days")
    weights = [100 + draws.between(-25, 25) for _ in days]
    weights[-_YEAR_END_DAYS:] = [_YEAR_END_RUSH] * _YEAR_END_DAYS
    total = sum(weights)
    marks = [0, *(trades * reached // total for reached in accumulate(weights))]
    return tuple(after - before for before, after in pairwise(marks))


def instants(seed: int, day: date, count: int, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants (UTC) at which a day's trades are dealt, in order."""
    draws = Draws(seed, "times", day.toordinal())
    hours = _ON_FRIDAY if day.weekday() == _FRIDAY else _WEEKDAY
    midnight = at_local(day, time(0), zone)
    for second in sorted(draws.pick(hours) * _SECONDS + draws.below(_SECONDS) for _ in range(count)):
        yield midnight + timedelta(seconds=second)
