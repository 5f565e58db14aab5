"""One simulated venue: what it sends of each symbol, how often, and in which way it fails."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from otc.config.markets import VenueSettings
from otc.market.judgement import NoAnswer, Observation
from otc.model.market import Book, BookKey, Instrument
from otc.sample.market_books import BookMaker
from otc.sample.market_faults import Incident, broken
from otc.sample.market_listing import START, habit_of
from otc.sample.market_paths import HiddenPrices

_SHARES: Final = (1.0, 0.7, 0.6, 0.5, 0.4, 0.3)
"""By place in venues.yaml: how deep its books are against the symbol's habit."""
_LAGS: Final = (0.0, 0.1, 0.1, 0.2, 0.4, 0.4)
"""Likewise: how much of the second before still shows in its prices."""
_THIN: Final = 0.1
_BP: Final = 1e-4


class SimulatedVenue:
    """Answers as often as its interval allows, some milliseconds after the second."""

    def __init__(
        self,
        name: str,
        settings: VenueSettings,
        instruments: Mapping[BookKey, Instrument],
        prices: HiddenPrices,
        place: int,
        levels: int,
        seed: int,
    ) -> None:
        self.name = name
        self._prices = prices
        self._makers: dict[str, BookMaker] = {}
        share = _SHARES[place % len(_SHARES)]
        for symbol in settings.symbols:
            base, quote = symbol.split("/")
            instrument, habit = instruments[name, symbol], habit_of(name, symbol)
            self._makers[symbol] = BookMaker(
                instrument, habit, share, min(levels, settings.depth), seed, START[base] / START[quote]
            )
        self._interval = timedelta(milliseconds=settings.limits.interval_ms)
        self._phase = timedelta(milliseconds=60 * (place + 1))
        self._lag = _LAGS[place % len(_LAGS)]
        self._sent: dict[str, Observation] = {}
        self._sent_at: datetime | None = None
        self._failures = 0

    def observed(self, start: datetime, now: datetime, incident: Incident | None) -> dict[BookKey, Observation]:
        """The last that came of each symbol as of now; `start` is when the simulation began."""
        due = start + self._phase + (now - start - self._phase) // self._interval * self._interval
        if self._sent_at is None or due > self._sent_at:
            seconds = (due - self._sent_at).total_seconds() if self._sent_at else 1.0
            self._failures = self._failures + 1 if incident and incident.kind == "outage" else 0
            self._sent = {symbol: self._answer(symbol, due, seconds, incident) for symbol in self._makers}
            self._sent_at = due
        return {(self.name, symbol): observation for symbol, observation in self._sent.items()}

    def _answer(self, symbol: str, at: datetime, seconds: float, incident: Incident | None) -> Observation:
        kind = incident.kind if incident and incident.hits(symbol) else ""
        if kind == "outage":
            return NoAnswer(f"The simulated {self.name} does not answer.", self._failures, at + self._interval)
        before = self._sent.get(symbol)
        if kind == "frozen" and isinstance(before, Book):
            return replace(before, received_at=at)
        base, quote = symbol.split("/")
        price = self._prices.mid(base, quote, self._lag)
        if incident and kind == "dislocation":
            price *= 1 + incident.bps * _BP
        book = self._makers[symbol].book(price, at, seconds, _THIN if kind == "thin" else 1.0)
        return broken(book, self._failures + at.second) if kind == "broken" else book
