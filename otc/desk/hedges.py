"""The life of a hedge over the ports: started, stepped, paused, taken up again after a crash, until it is done.

    step: look up what is open -> decide -> check limits and store the intent -> send once -> store the answer -> look up

What is stored before an order leaves is all that a new process needs: it looks the order up by its id and never sends it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from threading import RLock
from typing import Final, Protocol

from otc.clock import Clock, iso
from otc.config import Settings
from otc.config.execution import ArmingSettings, LimitSettings
from otc.errors import Refused
from otc.hedging.executor import (
    EXECUTOR,
    Standing,
    after_look_up,
    after_send,
    by_person,
    next_of,
    standings,
    state_of,
    word_on,
)
from otc.hedging.limits import MINUTE, Exposure, check, check_parent
from otc.ids import content_id, order_id
from otc.market.consolidated import Line, fair_value, lines_of
from otc.market.currencies import dollar_rates
from otc.model.hedge import Child, Hedge, HedgeRequest, HedgeState, Parent, ParentState, Switch, SwitchName
from otc.money import CONTEXT, ZERO, exact, plain
from otc.ports import Changes, Execution, MarketData, Store, Writer

QUOTE: Final = "USD"
"""Hedges are dealt against the dollar of the pair; limits are amounts in it."""


class Decide(Protocol):
    """`hedging.decide.decide` with its settings bound."""

    def __call__(
        self, state: HedgeState, lines: Sequence[Line], sigma_bps: Decimal, depth_ratio: Decimal, *, now: datetime
    ) -> Sequence[Child]: ...


@dataclass(frozen=True, slots=True)
class Stepped:
    """Where a hedge stands after a step, and why orders that were decided on did not leave."""

    state: HedgeState
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hedges:
    """The hedges of one desk over its store, its market and its venues; one step at a time, from any thread."""

    settings: Settings
    limits: LimitSettings
    arming: ArmingSettings
    store: Store
    clock: Clock
    market: MarketData
    decide: Decide
    paper: Mapping[str, Execution]
    """Simulated fills, by venue."""
    live: Mapping[str, Execution] = field(default_factory=dict)
    """Real orders, by venue; used by armed hedges alone."""
    _stepping: RLock = field(default_factory=RLock, repr=False, compare=False)

    # ---------------------------------------------------------------- verbs

    def start(self, request: HedgeRequest, actor: str) -> Parent:
        """Begin a hedge; of one trade it is begun once, and asked again it comes back. Refused names what is wrong."""
        base, _, quote = request.pair.partition("/")
        if quote != QUOTE:
            raise Refused(f"{request.pair!r} is not hedged; write the coin against the dollar, like BTC/{QUOTE}.", "pair")
        now, lines = self.clock(), self._lines(base)
        parent_id = content_id(
            "hedge", *([request.transaction_id] if request.transaction_id else [now.isoformat(), repr(request)])
        )
        if not lines:
            raise Refused(f"No venue has a sound book of {base} now, so there is nothing to begin with.", "pair")
        fields = {name: getattr(request, name) for name in HedgeRequest.__slots__}
        parent = Parent(parent_id=parent_id, arrival_price=exact(fair_value(lines)), began_at=now, began_by=actor, **fields)
        if reason := check_parent(parent, self.limits):
            raise Refused(f"This hedge cannot begin: {reason}", "size")
        with self.store.writing() as writer:
            there = writer.hedge(parent_id)
            if there:
                return there.parent
            self._refuse_stopped(writer, parent, now)
            writer.append(Changes(parents=[parent]))
        return parent

    def step(self, parent_id: str) -> Stepped:
        """Do what is due for one hedge; safe to call as often as one likes."""
        with self._stepping:
            hedge = self._looked_up(self._hedge(parent_id))
            refused: tuple[str, ...] = ()
            if next_of(hedge, self.clock()).decide:
                refused = self._deal(hedge)
                hedge = self._looked_up(self._hedge(parent_id))
            if next_of(hedge, self.clock()).finish:
                return Stepped(self._finished(parent_id), refused)
            return Stepped(state_of(hedge), refused)

    def step_all(self) -> None:
        """One step of every open hedge, the oldest first."""
        for hedge in self.store.open_hedges():
            self.step(hedge.parent.parent_id)

    def take_up(self) -> tuple[Parent, ...]:
        """At start: ask for every order whose outcome is open, however lately it was asked for; gives the open hedges."""
        found = self.store.open_hedges()
        with self._stepping:
            for hedge in found:
                self._look_up([standing for standing in standings(hedge) if not standing.ended], hedge.parent)
        return tuple(hedge.parent for hedge in found)

    def pause(self, parent_id: str, actor: str, reason: str = "") -> HedgeState:
        """Send nothing more until it is resumed."""
        return self._say(parent_id, "paused", actor, reason)

    def resume(self, parent_id: str, actor: str, reason: str = "") -> HedgeState:
        """Go on with what remains."""
        return self._say(parent_id, "running", actor, reason)

    def pace(self, parent_id: str, horizon_s: int, actor: str, reason: str = "") -> HedgeState:
        """Faster or slower: end so many seconds after the beginning."""
        if horizon_s <= 0:
            raise Refused("The time has to be above zero seconds.", "horizon_s")
        state = state_of(self._hedge(parent_id)).state
        return self._say(parent_id, state, actor, reason, horizon_s)

    def cancel(self, parent_id: str, actor: str, reason: str = "") -> HedgeState:
        """Send nothing more, for good; what is in flight is still looked up, and then it is done."""
        self._say(parent_id, "cancelled", actor, reason)
        return self._finished(parent_id)

    def kill(self, actor: str, reason: str = "") -> Switch:
        """Stop every order of every hedge, over restarts, until it is released; each hedge is then resumed by itself."""
        switch = self._switch("kill", True, actor, reason)
        for hedge in self.store.open_hedges():
            if state_of(hedge).state == "running":
                self.pause(hedge.parent.parent_id, actor, "All hedges were stopped.")
        return switch

    def release(self, actor: str, reason: str = "") -> Switch:
        """Take the kill switch back; hedges stay paused until somebody resumes them."""
        return self._switch("kill", False, actor, reason)

    def arm(self, seconds: int, actor: str, reason: str = "") -> Switch:
        """Let live hedges send real orders for a time; Refused unless a named user asks, within the configured time."""
        if actor not in {user.id for user in self.settings.desk.users}:
            raise Refused(f"{actor or 'Nobody'} is no user of this desk; a person of desk.yaml has to arm it.", "actor")
        if not 0 < seconds <= self.arming.longest_s:
            raise Refused(f"Real orders are armed for 1 to {self.arming.longest_s} seconds.", "seconds")
        if not self._armable():
            raise Refused("No venue may be armed; name them in the configuration, and give their keys.", "venues")
        return self._switch("live", True, actor, reason, self.clock() + timedelta(seconds=seconds))

    def disarm(self, actor: str, reason: str = "") -> Switch:
        """No real orders from now on."""
        return self._switch("live", False, actor, reason)

    def settle(self, parent_id: str, child_id: str, filled: Decimal, price: Decimal, actor: str, reason: str = "") -> HedgeState:
        """A person's word on an order whose outcome no venue tells: it filled so much in all, at that price, and has ended."""
        with self._stepping, self.store.writing() as writer:
            hedge = self._read(writer, parent_id)
            standing = next((one for one in standings(hedge) if one.child.child_id == child_id), None)
            if standing is None or standing.ended:
                raise Refused("This order has no open question; look at the hedge again.", "child_id")
            if not standing.filled <= filled <= standing.child.size or (filled > standing.filled and price <= 0):
                bounds = f"{plain(standing.filled)} to {plain(standing.child.size)}"
                raise Refused(f"It can have filled {bounds}, at a price above zero.", "filled")
            number = len(hedge.child_events) + 1
            fills, step = by_person(standing, filled, price, self.clock(), number, actor, reason)
            writer.append(Changes(fills=fills, child_events=[step]))
        return self._finished(parent_id)

    # ---------------------------------------------------------------- questions

    def state(self, parent_id: str) -> HedgeState:
        """Where a hedge stands."""
        return state_of(self._hedge(parent_id))

    def unknown(self) -> tuple[tuple[Parent, Standing], ...]:
        """Orders of which nobody knows whether they dealt, the oldest hedge first."""
        found = ((hedge.parent, one) for hedge in self.store.open_hedges() for one in standings(hedge))
        return tuple((parent, one) for parent, one in found if one.state in ("unknown", "intended"))

    def killed(self) -> bool:
        """Whether the kill switch is on."""
        switch = self.store.switches().get("kill")
        return bool(switch and switch.is_on)

    def armed_until(self) -> datetime | None:
        """Until when real orders are armed; None where they are not."""
        return _armed_until(self.store.switches(), self.clock())

    # ---------------------------------------------------------------- a step

    def _looked_up(self, hedge: Hedge) -> Hedge:
        """The hedge after asking for every order that is due."""
        due = next_of(hedge, self.clock()).look_up
        self._look_up(due, hedge.parent)
        return self._hedge(hedge.parent.parent_id) if due else hedge

    def _look_up(self, wanted: Sequence[Standing], parent: Parent) -> None:
        rates = {currency: rate.rate for currency, rate in dollar_rates(self.market.view()).items()} if wanted else {}
        for standing in wanted:
            execution = (self.paper if parent.paper else self.live).get(standing.child.venue)
            if execution is None:
                continue  # its venue is not configured any more: it stays open until a person settles it
            answer = execution.look_up(standing.child, standing.venue_order_id)
            with self.store.writing() as writer:
                hedge = self._read(writer, parent.parent_id)
                now = next(one for one in standings(hedge) if one.child.child_id == standing.child.child_id)
                if not now.ended:
                    number = len(hedge.child_events) + 1
                    fills, step = after_look_up(now, answer, self.clock(), number, execution.expiry, rates)
                    writer.append(Changes(fills=fills, child_events=[step]))

    def _deal(self, hedge: Hedge) -> tuple[str, ...]:
        """Decide, and send what passes; gives why the rest did not."""
        parent = hedge.parent
        lines = self._lines(parent.base)
        ours = [line for line in lines if line.book.venue in self._executions(parent.paper)]
        if not ours:
            return ("No venue that takes our orders has a sound book now.",)
        signals, floor = self.market.signals(), self.settings.desk.two_way.pairs.get(parent.pair)
        sigma = signals.sigma_bps.get(parent.base, floor.sigma_floor_bps if floor else Decimal(1))
        depth = signals.depth_ratio.get(parent.base, Decimal(1))
        fair, rates = exact(fair_value(lines)), {(line.book.venue, line.book.symbol): line.rate for line in lines}
        refused = []
        for wanted in self.decide(state_of(hedge), ours, sigma, depth, now=self.clock()):
            reason = self._send(
                replace(wanted, mid=fair, paper=parent.paper, rate=exact(rates[wanted.venue, wanted.symbol])), parent, fair
            )
            refused += [reason] if reason else []
        return tuple(refused)

    def _send(self, wanted: Child, parent: Parent, fair: Decimal) -> str:
        """Store the intent, send once, store the answer; gives why it was not sent, if so."""
        with self.store.writing() as writer:
            now, open_hedges = self.clock(), writer.open_hedges()
            hedge = next((one for one in open_hedges if one.parent.parent_id == parent.parent_id), None)
            if hedge is None:
                return "The hedge is done."
            number = len(hedge.children) + 1
            child_id = order_id(parent.parent_id, str(number), now.isoformat())
            child = replace(wanted, child_id=child_id, number=number, intended_at=now)
            if reason := self._why_not(writer, hedge, open_hedges, child, fair):
                return reason
            writer.append(Changes(children=[child]))
        answer = self._executions(parent.paper)[child.venue].send(child)
        with self.store.writing() as writer:
            hedge = self._read(writer, parent.parent_id)
            standing = next(one for one in standings(hedge) if one.child.child_id == child.child_id)
            writer.append(Changes(child_events=[after_send(standing, answer, self.clock(), len(hedge.child_events) + 1)]))
        return ""

    def _why_not(self, writer: Writer, hedge: Hedge, open_hedges: Sequence[Hedge], child: Child, fair: Decimal) -> str:
        """What keeps an order from leaving, as it stands within the write that would store it."""
        switches, state, now = writer.switches(), state_of(hedge), child.intended_at
        if (kill := switches.get("kill")) and kill.is_on:
            return "The kill switch is on."
        if state.state != "running":
            return f"The hedge is {state.state}."
        if not child.paper and (reason := self._unarmed(writer, switches, child)):
            return reason
        if child.venue not in self._executions(hedge.parent.paper):
            return f"{child.venue} takes no orders of this desk."
        known = [standing for open_hedge in open_hedges for standing in standings(open_hedge)]
        out = Exposure.of(known, writer.children_since(now - MINUTE), now)
        return check(child, state, fair, out, self.limits)

    def _unarmed(self, writer: Writer, switches: Mapping[SwitchName, Switch], child: Child) -> str:
        """Why a real order may not leave: not armed, no longer, or enough was sent since."""
        if _armed_until(switches, child.intended_at) is None:
            return "Real orders are not armed."
        sent = [one for one in writer.children_since(switches["live"].happened_at) if not one.paper]
        with localcontext(CONTEXT):
            worth = sum((one.size * one.limit_price * one.rate for one in (*sent, child)), ZERO)
        if worth > self.arming.notional:
            return f"Orders worth {plain(self.arming.notional)} were armed, and this one goes beyond; arm them anew."
        return ""

    def _finished(self, parent_id: str) -> HedgeState:
        """Write the last word where everything has ended."""
        with self.store.writing() as writer:
            hedge = self._read(writer, parent_id)
            if next_of(hedge, self.clock()).finish:
                word = word_on(hedge.parent, "done", self.clock(), len(hedge.events) + 1, EXECUTOR)
                writer.append(Changes(parent_events=[word]))
                hedge = self._read(writer, parent_id)
        return state_of(hedge)

    # ---------------------------------------------------------------- words

    def _say(self, parent_id: str, state: ParentState, actor: str, reason: str, horizon_s: int | None = None) -> HedgeState:
        with self.store.writing() as writer:
            hedge = self._read(writer, parent_id)
            before = state_of(hedge).state
            if before in ("cancelled", "done") or any(word.state == "done" for word in hedge.events):
                raise Refused(f"This hedge is {before} already.", "parent_id")
            if state == "running":
                self._refuse_stopped(writer, hedge.parent, self.clock())
            word = word_on(hedge.parent, state, self.clock(), len(hedge.events) + 1, actor, reason, horizon_s)
            writer.append(Changes(parent_events=[word]))
            return state_of(replace(hedge, events=(*hedge.events, word)))

    def _switch(self, name: SwitchName, is_on: bool, actor: str, reason: str, ends_at: datetime | None = None) -> Switch:
        if not actor:
            raise Refused("This needs the name of who does it.", "actor")
        with self.store.writing() as writer:
            before = writer.switches().get(name)
            number = before.number + 1 if before else 1
            switch = Switch(content_id("switch", name, str(number)), name, is_on, self.clock(), actor, reason, ends_at, number)
            writer.append(Changes(switches=[switch]))
        return switch

    def _refuse_stopped(self, writer: Writer, parent: Parent, now: datetime) -> None:
        switches = writer.switches()
        if (kill := switches.get("kill")) and kill.is_on:
            since = iso(kill.happened_at, self.settings.desk.zones.desk)
            raise Refused(f"{kill.actor} stopped all hedges at {since}; release the kill switch first.", "kill")
        if not parent.paper and _armed_until(switches, now) is None:
            raise Refused("Real orders are not armed; arm them for a time, or hedge on paper.", "paper")

    # ---------------------------------------------------------------- parts

    def _armable(self) -> Mapping[str, Execution]:
        return {name: execution for name, execution in self.live.items() if name in self.arming.venues}

    def _executions(self, paper: bool) -> Mapping[str, Execution]:
        return self.paper if paper else self._armable()

    def _lines(self, base: str) -> tuple[Line, ...]:
        """The sound books of a coin, also of venues that take no orders: they too say what it is worth."""
        view = self.market.view()
        return lines_of(view, base, QUOTE, self.settings.venues, dollar_rates(view))[0]

    def _hedge(self, parent_id: str) -> Hedge:
        return _there(self.store.hedge(parent_id), parent_id)

    def _read(self, writer: Writer, parent_id: str) -> Hedge:
        return _there(writer.hedge(parent_id), parent_id)


def _there(hedge: Hedge | None, parent_id: str) -> Hedge:
    if hedge is None:
        raise Refused(f"There is no hedge {parent_id}.", "parent_id")
    return hedge


def _armed_until(switches: Mapping[SwitchName, Switch], now: datetime) -> datetime | None:
    live = switches.get("live")
    return live.ends_at if live and live.is_on and live.ends_at and now < live.ends_at else None
