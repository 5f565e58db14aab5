"""From a trade and its facts to where it stands as of any instant; pure, and the twin of status.sql.

Physical facts (confirmed, returned) are read in the order in which they happened; judgements (mismatch, failed, resolved) in
the order in which they were recorded, so that evidence recorded later clears an earlier doubt.

    FAILED       failed, or returned and not sent again
    RECONCILING  a mismatch stands, or a window has passed and a movement is missing
    SETTLED      every tracked movement is final
    PENDING      all else
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from otc.clock import parse_instant
from otc.model import (
    ALL_LEGS,
    UNTRACKED,
    Bucket,
    Fact,
    Kind,
    Leg,
    LegProgress,
    LegState,
    Projection,
    Recognition,
    Status,
    Trade,
    Window,
)
from otc.money import RUPIAH, ZERO
from otc.records import swift
from otc.settlement.legs import Rules, leg_amount, recorded_order, windows

GREEN_BELOW: Final = timedelta(hours=24)
AMBER_UP_TO: Final = timedelta(hours=168)
_SIMPLE: Final = frozenset({Kind.CONFIRMED, Kind.EXPECTED, Kind.FAILED, Kind.MISMATCH, Kind.REPORTED, Kind.NOTED})
_UTC: Final = ZoneInfo("UTC")
_state, _progress, _projection = swift(LegState), swift(LegProgress), swift(Projection)
_CONFIRMED, _EXPECTED, _NOTED, _REPORTED = Kind.CONFIRMED, Kind.EXPECTED, Kind.NOTED, Kind.REPORTED
_TROUBLE: Final = frozenset({Kind.FAILED, Kind.MISMATCH})
AMENDABLE: Final = ("bank_account_id", "client_wallet_id", "mm_wallet_id", "purpose", "needed_by", "notes")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the facts in force amount to, before windows and clock."""

    finals: dict[Leg, datetime]
    final_at: datetime | None
    mismatch_at: datetime | None
    failed_at: datetime | None
    cancelled_at: datetime | None
    resolved_at: datetime | None

    @property
    def settled(self) -> bool:
        return self.final_at is not None and self.mismatch_at is None and self.failed_at is None and self.cancelled_at is None


_standing = swift(Standing)


def status_of(state: LegState, as_of: datetime) -> Status:
    """The status of a projected trade as of an instant; the projection must hold no later facts that revise it."""
    if _by(state.cancelled_at, as_of):
        return Status.CANCELLED
    if _by(state.failed_at, as_of):
        return Status.FAILED
    if _by(state.mismatch_at, as_of):
        return Status.RECONCILING
    if _by(state.final_at, as_of):
        return Status.SETTLED
    late = any(leg.due_at is not None and leg.due_at < as_of and not _by(leg.final_at, as_of) for leg in map(state.leg, ALL_LEGS))
    return Status.RECONCILING if late else Status.PENDING


def bucket_of(age: timedelta) -> Bucket:
    """Green below 24 hours, amber to 168 inclusive, red above."""
    if age < GREEN_BELOW:
        return Bucket.GREEN
    return Bucket.AMBER if age <= AMBER_UP_TO else Bucket.RED


def project(trade: Trade, facts: Iterable[Fact], rules: Rules) -> Projection:
    """The projection of a trade and its facts: one LegState, and the later turns of its PnL."""
    history = sorted(facts, key=recorded_order)
    simple = _simple_standing(trade, history)
    if simple:
        return _projected(trade, history, history, simple, (), False, rules)
    kept = in_force(history)
    trade = amended(trade, kept)
    standing, turns = stand(trade, kept), _turns(trade, history, rules)
    if len(turns) == 1 and standing.final_at is not None and standing.settled:
        # Better evidence of the same landing, recorded later, dates the recognition with the leg.
        on = standing.final_at.astimezone(rules.books).date()
        turns = [replace(turns[0], recognised_at=standing.final_at, recognised_on=on)]
    return _projected(trade, history, kept, standing, turns, True, rules)


