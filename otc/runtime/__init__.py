"""The desks a process has open with the markets they look at, and the sample year being made in the background.

All of it is closed together when the process ends.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock, Thread
from typing import Final

from otc.bootstrap import DEFAULT_CONFIG, DEFAULT_STORE, Wired, init_sample, wire
from otc.errors import OtcError, StoreError
from otc.runtime.market import Market, market_of, with_source


@dataclass(frozen=True, slots=True)
class Address:
    """Which desk: the folder of its configuration and the place of its store."""

    config: Path
    place: Path

    @staticmethod
    def of(environment: Mapping[str, str]) -> "Address":
        """The desk that OTC_CONFIG and OTC_STORE name, or the default one."""
        config, place = environment.get("OTC_CONFIG", ""), environment.get("OTC_STORE", "")
        return Address(Path(config) if config else DEFAULT_CONFIG, Path(place) if place else DEFAULT_STORE)


@dataclass(frozen=True, slots=True)
class Making:
    """How far a sample year is: a sentence, a share from 0 to 1, and what went wrong, if anything."""

    words: str
    share: float
    problem: str = ""
    done: bool = False


_BEGUN: Final = Making("Beginning", 0.0)


class House:
    """One desk per address, opened by whoever asks first and shared by all threads after that."""

    def __init__(self, opener: Callable[[Path, Path], Wired] = wire, environment: Mapping[str, str] = os.environ) -> None:
        self._opener = opener
        self._environment = environment
        self._lock = RLock()
        self._open: dict[Address, Wired] = {}
        self._markets: dict[Address, Market] = {}
        self._making: dict[Address, Making] = {}

    def wired(self, address: Address) -> Wired:
        """The desk at an address; OtcError with a sentence where it cannot be opened."""
        with self._lock:
            if self.making(address):
                raise StoreError(f"The sample year is being made in {address.place}; wait until it is there.")
            if address not in self._open:
                self._open[address] = self._looking(address, self._opener(address.config, address.place))
            return self._open[address]

    def _looking(self, address: Address, wired: Wired) -> Wired:
        """The desk with the market that its configuration or OTC_MARKET chooses; its own where none is chosen."""
        try:
            settings = with_source(wired.desk.settings, self._environment)
        except OtcError:
            wired.desk.store.close()
            raise
        chosen = replace(wired, desk=replace(wired.desk, settings=settings), rfqs=replace(wired.rfqs, settings=settings))
        market = market_of(settings, wired.desk.clock)
        if market is None:
            return chosen
        self._markets[address] = market
        return chosen.on(market)

    def making(self, address: Address) -> Making | None:
        """How far the sample year of an address is; None where none is being made."""
        making = self._making.get(address)
        return None if making is None or making.done else making

    def problem(self, address: Address) -> str:
        """Why the last sample year of an address did not come about; empty where it did."""
        making = self._making.get(address)
        return making.problem if making else ""

    def make_sample(self, address: Address) -> None:
        """Begin the sample year of an address in a thread of its own; asked again while it runs, nothing more happens."""
        with self._lock:
            if self.making(address):
                return
            self._making[address] = _BEGUN
            self._close(address)
        Thread(target=self._make, args=(address,), name="sample year", daemon=True).start()

    def _make(self, address: Address) -> None:
        try:
            init_sample(address.place, address.config, lambda words, share: self._note(address, Making(words, share)))
            self._note(address, Making("Ready", 1.0, done=True))
        except OtcError as error:
            self._note(address, Making("Not made", 1.0, str(error), done=True))
        finally:
            # A thread that dies of a bug leaves no page waiting for it; the bug itself goes to the log.
            self._note(address, replace(self._making[address], done=True))

    def _note(self, address: Address, making: Making) -> None:
        with self._lock:
            self._making[address] = making

    def close(self) -> None:
        """Stop watching every market and let go of every store; another process may open them then."""
        with self._lock:
            for address in list(self._open):
                self._close(address)

    def _close(self, address: Address) -> None:
        market, wired = self._markets.pop(address, None), self._open.pop(address, None)
        if market:
            market.close()
        if wired:
            wired.desk.store.close()


def address() -> Address:
    """The desk that this process's environment names."""
    return Address.of(os.environ)
