"""What the desk's two-way prices came to: how often each client dealt, and what the prices that were taken and lost were made of.

A price is taken where its request was accepted, lost where the client refused it or let it run out. What still stands, and
what the desk itself withdrew, says nothing of the client and is left out. A request that was priced anew counts once a price.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from otc.model import Side
from otc.model.rfq import RfqState, TwoWay
from otc.money import CONTEXT, ZERO, exact


@dataclass(frozen=True, slots=True)
class ClientHits:
    """How often one client dealt; `client_id` is empty for prices made for a tier alone."""

    client_id: str
    asked: int
    dealt: int

    @property
    def ratio(self) -> Decimal:
        """Dealt of asked, 0 to 1."""
        with localcontext(CONTEXT):
            return exact(Decimal(self.dealt) / self.asked)


@dataclass(frozen=True, slots=True)
class ComponentHits:
    """What one component came to on average, in basis points of the side asked for; None where no price was taken, or lost."""

    name: str
    dealt_bps: Decimal | None
    lost_bps: Decimal | None


@dataclass(frozen=True, slots=True)
class Hits:
    """Clients by how much they asked, components in the order of the explanation."""

    clients: tuple[ClientHits, ...]
    components: tuple[ComponentHits, ...]


def hits(outcomes: Sequence[tuple[TwoWay, RfqState]], now: datetime) -> Hits:
    """What has become of prices by `now`; one that ran out is lost, whether or not anybody said so."""
    dealt = [quote for quote, state in outcomes if state == "accepted"]
    lost = [quote for quote, state in outcomes if _is_lost(quote, state, now)]
    return Hits(_clients(dealt, lost), _components(dealt, lost))


def _is_lost(quote: TwoWay, state: RfqState, now: datetime) -> bool:
    return state in ("refused", "expired") or (state in ("requested", "quoted") and now >= quote.expires_at)


def _clients(dealt: Sequence[TwoWay], lost: Sequence[TwoWay]) -> tuple[ClientHits, ...]:
    takers = [quote.inputs.request.client_id for quote in dealt]
    asked = [*takers, *(quote.inputs.request.client_id for quote in lost)]
    found = [ClientHits(client, asked.count(client), takers.count(client)) for client in set(asked)]
    return tuple(sorted(found, key=lambda one: (-one.asked, one.client_id)))


def _components(dealt: Sequence[TwoWay], lost: Sequence[TwoWay]) -> tuple[ComponentHits, ...]:
    names = dict.fromkeys(part.name for quote in (*dealt, *lost) for part in quote.components)
    return tuple(ComponentHits(name, _mean_bps(name, dealt), _mean_bps(name, lost)) for name in names)


def _mean_bps(name: str, quotes: Iterable[TwoWay]) -> Decimal | None:
    """The mean over the prices that have the component; one that prices without it says nothing of it."""
    found = [
        part.bid_bps if quote.inputs.request.side is Side.SELL else part.ask_bps
        for quote in quotes
        for part in quote.components
        if part.name == name
    ]
    if not found:
        return None
    with localcontext(CONTEXT):
        return exact(sum(found, ZERO) / len(found))
