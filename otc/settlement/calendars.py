"""Business days per country: the holidays library, with the desk's dated overrides above it."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import holidays

from otc.config import DayOverride
from otc.errors import ConfigError, Refused

_ONE_DAY: Final = timedelta(days=1)
_LONGEST_CLOSURE_DAYS: Final = 60
_CATEGORIES: Final = {"ID": ("public", "government")}
"""Indonesia's cuti bersama are in `government`; without it 2024 lacks most of its closures."""


class Calendars:
    """Which days banks of a country are open; overrides win over the library, the latest decree over earlier ones."""

    def __init__(self, overrides: Iterable[DayOverride] = ()) -> None:
        self._overrides = {(o.calendar, o.day): o.closed for o in sorted(overrides, key=lambda o: o.decreed)}
        self._closed: dict[tuple[str, date], bool] = {}
        self._next: dict[tuple[tuple[str, ...], date], date] = {}

    def is_open(self, country: str, day: date) -> bool:
        """Whether `country` (ISO 3166, two letters) banks on `day`."""
        known = self._closed.get((country, day))
        if known is None:
            override = self._overrides.get((country, day))
            known = day in _library(country, day.year) or day.weekday() >= 5 if override is None else override
            self._closed[country, day] = known
        return not known

    def all_open(self, countries: tuple[str, ...], day: date) -> bool:
        """Whether every one of the countries banks on `day`; no country at all means always."""
        return all(self.is_open(country, day) for country in countries)

    def next_open(self, countries: tuple[str, ...], day: date) -> date:
        """The first day from `day` on (itself included) on which all of them bank."""
        if not countries:
            return day
        known = self._next.get((countries, day))
        if known is not None:
            return known
        for ahead in range(_LONGEST_CLOSURE_DAYS):
            candidate = day + ahead * _ONE_DAY
            if self.all_open(countries, candidate):
                self._next[countries, day] = candidate
                return candidate
        raise Refused(f"No day within {_LONGEST_CLOSURE_DAYS} days of {day} is open in all of {', '.join(countries)}.")


@lru_cache(maxsize=256)
def _library(country: str, year: int) -> frozenset[date]:
    """The library's closures of one year; it is only data, so one copy serves every desk."""
    categories = _CATEGORIES.get(country, ("public",))
    try:
        return frozenset(holidays.country_holidays(country, years=year, categories=categories))
    except NotImplementedError:  # what the library raises for a country it does not know
        raise ConfigError(
            f"rails.yaml: calendar {country!r} is not known; use a country's two letters such as ID or US."
        ) from None
