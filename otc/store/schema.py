"""The tables, declared once: from here come the SQL, the Arrow schemas and the way records become rows and back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter, itemgetter
from typing import Any, Final, cast

import pyarrow as pa

from otc.codec import from_json, to_json
from otc.model import ALL_LEGS, Batch, Cover, Fact, Kind, Leg, Quote, Side, Trade
from otc.model.hedge import Child, ChildEvent, Fill, Parent, ParentEvent, Switch
from otc.model.market import DeskRate
from otc.model.rfq import RfqEvent, TwoWay

VERSION: Final = 1
MONEY: Final = pa.decimal128(38, 18)
INSTANT: Final = pa.timestamp("us", tz="UTC")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
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
    """One table: its key, its columns in order, and how they are read from a record."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, pa.DataType]
    read: Mapping[str, Callable[[Any], object]] = field(default_factory=dict)
    """Of the columns that are not simply the attribute of their name."""
    scope: str = ""
    """A column that narrows down where a key can be; where there is one, the key has no index of its own."""

    @property
    def arrow(self) -> pa.Schema:
        return pa.schema(list(self.columns.items()))

    def create_sql(self) -> str:
        """CREATE TABLE, portable: names, types, the primary key."""
        columns = [f"{name} {_SQL[kind]}" for name, kind in self.columns.items()]
        key = [] if self.scope else [f"PRIMARY KEY ({', '.join(self.key)})"]
        return f"CREATE TABLE IF NOT EXISTS {self.name} ({', '.join(columns + key)})"

    def insert_sql(self) -> str:
        """INSERT of the rows of `incoming` whose keys are not there yet; no key is in `incoming` twice."""
        if self.scope:
            there = f"SELECT {', '.join(self.key)} FROM {self.name} SEMI JOIN incoming USING ({self.scope})"
            return f"INSERT INTO {self.name} SELECT * FROM incoming ANTI JOIN ({there}) USING ({', '.join(self.key)})"
        return f"INSERT INTO {self.name} SELECT * FROM incoming ON CONFLICT DO NOTHING"

    def batch(self, records: Iterable[object]) -> pa.Table:
        """Records as one Arrow table; Arrow refuses a Decimal that 18 places do not hold."""
        rows = list(records)
        readers = [self.read.get(name) or attrgetter(name) for name in self.columns]
        arrays = [_array(list(map(reader, rows)), kind) for reader, kind in zip(readers, self.columns.values(), strict=True)]
        return pa.Table.from_arrays(arrays, schema=self.arrow)


def _array(column: Sequence[object], kind: pa.DataType) -> pa.Array:
    """Values as an Arrow array; where all are one, as in most columns of a file's facts, that one is converted once."""
    if column and column[0] is column[-1] and column.count(column[0]) == len(column):
        return pa.repeat(pa.scalar(column[0], kind), len(column))
    if kind == INSTANT:  # as time since the epoch: five times as fast as one zoned instant after another
        since = [None if instant is None else instant - _EPOCH for instant in cast(Sequence[datetime | None], column)]
        return pa.array(since, pa.duration("us")).view(INSTANT)
    return pa.array(column, kind)


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
_LEG_TIMES: Final = {
    f"{leg.value}_{name}": attrgetter(f"{leg.value}.{name}") for leg in ALL_LEGS for name in ("expected_at", "due_at", "final_at")
}
_STATE: Final[dict[str, pa.DataType]] = {
    "transaction_id": TEXT,
    "traded_at": INSTANT,
    "traded_on": pa.date32(),
    **dict.fromkeys("pair side client_id market_maker_id bank_account_id".split(), TEXT),
    **dict.fromkeys("size client_amount_idr gross_spread_idr tax_idr net_pnl_idr".split(), MONEY),
    **dict.fromkeys(_LEG_TIMES, INSTANT),
    **dict.fromkeys("final_at mismatch_at failed_at cancelled_at resolved_at rolled_at recognised_at".split(), INSTANT),
    "recognised_on": pa.date32(),
    "needed_by": INSTANT,
    "reported_status": TEXT,
    "news": TEXT,
    "revised": pa.bool_(),
    "last_happened_at": INSTANT,
    "last_recorded_at": INSTANT,
}
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

