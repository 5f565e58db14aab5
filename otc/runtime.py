"""The desks a process has open, and the sample year being made in the background; closed together when the process ends."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock, Thread
from typing import Final

from otc.bootstrap import DEFAULT_CONFIG, DEFAULT_STORE, Wired, init_sample, wire
from otc.errors import OtcError, StoreError


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

    def __init__(self, opener: Callable[[Path, Path], Wired] = wire) -> None:
        self._opener = opener
        self._lock = RLock()
        self._open: dict[Address, Wired] = {}
        self._making: dict[Address, Making] = {}

    def wired(self, address: Address) -> Wired:
        """The desk at an address; OtcError with a sentence where it cannot be opened."""
        with self._lock:
            if self.making(address):
                raise StoreError(f"The sample year is being made in {address.place}; wait until it is there.")
            if address not in self._open:
                self._open[address] = self._opener(address.config, address.place)
            return self._open[address]

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
            opened = self._open.pop(address, None)
            if opened:
                opened.desk.store.close()
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
        """Let go of every store; another process may open them then."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].desk.store.close()


def address() -> Address:
    """The desk that this process's environment names."""
    return Address.of(os.environ)
