"""Hours on the simulated market, lived through by the judgement and the detector, and held against the labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from otc.config.markets import MarketSettings, load_venues
from otc.market.dislocation import DislocationState, look
from otc.market.judgement import judge, unjudged
from otc.model.market import Dislocation
from otc.sample.market import SimulatedMarket
from otc.sample.market_faults import Incident, IncidentKind

VENUES = load_venues(Path(__file__).resolve().parents[2] / "config")
SETTINGS = MarketSettings()
START = datetime(2026, 1, 5, tzinfo=UTC)
WARM = timedelta(seconds=90)
"""Before it a detector that has just been started does not know yet what is usual."""
AFTER = timedelta(seconds=3)


class Desk:
    """A simulated market with few levels, judged and looked at second by second."""

    def __init__(self, seed: int, per_hour: Mapping[IncidentKind, float]) -> None:
        self.market = SimulatedMarket(VENUES, SETTINGS, lambda: START, seed, levels=3, per_hour=per_hour)
        self.judgement = unjudged(VENUES)
        self.dislocations = DislocationState()
        self.begun: list[tuple[datetime, Dislocation]] = []

    def live(self, seconds: int) -> "Desk":
        """Let so many seconds pass, one by one."""
        for _ in range(seconds):
            observations = self.market.step()
            now = self.market.now
            self.judgement, _ = judge(self.judgement, observations, now, SETTINGS, self.dislocations.dislocated)
            self.dislocations, turns = look(self.dislocations, self.judgement.sightings, now, SETTINGS)
            self.begun += [(now, turn) for turn in turns if turn.ended_at is None]
        return self


@dataclass
class Score:
    """What the detector made of the labels."""

    delays_s: list[float] = field(default_factory=list)
    missed: list[Incident] = field(default_factory=list)
    false_alarms: list[tuple[datetime, Dislocation]] = field(default_factory=list)
    venue_hours: float = 0.0

    def add(self, desk: Desk) -> None:
        """Hold one desk's findings against its market's labels; a venue-hour is an hour of a venue, whatever it lists."""
        labels = [label for label in desk.market.labels if label.kind == "dislocation"]
        for label in (label for label in labels if label.began_at > START + WARM and label.began_at < desk.market.now - AFTER):
            found = [(at - label.began_at).total_seconds() for at, event in desk.begun if _explains(label, event, at)]
            if found:
                self.delays_s.append(found[0])
            else:
                self.missed.append(label)
        self.false_alarms += [(at, event) for at, event in desk.begun if not any(_explains(label, event, at) for label in labels)]
        self.venue_hours += len(VENUES) * (desk.market.now - START) / timedelta(hours=1)

    @property
    def share_in_time(self) -> float:
        """The part of injected dislocations that was found within three seconds."""
        return sum(delay <= AFTER.total_seconds() for delay in self.delays_s) / (len(self.delays_s) + len(self.missed))

    @property
    def alarms_per_venue_hour(self) -> float:
        return len(self.false_alarms) / self.venue_hours

    def __str__(self) -> str:
        count = len(self.delays_s) + len(self.missed)
        found = f"{count} dislocations, {self.share_in_time:.1%} within 3 s, median {median(self.delays_s):.0f} s"
        return f"{found}; {self.alarms_per_venue_hour:.3f} false alarms per venue-hour in {self.venue_hours:.1f}"


def _explains(label: Incident, event: Dislocation, at: datetime) -> bool:
    same = (label.venue, label.symbol) == (event.venue, event.symbol)
    return same and label.began_at <= at <= label.ends_at + AFTER and (label.bps > 0) == (event.way == "dear")
