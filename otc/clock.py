"""Instants: always zoned, kept in UTC, read and written in a named zone; the clock itself is handed to whoever needs it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from otc.errors import Refused

Clock = Callable[[], datetime]
"""Gives the present instant in UTC; the desk is handed one and never looks elsewhere."""

HOUR: Final = timedelta(hours=1)
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2999
FAR_FUTURE: Final = datetime(9999, 1, 1, tzinfo=UTC)


def system_clock() -> datetime:
    """The machine's present instant, in UTC."""
    return datetime.now(UTC)


def ticking_from(instant: datetime, since: datetime, clock: Clock = system_clock) -> Clock:
    """A clock that stood at `instant` when the machine's stood at `since`, and has gone on at the same pace."""
    return lambda: instant + (clock() - since)


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """Read an ISO 8601 instant; one without an offset is in `zone`, a date alone is its first moment there. Returns UTC."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f"{text!r} is not a time; write it like 2024-12-31T14:10:00 or 2024-12-31 14:10.") from None
    if read.tzinfo is None:
        read = read.replace(tzinfo=zone)
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        raise Refused(f"{text!r} is outside the years {_FIRST_YEAR} to {_LAST_YEAR}.")
    return read.astimezone(UTC)


def iso(instant: datetime, zone: ZoneInfo) -> str:
    """Write an instant as ISO 8601 with the offset of `zone`."""
    return instant.astimezone(zone).isoformat()


def at_local(day: date, moment: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local day and time."""
    return datetime.combine(day, moment, tzinfo=zone).astimezone(UTC)


def month_of(instant: datetime, zone: ZoneInfo) -> str:
    """The month an instant falls into in `zone`, as `2024-12`."""
    return instant.astimezone(zone).strftime("%Y-%m")


def age_hours(since: datetime, now: datetime) -> float:
    """Hours from `since` to `now`; time is not money, so a float serves."""
    return (now - since) / HOUR
