"""The same desk in a folder of CSV files: tables held in memory, every write appended to files and sealed by a commit line.

    trade.csv fact.csv leg_state.csv ...   rows, appended; the first column of a projection's row is its commit
    commits.csv                            one line a write: how many bytes of each file count, with a check sum

What lies behind the last sealed size was never acknowledged (a crash, a hand): it is set aside in uncommitted/, never read.
A projection's row counts if it is of its trade's last turn: the `commit` column, which grows with every replacement.
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
_BLOCK: Final = 1 << 20
_TURNS_PER_COMMIT: Final = 1 << 20


class CsvWriter(TableWriter):
    """Remembers what it wrote to the tables, as the bytes that the files are to get."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, commit: int) -> None:
        super().__init__(connection)
        self.appended: dict[str, bytes] = {}
        self._turn = commit * _TURNS_PER_COMMIT

    def insert(self, table: TableSchema, records: Sequence[object]) -> None:
        """Insert, and remember the rows for the file."""
        super().insert(table, records)
        if records:
            self._remember(table, table.batch(records))

    def replace_projections(self, projections: Sequence[Projection]) -> None:
        """Replace, and remember the states under a turn of their own: one write may replace a trade's state twice."""
        self._turn += 1
        super().replace_projections(projections)
        if projections:
            self._remember(schema.STATE, schema.STATE.batch([projection.state for projection in projections]))

    def append_pack(self, pack: bytes) -> bool:
        """Append, the states under a turn of their own."""
        self._turn += 1
        return super().append_pack(pack)

    def insert_new(self, table: TableSchema, rows: pa.Table) -> None:
        """Insert, and remember the rows for the file."""
        super().insert_new(table, rows)
        if rows.num_rows:
            self._remember(table, rows)

    def put_meta(self, rows: pa.Table) -> None:
        """Replace, and remember the row."""
        super().put_meta(rows)
        self._remember(schema.META, rows)

    def _remember(self, table: TableSchema, rows: pa.Table) -> None:
        if table in _PROJECTED:
            rows = rows.add_column(0, "commit", pa.array([self._turn] * rows.num_rows, pa.int64()))
        out = BytesIO()
        pacsv.write_csv(rows, out, pacsv.WriteOptions(include_header=False))
        self.appended[table.name] = self.appended.get(table.name, b"") + out.getvalue()


class CsvStore(SqlStore):
    """A Store in a folder of CSV files."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection, lock: IO[str]) -> None:
        super().__init__(connection, str(folder), folder / "arriving.quotes")
        self._folder, self._lock = folder, lock
        self._commit, self._sizes, self._sealed_lines = _last_commit(folder / "commits.csv")

    def load(self) -> None:
        """Read the sealed part of every file into memory, setting aside what lies behind it.

        Of a store of another version only what it says of itself is read: its other files are that version's.
        """
        self._sealed("commits", self._sealed_lines)
        for table in (schema.META, *(table for table in TABLES if table is not schema.META)):
            sealed = self._sealed(table.name, self._sizes.get(table.name, 0))
            if sealed:
                self._fill(table, sealed)
            if table is schema.META and sealed and self.meta.schema_version != schema.VERSION:
                return

    def _sealed(self, name: str, size: int) -> bytes:
        path = self._folder / f"{name}.csv"
        found = path.read_bytes() if path.exists() else b""
        if len(found) < size:
            raise StoreError(f"{path} is shorter than its last write left it; restore the folder from a backup.")
        if len(found) > size:
            aside = self._folder / "uncommitted"
            aside.mkdir(exist_ok=True)
            (aside / f"{name}-{self._commit}-{size}.csv").write_bytes(found[size:])
            with path.open("r+b") as file:
                file.truncate(size)
        return found[:size]

    def _fill(self, table: TableSchema, sealed: bytes) -> None:
        """Insert a file's rows: the first of each id, and of what is replaced the last."""
        rows = _read(self._folder / f"{table.name}.csv", table, sealed)
        self._connection.register("sealed", rows.append_column("line", pa.array(range(rows.num_rows), pa.int64())))
        names, key = ", ".join(table.columns), ", ".join(table.key)
        source, order = "sealed", "DESC" if table in (schema.STATE, schema.META) else "ASC"
        if table is schema.STATE:
            self._connection.execute(
                "CREATE TEMP TABLE state_turn AS SELECT transaction_id, max(commit) AS commit FROM sealed GROUP BY 1"
            )
        elif table is schema.RECOGNITION:
            source = "sealed SEMI JOIN state_turn USING (transaction_id, commit)"
        once = f"SELECT {names} FROM {source} QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY line {order}) = 1"
        try:
            self._connection.execute(f"INSERT INTO {table.name} {once}")
        except duckdb.Error as error:
            raise _spoiled(self._folder / f"{table.name}.csv", error) from error
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
        commits = self._folder / "commits.csv"
        try:
            sealed_lines = _append(commits, f"{line},{_check_sum(line)}\n".encode(), self._sealed_lines)
        except OSError:
            os.truncate(commits, self._sealed_lines)  # what was refused must not count at the next opening
            raise
        self._commit, self._sizes, self._sealed_lines = self._commit + 1, sizes, sealed_lines

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
        is_store = (folder / "commits.csv").exists()
        if not is_store and not create:
            raise StoreError(f"{folder} holds no store; make one with: python -m otc --store {folder} init")
        foreign = [] if is_store else [entry.name for entry in folder.iterdir() if entry.name not in _OURS]
        if foreign:
            raise StoreError(
                f"{folder} holds other files ({foreign[0]}) and no store; name an empty or a new folder with --store."
            )
        lock = _locked(folder)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written to ({error.strerror}); name another place with --store.") from error
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("SET TimeZone = 'UTC'")
        create_tables(connection)
        store = CsvStore(folder, connection, lock)
        store.load()
    except (OSError, StoreError) as error:
        connection.close()
        lock.close()
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"{folder} cannot be read and written ({error.strerror}); name another place with --store.") from error
    return store


