"""Which market a desk looks at: the venues' own, a simulated one, or none."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from threading import Lock
from typing import Final, Protocol, cast, get_args

from otc.clock import Clock
from otc.config import Settings
from otc.config.markets import MarketSource
from otc.errors import ConfigError
from otc.market.watch import Watch, watched
from otc.model.market import MarketView, Signals
from otc.ports import MarketData
from otc.sample.market import SimulatedMarket
from otc.strict_yaml import listed
from otc.venues.live import LiveMarket

_SOURCES: Final = get_args(MarketSource)
_HEAD_START: Final = timedelta(seconds=15)
"""How long the simulated market has lived when somebody first looks, so that there is something to see."""


class Market(MarketData, Protocol):
    """A market that was opened for a desk; `close` ends whatever watches it."""

    def close(self) -> None: ...


def with_source(settings: Settings, environment: Mapping[str, str]) -> Settings:
    """The settings with the market's source that OTC_MARKET names, where it names one; ConfigError where it is none."""
    source = environment.get("OTC_MARKET", "")
    if not source:
        return settings
    if source not in _SOURCES:
        raise ConfigError(f"OTC_MARKET: {source!r} stands there; allowed is one of {listed(_SOURCES)}.")
    market = replace(settings.desk.market, source=cast(MarketSource, source))
    return replace(settings, desk=replace(settings.desk, market=market))


def market_of(settings: Settings, clock: Clock) -> Market | None:
    """The market that the settings choose, not yet watched: that begins when somebody first looks. None where it is off."""
    market, two_way = settings.desk.market, settings.desk.two_way
    if market.source == "live":
        return LiveMarket(settings.venues, market, two_way, clock)
    if market.source == "simulated":
        return SimulatedWatch(settings, clock)
    return None


class SimulatedWatch:
    """The simulated market, watched like a real one: it lives on in whole seconds whenever somebody looks, without a thread."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.simulation = SimulatedMarket(settings.venues, settings.desk.market, lambda: clock() - _HEAD_START)
        self._settings = settings
        self._clock = clock
        self._watch = Watch.begun(settings.venues)
        self._lock = Lock()

    def view(self) -> MarketView:
        """The market as of the clock's last whole second."""
        with self._lock:
            self._catch_up()
            return self._watch.view(self.simulation.instruments, self.simulation.now, simulated=True)

    def signals(self) -> Signals:
        """What watching has told so far."""
        with self._lock:
            self._catch_up()
            return self._watch.signals(self._settings.desk.two_way)

    def close(self) -> None:
        """Nothing is open."""

    def _catch_up(self) -> None:
        for at, observations in self.simulation.steps_to(self._clock()):
            self._watch = watched(self._watch, observations, at, self._settings.desk.market)
