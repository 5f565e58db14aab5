"""The SQL both stores share: DuckDB holding the tables, one cursor per call, bulk writes through Arrow, ids making replay harmless."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from threading import RLock
from typing import Any, Final, cast

import duckdb
import pyarrow as pa

from otc.clock import FAR_FUTURE
from otc.codec import from_json, to_json
from otc.errors import StoreError
from otc.model import Batch, Fact, Projection, Quote, Trade
from otc.ports import Changes, Meta, Moment, Question
from otc.store import schema
from otc.store.questions import sql_of
from otc.store.schema import TableSchema

_SPEAKS: Final = "(last_recorded_at <= $known_at AND (NOT revised OR last_happened_at <= $as_of))"
"""Whether a projection can answer for a moment; where it cannot, the trade is projected again from its facts."""
_PARAMETERS: Final = {
    "counts": (),
    "aging": (),
    "transactions": (),
    "months": (),
    "open_item": ("transaction_id",),
    "bridge": ("since", "before"),
    "pnl_settlement": ("since", "before"),
    "pnl_trade": ("since", "before"),
}


class TableWriter:
    """One open transaction: appends records and reads its own writes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def append(self, changes: Changes) -> None:
        """Append records; what is there already by its id is left as it is, projections replace their former ones."""
        self.insert(schema.TRADE, changes.trades)
        self.insert(schema.FACT, changes.facts)
        self.insert(schema.QUOTE, changes.quotes)
        self.insert(schema.BATCH, changes.batches)
        self.replace_projections(changes.projections)

    def insert(self, table: TableSchema, records: Sequence[object]) -> None:
        """Insert through Arrow; a row whose key is there already changes nothing."""
        if records:
            self.run_with(f"INSERT INTO {table.name} SELECT * FROM incoming ON CONFLICT DO NOTHING", table.batch(records))

    def replace_projections(self, projections: Sequence[Projection]) -> None:
        """Put projections in the place of the former ones of their trades."""
        if not projections:
            return
        states = schema.STATE.batch([projection.state for projection in projections])
        updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in schema.STATE.columns if name != "transaction_id")
        self.run_with(
            f"INSERT INTO leg_state SELECT * FROM incoming ON CONFLICT (transaction_id) DO UPDATE SET {updates}", states
        )
        self.replace_turns(projections)

    def replace_turns(self, projections: Sequence[Projection]) -> None:
        """Put the later turns of PnL in the place of the former ones of these trades."""
        turns = [turn for projection in projections for turn in projection.turns]
        if turns or self._connection.execute("SELECT 1 FROM recognition LIMIT 1").fetchall():
            ids = pa.table({"transaction_id": [projection.state.transaction_id for projection in projections]})
            self.run_with("DELETE FROM recognition WHERE transaction_id IN (SELECT transaction_id FROM incoming)", ids)
            self.insert(schema.RECOGNITION, turns)

    def put_meta(self, rows: pa.Table) -> None:
        """Replace what the store says of itself."""
        self.run_with("INSERT INTO meta SELECT * FROM incoming ON CONFLICT (name) DO UPDATE SET content = EXCLUDED.content", rows)

    def run_with(self, sql: str, incoming: pa.Table) -> None:
        """Run a statement in which `incoming` is an Arrow table."""
        self._connection.register("incoming", incoming)
        self._connection.execute(sql)
        self._connection.unregister("incoming")

    def trades(self, transaction_ids: Sequence[str]) -> dict[str, Trade]:
        """The trades with these ids; unknown ids are left out."""
        rows = self._chosen("trade", transaction_ids)
        return {row["transaction_id"]: schema.trade_of(row) for row in rows}

    def facts(self, transaction_ids: Sequence[str]) -> dict[str, list[Fact]]:
        """All facts of these trades, by trade, in the order they were recorded."""
        found: dict[str, list[Fact]] = {transaction_id: [] for transaction_id in transaction_ids}
        for row in self._chosen("fact", transaction_ids):
            found[row["transaction_id"]].append(schema.fact_of(row))
        for facts in found.values():
            facts.sort(key=lambda fact: (fact.recorded_at, fact.happened_at, fact.fact_id))
        return found

    def _chosen(self, table: str, transaction_ids: Sequence[str]) -> list[dict[str, Any]]:
        if not transaction_ids:
            return []
        self._connection.register("wanted", pa.table({"transaction_id": pa.array(transaction_ids, pa.string())}))
        rows = dict_rows(self._connection, f"SELECT {table}.* FROM {table} SEMI JOIN wanted USING (transaction_id)")  # noqa: S608 - a closed list of tables
        self._connection.unregister("wanted")
        return rows


