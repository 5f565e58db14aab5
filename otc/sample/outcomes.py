"""What goes wrong, and why: faults find the trades that were most handled and longest under way.

How many faults there are is counted out exactly: 53 failures, and as many faults as, with what is still under way, leave 378
open at the sample's instant. They are drawn month by month without replacement, each trade as likely as its hazard. What
status a fault means is never drawn: the trade's facts go through `otc.settlement.status` as they would at the desk.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from itertools import accumulate, pairwise
from typing import Final

from otc.model import CLIENT_LEGS, Fact, Kind, Leg, Side, Status
from otc.sample import SAMPLE_INSTANT
from otc.sample.booked import trade_of
from otc.sample.deals import Deal
from otc.sample.draws import Draws, Weighted
from otc.sample.landing import Landing
from otc.settlement.legs import Rules
from otc.settlement.status import project, status_of


class Cause(StrEnum):
    """What happened to a leg; kept apart from the file, which does not say."""

    NONE = ""
    UNDER_WAY = "under way"
    REFERENCE_MISMATCH = "reference mismatch"
    WRONG_AMOUNT = "wrong amount"
    WRONG_ACCOUNT = "wrong account"
    PARTIAL = "partial"
    SILENT = "silent"
    REJECTED = "rejected"
    WRONG_ADDRESS = "wrong address"
    DEFAULT = "default"


OPEN_PER_YEAR: Final = 378
FAILED_PER_YEAR: Final = 53
TRADES_PER_YEAR: Final = 5968

_FAILURES: Final[Mapping[Cause, int]] = {Cause.REJECTED: 28, Cause.WRONG_ADDRESS: 9, Cause.DEFAULT: 16}
_FIAT_FAULTS: Final[Mapping[Cause, int]] = {
    Cause.REFERENCE_MISMATCH: 34,
    Cause.SILENT: 28,
    Cause.WRONG_AMOUNT: 18,
    Cause.PARTIAL: 12,
    Cause.WRONG_ACCOUNT: 8,
}
_CRYPTO_FAULTS: Final[Mapping[Cause, int]] = {Cause.WRONG_AMOUNT: 50, Cause.SILENT: 50}
_FIAT_FAULTS_PER_THOUSAND: Final = 780
_UNSEEN: Final = frozenset({Cause.SILENT, Cause.PARTIAL, Cause.UNDER_WAY})
"""Causes that show only when the leg's window has passed; the others are seen the moment the money moves."""

_STILL_OPEN: Final = ((7, 15), (30, 18), (90, 7), (180, 4))
"""(days old, weight): people do resolve what is open, so the young are more; an old one nobody looked at stays."""
_STILL_OPEN_OLDER: Final = 2
_LAG_CAP: Final = timedelta(hours=24)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a trade stands at the sample's instant; a leg's time is None while it is not final."""

    status: Status
    cause: Cause
    fiat_at: datetime | None
    crypto_at: datetime | None


def hazard(deal: Deal, landing: Landing) -> int:
    """How likely something went wrong: a floor, each minute of handwork, each hour that rupiah were under way (24 at most)."""
    lag = min(landing.fiat_at - deal.traded_at, _LAG_CAP)
    return 100 + landing.manual_minutes + 2 * (lag // _HOUR)


def still_open(day: date) -> int:
    """How likely a fault of that day is unresolved at the sample's instant."""
    age = (SAMPLE_INSTANT.date() - day).days
    return next((weight for days, weight in _STILL_OPEN if age < days), _STILL_OPEN_OLDER)


class Fate(IntEnum):
    """What the lot gives a trade."""

    FINE = 0
    UNDER_WAY = 1
    FAULTY = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class Quota:
    """How many of a month's trades failed, and how many are open at the sample's instant."""

    failed: int
    open: int


def quotas(days: Sequence[date], counts: Sequence[int]) -> dict[int, Quota]:
    """Month -> its part of the year's failures (by trades) and open items (by trades and age); the parts sum exactly."""
    trades = sum(counts)
    by_trades, by_age = Counter[int](), Counter[int]()
    for day, count in zip(days, counts, strict=True):
        by_trades[day.month] += count
        by_age[day.month] += count * still_open(day)
    failed = _parted(share(FAILED_PER_YEAR, trades), list(by_trades.values()))
    open_ = _parted(share(OPEN_PER_YEAR, trades), list(by_age.values()))
    return {month: Quota(*parts) for month, *parts in zip(by_trades, failed, open_, strict=True)}


def lot(block: Sequence[tuple[Deal, Landing]], quota: Quota, draws: Draws) -> list[Fate]:
    """What becomes of each trade of a month: what is still under way is open by itself, faults make up the rest."""
    done = [landing.settled_at <= SAMPLE_INSTANT for _, landing in block]
    fates = [Fate.FINE if fine else Fate.UNDER_WAY for fine in done]
    hazards = [hazard(deal, landing) if fine else 0 for (deal, landing), fine in zip(block, done, strict=True)]
    for index in chosen(hazards, quota.failed, draws):
        fates[index] = Fate.FAILED
    weights = [
        weight * still_open(deal.traded_at.date()) if fate is Fate.FINE else 0
        for (deal, _), weight, fate in zip(block, hazards, fates, strict=True)
    ]
    for index in chosen(weights, max(0, quota.open - fates.count(Fate.UNDER_WAY)), draws):
        fates[index] = Fate.FAULTY
    return fates


