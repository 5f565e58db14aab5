"""Rows of a transactions file as a store takes them in: worked out apart from it, as if nothing were booked yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import pyarrow as pa

from otc.config import Settings
from otc.model import Reject
from otc.ports import Prepared, TransactionRow
from otc.settlement.intake import Intake
from otc.settlement.legs import Rules
from otc.store import schema
from otc.store.schema import TableSchema

PACKED: Final = (schema.TRADE, schema.FACT, schema.STATE, schema.RECOGNITION)
"""What a pack holds, in this order."""


@dataclass(frozen=True)
class Packing:
    """Prepares rows under one configuration; picklable, so that other processes can do it."""

    settings: Settings
    rules: Rules

    def __call__(self, rows: Sequence[TransactionRow | Reject]) -> Prepared:
        """The pack of the rows, and their account."""
        intake = Intake(self.settings, self.rules)
        changes = intake.merged(rows, {}, {})
        states = [projection.state for projection in changes.projections]
        turns = [turn for projection in changes.projections for turn in projection.turns]
        contents: tuple[Sequence[object], ...] = (changes.trades, changes.facts, states, turns)
        out = BytesIO()
        for table, records in zip(PACKED, contents, strict=True):
            with pa.ipc.new_stream(out, table.arrow) as stream:
                stream.write_table(table.batch(records))
        return Prepared(out.getvalue(), intake.account(), intake.oddities)


def unpacked(pack: bytes) -> list[tuple[TableSchema, pa.Table]]:
    """The tables of a pack with their rows."""
    source = pa.BufferReader(pack)
    return [(table, pa.ipc.open_stream(source).read_all()) for table in PACKED]