_OURS: Final = (".lock", "uncommitted", "arriving.quotes")
"""What a folder may hold before its first write is sealed; a table's file without a seal is somebody else's."""


def _locked(folder: Path) -> IO[str]:
    lock = (folder / ".lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip()
        lock.close()
        raise StoreHeld(
            f"{folder} is in use by process {owner or 'unknown'}, probably the open desk;"
            " stop it, or name another store with --store."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _header(name: str) -> bytes:
    table = next(table for table in TABLES if table.name == name)
    columns = (["commit"] if table in _PROJECTED else []) + list(table.columns)
    return (",".join(f'"{column}"' for column in columns) + "\n").encode()


def _append(path: Path, rows: bytes, at: int) -> int:
    """Append and sync; returns the new size. `at` is where the sealed part ends: what a failed write left behind it goes."""
    new = not path.exists()
    with path.open("w+b" if new else "r+b") as file:
        file.truncate(at)
        file.seek(at)
        file.write(rows)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    if new:
        _sync_folder(path.parent)
    return size


def _sync_folder(folder: Path) -> None:
    """Make a new file's name last as long as what is in it."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _read(path: Path, table: TableSchema, sealed: bytes) -> pa.Table:
    """A file's rows as one Arrow table; StoreError where it is not what was written."""
    columns = dict(table.columns)
    if table in _PROJECTED:
        columns = {"commit": pa.int64(), **columns}
    if not sealed.startswith(_header(table.name)):
        raise _spoiled(path, ValueError("its first line is not that of the table"))
    convert = pacsv.ConvertOptions(column_types=columns, strings_can_be_null=False)
    for block_size in (_BLOCK, len(sealed) + 1):
        try:
            read = pacsv.ReadOptions(block_size=block_size)
            return pacsv.read_csv(BytesIO(sealed), read_options=read, parse_options=_PARSE, convert_options=convert)
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error) or block_size > len(sealed):
                raise _spoiled(path, error) from error
    raise _spoiled(path, ValueError("a line has no end"))


def _spoiled(path: Path, error: Exception) -> StoreError:
    return StoreError(f"{path} was changed by hand ({str(error).splitlines()[0]}); restore it from a backup.")


def _last_commit(path: Path) -> tuple[int, dict[str, int], int]:
    """The last write that was sealed: its number, the sizes that count, and where its line ends.

    A line without its end is what a crash tore and never counted; a whole line that does not check was changed by hand.
    """
    whole, end, _ = (path.read_bytes() if path.exists() else b"").rpartition(b"\n")
    if not end:
        return 0, {}, 0
    line = whole.rpartition(b"\n")[2].decode("utf-8", errors="replace")
    body, _, check = line.rpartition(",")
    if not body or check != _check_sum(body):
        raise StoreError(f"{path} was changed by hand (its last line does not check); restore it from a backup.")
    number, *sizes = body.split(",")
    return int(number), {name: int(size) for name, _, size in (pair.partition("=") for pair in sizes)}, len(whole) + 1


def _check_sum(line: str) -> str:
    return blake2b(line.encode(), digest_size=6).hexdigest()