def _projected(
    trade: Trade,
    history: Sequence[Fact],
    kept: Sequence[Fact],
    standing: Standing,
    turns: Sequence[Recognition],
    revised: bool,
    rules: Rules,
) -> Projection:
    finals, books = standing.finals, rules.books
    planned = windows(trade, kept, rules, finals.get)
    rolled_at, late = _against(planned, finals)
    progress = {leg: _progress(w.expected_at, w.due_at, finals.get(leg)) for leg, w in planned.items()}
    recognised_at = turns[0].recognised_at if turns else standing.final_at if standing.settled and not revised else None
    return _projection(
        _state(
            transaction_id=trade.transaction_id,
            traded_at=trade.traded_at,
            traded_on=trade.traded_at.astimezone(books).date(),
            pair=trade.pair,
            side=trade.side,
            client_id=trade.client_id,
            market_maker_id=trade.market_maker_id,
            bank_account_id=trade.bank_account_id,
            size=trade.size,
            client_amount_idr=trade.client_amount_idr,
            gross_spread_idr=trade.gross_spread_idr,
            tax_idr=trade.tax_idr,
            net_pnl_idr=trade.net_pnl_idr,
            client_fiat=progress.get(Leg.CLIENT_FIAT, UNTRACKED),
            client_crypto=progress.get(Leg.CLIENT_CRYPTO, UNTRACKED),
            cover_fiat=progress.get(Leg.COVER_FIAT, UNTRACKED),
            cover_crypto=progress.get(Leg.COVER_CRYPTO, UNTRACKED),
            final_at=standing.final_at,
            mismatch_at=standing.mismatch_at,
            failed_at=standing.failed_at,
            cancelled_at=standing.cancelled_at,
            resolved_at=standing.resolved_at,
            rolled_at=rolled_at,
            recognised_at=recognised_at,
            recognised_on=recognised_at.astimezone(books).date() if recognised_at else None,
            needed_by=trade.needed_by,
            reported_status=next((fact.note for fact in reversed(history) if fact.kind is _REPORTED), ""),
            news=_news(history),
            revised=revised or late,
            last_happened_at=max([fact.happened_at for fact in history]) if history else trade.traded_at,
            last_recorded_at=history[-1].recorded_at if history else trade.recorded_at,
        ),
        tuple(turns[1:]),
    )


def _against(planned: Mapping[Leg, Window], finals: Mapping[Leg, datetime]) -> tuple[datetime | None, bool]:
    """When a leg that is not final missed a cut-off, and whether a final one landed after its window."""
    rolled_at, late = None, False
    for leg, window in planned.items():
        final_at = finals.get(leg)
        if final_at is not None:
            late = late or window.due_at < final_at
        elif window.rolled:
            rolled_at = window.expected_at if rolled_at is None else min(rolled_at, window.expected_at)
    return rolled_at, late


def in_force(history: Sequence[Fact]) -> list[Fact]:
    """The facts that no later one withdraws, in the order they were recorded; a withdrawal can itself be withdrawn."""
    withdrawn = _withdrawn(history)
    return [fact for fact in history if fact.fact_id not in withdrawn and fact.kind is not Kind.REVERSED]


def withdrawable(facts: Iterable[Fact]) -> set[str]:
    """The ids of all facts that stand, withdrawals among them: what a new REVERSED may name."""
    history = sorted(facts, key=recorded_order)
    return {fact.fact_id for fact in history} - _withdrawn(history)


def _withdrawn(history: Sequence[Fact]) -> set[str]:
    withdrawn: set[str] = set()
    for fact in reversed(history):
        if fact.kind is Kind.REVERSED and fact.fact_id not in withdrawn:
            withdrawn.add(fact.evidence)
    return withdrawn


def stand(trade: Trade, kept: Sequence[Fact]) -> Standing:
    """What the facts in force (in recorded order) amount to."""
    finals: dict[Leg, datetime] = {}
    proof: dict[Leg, datetime] = {}  # when the evidence that makes a leg final was recorded
    excess: list[Fact] = []
    returned: list[datetime] = []
    for leg in trade.legs:
        landed = _landed(trade, leg, [f for f in kept if f.leg is leg])
        if landed.final_at is not None and landed.recorded_at is not None:
            finals[leg], proof[leg] = landed.final_at, landed.recorded_at
        excess += landed.excess
        returned += [landed.returned_at] if landed.returned_at else []
    resolved = _last(kept, Kind.RESOLVED)
    troubles = [f.happened_at for f in kept if f.kind is Kind.MISMATCH and not _cleared(f, trade, proof, resolved)]
    troubles += [f.happened_at for f in excess if resolved is None or recorded_order(resolved) < recorded_order(f)]
    failures = [f.happened_at for f in kept if f.kind is Kind.FAILED and not _cleared(f, trade, proof, None)] + returned
    news = [*excess, *(f for f in kept if f.kind in (Kind.MISMATCH, Kind.FAILED, Kind.RETURNED))]
    reopened = resolved and any(recorded_order(f) > recorded_order(resolved) for f in news)
    cancelled = _last(kept, Kind.CANCELLED)
    complete = len(finals) == len(trade.legs)
    return Standing(
        finals=finals,
        final_at=max(finals.values()) if complete else None,
        mismatch_at=min(troubles, default=None),
        failed_at=min(failures, default=None),
        cancelled_at=cancelled.happened_at if cancelled else None,
        resolved_at=resolved.happened_at if resolved and not reopened else None,
    )


def amended(trade: Trade, kept: Sequence[Fact]) -> Trade:
    """The trade with its amended details; commercial terms cannot be amended. `evidence` is the field, `note` its value."""
    for fact in kept:
        if fact.kind is Kind.AMENDED and fact.evidence == "needed_by":
            trade = replace(trade, needed_by=parse_instant(fact.note, _UTC) if fact.note else None)
        elif fact.kind is Kind.AMENDED and fact.evidence in AMENDABLE:
            trade = replace(trade, **{fact.evidence: fact.note})  # type: ignore[arg-type]  # AMENDABLE names text fields
    return trade


