"""The trades of a store as the transactions file: the 31 columns, read from the store some thousands at a time."""

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Final

from otc.desk import Desk
from otc.model import Fact, LegState, Trade
from otc.ports import Moment
from otc.views.transactions import COLUMNS, transaction_rows

_CHUNK: Final = 5_000


def to_transactions_csv(desk: Desk, moment: Moment, since: date = date.min, before: date = date.max) -> bytes:
    """Every trade by a moment, in the order of booking; UTF-8, lines end in a line feed as the file's own do.

    `since` and `before` bound the trade's day in the books zone, half open.
    Texts are written as they are, so that the file comes back to the byte: it is an interface between systems, not a
    sheet for a person; a sheet is what the other exports are for.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    items = (item for item in _items(desk, moment) if since <= item[2].traded_on < before)
    for row in transaction_rows(items, moment.as_of, desk.settings.desk.zones.desk):
        writer.writerow([row[name] for name in COLUMNS])
    return out.getvalue().encode()


def _items(desk: Desk, moment: Moment) -> Iterator[tuple[Trade, list[Fact], LegState]]:
    ids = desk.store.transaction_ids()
    for start in range(0, len(ids), _CHUNK):
        for trade, facts, projection in desk.histories(ids[start : start + _CHUNK], moment):
            yield trade, facts, projection.state
