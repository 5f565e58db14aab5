"""Quotes on their way into the store: each is a line in a file before it is given out, and many go into the tables at once.

A quote of the moment cannot wait for a database to commit it alone. The line is with the operating system when `keep` returns,
so that it outlives the death of this process; what was not yet in the tables then is put there at the next opening. A line
without its end was never acknowledged.

    <place>.quotes      the lines since the last turn
    <place>.quotes.old  the lines that are being put into the tables
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO

from otc.codec import from_json, to_json
from otc.errors import StoreError
from otc.model.rfq import RfqEvent, TwoWay
from otc.ports import Changes


@dataclass(frozen=True, slots=True)
class Line:
    """What was given out at once."""

    two_ways: tuple[TwoWay, ...]
    rfq_events: tuple[RfqEvent, ...]


class QuoteJournal:
    """What was given out and is not in the tables yet; for many threads."""

    def __init__(self, path: Path, put: Callable[[Changes], None]) -> None:
        self._path, self._old = path, path.with_name(path.name + ".old")
        self._put = put
        self._adding, self._turning = Lock(), Lock()
        self._waiting: list[Line] = []
        self._going: list[Line] = []
        self._file: IO[str] | None = None

    @property
    def waiting(self) -> int:
        """How many lines are to be put into the tables, and nobody is doing it."""
        return len(self._waiting)

    def seen(self) -> list[Line]:
        """What is not in the tables yet, or was not a moment ago: to be looked at before the tables are."""
        with self._adding:
            return [*self._going, *self._waiting]

    def recover(self) -> None:
        """Put into the tables what a process that died had given out. StoreError where a file holds something else."""
        lines = [*_lines_of(self._old), *_lines_of(self._path)]
        if lines:
            self._put(_together(lines))
        self._old.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)

    def add(self, two_ways: Sequence[TwoWay], rfq_events: Sequence[RfqEvent]) -> None:
        """Write one line; it is with the operating system when this returns. Raises OSError, and then nothing is kept."""
        line = Line(tuple(two_ways), tuple(rfq_events))
        text = to_json(line) + "\n"
        with self._adding:
            if self._file is None:
                self._file = self._path.open("a", encoding="utf-8")
            self._file.write(text)
            self._file.flush()
            self._waiting.append(line)

    def turn(self) -> None:
        """Put all that waits into the tables; what comes meanwhile waits for the next turn."""
        with self._turning:
            with self._adding:
                if not self._waiting:
                    return
                self._set_aside()
                self._going, self._waiting = self._waiting, []
            try:
                self._put(_together(self._going))
            except BaseException:
                with self._adding:  # the file .old still holds them; the next turn, or the next opening, tries again
                    self._waiting, self._going = [*self._going, *self._waiting], []
                raise
            with self._adding:
                self._going = []
            self._old.unlink(missing_ok=True)

    def _set_aside(self) -> None:
        """Move the lines of the file behind those of a turn that failed, or in their place."""
        if self._file is None:
            return
        if self._old.exists():
            with self._old.open("a", encoding="utf-8") as old:
                old.write(self._path.read_text(encoding="utf-8"))
            self._path.unlink()
        else:
            os.replace(self._path, self._old)
        self._file.close()
        self._file = None


def _together(lines: Sequence[Line]) -> Changes:
    return Changes(
        two_ways=[quote for line in lines for quote in line.two_ways],
        rfq_events=[step for line in lines for step in line.rfq_events],
    )


def _lines_of(path: Path) -> list[Line]:
    """The whole lines of a file; none where there is no file."""
    if not path.exists():
        return []
    try:
        return [from_json(text, Line) for text in path.read_text(encoding="utf-8").split("\n")[:-1]]
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise StoreError(f"{path} was changed by hand ({str(error)[:60]}); restore it from a backup, or set it aside.") from None
