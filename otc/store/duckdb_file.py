"""The default store: one DuckDB file, owned by one process at a time."""

import os
import re
from pathlib import Path
from typing import Final

import duckdb

from otc.errors import StoreError, StoreHeld
from otc.store.engine import SqlStore, create_tables
from otc.store.schema import META, TABLES

_OWNER: Final = re.compile(r"PID (\d+)")
MEMORY_LIMIT: Final = "1GB"


class DuckDbStore(SqlStore):
    """A Store in a DuckDB file."""


def open_duckdb(path: Path, create: bool) -> DuckDbStore:
    """Open the file, creating it where asked; StoreHeld names the process that holds it, StoreError what else is wrong."""
    if not path.exists() and not create:
        raise StoreError(f"There is no store at {path}; make one with: python -m otc --store {path} init")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, str | bool | int | float | list[str]] = {
            "storage_compatibility_version": "v1.5.0",
            "memory_limit": MEMORY_LIMIT,
            "autoload_known_extensions": "false",
        }
        connection = duckdb.connect(str(path), config=options)
    except (duckdb.Error, OSError) as error:
        raise _explained(error, path) from error
    try:
        connection.execute("SET TimeZone = 'UTC'")
        _prepare(connection, path)
    except (duckdb.Error, StoreError) as error:
        connection.close()
        raise error if isinstance(error, StoreError) else _explained(error, path) from error
    return DuckDbStore(connection, str(path), path.with_name(f"{path.name}.quotes"))


def _prepare(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make the tables of a new store, all or none; a database that holds something else is left as it is."""
    there = {str(row[0]) for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if there and META.name not in there:
        raise StoreError(f"{path} is a database of something else ({min(there)}); name another file with --store.")
    connection.execute("BEGIN")
    create_tables(connection)
    connection.execute("COMMIT")
    for table in TABLES:
        found = [str(row[0]) for row in connection.execute(f"DESCRIBE {table.name}").fetchall()]
        if found != list(table.columns):
            raise StoreError(f"{path} was made by another version of this desk (table {table.name}); open it with that one.")


def _explained(error: Exception, path: Path) -> StoreError:
    text = str(error)
    if "Could not set lock" in text or "Conflicting lock" in text:
        found = _OWNER.search(text)
        owner = f"process {found.group(1)}" if found else "another process"
        return StoreHeld(f"{path} is in use by {owner}, probably the open desk; stop it, or name another store with --store.")
    if isinstance(error, PermissionError) or "Permission denied" in text or "read-only" in text.lower() or "Read-only" in text:
        return StoreError(f"{path} cannot be written to (no permission or a read-only disk); name another place with --store.")
    if isinstance(error, OSError) or not os.path.isdir(path.parent) or not path.exists():
        return StoreError(f"{path} cannot be made: {path.parent} is no folder that can be written to; name another with --store.")
    return StoreError(f"{path} is not a store of this desk ({text.splitlines()[0]}); restore it or name another with --store.")