_TWO_WAY: Final[dict[str, pa.DataType]] = {
    "quote_id": TEXT,
    "quoted_at": INSTANT,
    **dict.fromkeys("client_id pair content".split(), TEXT),
}
_TWO_WAY_READ: Final[dict[str, Callable[[Any], object]]] = {
    "quoted_at": attrgetter("inputs.quoted_at"),
    "client_id": attrgetter("inputs.request.client_id"),
    "pair": attrgetter("inputs.request.pair"),
    "content": to_json,
}
_RFQ_EVENT: Final[dict[str, pa.DataType]] = {
    **dict.fromkeys("event_id rfq_id state".split(), TEXT),
    "happened_at": INSTANT,
    **dict.fromkeys("actor quote_id transaction_id reason".split(), TEXT),
}
_DESK_RATE: Final[dict[str, pa.DataType]] = {"rate_id": TEXT, "name": TEXT, "rate": MONEY, "typed_at": INSTANT, "typed_by": TEXT}
_PARENT: Final[dict[str, pa.DataType]] = {"parent_id": TEXT, "began_at": INSTANT, "content": TEXT}
_CHILD: Final[dict[str, pa.DataType]] = {
    **dict.fromkeys("child_id parent_id".split(), TEXT),
    "number": pa.int32(),
    **dict.fromkeys("venue symbol side".split(), TEXT),
    **dict.fromkeys("size limit_price mid rate".split(), MONEY),
    "intended_at": INSTANT,
    "paper": pa.bool_(),
}
_CHILD_EVENT: Final[dict[str, pa.DataType]] = {
    **dict.fromkeys("event_id child_id parent_id state".split(), TEXT),
    "happened_at": INSTANT,
    **dict.fromkeys("venue_order_id reason actor".split(), TEXT),
    **dict.fromkeys("missing by_venue".split(), pa.bool_()),
    "number": pa.int32(),
}
_FILL: Final[dict[str, pa.DataType]] = {
    **dict.fromkeys("fill_id child_id parent_id venue symbol".split(), TEXT),
    **dict.fromkeys("price size fee".split(), MONEY),
    "fee_currency": TEXT,
    **dict.fromkeys("rate fee_rate".split(), MONEY),
    "happened_at": INSTANT,
}
_PARENT_EVENT: Final[dict[str, pa.DataType]] = {
    **dict.fromkeys("event_id parent_id state".split(), TEXT),
    "happened_at": INSTANT,
    **dict.fromkeys("actor reason".split(), TEXT),
    **dict.fromkeys("horizon_s number".split(), pa.int32()),
}
_SWITCH: Final[dict[str, pa.DataType]] = {
    **dict.fromkeys("switch_id name".split(), TEXT),
    "is_on": pa.bool_(),
    "happened_at": INSTANT,
    **dict.fromkeys("actor reason".split(), TEXT),
    "ends_at": INSTANT,
    "number": pa.int32(),
}

TRADE: Final = TableSchema("trade", ("transaction_id",), _TRADE)
FACT: Final = TableSchema("fact", ("fact_id",), _FACT, {"leg": lambda fact: fact.leg or ""}, "transaction_id")
STATE: Final = TableSchema("leg_state", ("transaction_id",), _STATE, _LEG_TIMES)
RECOGNITION: Final = TableSchema("recognition", ("transaction_id", "recognised_at", "sign"), _RECOGNITION)
QUOTE: Final = TableSchema("quote", ("quote_id",), _QUOTE, {"client_id": attrgetter("request.client_id"), "content": to_json})
TWO_WAY: Final = TableSchema("two_way", ("quote_id",), _TWO_WAY, _TWO_WAY_READ)
RFQ_EVENT: Final = TableSchema("rfq_event", ("event_id",), _RFQ_EVENT)
DESK_RATE: Final = TableSchema("desk_rate", ("rate_id",), _DESK_RATE)
PARENT: Final = TableSchema("parent", ("parent_id",), _PARENT, {"content": to_json})
CHILD: Final = TableSchema("child", ("child_id",), _CHILD)
CHILD_EVENT: Final = TableSchema("child_event", ("event_id",), _CHILD_EVENT)
FILL: Final = TableSchema("fill", ("fill_id",), _FILL)
PARENT_EVENT: Final = TableSchema("parent_event", ("event_id",), _PARENT_EVENT)
SWITCH: Final = TableSchema("switch", ("switch_id",), _SWITCH)
HEDGING: Final = (PARENT, CHILD, CHILD_EVENT, FILL, PARENT_EVENT, SWITCH)
BATCH: Final = TableSchema("batch", ("batch_id",), _BATCH)
META: Final = TableSchema("meta", ("name",), {"name": TEXT, "content": TEXT}, {"name": itemgetter(0), "content": itemgetter(1)})
TABLES: Final = (TRADE, FACT, STATE, RECOGNITION, QUOTE, BATCH, META, TWO_WAY, RFQ_EVENT, DESK_RATE, *HEDGING)


def trade_of(row: Mapping[str, Any]) -> Trade:
    """The trade a row of `trade` holds."""
    return Trade(**{**row, "side": Side(row["side"]), "cover": Cover(row["cover"])})


def fact_of(row: Mapping[str, Any]) -> Fact:
    """The fact a row of `fact` holds."""
    return Fact(**{**row, "kind": Kind(row["kind"]), "leg": Leg(row["leg"]) if row["leg"] else None})


def quote_of(row: Mapping[str, Any]) -> Quote:
    """The quote a row of `quote` holds."""
    return from_json(row["content"], Quote)


def two_way_of(row: Mapping[str, Any]) -> TwoWay:
    """The two-way quote a row of `two_way` holds."""
    return from_json(row["content"], TwoWay)


def rfq_event_of(row: Mapping[str, Any]) -> RfqEvent:
    """The step a row of `rfq_event` holds."""
    return RfqEvent(**row)


def desk_rate_of(row: Mapping[str, Any]) -> DeskRate:
    """The typed rate a row of `desk_rate` holds."""
    return DeskRate(**row)


def batch_of(row: Mapping[str, Any]) -> Batch:
    """The batch a row of `batch` holds."""
    return Batch(**row)


def parent_of(row: Mapping[str, Any]) -> Parent:
    """The parent a row of `parent` holds."""
    return from_json(row["content"], Parent)


def child_of(row: Mapping[str, Any]) -> Child:
    """The child order a row of `child` holds."""
    return Child(**row)


def child_event_of(row: Mapping[str, Any]) -> ChildEvent:
    """The step a row of `child_event` holds."""
    return ChildEvent(**row)


def fill_of(row: Mapping[str, Any]) -> Fill:
    """The execution a row of `fill` holds."""
    return Fill(**row)


def parent_event_of(row: Mapping[str, Any]) -> ParentEvent:
    """The word a row of `parent_event` holds."""
    return ParentEvent(**row)


def switch_of(row: Mapping[str, Any]) -> Switch:
    """The word a row of `switch` holds."""
    return Switch(**row)
