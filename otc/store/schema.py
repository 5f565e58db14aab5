"""The tables, declared once: from here come the SQL, the Arrow schemas and the way records become rows and back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

import pyarrow as pa

from otc.codec import from_json, to_json
from otc.model import ALL_LEGS, Batch, Cover, Fact, Kind, Leg, LegState, Quote, Recognition, Side, Trade

VERSION: Final = 1
MONEY: Final = pa.decimal128(38, 18)
INSTANT: Final = pa.timestamp("us", tz="UTC")
TEXT: Final = pa.string()
_SQL: Final = {
    MONEY: "DECIMAL(38,18)",
    INSTANT: "TIMESTAMPTZ",
    TEXT: "VARCHAR",
    pa.int32(): "INTEGER",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
}


@dataclass(frozen=True)
class TableSchema:
    """One table: its key, its columns in order, and how a record becomes a row of values."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, pa.DataType]
    values: Callable[[Any], Sequence[object]]

    @property
    def arrow(self) -> pa.Schema:
        return pa.schema(list(self.columns.items()))

    def create_sql(self) -> str:
        """CREATE TABLE, portable: names, types, the primary key."""
        columns = ", ".join(f"{name} {_SQL[kind]}" for name, kind in self.columns.items())
        return f"CREATE TABLE IF NOT EXISTS {self.name} ({columns}, PRIMARY KEY ({', '.join(self.key)}))"

    def batch(self, records: Iterable[object]) -> pa.Table:
        """Records as one Arrow table; Arrow refuses a Decimal that 18 places do not hold."""
        rows = [self.values(record) for record in records]
        columns = zip(*rows, strict=True) if rows else [()] * len(self.columns)
        arrays = [_array(column, kind) for column, kind in zip(columns, self.columns.values(), strict=True)]
        return pa.Table.from_arrays(arrays, schema=self.arrow)


def _array(column: Sequence[object], kind: pa.DataType) -> pa.Array:
    """Values as an Arrow array; where all are one, as in most columns of a file's facts, that one is converted once."""
    if column and column[0] is column[-1] and column.count(column[0]) == len(column):
        return pa.repeat(pa.scalar(column[0], kind), len(column))
    return pa.array(column, kind)


def _fields(names: Iterable[str]) -> Callable[[Any], tuple[object, ...]]:
    values: Callable[[Any], tuple[object, ...]] = attrgetter(*names)
    return values


_MONEY_OF_TRADE: Final = (
    "size mid_price_idr mm_price_idr client_price_idr spread_bps mm_amount_idr client_amount_idr"
    " gross_spread_idr tax_idr net_pnl_idr"
).split()
_TRADE: Final[dict[str, pa.DataType]] = {
    "transaction_id": TEXT,
    "traded_at": INSTANT,
    "pair": TEXT,
    "side": TEXT,
    **dict.fromkeys("client_id client_name client_type client_tier market_maker_id market_maker_name".split(), TEXT),
    **dict.fromkeys(_MONEY_OF_TRADE, MONEY),
    **dict.fromkeys("bank_account_id client_wallet_id mm_wallet_id exchange_ref notes cover".split(), TEXT),
    "recorded_at": INSTANT,
    "quote_id": TEXT,
    "purpose": TEXT,
    "needed_by": INSTANT,
    "booked_by": TEXT,
    "source_line": pa.int32(),
    "as_written": TEXT,
}
_FACT: Final[dict[str, pa.DataType]] = {
    **dict.fromkeys("fact_id kind transaction_id leg".split(), TEXT),
    "happened_at": INSTANT,
    "recorded_at": INSTANT,
    "actor": TEXT,
    "evidence": TEXT,
    "amount": MONEY,
    "due_at": INSTANT,
    "note": TEXT,
}
_STATE_BEFORE: Final[dict[str, pa.DataType]] = {
    "transaction_id": TEXT,
    "traded_at": INSTANT,
    "traded_on": pa.date32(),
    **dict.fromkeys("pair side client_id market_maker_id bank_account_id".split(), TEXT),
    **dict.fromkeys("size client_amount_idr gross_spread_idr tax_idr net_pnl_idr".split(), MONEY),
}
_STATE_AFTER: Final[dict[str, pa.DataType]] = {
    **dict.fromkeys("final_at mismatch_at failed_at cancelled_at resolved_at rolled_at recognised_at".split(), INSTANT),
    "recognised_on": pa.date32(),
    "needed_by": INSTANT,
    "reported_status": TEXT,
    "news": TEXT,
    "revised": pa.bool_(),
    "last_happened_at": INSTANT,
    "last_recorded_at": INSTANT,
}
_PROGRESS: Final = ("expected_at", "due_at", "final_at")
_STATE: Final = {
    **_STATE_BEFORE,
    **{f"{leg.value}_{name}": INSTANT for leg in ALL_LEGS for name in _PROGRESS},
    **_STATE_AFTER,
}
_before, _after = _fields(_STATE_BEFORE), _fields(_STATE_AFTER)


