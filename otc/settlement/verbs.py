"""What may be said of a trade, given where it stands; each refusal says why and what to do instead."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from otc.errors import Refused
from otc.model import STAGES, Fact, Kind, Trade
from otc.settlement.legs import recorded_order
from otc.settlement.status import AMENDABLE, in_force, stand, withdrawable

_CLOCK_SLACK: Final = timedelta(minutes=5)
"""How far ahead of our clock a bank's or a chain's may be."""
_NEEDS_NOTE: Final = frozenset(
    {Kind.FAILED, Kind.CANCELLED, Kind.RESOLVED, Kind.REVERSED, Kind.RETURNED, Kind.MISMATCH, Kind.NOTED}
)
_NEEDS_LEG: Final = frozenset({*STAGES, Kind.RETURNED, Kind.EXPECTED})


def check_fact(trade: Trade, facts: Sequence[Fact], fact: Fact) -> None:
    """Refuse a fact that contradicts the trade: its legs, its times, what stands, what is withdrawn."""
    if fact.kind in _NEEDS_LEG and fact.leg is None:
        raise Refused(f"Say which leg was {_word(fact.kind)}.", "leg")
    if fact.leg is not None and fact.leg not in trade.legs:
        raise Refused(f"{trade.transaction_id} does not track {_word(fact.leg)}; it has {_legs(trade)}.", "leg")
    if fact.kind in _NEEDS_NOTE and not fact.note.strip():
        raise Refused(f"Write the reason why it is {_word(fact.kind)}.", "note")
    if fact.amount is not None and fact.amount <= 0:
        raise Refused("An amount that moved is above zero; leave it empty for the whole leg.", "amount")
    if fact.kind is Kind.RETURNED and fact.amount is not None:
        raise Refused("A return is of the whole leg; leave the amount empty, and confirm again what is sent again.", "amount")
    if fact.kind is Kind.AMENDED and fact.evidence not in AMENDABLE:
        raise Refused(f"{fact.evidence!r} cannot be amended; what can is {', '.join(AMENDABLE)}.", "evidence")
    if fact.kind is Kind.EXPECTED and (fact.due_at is None or fact.due_at < trade.traded_at):
        raise Refused("Give the time agreed for the leg; it is after the trade.", "due_at")
    _check_times(trade, fact)
    _check_standing(trade, facts, fact)


def _check_standing(trade: Trade, facts: Sequence[Fact], fact: Fact) -> None:
    kept = in_force(sorted(facts, key=recorded_order))
    standing = stand(trade, kept)
    if standing.cancelled_at and fact.kind not in (Kind.NOTED, Kind.REVERSED, Kind.RESOLVED):
        raise Refused(f"{trade.transaction_id} is cancelled; reverse the cancellation first.", "kind")
    if fact.kind is Kind.CANCELLED and standing.finals:
        raise Refused("A leg has landed, so the trade cannot be cancelled; record its return first.", "kind")
    if fact.kind is Kind.FAILED and standing.settled:
        raise Refused("All legs have landed, so the trade did not fail; record the return of the leg that came back.", "kind")
    if fact.kind is Kind.RETURNED and fact.leg not in standing.finals:
        raise Refused(
            f"{_word(fact.leg or '').capitalize()} has not landed, so it cannot come back; record a failure instead.", "leg"
        )
    if fact.kind is Kind.RETURNED and fact.leg in standing.finals and fact.happened_at < standing.finals[fact.leg]:
        raise Refused(f"It landed at {_stamp(standing.finals[fact.leg])} and cannot have come back before that.", "happened_at")
    if fact.kind is Kind.REVERSED and fact.evidence not in withdrawable(facts):
        raise Refused("Name the fact to withdraw; it is not in force or does not exist.", "evidence")


def _check_times(trade: Trade, fact: Fact) -> None:
    if fact.happened_at < trade.traded_at:
        raise Refused(f"{_stamp(fact.happened_at)} is before the trade at {_stamp(trade.traded_at)}.", "happened_at")
    if fact.happened_at > fact.recorded_at + _CLOCK_SLACK:
        raise Refused(f"{_stamp(fact.happened_at)} has not come yet; a fact is recorded when it has happened.", "happened_at")


def _stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S UTC")


def _word(code: str) -> str:
    return code.replace("_", " ")


def _legs(trade: Trade) -> str:
    return ", ".join(_word(leg) for leg in trade.legs)
