"""A day at the desk: a clock set by hand, a desk on an empty store, and the words that people and banks say."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from otc.desk import Desk
from otc.model import Kind, Leg, LegState, PnlRow, Quote, QuoteRequest, Rate, Side, Status
from otc.pnl.recognition import Basis
from otc.ports import Moment
from otc.reports import open_items
from otc.settlement.status import status_of
from otc.views.aging import AgingRow
from tests.builders import HandClock, at


@dataclass
class Day:
    """The desk and its clock; each word is said at a local time, which the clock then shows."""

    desk: Desk
    clock: HandClock

    def quote(self, local: str, pair: str, tier: str, side: Side, rates: dict[str, int], client: str, **asked: object) -> Quote:
        """Price a client's request at a time, from market makers' rates."""
        self.clock.set(local)
        typed = tuple(Rate(maker, Decimal(rate), self.desk.now()) for maker, rate in rates.items())
        return self.desk.quote(QuoteRequest(pair, tier, side, typed, client_id=client, **asked), "trader-1")  # type: ignore[arg-type]  # fields of a request

    def say(self, local: str, kind: Kind, trade_id: str, leg: Leg, happened: str = "", **words: object) -> None:
        """Record a fact at a local time, which had happened then or earlier."""
        self.clock.set(local)
        self.desk.say(kind, trade_id, "ops-1", leg=leg, happened_at=at(happened or local), **words)  # type: ignore[arg-type]  # words of a fact

    def landed(self, trade_id: str, **legs: str) -> None:
        """Confirm legs by name, each at its local time, in the order given."""
        for leg, local in legs.items():
            self.say(local, Kind.CONFIRMED, trade_id, Leg(leg))

    def state(self, trade_id: str) -> LegState:
        """What the desk holds of a trade."""
        return self.desk.trade(trade_id)[2].state

    def status(self, trade_id: str, local: str) -> Status:
        """Where a trade stands at a local time, by the facts recorded so far."""
        moment = Moment(at(local))
        return status_of(self.desk.trade(trade_id, moment)[2].state, moment.as_of)

    def open_item(self, trade_id: str, local: str) -> AgingRow | None:
        """The trade's line on the aging page at a local time; None where it has none."""
        return next((row for row in open_items(self.desk, Moment(at(local))) if row.transaction_id == trade_id), None)

    def month(self, basis: Basis, month: str, as_of: str | datetime) -> PnlRow:
        """A month on one basis as of a local time; zero where it has no line."""
        moment = Moment(at(as_of) if isinstance(as_of, str) else as_of)
        return next((row for row in self.desk.pnl(basis, "month", moment) if row.key == month), PnlRow(month, 0))


def near(amount: Decimal, rupiah: int) -> bool:
    """Equal, give or take one rupiah."""
    return abs(amount - rupiah) <= 1
