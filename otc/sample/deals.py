"""What is dealt: client, pair, side, size and price of each trade; the price is the desk's own pricer's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate, chain, groupby
from typing import Final

from otc.config import Client, MarketMaker, Settings
from otc.model import QuoteSide, Rate, Side
from otc.money import CONTEXT, round_to
from otc.quoting.mm_pricer import Terms, price_side
from otc.sample.days import banking_days, instants, trades_per_day
from otc.sample.draws import Draws, Weighted
from otc.sample.habits import BUYERS_PER_THOUSAND, HABITS, TICKET_OF_TIER, UNSCALED, Habit
from otc.sample.market import daily_mids, shifted
from otc.settlement.calendars import Calendars

_INTRADAY_PPM: Final = 1_500
_EDGE_PPM: Final = 1_000
"""A market maker's rate stands up to ten basis points on its own side of the mid."""
_HOUSE_BANK_PER_THOUSAND: Final = 850


@dataclass(frozen=True, slots=True)
class Deal:
    """One trade as it was struck, before anything has moved."""

    number: int
    traded_at: datetime
    pair: str
    side: Side
    client: Client
    maker: MarketMaker
    bank_id: str
    wallet_id: str
    chain: str
    exchange_ref: str
    mid_idr: Decimal
    spread_bps: Decimal
    price: QuoteSide


class Dealing:
    """The year's deals, in order of time: `days` are the banking days, `counts` how many trades each takes."""

    def __init__(self, seed: int, trades: int, settings: Settings) -> None:
        self._seed = seed
        self._settings = settings
        self.days = banking_days(Calendars(settings.rails.overrides))
        self.counts = trades_per_day(seed, self.days, trades)
        self._mids = {pair: daily_mids(seed, pair, self.days) for pair in HABITS}
        self._pairs = Weighted(tuple(HABITS), [habit.share for habit in HABITS.values()])
        clients = settings.counterparties.clients
        self._clients = {
            pair: Weighted(clients, [habit.appetite[client.tier] for client in clients]) for pair, habit in HABITS.items()
        }
        self._banks = tuple(bank.id for bank in settings.counterparties.banks if bank.currency == "IDR")
        self._wallets = {pair: settings.counterparties.client_wallet(pair.split("/")[0]) for pair in HABITS}

    def months(self) -> Iterator[tuple[int, Iterator[Deal]]]:
        """Each month's number with its deals, in order of time."""
        days = enumerate(zip(self.days, self.counts, accumulate(self.counts), strict=True))
        for month, group in groupby(days, key=lambda item: item[1][0].month):
            yield month, chain.from_iterable(self._day(index, day, n, upto - n) for index, (day, n, upto) in group)

    def _day(self, index: int, day: date, count: int, before: int) -> Iterator[Deal]:
        terms = self._terms_on(day)
        for number, instant in enumerate(instants(self._seed, day, count, self._settings.desk.zones.desk), start=before + 1):
            yield self._deal(number, instant, index, terms)

    def _terms_on(self, day: date) -> Mapping[str, Terms]:
        desk = self._settings.desk
        rate = desk.tax_on(day).rate
        return {pair: Terms(Decimal(0), rate, desk.pairs[pair], desk.quoting) for pair in HABITS}

    def _deal(self, number: int, instant: datetime, day: int, terms: Mapping[str, Terms]) -> Deal:
        draws = Draws(self._seed, "deal", number)
        pair = draws.pick(self._pairs)
        side = Side.BUY if draws.chance(BUYERS_PER_THOUSAND) else Side.SELL
        client = draws.pick(self._clients[pair])
        parties = self._settings.counterparties
        maker = parties.market_makers[draws.below(len(parties.market_makers))]
        ticket = ticket_idr(HABITS[pair], pair, client.tier, draws)
        bps = self._settings.spreads[pair][client.tier] + bargain_bps(HABITS[pair], ticket, draws)
        sign = 1 if side is Side.BUY else -1
        tick = terms[pair].pair.tick
        mid = round_to(shifted(self._mids[pair][day], draws.between(-_INTRADAY_PPM, _INTRADAY_PPM)), tick, "half_even")
        rate = round_to(mid + CONTEXT.multiply(mid, Decimal(sign * draws.below(_EDGE_PPM)).scaleb(-6)), tick, "half_even")
        wallet = self._wallets[pair]
        spread = max(bps, self._settings.desk.quoting.override_floor_bps)
        agreed = Terms(spread, terms[pair].tax_rate, terms[pair].pair, terms[pair].quoting)
        size = size_of(ticket, rate, agreed.pair.size_places)
        return Deal(
            number=number,
            traded_at=instant,
            pair=pair,
            side=side,
            client=client,
            maker=maker,
            bank_id=self._bank(client, draws),
            wallet_id=wallet.id if wallet else "",
            chain=wallet.chain if wallet else "",
            exchange_ref=parties.exchanges[draws.below(len(parties.exchanges))].id if parties.exchanges else "",
            mid_idr=mid,
            spread_bps=spread,
            price=price_side(side, size, Rate(maker.id, rate, instant), agreed),
        )

    def _bank(self, client: Client, draws: Draws) -> str:
        usual = draws.chance(_HOUSE_BANK_PER_THOUSAND)
        return client.bank if usual and client.bank in self._banks else self._banks[draws.below(len(self._banks))]


def ticket_idr(habit: Habit, pair: str, tier: str, draws: Draws) -> int:
    """What the trade is worth to the client, about, in rupiah."""
    low, high = habit.ticket_percent
    scale = 100 if pair in UNSCALED else TICKET_OF_TIER[tier]
    return habit.ticket_idr * scale * draws.between(low * 100, high * 100) // 1_000_000


def bargain_bps(habit: Habit, ticket: int, draws: Draws) -> int:
    """What haggling and size move the tier's spread by, in whole basis points."""
    haggle = draws.between(0, habit.haggle_bps) + draws.between(0, habit.haggle_bps) - habit.haggle_bps
    over = (2 * habit.size_bps * (ticket - habit.ticket_idr) + habit.ticket_idr) // (2 * habit.ticket_idr)
    return haggle + max(-habit.size_bps, min(habit.size_bps + 1, over))


def size_of(ticket: int, rate_idr: Decimal, places: int) -> Decimal:
    """How much of the asset a ticket is at a rate, at the pair's places."""
    return CONTEXT.divide(Decimal(ticket), rate_idr).quantize(Decimal(1).scaleb(-places), context=CONTEXT)
