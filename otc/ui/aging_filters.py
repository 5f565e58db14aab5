"""The filters of the settlement aging page as plain words of its address, and what counts and money stand on them; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from otc.model import Bucket, Status
from otc.money import ZERO
from otc.views.aging import AgingRow

PROBLEMS: Final = "problems"
ALL: Final = "all"
SHOWS: Final = (PROBLEMS, Status.FAILED.value, Status.RECONCILING.value, Status.PENDING.value, ALL)
"""What `status=` of the address may say: problems (FAILED and RECONCILING), one status, or every open item."""
BUCKETS: Final = (Bucket.RED.value, Bucket.AMBER.value, Bucket.GREEN.value)
_PROBLEM: Final = frozenset({Status.FAILED, Status.RECONCILING})


@dataclass(frozen=True, slots=True)
class AgingFilters:
    """What is shown; an empty word filters nothing. PENDING inside its window stands apart from the problems."""

    status: str = PROBLEMS
    bucket: str = ""
    pair: str = ""
    client: str = ""
    bank: str = ""

    def keep(self, rows: Iterable[AgingRow]) -> list[AgingRow]:
        """The rows that pass, in their order."""
        return [row for row in rows if self._shows(row) and self._rest(row)]

    @property
    def words(self) -> Mapping[str, str]:
        """The filters for the first sheet of an export."""
        named = {"Status": self.status, "State": self.bucket, "Pair": self.pair, "Client": self.client, "Bank": self.bank}
        return {name: word or ALL for name, word in named.items()}

    def _shows(self, row: AgingRow) -> bool:
        if self.status == ALL:
            return True
        return row.status in _PROBLEM if self.status == PROBLEMS else row.status == self.status

    def _rest(self, row: AgingRow) -> bool:
        return (
            (not self.bucket or row.bucket == self.bucket)
            and (not self.pair or row.pair == self.pair)
            and (not self.client or row.client_id == self.client)
            and (not self.bank or row.bank_account_id == self.bank)
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How many trades, and their rupiah."""

    trades: int
    amount_idr: Decimal


@dataclass(frozen=True, slots=True)
class AgingChoice:
    """The rows that pass the filters, and what each other choice of a status or a bucket would show instead."""

    rows: Sequence[AgingRow]
    by_status: Mapping[str, Tally]
    by_bucket: Mapping[str, Tally]


def choose(rows: Sequence[AgingRow], filters: AgingFilters) -> AgingChoice:
    """Filter the rows; each tally counts under all the other filters, so that it says what a click on it shows."""
    of_status = replace(filters, status=ALL).keep(rows)
    of_bucket = replace(filters, bucket="").keep(rows)
    return AgingChoice(
        rows=filters.keep(rows),
        by_status={status: tally(AgingFilters(status).keep(of_status)) for status in SHOWS},
        by_bucket={bucket: tally(row for row in of_bucket if row.bucket == bucket) for bucket in BUCKETS},
    )


def tally(rows: Iterable[AgingRow]) -> Tally:
    """Count rows and add up their rupiah, exact."""
    amounts = [row.client_amount_idr for row in rows]
    return Tally(len(amounts), sum(amounts, ZERO))