def _parted(whole: int, weights: Sequence[int]) -> list[int]:
    """A whole number in parts as the weights are; the parts sum to it."""
    total = sum(weights)
    marks = [0, *(whole * reached // total for reached in accumulate(weights))]
    return [after - before for before, after in pairwise(marks)]


def share(per_year: int, trades: int) -> int:
    """So many of the year's 5,968 trades, for another number of trades; halves up."""
    return (2 * per_year * trades + TRADES_PER_YEAR) // (2 * TRADES_PER_YEAR)


def chosen(weights: Sequence[int], count: int, draws: Draws) -> list[int]:
    """`count` different indices, each as likely as its weight: systematic sampling in order of time from one random start.

    Where a weight is so large that it is met twice, the pick goes on to the next one. Fewer come where fewer have a weight.
    """
    total = sum(weights)
    if not count or not total:
        return []
    start, picked, reached, owed, hits = draws.below(1 << 32) * total >> 32, [], 0, 0, 0
    for index, weight in enumerate(weights):
        reached += weight
        while hits < count and reached * count > start + hits * total:
            hits, owed = hits + 1, owed + 1
        if owed and weight:
            picked.append(index)
            owed -= 1
    if owed:
        taken = set(picked)
        picked += [index for index, weight in enumerate(weights) if weight and index not in taken][:owed]
    return picked


class Verdicts:
    """Turns a fate into an outcome, through the desk's own status rule."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._failures = Weighted(tuple(_FAILURES), tuple(_FAILURES.values()))
        self._fiat = Weighted(tuple(_FIAT_FAULTS), tuple(_FIAT_FAULTS.values()))
        self._crypto = Weighted(tuple(_CRYPTO_FAULTS), tuple(_CRYPTO_FAULTS.values()))

    def outcome(self, deal: Deal, landing: Landing, fate: Fate, draws: Draws) -> Outcome:
        """Where the trade stands at the sample's instant."""
        if fate is Fate.FINE:
            return Outcome(Status.SETTLED, Cause.NONE, landing.fiat_at, landing.crypto_at)
        if fate is Fate.UNDER_WAY:
            return self._stands(deal, landing, Cause.UNDER_WAY, None)
        if fate is Fate.FAILED:
            cause = draws.pick(self._failures)
            return self._stands(deal, landing, cause, _failing_leg(deal, cause))
        on_fiat = draws.chance(_FIAT_FAULTS_PER_THOUSAND)
        cause = draws.pick(self._fiat if on_fiat else self._crypto)
        return self._stands(deal, landing, cause, Leg.CLIENT_FIAT if on_fiat else Leg.CLIENT_CRYPTO)

    def _stands(self, deal: Deal, landing: Landing, cause: Cause, faulty: Leg | None) -> Outcome:
        """An unsettled row's times are expectations to whoever reads the file, so its status is what they and no more give."""
        landed = _landed(deal, landing, faulty)
        facts = [replace(_fact(deal, Kind.EXPECTED, leg, deal.traded_at), due_at=at) for leg, at in landed.items()]
        if faulty is not None and cause not in _UNSEEN:
            kind = Kind.FAILED if cause in _FAILURES else Kind.MISMATCH
            facts.append(_fact(deal, kind, faulty, _times(landing)[faulty]))
        state = project(trade_of(deal), facts, self._rules).state
        status = status_of(state, SAMPLE_INSTANT)
        return Outcome(status, cause, landed.get(Leg.CLIENT_FIAT), landed.get(Leg.CLIENT_CRYPTO))


def _landed(deal: Deal, landing: Landing, faulty: Leg | None) -> dict[Leg, datetime]:
    """The legs that are final by the sample's instant: those before the faulty one, in the order in which they move."""
    order = CLIENT_LEGS if deal.side is Side.BUY else tuple(reversed(CLIENT_LEGS))
    landed: dict[Leg, datetime] = {}
    for leg in order:
        at = _times(landing)[leg]
        if leg is faulty or at > SAMPLE_INSTANT:
            break
        landed[leg] = at
    return landed


def _times(landing: Landing) -> dict[Leg, datetime]:
    return {Leg.CLIENT_FIAT: landing.fiat_at, Leg.CLIENT_CRYPTO: landing.crypto_at}


def _failing_leg(deal: Deal, cause: Cause) -> Leg:
    if cause is Cause.DEFAULT:  # the client never delivers what goes first
        return Leg.CLIENT_FIAT if deal.side is Side.BUY else Leg.CLIENT_CRYPTO
    return Leg.CLIENT_CRYPTO if cause is Cause.WRONG_ADDRESS else Leg.CLIENT_FIAT


def _fact(deal: Deal, kind: Kind, leg: Leg, at: datetime) -> Fact:
    return Fact(f"{deal.number}/{kind}/{leg}", kind, str(deal.number), leg, at, at, "sample")
