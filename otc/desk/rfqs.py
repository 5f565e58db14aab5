"""The life of a request for a two-way quote: requested, quoted, then accepted, refused, expired or withdrawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from otc.clock import Clock, iso
from otc.codec import to_json
from otc.config import Settings, Spreads
from otc.errors import Refused
from otc.ids import content_id
from otc.model import Side, Trade
from otc.model.market import DeskRate
from otc.model.rfq import FINAL, RfqEvent, RfqRequest, RfqState, TwoWay
from otc.money import plain
from otc.ports import Changes, MarketData, Store
from otc.quoting.rfq import price
from otc.quoting.rfq_booking import booked
from otc.quoting.rfq_inputs import inputs_of
from otc.settlement.legs import Rules
from otc.settlement.status import project

Ended = Literal["refused", "withdrawn", "expired"]
_PLAYED: Final = ("SAMPLE", "SIMULATED")
"""Labels of stores whose trades are not the desk's own."""


@dataclass(frozen=True)
class Rfqs:
    """The requests of one desk over its store and its market."""

    settings: Settings
    rules: Rules
    spreads: Callable[[], Spreads]
    store: Store
    clock: Clock
    market: MarketData

    def quote(self, request: RfqRequest, actor: str, rfq_id: str = "") -> TwoWay:
        """Price a request and keep it with all its inputs; given `rfq_id`, it is priced anew. Refused names the field."""
        return self.keep(self.priced(request, actor, self.clock()), rfq_id)

    def keep(self, made: TwoWay, rfq_id: str = "") -> TwoWay:
        """Keep a price that was shown, as it was shown, under its own instant and name; the same one twice is one."""
        actor, at = made.inputs.quoted_by, made.inputs.quoted_at
        if not rfq_id:  # ids come from content: kept again, nothing is added
            rfq_id = content_id("rfq", actor, at.isoformat(), to_json(made.inputs.request))
            steps = [_step(rfq_id, "requested", at, actor), _step(rfq_id, "quoted", at, actor, made.quote_id)]
            self.store.keep([made], steps)
            return made
        with self.store.writing() as writer:
            _refuse_ended(writer.rfq_events(rfq_id))
            writer.append(Changes(two_ways=[made], rfq_events=[_step(rfq_id, "quoted", at, actor, made.quote_id)]))
        return made

    def priced(self, request: RfqRequest, actor: str, now: datetime) -> TwoWay:
        """The two-way price of a request at this instant, without keeping it."""
        settings = self.settings
        return price(
            inputs_of(
                request,
                self.market.view(),
                self.market.signals(),
                settings,
                self.spreads(),
                self.rules,
                self.store.desk_rates(),
                actor,
                now,
            )
        )

    def accept(self, quote_id: str, side: Side, actor: str) -> Trade:
        """Book one side of a firm quote, once, while it stands: accepted again, the same trade comes back."""
        quote, rfq_id = self._kept(quote_id)
        asked = quote.inputs.request.side
        if asked is not None and asked is not side:
            raise Refused(f"The client asked to {asked.lower()}; quote the other side for itself.", "side")
        if quote.inputs.simulated and self.store.meta.label not in _PLAYED:
            raise Refused(f"The price is of a SIMULATED market, and {self.store.place} holds the desk's own books.", "quote_id")
        with self.store.writing() as writer:
            now = self.clock()  # not before the writes of others have ended
            trade = booked(quote, side, actor, now, self.settings)
            there = writer.trades([trade.transaction_id]).get(trade.transaction_id)
            if there is not None and there.quote_id == quote_id:
                return there
            if there is not None:
                raise Refused(f"Another trade is named {trade.transaction_id} already; ask for a new price.", "quote_id")
            steps = writer.rfq_events(rfq_id)
            _refuse_ended(steps)
            _refuse_replaced(steps, quote_id)
            expired = now >= quote.expires_at
            if expired:
                writer.append(Changes(rfq_events=[_step(rfq_id, "expired", now, actor, quote_id)]))
            else:
                step = _step(rfq_id, "accepted", now, actor, quote_id, trade.transaction_id)
                writer.append(Changes(trades=[trade], projections=[project(trade, (), self.rules)], rfq_events=[step]))
        if expired:
            stood = iso(quote.expires_at, self.settings.desk.zones.desk)
            raise Refused(f"The price stood until {stood}; ask for a new one.", "quote_id")
        return trade

    def end(self, quote_id: str, state: Ended, actor: str, reason: str = "") -> RfqEvent:
        """Say that a request was refused by the client, withdrawn by the desk, or has expired; the first word stands."""
        quote, rfq_id = self._kept(quote_id)
        with self.store.writing() as writer:
            now = self.clock()
            if state == "expired" and now < quote.expires_at:
                stands = iso(quote.expires_at, self.settings.desk.zones.desk)
                raise Refused(f"The price stands until {stands}; withdraw it instead.", "quote_id")
            _refuse_ended(writer.rfq_events(rfq_id))
            step = _step(rfq_id, state, now, actor, quote_id, reason=reason)
            writer.append(Changes(rfq_events=[step]))
        return step

    def type_rate(self, name: str, rate: Decimal, actor: str) -> DeskRate:
        """Keep a rate as the desk says it now: USD/IDR or XAU/USD, above zero."""
        if name not in ("USD/IDR", "XAU/USD"):
            raise Refused(f"{name!r} is no rate the desk types; choose USD/IDR or XAU/USD.", "name")
        if rate <= 0:
            raise Refused(f"{plain(rate)} is not above zero; write {name} as it stands now.", "rate")
        now = self.clock()
        typed = DeskRate(content_id("rate", name, plain(rate), now.isoformat(), actor), name, rate, now, actor)
        with self.store.writing() as writer:
            writer.append(Changes(desk_rates=[typed]))
        return typed

    def replay(self, quote_id: str) -> TwoWay:
        """The quote made again from its kept inputs; Refused where that does not give the same, to the byte."""
        kept, _ = self._kept(quote_id)
        again = price(kept.inputs)
        if to_json(again) != to_json(kept):
            raise Refused(f"Quote {quote_id} is not what its inputs give today; the pricing code has changed since it was made.")
        return again

    def _kept(self, quote_id: str) -> tuple[TwoWay, str]:
        quote = self.store.two_way(quote_id)
        if quote is None:
            raise Refused(f"There is no two-way quote {quote_id}; ask for a new one.", "quote_id")
        return quote, self.store.rfq_of(quote_id)


def _refuse_ended(steps: Sequence[RfqEvent]) -> None:
    ended = next((step for step in steps if step.state in FINAL), None)
    if ended is not None:
        booked_as = f" as {ended.transaction_id}" if ended.transaction_id else ""
        raise Refused(f"This request was {ended.state}{booked_as} already; ask for a new one.", "quote_id")


def _refuse_replaced(steps: Sequence[RfqEvent], quote_id: str) -> None:
    """Of several prices for one request the last one stands; the client does not choose among them."""
    quoted = [step.quote_id for step in steps if step.state == "quoted"]
    if quoted and quoted[-1] != quote_id:
        raise Refused(f"The request was priced anew as {quoted[-1]}; that price stands.", "quote_id")


def _step(
    rfq_id: str, state: RfqState, at: datetime, actor: str, quote_id: str = "", transaction_id: str = "", reason: str = ""
) -> RfqEvent:
    event_id = content_id("rfq event", rfq_id, state, at.isoformat(), actor, quote_id, reason)
    return RfqEvent(event_id, rfq_id, state, at, actor, quote_id, transaction_id, reason)
