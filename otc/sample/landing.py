"""When each leg lands: who must act first, how long people take, what the bank accepts when, how long coins need.

client buys    the client pays (BTC: after the cover's coins are confirmed; PAXG: after two rates are fixed by hand)
               -> the bank accepts by cut-off and calendar -> credit -> coins out -> finality
client sells   coins in -> finality -> the desk pays out (PAXG: after two rates are fixed by hand)
               -> the bank accepts by cut-off and calendar -> credit
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from otc.clock import at_local
from otc.config import DAY_END, ChainLine, Settings
from otc.model import Side
from otc.sample.deals import Deal
from otc.sample.draws import RANGE, Draws
from otc.settlement.calendars import Calendars
from otc.settlement.rails import Acceptance, Rails

_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_BLOCK_MINUTES: Final = 10
_OFFICE_OPENS: Final = time(8)
_OFFICE_CLOSES: Final = time(18)
_FRIDAY: Final = 4
_APPROVED_NEXT_DAY_PER_THOUSAND: Final = 50
_MANUAL: Final = {"PAXG": (60, 330), "BTC": (30, 100)}
"""Minutes of a person's work before rupiah can be instructed: gold needs XAU/USD and USD/IDR fixed by hand, bitcoin a check."""
_ROUTINE: Final = (5, 40)


@dataclass(frozen=True, slots=True)
class Landing:
    """When both legs are final if nothing goes wrong, and what a person's hands had to do for it."""

    fiat_at: datetime
    crypto_at: datetime
    manual_minutes: int

    @property
    def settled_at(self) -> datetime:
        """The later of both legs."""
        return max(self.fiat_at, self.crypto_at)


class Mechanism:
    """Rails, calendars and chains of a configuration, and the office hours of the desk."""

    def __init__(self, settings: Settings) -> None:
        self._calendars = Calendars(settings.rails.overrides)
        self._rails = Rails(settings.rails.rails, self._calendars)
        self._chains = {line.chain: line for line in settings.rails.chains}
        self._closes = {line.rail: (line.close, line.zone) for line in settings.rails.rails if line.currency == "IDR"}
        self._zone: ZoneInfo = settings.desk.zones.desk
        rupiah = [bank.id for bank in settings.counterparties.banks if bank.currency == "IDR"]
        self._slow_on_fridays = rupiah[-1] if rupiah else ""

    def land(self, deal: Deal, draws: Draws) -> Landing:
        """How the trade's two client legs land when nothing goes wrong."""
        asset = deal.pair.split("/")[0]
        work = draws.between(*_MANUAL.get(asset, _ROUTINE))
        amount, size = deal.price.client_amount_idr, deal.price.size
        if deal.side is Side.BUY:
            ready = deal.traded_at
            if asset == "BTC":
                ready = self.coins_final(ready, deal.chain, size, draws)
            instructed = self._client_pays(self._worked(ready, asset, work), draws)
            credited = self.rupiah_credited(amount, instructed, deal.bank_id, draws)
            crypto_at = self.coins_final(credited + draws.between(3, 15) * _MINUTE, deal.chain, size, draws)
            return Landing(credited, crypto_at, work)
        crypto_at = self.coins_final(deal.traded_at + draws.between(2, 20) * _MINUTE, deal.chain, size, draws)
        instructed = self._worked(crypto_at, asset, work)
        return Landing(self.rupiah_credited(amount, instructed, deal.bank_id, draws), crypto_at, work)

    def coins_final(self, sent_at: datetime, chain: str, size: Decimal, draws: Draws) -> datetime:
        """When coins sent at an instant are final: the chain's latency, and a block more for each further confirmation of BTC."""
        line = self._chains[chain]
        further = _confirmations(line, size) - line.finality[0].confirmations
        return sent_at + latency_s(draws.word(), line.p50, line.p95) * _SECOND + further * _BLOCK_MINUTES * _MINUTE

    def rupiah_credited(self, amount: Decimal, instructed: datetime, bank_id: str, draws: Draws) -> datetime:
        """When rupiah instructed at an instant are credited: accepted by cut-off and calendar, then the rail's latency.

        A transfer that waited overnight stands first in the bank's queue and takes half as long. What a bank has accepted it
        credits before its window closes: a transfer handed in late in the window waits less.
        """
        accepted = self._rails.accept("IDR", amount, instructed, bank_id)
        waits_s = latency_s(draws.word(), accepted.p50, accepted.p95)
        if accepted.rolled:
            waits_s //= 2
        if bank_id == self._slow_on_fridays and accepted.accepted_at.astimezone(self._zone).weekday() == _FRIDAY:
            waits_s = waits_s * 3 // 2
        credited = accepted.accepted_at + waits_s * _SECOND
        closes = self._closing(accepted)
        if closes is not None and credited >= closes:
            left = (closes - accepted.accepted_at) // _SECOND
            credited = accepted.accepted_at + (left * draws.word() // RANGE) * _SECOND
        return credited

    def _closing(self, accepted: Acceptance) -> datetime | None:
        close, zone = self._closes[accepted.rail]
        return None if close == DAY_END else at_local(accepted.accepted_at.astimezone(zone).date(), close, zone)

    def _client_pays(self, ready: datetime, draws: Draws) -> datetime:
        """Most clients pay at once; some need an approval that comes on the next banking day."""
        if not draws.chance(_APPROVED_NEXT_DAY_PER_THOUSAND):
            return ready
        local = ready.astimezone(self._zone)
        day = self._calendars.next_open(("ID",), local.date() + _DAY)
        return at_local(day, time(9), self._zone) + draws.below(7 * 3600) * _SECOND

    def _worked(self, start: datetime, asset: str, minutes: int) -> datetime:
        """The end of so many minutes of work: fixing gold's rates is done in office hours, the rest around the clock."""
        if asset != "PAXG":
            return start + minutes * _MINUTE
        local, left = start.astimezone(self._zone), minutes * _MINUTE
        while True:
            day = self._calendars.next_open(("ID",), local.date())
            opens = at_local(day, _OFFICE_OPENS, self._zone)
            begins, closes = max(local.astimezone(UTC), opens), at_local(day, _OFFICE_CLOSES, self._zone)
            if begins + left <= closes:
                return begins + left
            left -= max(closes - begins, timedelta(0))
            local = at_local(day + _DAY, time(0), self._zone).astimezone(self._zone)


def latency_s(word: int, p50: int, p95: int) -> int:
    """The seconds of latency at a point of its distribution (`word` of 2^32), from its median and 95th percentile in minutes.

    Straight from 0.4 x p50 to the median, then as a square, so that the tail is long and p95 is met exactly.
    """
    half = RANGE // 2
    if word < half:
        return p50 * 24 + p50 * 36 * word // half
    into, to_p95 = word - half, RANGE * 45 // 100
    return p50 * 60 + (p95 - p50) * 60 * into * into // (to_p95 * to_p95)


def _confirmations(line: ChainLine, size: Decimal) -> int:
    return next(step.confirmations for step in line.finality if step.up_to is None or size <= step.up_to)