def dict_rows(
    cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    """All rows of a query as dictionaries; instants in UTC, Decimals exact."""
    table = (cursor.sql(sql, params=dict(parameters)) if parameters else cursor.sql(sql)).to_arrow_table()
    columns = [_plain_values(table.column(n)) for n in range(table.num_columns)]
    names = table.column_names
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _plain_values(column: pa.ChunkedArray) -> list[object]:
    if pa.types.is_timestamp(column.type):
        return [value and value.replace(tzinfo=UTC) for value in column.cast(pa.timestamp("us")).to_pylist()]
    return cast(list[object], column.to_pylist())


class SqlStore:
    """A Store over one DuckDB connection; subclasses say where it lives and what a commit has to do besides."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, place: str) -> None:
        self._connection = connection
        self._writes = RLock()
        self._place = place

    @property
    def place(self) -> str:
        return self._place

    @contextmanager
    def writing(self) -> Iterator[TableWriter]:
        """One transaction: all that is appended inside counts at its end, or nothing does."""
        with self._writes:
            cursor = self._connection.cursor()
            try:
                cursor.execute("BEGIN")
                writer = self._writer(cursor)
                try:
                    yield writer
                except BaseException:
                    cursor.execute("ROLLBACK")
                    self._abandoned(writer)
                    raise
                self._before_commit(writer)
                cursor.execute("COMMIT")
            except (duckdb.Error, OSError) as error:
                raise StoreError(f"Nothing was written to {self._place}: {_first_line(error)}") from error
            finally:
                cursor.close()

    def _writer(self, cursor: duckdb.DuckDBPyConnection) -> TableWriter:
        return TableWriter(cursor)

    def _before_commit(self, writer: TableWriter) -> None:
        """What a subclass has to make durable before the tables count."""

    def _abandoned(self, writer: TableWriter) -> None:
        """What a subclass has to undo when a write is given up."""

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._connection.cursor()
        try:
            yield cursor
        except duckdb.Error as error:
            raise StoreError(f"{self._place} cannot be read: {_first_line(error)}") from error
        finally:
            cursor.close()

    @property
    def meta(self) -> Meta:
        with self._reading() as cursor:
            rows = cursor.execute("SELECT content FROM meta WHERE name = 'meta'").fetchall()
        return from_json(rows[0][0], Meta)

    def set_meta(self, meta: Meta) -> None:
        """Replace what the store says of itself."""
        with self.writing() as writer:
            writer.put_meta(schema.META.batch([("meta", to_json(meta))]))

    def trades(self, transaction_ids: Sequence[str]) -> dict[str, Trade]:
        with self._reading() as cursor:
            return TableWriter(cursor).trades(transaction_ids)

    def facts(self, transaction_ids: Sequence[str]) -> dict[str, list[Fact]]:
        with self._reading() as cursor:
            return TableWriter(cursor).facts(transaction_ids)

    def quote(self, quote_id: str) -> Quote | None:
        rows = self._ask("SELECT * FROM quote WHERE quote_id = $quote_id", quote_id=quote_id)
        return schema.quote_of(rows[0]) if rows else None

    def quotes(self, client_id: str, limit: int) -> list[Quote]:
        """The client's latest quotes, newest first."""
        sql = "SELECT * FROM quote WHERE client_id = $client_id ORDER BY quoted_at DESC, quote_id LIMIT $limit"
        return [schema.quote_of(row) for row in self._ask(sql, client_id=client_id, limit=limit)]

    def batch(self, file_hash: str) -> Batch | None:
        rows = self._ask("SELECT * FROM batch WHERE file_hash = $file_hash ORDER BY recorded_at LIMIT 1", file_hash=file_hash)
        return schema.batch_of(rows[0]) if rows else None

    def transaction_ids(self) -> list[str]:
        return [
            str(row["transaction_id"])
            for row in self._ask("SELECT transaction_id FROM trade ORDER BY recorded_at, source_line, transaction_id")
        ]

    def last_change(self) -> str:
        """A mark that differs after every write; screens use it to know whether what they hold is still true."""
        found = self._ask(
            "SELECT (SELECT count(*) FROM fact) AS facts, (SELECT count(*) FROM trade) AS trades, (SELECT count(*) FROM quote) AS quotes"
        )
        return "-".join(str(value) for value in found[0].values())

    def outdated(self, moment: Moment) -> list[str]:
        """The trades whose projection cannot speak for a moment: later facts revised them, or were recorded later."""
        sql = f"SELECT transaction_id FROM leg_state WHERE NOT {_SPEAKS}"  # noqa: S608 - constant text
        return [str(row["transaction_id"]) for row in self._ask(sql, **_instants(moment))]

    def rows(
        self, question: Question, moment: Moment, instead: Sequence[Projection] = (), **parameters: object
    ) -> list[dict[str, object]]:
        """Answer a named question; `instead` are projections made anew for trades that are outdated at the moment."""
        by = str(parameters.pop("by", "all"))
        given = {name: parameters.get(name) for name in _PARAMETERS[question]}
        with self._reading() as cursor:
            state, later = "SELECT * FROM leg_state", "SELECT * FROM recognition"
            if self._outdated_any(cursor, moment):
                cursor.register("instead_state", schema.STATE.batch([p.state for p in instead]))
                cursor.register("instead_turn", schema.RECOGNITION.batch([t for p in instead for t in p.turns]))
                given |= _instants(moment)
                state = f"SELECT * FROM leg_state WHERE {_SPEAKS} UNION ALL SELECT * FROM instead_state"
                later = (
                    f"SELECT recognition.* FROM recognition SEMI JOIN (SELECT * FROM leg_state WHERE {_SPEAKS}) USING (transaction_id)"  # noqa: S608 - constant text
                    " UNION ALL SELECT * FROM instead_turn"
                )
            sql = sql_of(question, by, state, later)
            given |= {"as_of": moment.as_of}
            return dict_rows(cursor, sql, {name: value for name, value in given.items() if f"${name}" in sql})

    def _outdated_any(self, cursor: duckdb.DuckDBPyConnection, moment: Moment) -> bool:
        sql = f"SELECT 1 FROM leg_state WHERE NOT {_SPEAKS} LIMIT 1"  # noqa: S608 - constant text
        return bool(cursor.execute(sql, _instants(moment)).fetchall())

    def _ask(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        with self._reading() as cursor:
            return dict_rows(cursor, sql, parameters)

    def close(self) -> None:
        """Let go of the store; another process may open it then."""
        self._connection.close()


def _instants(moment: Moment) -> dict[str, object]:
    return {"as_of": moment.as_of, "known_at": moment.known_at or FAR_FUTURE}


def create_tables(connection: duckdb.DuckDBPyConnection, tables: Iterable[TableSchema] = schema.TABLES) -> None:
    """Create the tables that are not there yet."""
    for table in tables:
        connection.execute(table.create_sql())


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
