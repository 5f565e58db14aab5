"""A transactions file, read once from start to end: header checked, every line accounted for, memory bounded."""

import csv
from collections.abc import Iterator
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import Final

from otc.errors import Refused
from otc.ingest.transaction_rows import RowChecker
from otc.model import Reject
from otc.ports import TransactionRow
from otc.views.transactions import COLUMNS

CHUNK_ROWS: Final = 20_000
_LONGEST_LINE: Final = 100_000
_BLOCK: Final = 1 << 20


class TransactionFile:
    """A TransactionSource over a CSV of the 31 columns."""

    def __init__(self, path: Path, checker: RowChecker) -> None:
        self._path = path
        self._checker = checker
        self._file_hash = _hash_of(path)

    @property
    def name(self) -> str:
        return self._path.name

    @property
    def file_hash(self) -> str:
        return self._file_hash

    def chunks(self) -> Iterator[list[TransactionRow | Reject]]:
        """The rows in order, some thousands at a time; Refused where the file is no transactions file at all."""
        with self._path.open("rb") as file:
            lines = _lines(file)
            _check_header(next(lines, None))
            chunk: list[TransactionRow | Reject] = []
            for number, line in enumerate(lines, 2):
                if line:
                    chunk.append(self._row(number, line))
                if len(chunk) >= CHUNK_ROWS:
                    yield chunk
                    chunk = []
            if chunk:
                yield chunk

    def _row(self, number: int, line: str) -> TransactionRow | Reject:
        values = _fields(line)
        return Reject(number, "", _BROKEN) if values is None else self._checker.check(number, values)


_BROKEN: Final = "is not a CSV line: a quote in it is not closed or stands in the wrong place"


def _fields(line: str) -> list[str] | None:
    """The fields of one line; each line stands alone, so that a quote left open costs one row and not the rest of the file."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        return None


def _lines(file: BufferedReader) -> Iterator[str]:
    """Lines as text without their ends, each bounded; bytes that are no UTF-8 become a sign that the row check refuses."""
    first = True
    while raw := file.readline(_LONGEST_LINE):
        if len(raw) >= _LONGEST_LINE and not raw.endswith(b"\n"):
            raise Refused(f"The file has a line of more than {_LONGEST_LINE} bytes; it is not a transactions file.")
        text = raw.decode("utf-8", errors="replace").replace("\ufffd", "\x00").rstrip("\r\n")
        yield text.removeprefix("\ufeff") if first else text
        first = False


def _check_header(line: str | None) -> None:
    header = _fields(line or "")
    if not line or header is None:
        raise Refused("The file is empty; a transactions file starts with its 31 column names.")
    missing = [name for name in COLUMNS if name not in header]
    extra = [name for name in header if name not in COLUMNS]
    if missing or extra:
        found = [f"missing: {', '.join(missing[:5])}"] * bool(missing) + [f"not known: {', '.join(map(repr, extra[:5]))}"] * bool(
            extra
        )
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
