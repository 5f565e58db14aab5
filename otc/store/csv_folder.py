"""The same desk in a folder of CSV files: tables held in memory, every write appended to files and sealed by a commit line.

    trade.csv fact.csv leg_state.csv ...   rows, appended; the first column of a projection's row is its commit
    commits.csv                            one line a write: how many bytes of each file count, with a check sum

What lies behind the last sealed size was never acknowledged (a crash, a hand): it is set aside in uncommitted/, never read.
A projection's row counts if it is of its trade's last commit.
"""

import fcntl
import os
from collections.abc import Sequence
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import IO, Final

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv

from otc.errors import StoreError, StoreHeld
from otc.model import Projection
from otc.store import schema
from otc.store.engine import SqlStore, TableWriter, create_tables
from otc.store.schema import TABLES, TableSchema

_PROJECTED: Final = (schema.STATE, schema.RECOGNITION)
_PARSE: Final = pacsv.ParseOptions(newlines_in_values=True)


class CsvWriter(TableWriter):
    """Remembers what it wrote to the tables, as the bytes that the files are to get."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, commit: int) -> None:
        super().__init__(connection)
        self.appended: dict[str, bytes] = {}
        self._commit = commit

    def insert(self, table: TableSchema, records: Sequence[object]) -> None:
        """Insert, and remember the rows for the file."""
        super().insert(table, records)
        if records:
            self._remember(table, table.batch(records))

    def replace_projections(self, projections: Sequence[Projection]) -> None:
        """Replace, and remember the states under this commit."""
        super().replace_projections(projections)
        if projections:
            self._remember(schema.STATE, schema.STATE.batch([projection.state for projection in projections]))

    def put_meta(self, rows: pa.Table) -> None:
        """Replace, and remember the row."""
        super().put_meta(rows)
        self._remember(schema.META, rows)

    def _remember(self, table: TableSchema, rows: pa.Table) -> None:
        if table in _PROJECTED:
            rows = rows.add_column(0, "commit", pa.array([self._commit] * rows.num_rows, pa.int64()))
        out = BytesIO()
        pacsv.write_csv(rows, out, pacsv.WriteOptions(include_header=False))
        self.appended[table.name] = self.appended.get(table.name, b"") + out.getvalue()


class CsvStore(SqlStore):
    """A Store in a folder of CSV files."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection, lock: IO[str]) -> None:
        super().__init__(connection, str(folder))
        self._folder, self._lock = folder, lock
        self._commit, self._sizes = _last_commit(folder)

    def load(self) -> None:
        """Read the sealed part of every file into memory, setting aside what lies behind it."""
        for table in TABLES:
            sealed = self._sealed(table)
            if sealed:
                self._fill(table, sealed)

    def _sealed(self, table: TableSchema) -> bytes:
        path, size = self._folder / f"{table.name}.csv", self._sizes.get(table.name, 0)
        found = path.read_bytes() if path.exists() else b""
        if len(found) < size:
            raise StoreError(f"{path} is shorter than its last write left it; restore the folder from a backup.")
        if len(found) > size:
            aside = self._folder / "uncommitted"
            aside.mkdir(exist_ok=True)
            (aside / f"{table.name}-{self._commit}-{size}.csv").write_bytes(found[size:])
            with path.open("r+b") as file:
                file.truncate(size)
        return found[:size]

    def _fill(self, table: TableSchema, sealed: bytes) -> None:
        columns = dict(table.columns)
        if table in _PROJECTED:
            columns = {"commit": pa.int64(), **columns}
        convert = pacsv.ConvertOptions(column_types=columns, strings_can_be_null=False)
        try:
            rows = pacsv.read_csv(BytesIO(sealed), parse_options=_PARSE, convert_options=convert)
        except pa.ArrowInvalid as error:
            raise StoreError(
                f"{self._folder / table.name}.csv was changed by hand ({error}); restore it from a backup."
            ) from error
        self._connection.register("sealed", rows)
        names = ", ".join(table.columns)
        if table is schema.STATE or table is schema.META:
            latest = "commit" if table is schema.STATE else "row_number() OVER ()"
            key = table.key[0]
            source = f"SELECT {names} FROM (SELECT *, {latest} AS latest FROM sealed) QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY latest DESC) = 1"  # noqa: S608 - declared names
            if table is schema.STATE:
                self._connection.execute(
                    "CREATE TEMP TABLE state_commit AS SELECT transaction_id, max(commit) AS commit FROM sealed GROUP BY 1"
                )
        elif table is schema.RECOGNITION:
            source = f"SELECT {names} FROM sealed SEMI JOIN state_commit USING (transaction_id, commit)"  # noqa: S608 - declared names
        else:
            source = f"SELECT {names} FROM sealed"  # noqa: S608 - declared names
        self._connection.execute(f"INSERT INTO {table.name} {source} ON CONFLICT DO NOTHING")
        self._connection.unregister("sealed")

    def _writer(self, cursor: duckdb.DuckDBPyConnection) -> TableWriter:
        return CsvWriter(cursor, self._commit + 1)

    def _before_commit(self, writer: TableWriter) -> None:
        """Append the rows to their files, sync them, and seal them with a commit line."""
        if not isinstance(writer, CsvWriter) or not writer.appended:
            return
        sizes = dict(self._sizes)
        for name, rows in writer.appended.items():
            path = self._folder / f"{name}.csv"
            sizes[name] = _append(path, rows if sizes.get(name) else _header(name) + rows, sizes.get(name, 0))
        line = ",".join([str(self._commit + 1), *(f"{name}={size}" for name, size in sorted(sizes.items()))])
        _append(self._folder / "commits.csv", f"{line},{_check_sum(line)}\n".encode(), None)
        self._commit, self._sizes = self._commit + 1, sizes

    def close(self) -> None:
        """Let go of the folder."""
        super().close()
        self._lock.close()


