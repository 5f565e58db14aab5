"""What a hedge's records say of it, and what is to do next: records in, steps out; nothing is sent, asked or timed here.

    stored --sent once--> sent ----looked up by its id----> done
                     |--> rejected                    ^
                     '--> unknown --------------------|---> done: never arrived (said often enough, late enough)
                                                      '---> done: by a person's word

A child without any step was stored and perhaps sent, by a process that died over it: it is looked up like an unknown one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from itertools import takewhile
from typing import Final, Literal

from otc.ids import content_id
from otc.model.hedge import ENDED, Child, ChildEvent, ChildState, Fill, Hedge, HedgeState, Parent, ParentEvent, ParentState
from otc.money import CONTEXT, ZERO, exact, plain, total_of
from otc.ports import OrderAnswer, SendAnswer, VenueFill

_FIRST_S: Final = 0.5
_LONGEST_S: Final = 30.0
"""Between two look-ups of one child: doubling from the first to the longest."""
_NOT_FOUNDS: Final = 3
"""So many times, after it can have expired, a venue says that it does not know an order before it is believed."""
_OUT_S: Final = 20
"""A venue that did not answer is left out for so long."""
_REJECTED_S: Final = 1
_LONGEST_REJECTED_S: Final = 60
"""A venue that rejects is left out for a second, and twice as long each time it does so again."""
EXECUTOR: Final = "executor"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one child stands: a function of its own steps and fills."""

    child: Child
    state: ChildState
    filled: Decimal
    fills: tuple[Fill, ...]
    steps: tuple[ChildEvent, ...]

    @property
    def ended(self) -> bool:
        """Nothing more can come of it."""
        return self.state in ENDED

    @property
    def in_flight(self) -> Decimal:
        """What it may still fill."""
        return ZERO if self.ended else max(ZERO, self.child.size - self.filled)

    @property
    def venue_order_id(self) -> str:
        """The venue's own id of it; empty while unknown."""
        return next((step.venue_order_id for step in self.steps if step.venue_order_id), "")

    @property
    def due_at(self) -> datetime:
        """When it may be looked up: at once after it was sent or found dead, then ever less often."""
        if not self.steps:
            return self.child.intended_at
        wait = min(_LONGEST_S, _FIRST_S * 2.0 ** min(len(self.steps) - 1, 16)) if len(self.steps) > 1 else 0.0
        return self.steps[-1].happened_at + timedelta(seconds=wait)


@dataclass(frozen=True, slots=True)
class Next:
    """What is to do for a hedge now."""

    look_up: tuple[Standing, ...] = ()
    decide: bool = False
    finish: bool = False


def standings(hedge: Hedge) -> tuple[Standing, ...]:
    """Where every child stands, in their order."""
    steps: dict[str, list[ChildEvent]] = {child.child_id: [] for child in hedge.children}
    fills: dict[str, list[Fill]] = {child.child_id: [] for child in hedge.children}
    for step in hedge.child_events:
        steps[step.child_id].append(step)
    for fill in hedge.fills:
        fills[fill.child_id].append(fill)
    return tuple(_standing(child, steps[child.child_id], fills[child.child_id]) for child in hedge.children)


def _standing(child: Child, steps: list[ChildEvent], fills: list[Fill]) -> Standing:
    ended = next((step.state for step in steps if step.state in ENDED), None)
    state: ChildState = ended or (steps[-1].state if steps else "intended")
    return Standing(child, state, total_of(fill.size for fill in fills), tuple(fills), tuple(steps))


def state_of(hedge: Hedge) -> HedgeState:
    """Where a parent stands, as `decide` reads it."""
    known = standings(hedge)
    words = [word.state for word in hedge.events]
    state: ParentState = "cancelled" if "cancelled" in words else words[-1] if words else "running"
    return HedgeState(
        hedge.parent,
        state,
        next((word.horizon_s for word in reversed(hedge.events) if word.horizon_s), hedge.parent.horizon_s),
        total_of(fill.size for fill in hedge.fills),
        total_of(standing.in_flight for standing in known),
        len(hedge.children),
        max((child.intended_at for child in hedge.children), default=None),
        venues_out(known),
    )


def venues_out(known: Iterable[Standing]) -> Mapping[str, datetime]:
    """Until when each venue that rejected or did not answer is left out."""
    by_venue: dict[str, list[Standing]] = {}
    for standing in known:
        by_venue.setdefault(standing.child.venue, []).append(standing)
    return {venue: until for venue, theirs in by_venue.items() if (until := _out_until(theirs))}


def _out_until(theirs: list[Standing]) -> datetime | None:
    """By the last child of a venue: rejects in a row, or the last time it left one unknown."""
    silent = [step.happened_at for s in theirs for step in s.steps if step.state == "unknown" and not step.missing]
    rejects = list(takewhile(lambda s: s.state == "rejected", reversed(theirs)))
    until = [max(silent) + timedelta(seconds=_OUT_S)] if silent else []
    if rejects:
        wait = min(_LONGEST_REJECTED_S, _REJECTED_S * 2 ** min(len(rejects) - 1, 16))
        until.append(rejects[0].steps[-1].happened_at + timedelta(seconds=wait))
    return max(until, default=None)


