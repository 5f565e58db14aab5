"""What a request asks of the desk, each a verb of it: price, quote both ways, accept, refuse, withdraw; all of it blocks."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, cast, get_args

from starlette.exceptions import HTTPException

from otc.bootstrap import Wired
from otc.errors import Refused
from otc.model import QuoteRequest, Rate, Side
from otc.model.rfq import Channel, RfqRequest, TwoWay
from otc.quoting.rfq_inputs import inputs_of, terms_of
from otc.views.params import params_answer
from otc.views.prices import prices_answer
from otc.views.rfq import booked_answer, kept_answer, quote_answer, rfq_answer, step_answer
from otc.web.bodies import Body

QUOTE_FIELDS: Final = ("pair", "tier", "size", "mm_rate")
RFQ_FIELDS: Final = ("pair", "size", "side", "tier", "client_id", "channel", "needed_by", "purpose")
_TYPED: Final = "typed"
_STREAM: Final = "stream"
Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request brings: by whom, about which quote where it is about one, and the fields of its body."""

    actor: str
    quote_id: str
    body: Body


Verb = Callable[[Wired, Asked], Answer]


def priced(wired: Wired, asked: Asked) -> Answer:
    """Both sides from one market maker's rate, by the market maker pricer; nothing is kept."""
    desk, now, body = wired.desk, wired.desk.now(), asked.body
    rate = Rate(_TYPED, body.amount("mm_rate"), now)
    request = QuoteRequest(body.text("pair"), body.text("tier"), Side.BUY, (rate,), size=body.amount("size"))
    try:
        made = desk.price(request, asked.actor)
    except Refused as error:
        raise Refused(str(error), "mm_rate" if error.field == f"rate_{_TYPED}" else error.field) from None
    return quote_answer(made, desk.settings.desk.zones.desk)


def quoted(wired: Wired, asked: Asked) -> Answer:
    """A two-way quote from the venues, kept. HTTPException 503 where the desk's pair has no price at this moment."""
    request = _request(wired, asked.body)
    try:
        made = wired.rfqs.quote(request, asked.actor)
    except Refused as error:
        if error.field == "pair" and request.pair in wired.desk.settings.desk.two_way.pairs:
            raise HTTPException(503, str(error)) from None
        raise
    return rfq_answer(made, wired.desk.settings.desk.zones.desk, wired.desk.store.rfq_of(made.quote_id))


def _request(wired: Wired, body: Body) -> RfqRequest:
    zone = wired.desk.settings.desk.zones.desk
    client_id = body.text("client_id", "")
    return RfqRequest(
        pair=body.text("pair"),
        size=body.amount("size"),
        tier=_tier(wired, body, client_id),
        side=Side(body.choice("side", tuple(Side))) if body.has("side") else None,
        client_id=client_id,
        channel=cast(Channel, body.choice("channel", get_args(Channel), "electronic")),
        purpose=body.text("purpose", ""),
        needed_by=body.instant("needed_by", zone) if body.has("needed_by") else None,
    )


def _tier(wired: Wired, body: Body, client_id: str) -> str:
    """The client's own tier; the one that is named where no client is."""
    if not client_id:
        return body.text("tier")
    client = wired.desk.settings.counterparties.client(client_id)
    if client is None:
        raise Refused(f"{client_id!r} is no client of counterparties.yaml.", "client_id")
    if body.has("tier") and body.text("tier") != client.tier:
        raise Refused(f"{client.id} is of tier {client.tier}; leave the tier out.", "tier")
    return client.tier


def kept(wired: Wired, asked: Asked) -> Answer:
    """A kept two-way quote and what became of its request."""
    store = wired.desk.store
    quote = _quote_of(wired, asked)
    rfq_id = store.rfq_of(quote.quote_id)
    return kept_answer(quote, wired.desk.settings.desk.zones.desk, rfq_id, store.rfq_events(rfq_id), wired.desk.now())


def accepted(wired: Wired, asked: Asked) -> Answer:
    """The trade that an acceptance books, the same each time; the side may be left out where the request named it."""
    wanted = _quote_of(wired, asked).inputs.request.side
    if wanted is None and not asked.body.has("side"):
        raise Refused("Both prices were quoted; say which side the client takes, BUY or SELL.", "side")
    side = Side(asked.body.choice("side", tuple(Side), wanted))
    with _conflicts():
        trade = wired.rfqs.accept(asked.quote_id, side, asked.actor)
    return booked_answer(trade, wired.desk.settings.desk.zones.desk)


def refused(wired: Wired, asked: Asked) -> Answer:
    """The client refuses a quote."""
    return _ended(wired, asked, "refused")


def withdrawn(wired: Wired, asked: Asked) -> Answer:
    """The desk withdraws a quote."""
    return _ended(wired, asked, "withdrawn")


def _ended(wired: Wired, asked: Asked, state: Literal["refused", "withdrawn"]) -> Answer:
    quote = _quote_of(wired, asked)
    with _conflicts():
        step = wired.rfqs.end(quote.quote_id, state, asked.actor, asked.body.text("reason", ""))
    return step_answer(step, wired.desk.settings.desk.zones.desk)


def params(wired: Wired, _: Asked) -> Answer:
    """What the desk quotes by at this moment."""
    return params_answer(wired.desk.settings, wired.spreads(), wired.desk.now())


def check_streamed(wired: Wired, pair: str, size: Decimal) -> None:
    """Refuse what no stream will ever price: an unknown pair, a size that is none."""
    terms_of(RfqRequest(pair, size, _any_tier(wired, pair)), wired.desk.settings, wired.spreads(), wired.desk.now())


def prices(wired: Wired, pair: str, size: Decimal) -> Answer:
    """What the venues make of a size now: the inputs of a quote that nobody keeps."""
    desk, view = wired.desk, wired.market.view()
    request = RfqRequest(pair, size, _any_tier(wired, pair))
    spreads, signals, typed = wired.spreads(), wired.market.signals(), desk.store.desk_rates()
    inputs = inputs_of(request, view, signals, desk.settings, spreads, desk.rules, typed, _STREAM, desk.now())
    return prices_answer(inputs, view, desk.settings)


def _any_tier(wired: Wired, pair: str) -> str:
    """A tier of the pair: what venues charge depends on none."""
    two_way = wired.desk.settings.desk.two_way.pairs.get(pair)
    tiers = wired.spreads().get(pair) or (two_way.spreads if two_way else {})
    return next(iter(tiers), "")


@contextmanager
def _conflicts() -> Iterator[None]:
    """What the state of a quote forbids is a conflict, HTTPException 409: late, indicative, ended already."""
    try:
        yield
    except Refused as error:
        if error.field not in ("", "quote_id"):
            raise
        raise HTTPException(409, str(error)) from None


def _quote_of(wired: Wired, asked: Asked) -> TwoWay:
    quote = wired.desk.store.two_way(asked.quote_id)
    if quote is None:
        raise HTTPException(404, f"There is no two-way quote {asked.quote_id[:40]!r}; ask for a new one.")
    return quote
