"""What a feed needs of a venue, as a protocol, and what can go wrong with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from otc.errors import OtcError
from otc.model.market import Book, Instrument


class VenueFailed(OtcError):
    """A venue did not answer, refused, or answered with something that is no order book.

    `unreadable`: something came and was no book; `stop` asks for silence at once (418, 429); `retry_after_s` is how long the
    venue itself wants it, None where it did not say.
    """

    def __init__(
        self, sentence: str, *, unreadable: bool = False, stop: bool = False, retry_after_s: float | None = None
    ) -> None:
        super().__init__(sentence)
        self.unreadable = unreadable
        self.stop = stop
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Listing:
    """What a venue lists of what the configuration wants: instruments, and for the other symbols a sentence each."""

    instruments: Mapping[str, Instrument]
    refused: Mapping[str, str]


class Venue(Protocol):
    """One venue's public side; every failure is a VenueFailed."""

    @property
    def has_socket(self) -> bool: ...

    async def listing(self) -> Listing: ...

    async def book(self, symbol: str) -> Book:
        """The book as REST gives it now."""
        ...

    async def heard(self, symbol: str) -> datetime:
        """Waits for the next change that the web socket tells, and gives its instant."""
        ...

    def on_line(self, symbol: str, heard_at: datetime) -> Book | None:
        """The book that the web socket keeps; None where it keeps none."""
        ...

    async def hang_up(self) -> None:
        """Closes the web sockets: who waits for one fails, who waits next opens it anew."""
        ...

    async def close(self) -> None: ...
