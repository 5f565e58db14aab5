"""The SQL both stores share: DuckDB holds the tables; a cursor per call, bulk writes through Arrow, ids make replay harmless."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock, RLock, Thread, get_ident
from time import sleep
from typing import Any, Final

import duckdb
import pyarrow as pa

from otc.clock import FAR_FUTURE
from otc.codec import from_json, to_json
from otc.errors import StoreError
from otc.model import Batch, Fact, Projection, Quote, Trade
from otc.model.market import DeskRate
from otc.model.rfq import RfqEvent, RfqState, TwoWay
from otc.ports import Changes, Meta, Moment, Question
from otc.settlement.legs import recorded_order
from otc.store import schema
from otc.store.arrow_rows import dict_rows
from otc.store.hedge_reads import HedgeReads
from otc.store.journal import QuoteJournal
from otc.store.packing import unpacked
from otc.store.questions import sql_of
from otc.store.quote_reads import QuoteReads, in_order
from otc.store.schema import TableSchema

_SPEAKS: Final = "(last_recorded_at <= $known_at AND (NOT revised OR last_happened_at <= $as_of))"
"""Whether a projection can answer for a moment; where it cannot, the trade is projected again from its facts."""
_QUIET_S: Final = 0.1
_MOST_WAITING: Final = 2000
"""Quotes on their way that are put into the tables also while more come."""
_PARAMETERS: Final = {
    "counts": (),
    "aging": (),
    "transactions": (),
    "months": (),
    "open_item": ("transaction_id",),
    "bridge": ("since", "before"),
    "recognised": ("since", "before"),
    "pnl_settlement": ("since", "before"),
    "pnl_trade": ("since", "before"),
}


def _as_of(column: str) -> str:
    """A column of leg_state as it stood at $as_of: what happened later is not known yet."""
    if column == "recognised_on":
        return "CASE WHEN recognised_at <= $as_of THEN recognised_on END AS recognised_on"
    if column == "news":
        return "CASE WHEN last_happened_at <= $as_of THEN news ELSE '' END AS news"
    if column.endswith("final_at") or column in ("mismatch_at", "failed_at", "cancelled_at", "resolved_at", "recognised_at"):
        return f"CASE WHEN {column} <= $as_of THEN {column} END AS {column}"
    return column


_AS_OF: Final = ", ".join(_as_of(column) for column in schema.STATE.columns)


class TableWriter(HedgeReads):
    """One open transaction: appends records and reads its own writes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def append(self, changes: Changes) -> None:
        """Append records; what is there already by its id is left as it is, projections replace their former ones."""
        self.insert(schema.TRADE, changes.trades)
        self.insert(schema.FACT, _once(changes.facts))
        self.insert(schema.QUOTE, changes.quotes)
        self.insert(schema.BATCH, changes.batches)
        self.insert(schema.TWO_WAY, changes.two_ways)
        self.insert(schema.RFQ_EVENT, changes.rfq_events)
        self.insert(schema.DESK_RATE, changes.desk_rates)
        for table, records in zip(schema.HEDGING, changes.hedging, strict=True):
            self.insert(table, records)
        self.replace_projections(changes.projections)

    def insert(self, table: TableSchema, records: Sequence[object]) -> None:
        """Insert through Arrow; a row whose key is there already changes nothing."""
        if records:
            self.run_with(table.insert_sql(), table.batch(records))

    def append_pack(self, pack: bytes) -> bool:
        """Append what was prepared of new trades; False, and nothing is appended, where one of them is booked already."""
        tables = unpacked(pack)
        if self._any_known(schema.TRADE, tables[0][1]):
            return False
        for table, rows in tables:
            self.insert_new(table, rows)
        return True

    def insert_new(self, table: TableSchema, rows: pa.Table) -> None:
        """Insert rows of trades that are not booked yet: twice as fast as where a key may be there already."""
        if rows.num_rows:
            self.run_with(f"INSERT INTO {table.name} SELECT * FROM incoming", rows)

    def replace_projections(self, projections: Sequence[Projection]) -> None:
        """Put projections in the place of the former ones of their trades."""
        if not projections:
            return None
        states = schema.STATE.batch([projection.state for projection in projections])
        if not self._any_known(schema.STATE, states):
            TableWriter.insert_new(self, schema.STATE, states)  # many times faster than an upsert
            return self.replace_turns(projections)
        updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in schema.STATE.columns if name != "transaction_id")
        self.run_with(
            f"INSERT INTO leg_state SELECT * FROM incoming ON CONFLICT (transaction_id) DO UPDATE SET {updates}", states
        )
        return self.replace_turns(projections)

    def _any_known(self, table: TableSchema, rows: pa.Table) -> bool:
        """Whether one of these trades is in the table already."""
        sql = f"SELECT 1 FROM {table.name} SEMI JOIN incoming USING (transaction_id) LIMIT 1"
        return bool(self.run_with(sql, rows).fetchall())

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

    def run_with(self, sql: str, incoming: pa.Table) -> duckdb.DuckDBPyConnection:
        """Run a statement in which `incoming`, found by its name, is an Arrow table.

        A registered one would be kept in memory until the transaction ends.
        """
        return self._connection.execute(sql)

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
            facts.sort(key=recorded_order)
        return found

    def rfq_events(self, rfq_id: str) -> list[RfqEvent]:
        """What became of a request, in the order in which it happened."""
        sql = "SELECT * FROM rfq_event WHERE rfq_id = $rfq_id"
        found = [schema.rfq_event_of(row) for row in dict_rows(self._connection, sql, {"rfq_id": rfq_id})]
        return in_order(found)

    def _ask(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        return dict_rows(self._connection, sql, parameters)

    def _chosen(self, table: str, transaction_ids: Sequence[str]) -> list[dict[str, Any]]:
        if not transaction_ids:
            return []
        self._connection.register("wanted", pa.table({"transaction_id": pa.array(transaction_ids, pa.string())}))
        rows = dict_rows(self._connection, f"SELECT {table}.* FROM {table} SEMI JOIN wanted USING (transaction_id)")
        self._connection.unregister("wanted")
        return rows


class SqlStore(HedgeReads):
    """A Store over one DuckDB connection; subclasses say where it lives and what a commit has to do besides."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, place: str, journal: Path) -> None:
        self._connection = connection
        self._writes = RLock()
        self._writer_thread = 0
        self._place = place
        self._journal = QuoteJournal(journal, self._put)
        self._quotes = QuoteReads(self._ask, self._journal)
        self._starting = Lock()
        self._beside: Thread | None = None
        self._rates: dict[str, DeskRate] | None = None

    @property
    def place(self) -> str:
        return self._place

    @contextmanager
    def writing(self) -> Iterator[TableWriter]:
        """One transaction: all that is appended inside counts at its end, or nothing does."""
        self._settle()
        with self._transaction() as writer:
            yield writer
        self._rates = None

    def keep(self, two_ways: Sequence[TwoWay], rfq_events: Sequence[RfqEvent]) -> None:
        """Keep quotes and steps so that they outlive this process; they reach the tables with others."""
        try:
            self._journal.add(two_ways, rfq_events)
        except OSError as error:
            raise StoreError(f"Nothing was written to {self._place}: {_first_line(error)}") from error
        with self._starting:
            if self._beside is None or not self._beside.is_alive():
                self._beside = Thread(target=self._settle_beside, name="quotes", daemon=True)
                self._beside.start()

    def recover(self) -> None:
        """Put into the tables what a process that died had kept on its way there."""
        self._journal.recover()

    def _put(self, changes: Changes) -> None:
        with self._transaction() as writer:
            writer.append(changes)

    def _settle(self) -> None:
        """Bring what was kept into the tables; not from within a write, which must not commit in the middle."""
        if self._journal.waiting and self._writer_thread != get_ident():
            self._journal.turn()

    def _settle_beside(self) -> None:
        """Put quotes away as soon as no more come for a moment, so that it slows nobody's price; or when too many wait."""
        with suppress(StoreError):  # the next one who writes is told
            while before := self._journal.waiting:
                sleep(_QUIET_S)
                if self._journal.waiting == before or before >= _MOST_WAITING:
                    self._settle()

    @contextmanager
    def _transaction(self) -> Iterator[TableWriter]:
        with self._writes:
            former, self._writer_thread = self._writer_thread, get_ident()
            try:
                with closing(self._connection.cursor()) as cursor:
                    cursor.execute("BEGIN")
                    try:
                        writer = self._writer(cursor)
                        yield writer
                        self._before_commit(writer)
                    except BaseException:
                        cursor.execute("ROLLBACK")
                        raise
                    cursor.execute("COMMIT")
            except (duckdb.Error, OSError) as error:
                raise StoreError(f"Nothing was written to {self._place}: {_first_line(error)}") from error
            finally:
                self._writer_thread = former

    def _writer(self, cursor: duckdb.DuckDBPyConnection) -> TableWriter:
        return TableWriter(cursor)

    def _before_commit(self, writer: TableWriter) -> None:
        """What a subclass has to make durable before the tables count."""

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with closing(self._connection.cursor()) as cursor:
                yield cursor
        except duckdb.Error as error:
            raise StoreError(f"{self._place} cannot be read: {_first_line(error)}") from error

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

    def two_way(self, quote_id: str) -> TwoWay | None:
        return self._quotes.two_way(quote_id)

    def two_ways(self, client_id: str, limit: int) -> list[TwoWay]:
        return self._quotes.two_ways(client_id, limit)

    def rfq_events(self, rfq_id: str) -> list[RfqEvent]:
        return self._quotes.rfq_events(rfq_id)

    def rfq_of(self, quote_id: str) -> str:
        return self._quotes.rfq_of(quote_id)

    def outcomes(self, limit: int) -> list[tuple[TwoWay, RfqState]]:
        return self._quotes.outcomes(limit)

    def desk_rates(self) -> dict[str, DeskRate]:
        """The rates that people of the desk typed last, by name; remembered until something is written."""
        known = self._rates
        if known is None:
            known = self._rates = self._desk_rates()
        return known

    def _desk_rates(self) -> dict[str, DeskRate]:
        sql = "SELECT * FROM desk_rate QUALIFY row_number() OVER (PARTITION BY name ORDER BY typed_at DESC, rate_id) = 1"
        return {row["name"]: schema.desk_rate_of(row) for row in self._ask(sql)}

    def batch(self, file_hash: str) -> Batch | None:
        rows = self._ask("SELECT * FROM batch WHERE file_hash = $file_hash ORDER BY recorded_at LIMIT 1", file_hash=file_hash)
        return schema.batch_of(rows[0]) if rows else None

    def transaction_ids(self) -> list[str]:
        """All trades in the order they were booked, those of one file in the order of its lines."""
        return [
            str(row["transaction_id"])
            for row in self._ask("SELECT transaction_id FROM trade ORDER BY recorded_at, source_line, transaction_id")
        ]

    def has_trades(self) -> bool:
        return bool(self._ask("SELECT 1 AS found FROM trade LIMIT 1"))

    def last_change(self) -> str:
        """A mark that differs after every write of a trade, a fact or a quote: whether what a screen holds is still true."""
        counts = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}s" for table in ("fact", "trade", "quote"))
        found = self._ask(f"SELECT {counts}")
        return "-".join(str(value) for value in found[0].values())

    def outdated(self, moment: Moment) -> list[str]:
        """The trades whose projection cannot speak for a moment: later facts revised them, or were recorded later."""
        sql = f"SELECT transaction_id FROM leg_state WHERE NOT {_SPEAKS}"
        return [str(row["transaction_id"]) for row in self._ask(sql, **_instants(moment))]

    def rows(
        self, question: Question, moment: Moment, instead: Sequence[Projection] = (), **parameters: object
    ) -> list[dict[str, object]]:
        """Answer a named question; `instead` are projections made anew for trades that are outdated at the moment."""
        by = str(parameters.pop("by", "all"))
        given = {name: parameters.get(name) for name in _PARAMETERS[question]}
        with self._reading() as cursor:
            later = "SELECT * FROM recognition"
            state = f"SELECT {_AS_OF if self._news_after(cursor, moment) else '*'} FROM leg_state"
            if self._outdated_any(cursor, moment):
                cursor.register("instead_state", schema.STATE.batch([p.state for p in instead]))
                cursor.register("instead_turn", schema.RECOGNITION.batch([t for p in instead for t in p.turns]))
                given |= _instants(moment)
                state += f" WHERE {_SPEAKS} UNION ALL SELECT * FROM instead_state"
                speaking = f"SELECT transaction_id FROM leg_state WHERE {_SPEAKS}"
                later = f"SELECT * FROM recognition WHERE transaction_id IN ({speaking}) UNION ALL SELECT * FROM instead_turn"
            sql = sql_of(question, by, state, later)
            given |= {"as_of": moment.as_of}
            return dict_rows(cursor, sql, {name: value for name, value in given.items() if f"${name}" in sql})

    def _news_after(self, cursor: duckdb.DuckDBPyConnection, moment: Moment) -> bool:
        sql = "SELECT 1 FROM leg_state WHERE last_happened_at > $as_of LIMIT 1"
        return bool(cursor.execute(sql, {"as_of": moment.as_of}).fetchall())

    def _outdated_any(self, cursor: duckdb.DuckDBPyConnection, moment: Moment) -> bool:
        sql = f"SELECT 1 FROM leg_state WHERE NOT {_SPEAKS} LIMIT 1"
        return bool(cursor.execute(sql, _instants(moment)).fetchall())

    def _ask(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        with self._reading() as cursor:
            return dict_rows(cursor, sql, parameters)

    def close(self) -> None:
        """Let go of the store; another process may open it then."""
        with suppress(StoreError):  # what cannot be put away now is found in its file at the next opening
            self._journal.turn()
        self._connection.close()


def _instants(moment: Moment) -> dict[str, object]:
    return {"as_of": moment.as_of, "known_at": moment.known_at or FAR_FUTURE}


def create_tables(connection: duckdb.DuckDBPyConnection, tables: Iterable[TableSchema] = schema.TABLES) -> None:
    """Create the tables that are not there yet."""
    for table in tables:
        connection.execute(table.create_sql())


def _once(facts: Sequence[Fact]) -> list[Fact]:
    """The facts without those whose id came before."""
    first: dict[str, Fact] = {}
    for fact in facts:
        first.setdefault(fact.fact_id, fact)
    return list(first.values())


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