def _state_values(state: LegState) -> tuple[object, ...]:
    fiat, crypto, cover_fiat, cover_crypto = state.client_fiat, state.client_crypto, state.cover_fiat, state.cover_crypto
    return (
        *_before(state),
        *(fiat.expected_at, fiat.due_at, fiat.final_at),
        *(crypto.expected_at, crypto.due_at, crypto.final_at),
        *(cover_fiat.expected_at, cover_fiat.due_at, cover_fiat.final_at),
        *(cover_crypto.expected_at, cover_crypto.due_at, cover_crypto.final_at),
        *_after(state),
    )


def _fact_values(fact: Fact) -> tuple[object, ...]:
    return (
        *(fact.fact_id, fact.kind, fact.transaction_id, fact.leg or "", fact.happened_at, fact.recorded_at),
        *(fact.actor, fact.evidence, fact.amount, fact.due_at, fact.note),
    )


def _quote_values(quote: Quote) -> tuple[object, ...]:
    return quote.quote_id, quote.quoted_at, quote.request.client_id, to_json(quote)


_RECOGNITION: Final[dict[str, pa.DataType]] = {
    "transaction_id": TEXT,
    "recognised_at": INSTANT,
    "recognised_on": pa.date32(),
    "sign": pa.int32(),
    "reason": TEXT,
}
_BATCH: Final[dict[str, pa.DataType]] = {
    **dict.fromkeys("batch_id source file_hash".split(), TEXT),
    "recorded_at": INSTANT,
    **dict.fromkeys("read booked duplicates rejected".split(), pa.int32()),
}
_QUOTE: Final[dict[str, pa.DataType]] = {"quote_id": TEXT, "quoted_at": INSTANT, "client_id": TEXT, "content": TEXT}

TRADE: Final = TableSchema("trade", ("transaction_id",), _TRADE, _fields(_TRADE))
FACT: Final = TableSchema("fact", ("fact_id",), _FACT, _fact_values)
STATE: Final = TableSchema("leg_state", ("transaction_id",), _STATE, _state_values)
RECOGNITION: Final = TableSchema("recognition", ("transaction_id", "recognised_at", "sign"), _RECOGNITION, _fields(_RECOGNITION))
QUOTE: Final = TableSchema("quote", ("quote_id",), _QUOTE, _quote_values)
BATCH: Final = TableSchema("batch", ("batch_id",), _BATCH, _fields(_BATCH))
META: Final = TableSchema("meta", ("name",), {"name": TEXT, "content": TEXT}, lambda pair: tuple(pair))
TABLES: Final = (TRADE, FACT, STATE, RECOGNITION, QUOTE, BATCH, META)


def trade_of(row: Mapping[str, Any]) -> Trade:
    """The trade a row of `trade` holds."""
    return Trade(**{**row, "side": Side(row["side"]), "cover": Cover(row["cover"])})


def fact_of(row: Mapping[str, Any]) -> Fact:
    """The fact a row of `fact` holds."""
    return Fact(**{**row, "kind": Kind(row["kind"]), "leg": Leg(row["leg"]) if row["leg"] else None})


def quote_of(row: Mapping[str, Any]) -> Quote:
    """The quote a row of `quote` holds."""
    return from_json(row["content"], Quote)


def batch_of(row: Mapping[str, Any]) -> Batch:
    """The batch a row of `batch` holds."""
    return Batch(**row)


def recognition_of(row: Mapping[str, Any]) -> Recognition:
    """The turn of PnL a row of `recognition` holds."""
    return Recognition(**row)
