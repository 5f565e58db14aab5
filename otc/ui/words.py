"""How the desk writes amounts, instants, ages and states for reading; pure, so that tests and pages agree."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from otc.model import Bucket, Status
from otc.money import Style, grouped, plain

Colour = Literal["red", "orange", "green", "gray", "blue"]

BUCKETS: Final[dict[Bucket, str]] = {
    Bucket.RED: "▲ Overdue >168h",
    Bucket.AMBER: "◆ Watch 24-168h",
    Bucket.GREEN: "● On track <24h",
}
"""Shape and word of an aging bucket, worst first."""
STATUSES: Final[dict[Status, str]] = {
    Status.FAILED: "▲ FAILED",
    Status.RECONCILING: "◆ RECONCILING",
    Status.PENDING: "○ PENDING",
    Status.SETTLED: "● SETTLED",
    Status.CANCELLED: "✕ CANCELLED",
}
BADGE_COLOURS: Final[dict[str, str]] = {
    BUCKETS[Bucket.RED]: "#B42318",
    BUCKETS[Bucket.AMBER]: "#8A5A00",
    BUCKETS[Bucket.GREEN]: "#1A7F37",
    STATUSES[Status.FAILED]: "#B42318",
    STATUSES[Status.RECONCILING]: "#8A5A00",
    STATUSES[Status.PENDING]: "#4A5A66",
    STATUSES[Status.SETTLED]: "#1A7F37",
    STATUSES[Status.CANCELLED]: "#4A5A66",
}
"""The ground of a badge in a table; white letters on it have a contrast above 5."""
_TEXT_COLOURS: Final[dict[str, Colour]] = {"#B42318": "red", "#8A5A00": "orange", "#1A7F37": "green", "#4A5A66": "gray"}


def badge_colour(words: str) -> Colour:
    """The colour of a state badge outside tables, by its words."""
    return _TEXT_COLOURS.get(BADGE_COLOURS.get(words, ""), "gray")


def rupiah(amount: Decimal, style: Style = "english") -> str:
    """Whole rupiah, grouped: `7,435,432`; a true minus sign below zero."""
    return grouped(amount, 0, style)


def signed_rupiah(amount: Decimal) -> str:
    """Whole rupiah with its sign, plus included: `+7,435,432`."""
    written = grouped(amount)
    return f"+{written}" if amount > 0 and written != "0" else written


def short_rupiah(amount: Decimal) -> str:
    """Rupiah for a headline: `41.2bn`, `930.5m`, `12,300`."""
    for unit, power in (("tn", 12), ("bn", 9), ("m", 6)):
        if abs(amount) >= Decimal(10) ** power:
            return f"{grouped(amount.scaleb(-power), 1)}{unit}"
    return grouped(amount)


def places_of(amount: Decimal, least: int = 0) -> int:
    """How many decimal places an amount needs, at least `least`."""
    return max(least, len(plain(amount).partition(".")[2]))


def exact(amount: Decimal, least: int = 0, style: Style = "english") -> str:
    """An amount with every place it has, grouped: `314,603.723639`."""
    return grouped(amount, places_of(amount, least), style)


def instant(at: datetime, zone: ZoneInfo) -> str:
    """An instant for reading: `Tue 5 Mar 2024 13:12 WITA`."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M} {local.tzname()}"


def short_instant(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """An instant beside others: `14:00` today, `Thu 2 Jan 08:00` on another day, with the year where it differs."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    year = "" if local.year == today.year or abs(at - now) < timedelta(days=60) else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}"


def span(length: timedelta) -> str:
    """A length of time in its two largest units: `12 s`, `1 m 50 s`, `48 min`, `23 h 12 min`, `3 d 4 h`."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 600:
        return f"{seconds // 60} m {seconds % 60:02d} s"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60:02d} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def zone_name(zone: ZoneInfo, at: datetime) -> str:
    """The short name of a zone at an instant: `WITA`."""
    return at.astimezone(zone).tzname() or zone.key


def literal(text: str) -> str:
    """Text from outside as Markdown that says exactly it: marks that Markdown or a badge would read are escaped."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+-!|~$:" else sign for sign in text)