def next_of(hedge: Hedge, now: datetime) -> Next:
    """What is to do: children that are not ended are looked up first, new ones are decided on only while it runs."""
    known, state = standings(hedge), state_of(hedge)
    if any(word.state == "done" for word in hedge.events):
        return Next()
    open_children = [standing for standing in known if not standing.ended]
    finished = not open_children and (state.state == "cancelled" or state.filled >= hedge.parent.size)
    return Next(
        look_up=tuple(standing for standing in open_children if standing.due_at <= now),
        decide=state.state == "running" and state.remaining > 0,
        finish=finished,
    )


def after_send(standing: Standing, answer: SendAnswer, now: datetime, number: int) -> ChildEvent:
    """The step that an answer to sending gives."""
    state: ChildState = answer.state
    return step_of(standing.child, state, now, number, answer.reason, venue_order_id=answer.venue_order_id)


def after_look_up(
    standing: Standing, answer: OrderAnswer, now: datetime, number: int, expiry: timedelta | None, rates: Mapping[str, Decimal]
) -> tuple[tuple[Fill, ...], ChildEvent]:
    """New fills and the step that an answer to a look-up gives.

    rates: what a unit of a currency is in the parent's quote currency. A found order is done when it is closed and its fills
    add up to what the venue says it has filled; one that is not found, when the venue has said so often and late enough.
    """
    child = standing.child
    if answer.state == "unknown":
        return (), step_of(child, "unknown", now, number, answer.reason)
    if answer.state == "not_found":
        step = step_of(child, "unknown", now, number, f"{child.venue} does not know it.", missing=True)
        if never_arrived(standing, step, expiry):
            return (), step_of(child, "done", now, number, f"It never reached {child.venue}.", missing=True)
        return (), step
    known = {fill.fill_id for fill in standing.fills}
    fills = [fill for said in answer.fills if (fill := _fill(child, said, rates)).fill_id not in known]
    whole = total_of([standing.filled, *(fill.size for fill in fills)]) == answer.filled
    state: ChildState = "done" if whole and not answer.still_open else "sent"
    reason = answer.reason or ("" if whole else f"{child.venue} has not listed all of its fills yet.")
    return tuple(fills), step_of(child, state, now, number, reason, venue_order_id=answer.venue_order_id, by_venue=True)


def never_arrived(standing: Standing, latest: ChildEvent, expiry: timedelta | None) -> bool:
    """Whether a child that is not found was surely never taken.

    Counted from the first step after it was sent, for then it had left us. Never where the venue gives no expiry, where it
    once acknowledged or found the order, or where a fill is known: there a person decides.
    """
    steps = (*standing.steps, latest)
    if expiry is None or standing.fills or any(step.venue_order_id or step.by_venue for step in steps):
        return False
    gone_at = steps[0].happened_at + expiry
    return sum(step.missing and step.happened_at >= gone_at for step in steps) >= _NOT_FOUNDS


def _fill(child: Child, said: VenueFill, rates: Mapping[str, Decimal]) -> Fill:
    base, quote = child.symbol.split("/")
    rate = rates.get(quote, child.rate)
    with localcontext(CONTEXT):
        by_currency = {**rates, base: exact(said.price * rate), quote: rate}
    return Fill(
        # With the child's id, for both sides of a trade with oneself have one id at the venue.
        fill_id=f"{child.venue}:{child.child_id}:{said.trade_id}",
        child_id=child.child_id,
        parent_id=child.parent_id,
        venue=child.venue,
        symbol=child.symbol,
        price=exact(said.price),
        size=exact(said.size),
        fee=exact(said.fee),
        fee_currency=said.fee_currency,
        rate=rate,
        happened_at=said.happened_at,
        fee_rate=by_currency.get(said.fee_currency) if said.fee else Decimal(1),
    )


def by_person(
    standing: Standing, filled: Decimal, price: Decimal, now: datetime, number: int, actor: str, reason: str
) -> tuple[tuple[Fill, ...], ChildEvent]:
    """What a person's word on a child gives: it is done, having filled so much in all at that price, which no venue confirmed."""
    child, more = standing.child, filled - standing.filled
    fills: tuple[Fill, ...] = ()
    if more > 0:
        said = VenueFill(f"by {actor} {child.child_id}", price, more, ZERO, "", now)
        fills = (_fill(child, said, {}),)
    step = step_of(child, "done", now, number, reason or f"{plain(filled)} filled, says {actor}.")
    return fills, ChildEvent(**{name: getattr(step, name) for name in ChildEvent.__slots__} | {"actor": actor})


def step_of(
    child: Child,
    state: ChildState,
    now: datetime,
    number: int,
    reason: str = "",
    *,
    venue_order_id: str = "",
    missing: bool = False,
    by_venue: bool = False,
) -> ChildEvent:
    """One step of a child; its id is its place among the steps of the parent's children."""
    event_id = content_id("child event", child.parent_id, str(number))
    return ChildEvent(
        event_id, child.child_id, child.parent_id, state, now, venue_order_id, reason, "", missing, by_venue, number
    )


Word = Literal["running", "paused", "cancelled", "done"]


def word_on(
    parent: Parent, state: Word, now: datetime, number: int, actor: str, reason: str = "", horizon_s: int | None = None
) -> ParentEvent:
    """One word on a parent; its id is its place among them."""
    event_id = content_id("parent event", parent.parent_id, str(number))
    return ParentEvent(event_id, parent.parent_id, state, now, actor, reason, horizon_s, number)
