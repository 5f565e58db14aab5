"""What goes wrong on the simulated venues, and the labels that say so; the labels are for measuring, no price may read them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp
from random import Random
from types import MappingProxyType
from typing import Final, Literal

from otc.config.markets import Venues
from otc.model.market import Book, Level

IncidentKind = Literal["dislocation", "outage", "frozen", "thin", "broken"]

_LASTS_S: Final[Mapping[IncidentKind, tuple[float, float]]] = {
    "dislocation": (10, 60), "outage": (8, 60), "frozen": (20, 120), "thin": (10, 60), "broken": (2, 10),
}  # fmt: skip
_JUMP_BPS: Final = (15.0, 40.0)
_HOUR_S: Final = 3600.0
_COARSE_S: Final = 60.0
"""A longer step is a pause: what went wrong in it is over."""

USUAL: Final[Mapping[IncidentKind, float]] = MappingProxyType(
    {"dislocation": 1.0, "outage": 0.2, "frozen": 0.2, "thin": 0.2, "broken": 0.2}
)
"""How often each happens to a venue in an hour."""
CALM: Final[Mapping[IncidentKind, float]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that went wrong: of one symbol, or, where `symbol` is empty, of the whole venue."""

    kind: IncidentKind
    venue: str
    symbol: str
    began_at: datetime
    ends_at: datetime
    bps: float = 0.0
    """By how much a dislocated mid is off; positive is dear."""

    def hits(self, symbol: str) -> bool:
        """Whether a symbol of its venue is struck."""
        return self.symbol in ("", symbol)


class Incidents:
    """At most one a venue at a time, at the given rates per venue and hour."""

    def __init__(self, venues: Venues, seed: int, per_hour: Mapping[IncidentKind, float]) -> None:
        self._symbols = {name: tuple(venue.symbols) for name, venue in venues.items()}
        self._per_hour = per_hour
        self._chance = Random(f"{seed}/incidents")
        self._under_way: dict[str, Incident] = {}
        self.labels: list[Incident] = []

    def step(self, now: datetime, seconds: float) -> Mapping[str, Incident]:
        """What is wrong now, by venue."""
        self._under_way = {venue: found for venue, found in self._under_way.items() if found.ends_at > now}
        for venue in self._symbols:
            for kind, rate in self._per_hour.items():
                struck = self._chance.random() < 1 - exp(-rate * min(seconds, _COARSE_S) / _HOUR_S)
                if struck and venue not in self._under_way:
                    self.add(self._drawn(kind, venue, now))
        return self._under_way

    def add(self, incident: Incident) -> None:
        """Let something go wrong now, and label it."""
        self._under_way[incident.venue] = incident
        self.labels.append(incident)

    def _drawn(self, kind: IncidentKind, venue: str, now: datetime) -> Incident:
        chance = self._chance
        symbol = "" if kind == "outage" else chance.choice(self._symbols[venue])
        bps = chance.uniform(*_JUMP_BPS) * chance.choice((-1, 1)) if kind == "dislocation" else 0.0
        return Incident(kind, venue, symbol, now, now + timedelta(seconds=chance.uniform(*_LASTS_S[kind])), bps)


def broken(book: Book, way: int) -> Book:
    """A book as a venue in trouble sends it: crossed, one-sided, empty, with a size of zero, or unsorted."""
    match way % 5:
        case 0:
            return replace(book, bids=book.asks, asks=book.bids)
        case 1:
            return replace(book, asks=())
        case 2:
            return replace(book, bids=(), asks=())
        case 3:
            return replace(book, bids=(Level(book.bids[0].price, book.bids[0].size * 0), *book.bids[1:]))
        case _:
            return replace(book, asks=tuple(reversed(book.asks)))
