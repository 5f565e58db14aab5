"""Which rail takes a transfer, when the bank accepts it, and for which value date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from otc.clock import at_local
from otc.config import DAY_END, RailLine
from otc.errors import Refused
from otc.records import swift
from otc.settlement.calendars import Calendars


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The bank's side of one transfer: rail, instant of acceptance (UTC), value date, and the rail's latency in minutes."""

    rail: str
    accepted_at: datetime
    value_date: date
    p50: int
    p95: int
    rolled: bool
    """Whether the day's cut-off was missed, or the day was closed."""


_acceptance = swift(Acceptance)


class Rails:
    """The rail lines of rails.yaml over the calendars."""

    def __init__(self, lines: Iterable[RailLine], calendars: Calendars) -> None:
        self.lines = tuple(lines)
        self.calendars = calendars
        self._for_bank: dict[tuple[str, str], tuple[RailLine, ...]] = {}

    def candidates(self, currency: str, bank: str) -> tuple[RailLine, ...]:
        """The bank's own lines for a currency, or those of every bank."""
        key = (currency, bank)
        if key not in self._for_bank:
            own = tuple(line for line in self.lines if line.currency == currency and line.bank == bank)
            shared = tuple(line for line in self.lines if line.currency == currency and line.bank == "*")
            self._for_bank[key] = own or shared
        return self._for_bank[key]

    def accept(self, currency: str, amount: Decimal, at: datetime, bank: str = "") -> Acceptance:
        """The earliest acceptance of `amount` instructed at `at` (UTC) over the rails that take it.

        A window is half open: at its close it is too late. Refused where no rail takes the amount.
        """
        candidates = self._for_bank.get((currency, bank)) or self.candidates(currency, bank)
        takes = [line for line in candidates if line.min < amount and (line.max is None or amount <= line.max)]
        if not takes:
            known = ", ".join(sorted({line.currency for line in self.lines}))
            raise Refused(f"No rail takes {currency} {amount:f}; rails.yaml has lines for {known}.")
        if len(takes) == 1:
            return self._accept_on(takes[0], at)
        return min((self._accept_on(line, at) for line in takes), key=lambda acceptance: acceptance.accepted_at)

    def _accept_on(self, line: RailLine, at: datetime) -> Acceptance:
        local = at.astimezone(line.zone)
        day = local.date()
        moment = local.time()
        in_time = moment < line.close or line.close == DAY_END
        first = self.calendars.next_open(line.accepting, day if in_time else day + timedelta(days=1))
        if first == day and moment >= line.open:
            accepted_at = at.astimezone(UTC)
        else:
            accepted_at = at_local(first, line.open, line.zone)
        value = self.calendars.next_open(line.value, first)
        for _ in range(line.lag_days):
            value = self.calendars.next_open(line.value, value + timedelta(days=1))
        return _acceptance(line.rail, accepted_at, value, line.p50, line.p95, rolled=first != day)

    def next_cutoff(self, currency: str, amount: Decimal, at: datetime, bank: str = "") -> datetime | None:
        """The close of the window in which a transfer instructed at `at` would be accepted; None for a rail without one."""
        acceptance = self.accept(currency, amount, at, bank)
        line = next(line for line in self.candidates(currency, bank) if line.rail == acceptance.rail)
        if line.close == DAY_END:
            return None
        return at_local(acceptance.accepted_at.astimezone(line.zone).date(), line.close, line.zone)
