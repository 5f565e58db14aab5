"""A transactions file, read once from start to end: header checked, every line accounted for, memory bounded."""

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Final

from otc.errors import Refused
from otc.ingest.transaction_rows import RowChecker
from otc.ingest.workers import in_order
from otc.model import Reject
from otc.ports import Prepared, PreparedRows, TransactionRow
from otc.views.transactions import COLUMNS

CHUNK_ROWS: Final = 10_000
_LONGEST_LINE: Final = 100_000
_BLOCK: Final = 1 << 20
WORTH_WORKERS_BYTES: Final = 8 << 20
"""From here on (some 25,000 rows) processes of their own are worth the second in which they start."""
_MOST_WORKERS: Final = 4

Rows = list[TransactionRow | Reject]
Prepare = Callable[[Sequence[TransactionRow | Reject]], Prepared]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some thousand lines of a file, as bytes, behind the number of the first."""

    number: int
    lines: list[bytes]


class TransactionFile:
    """A TransactionSource over a CSV of the 31 columns; a large one is prepared by workers where `prepare` is given."""

    def __init__(
        self,
        path: Path,
        checker: RowChecker,
        prepare: Prepare | None = None,
        *,
        chunk_rows: int = CHUNK_ROWS,
        workers_from_bytes: int = WORTH_WORKERS_BYTES,
    ) -> None:
        self._path = path
        self._checker = checker
        self._prepare = prepare
        self._chunk_rows = chunk_rows
        self._workers_from_bytes = workers_from_bytes
        self._file_hash = _hash_of(path)

    @property
    def name(self) -> str:
        return self._path.name

    @property
    def file_hash(self) -> str:
        return self._file_hash

    def chunks(self) -> Iterator[Rows | PreparedRows]:
        """The rows in order, some thousands at a time; Refused where the file is no transactions file at all."""
        with self._path.open("rb") as file:
            _check_header(_text(next(_raw_lines(file), b"")).removeprefix("\ufeff"))
            pieces = _pieces(file, self._chunk_rows)
            if self._prepare is None or self._path.stat().st_size < self._workers_from_bytes:
                yield from map(self._rows, pieces)
                return
            workers = min(os.cpu_count() or 1, _MOST_WORKERS)
            for piece, made in in_order(_Preparing(self._checker, self._prepare), pieces, workers):
                yield PreparedRows(made, partial(self._rows, piece))

    def _rows(self, piece: Piece) -> Rows:
        return rows_of(piece, self._checker)


@dataclass(frozen=True, slots=True)
class _Preparing:
    """What a worker does with a piece."""

    checker: RowChecker
    prepare: Prepare

    def __call__(self, piece: Piece) -> Prepared:
        return self.prepare(rows_of(piece, self.checker))


def rows_of(piece: Piece, checker: RowChecker) -> Rows:
    """The lines of a piece, checked; an empty one is no row."""
    rows: Rows = []
    for number, raw in enumerate(piece.lines, piece.number):
        line = _text(raw)
        if line:
            values = _fields(line)
            rows.append(Reject(number, "", _BROKEN) if values is None else checker.check(number, values))
    return rows


_BROKEN: Final = "is not a CSV line: a quote in it is not closed or stands in the wrong place"


def _fields(line: str) -> list[str] | None:
    """The fields of one line; each line stands alone, so that a quote left open costs one row and not the rest of the file."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        return None


def _pieces(file: BufferedReader, rows: int) -> Iterator[Piece]:
    """What is left of the file behind its header."""
    lines, number = _raw_lines(file), 2
    while chunk := list(islice(lines, rows)):
        yield Piece(number, chunk)
        number += len(chunk)


def _raw_lines(file: BufferedReader) -> Iterator[bytes]:
    """Lines with their ends, each bounded."""
    while raw := file.readline(_LONGEST_LINE):
        if len(raw) >= _LONGEST_LINE and not raw.endswith(b"\n"):
            raise Refused(f"The file has a line of more than {_LONGEST_LINE} bytes; it is not a transactions file.")
        yield raw


def _text(raw: bytes) -> str:
    """A line without its end; bytes that are no UTF-8 become a sign that the row check refuses."""
    return raw.decode("utf-8", errors="replace").replace("\ufffd", "\x00").rstrip("\r\n")


def _check_header(line: str) -> None:
    header = _fields(line)
    if not line or header is None:
        raise Refused("The file is empty; a transactions file starts with its 31 column names.")
    missing = [name for name in COLUMNS if name not in header]
    extra = [name for name in header if name not in COLUMNS]
    if missing or extra:
        found = [f"missing: {', '.join(missing[:5])}"] * bool(missing) + [
            f"not known: {', '.join(repr(name[:40]) for name in extra[:5])}"
        ] * bool(extra)
        raise Refused(f"The header is not that of a transactions file ({'; '.join(found)}); its 31 columns and their order stay.")
    if tuple(header) != tuple(COLUMNS):
        raise Refused("The header has the 31 columns in another order or twice; put them into the order of the sample file.")


def _hash_of(path: Path) -> str:
    digest = sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}); check its name and that it is a file.") from None
    return digest.hexdigest()