@dataclass(frozen=True, slots=True)
class _Landed:
    final_at: datetime | None = None
    recorded_at: datetime | None = None
    returned_at: datetime | None = None
    excess: tuple[Fact, ...] = ()
    """The parts beyond the whole amount."""


def _landed(trade: Trade, leg: Leg, facts: Sequence[Fact]) -> _Landed:
    """What became of one leg: its parts summed in the order they happened; a whole one recorded later replaces an earlier."""
    back = max((f.happened_at for f in facts if f.kind is Kind.RETURNED), default=None)
    live = [f for f in facts if f.kind is Kind.CONFIRMED and (back is None or f.happened_at > back)]
    if not live:
        return _Landed(returned_at=back)
    whole = [f for f in live if f.amount is None]
    parts = sorted((f for f in live if f.amount is not None), key=lambda f: (f.happened_at, f.fact_id))
    wanted, tolerance = leg_amount(trade, leg), RUPIAH if leg.is_fiat else ZERO
    if whole:
        return _Landed(whole[-1].happened_at, whole[-1].recorded_at)
    total, final, recorded, excess = ZERO, None, None, []
    for part in parts:
        total += part.amount or ZERO
        if final is None and total >= wanted - tolerance:
            final, recorded = part.happened_at, max(p.recorded_at for p in parts)
        if total > wanted + tolerance:
            excess.append(part)
    return _Landed(final, recorded, None, tuple(excess))


def _cleared(doubt: Fact, trade: Trade, proof: dict[Leg, datetime], resolved: Fact | None) -> bool:
    """Whether finality recorded after a doubt, of its leg or of all legs, or a person's resolution, clears it."""
    if resolved is not None and recorded_order(resolved) > recorded_order(doubt):
        return True
    legs = trade.legs if doubt.leg is None else (doubt.leg,)
    return all(leg in proof and proof[leg] > doubt.recorded_at for leg in legs)


def _turns(trade: Trade, history: Sequence[Fact], rules: Rules) -> list[Recognition]:
    """Every turn of the trade's PnL in the order of what happened: recognised, taken back, recognised again.

    The first recognition is dated by the later of the legs; a reversal, and what follows it, by the fact that brought it
    about, so that a month which has gone by is not changed.
    """
    turns: list[Recognition] = []
    recognised = False
    for instant in sorted({fact.happened_at for fact in history}):
        standing = stand(trade, in_force([fact for fact in history if fact.happened_at <= instant]))
        if standing.settled is not recognised:
            recognised = standing.settled
            cause = max((f for f in history if f.happened_at == instant), key=recorded_order)
            at = standing.final_at if recognised and not turns and standing.final_at else instant
            day = at.astimezone(rules.books).date()
            turns.append(Recognition(trade.transaction_id, at, day, 1 if recognised else -1, cause.kind.value))
    return turns


def _simple_standing(trade: Trade, history: Sequence[Fact]) -> Standing | None:
    """What a history that times alone can tell amounts to: one whole confirmation a leg, or one trouble and nothing landed.

    None for every other history.
    """
    seen: set[tuple[Kind, Leg | None]] = set()
    finals: dict[Leg, datetime] = {}
    troubles: dict[Kind, datetime] = {}
    for fact in history:
        kind, leg = fact.kind, fact.leg
        if kind not in _SIMPLE or fact.amount is not None or (kind, leg) in seen or (troubles and kind in _TROUBLE):
            return None
        if kind is _EXPECTED and (fact.happened_at > trade.traded_at or fact.recorded_at != history[0].recorded_at):
            return None  # before it was agreed, another window counted
        if kind in _TROUBLE:
            troubles[kind] = fact.happened_at
        elif kind is not _NOTED:
            seen.add((kind, leg))
        if kind is _CONFIRMED and leg is not None:
            finals[leg] = fact.happened_at
    if troubles and any(kind is _CONFIRMED for kind, _ in seen):
        return None
    final_at = max(finals.values()) if len(finals) == len(trade.legs) else None
    return _standing(finals, final_at, troubles.get(Kind.MISMATCH), troubles.get(Kind.FAILED), None, None)


def _news(history: Sequence[Fact]) -> str:
    for fact in reversed(history):
        if fact.kind is not _REPORTED:
            words = _words(fact.leg, fact.kind)
            return f"{words}: {fact.note}" if fact.note else words
    return ""


@cache
def _words(leg: Leg | None, kind: Kind) -> str:
    return " ".join(word.value.replace("_", " ") for word in (leg, kind) if word)


def _last(facts: Sequence[Fact], kind: Kind) -> Fact | None:
    return next((fact for fact in reversed(facts) if fact.kind is kind), None)


def _by(happened: datetime | None, as_of: datetime) -> bool:
    return happened is not None and happened <= as_of