def open_csv_folder(folder: Path, create: bool) -> CsvStore:
    """Open a folder store, creating it where asked; StoreHeld names the process that holds it, StoreError what else is wrong."""
    if not folder.exists() and not create:
        raise StoreError(f"There is no store at {folder}; make one with: python -m otc --store {folder} init")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = [entry.name for entry in folder.iterdir()] if not (folder / "commits.csv").exists() else []
        if [name for name in foreign if name != ".lock" and name != "uncommitted" and name.removesuffix(".csv") not in _NAMES]:
            raise StoreError(
                f"{folder} holds other files ({foreign[0]}) and no store; name an empty or a new folder with --store."
            )
        lock = _locked(folder)
        connection = duckdb.connect(":memory:")
        connection.execute("SET TimeZone = 'UTC'")
        create_tables(connection)
        store = CsvStore(folder, connection, lock)
        store.load()
    except OSError as error:
        raise StoreError(f"{folder} cannot be written to ({error.strerror}); name another place with --store.") from error
    return store


_NAMES: Final = frozenset({table.name for table in TABLES} | {"commits"})


def _locked(folder: Path) -> IO[str]:
    lock = (folder / ".lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip()
        lock.close()
        raise StoreHeld(
            f"{folder} is in use by process {owner or 'unknown'}, probably the open desk; stop it, or name another store with --store."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _header(name: str) -> bytes:
    table = next(table for table in TABLES if table.name == name)
    columns = (["commit"] if table in _PROJECTED else []) + list(table.columns)
    return (",".join(f'"{column}"' for column in columns) + "\n").encode()


def _append(path: Path, rows: bytes, at: int | None) -> int:
    """Append and sync; returns the new size. `at` is where the sealed part ends, so that a failed write leaves nothing behind."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.seek(0, os.SEEK_END)
        if at is not None:
            file.truncate(at)
            file.seek(at)
        file.write(rows)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _last_commit(folder: Path) -> tuple[int, dict[str, int]]:
    """The last line that was sealed whole; a torn one at the end never counted."""
    path = folder / "commits.csv"
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.exists() else []
    for line in reversed(lines):
        body, _, check = line.rpartition(",")
        if body and check == _check_sum(body):
            number, *sizes = body.split(",")
            return int(number), {name: int(size) for name, _, size in (pair.partition("=") for pair in sizes)}
    return 0, {}


def _check_sum(line: str) -> str:
    return blake2b(line.encode(), digest_size=6).hexdigest()
