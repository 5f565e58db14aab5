"""The legs of a trade and their windows: fixed at booking from rail, amount, calendars and terms; moved by facts alone.

    client buys    client_fiat (at the trade) -> client_crypto (after client_fiat and cover_crypto)
    client sells   client_crypto (at the trade) -> client_fiat (instructed at the coins' finality)
    cover          of a BUY both at the trade; of a SELL the coins after the client's, then the rupiah

Where a client's terms say that the desk goes first, the two client legs change places. A leg that waits for another starts
when that one should land; only if it lands after its own window does the waiting leg's window move with it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from otc.config import ChainLine, Settings
from otc.model import Fact, Kind, Leg, Side, Trade, Window
from otc.money import whole_rupiah
from otc.records import swift
from otc.settlement.calendars import Calendars
from otc.settlement.rails import Rails

_window = swift(Window)
_MINUTE: Final = timedelta(minutes=1)
_MOVES: Final = frozenset({Kind.EXPECTED, Kind.INSTRUCTED, Kind.ACCEPTED, Kind.CORRESPONDENT})
_AFTER: Final[Mapping[tuple[Side, str], Mapping[Leg, tuple[Leg, ...]]]] = {
    (Side.BUY, "client"): {
        Leg.CLIENT_FIAT: (),
        Leg.COVER_FIAT: (),
        Leg.COVER_CRYPTO: (),
        Leg.CLIENT_CRYPTO: (Leg.CLIENT_FIAT, Leg.COVER_CRYPTO),
    },
    (Side.SELL, "client"): {
        Leg.CLIENT_CRYPTO: (),
        Leg.COVER_CRYPTO: (Leg.CLIENT_CRYPTO,),
        Leg.COVER_FIAT: (Leg.COVER_CRYPTO,),
        Leg.CLIENT_FIAT: (Leg.CLIENT_CRYPTO,),
    },
    (Side.BUY, "desk"): {
        Leg.COVER_FIAT: (),
        Leg.COVER_CRYPTO: (),
        Leg.CLIENT_CRYPTO: (Leg.COVER_CRYPTO,),
        Leg.CLIENT_FIAT: (Leg.CLIENT_CRYPTO,),
    },
    (Side.SELL, "desk"): {
        Leg.CLIENT_FIAT: (),
        Leg.CLIENT_CRYPTO: (Leg.CLIENT_FIAT,),
        Leg.COVER_CRYPTO: (Leg.CLIENT_CRYPTO,),
        Leg.COVER_FIAT: (Leg.COVER_CRYPTO,),
    },
}
"""Each leg behind those it waits for, in an order in which they can be worked out."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What windows depend on besides the trade: rails, chains, who goes first, and the zone of the books."""

    rails: Rails
    chains: Mapping[str, ChainLine]
    """By wallet id, and by asset for wallets that are not in the config."""
    slowest: ChainLine
    desk_first: frozenset[str]
    books: ZoneInfo

    @staticmethod
    def of(settings: Settings) -> "Rules":
        """The rules a configuration gives."""
        lines = {line.chain: line for line in settings.rails.chains}
        wallets = settings.counterparties.wallets
        by_asset = {w.asset: lines[w.chain] for w in reversed(wallets) if w.type == "Client Settlement"}
        return Rules(
            rails=Rails(settings.rails.rails, Calendars(settings.rails.overrides)),
            chains=by_asset | {w.id: lines[w.chain] for w in wallets},
            slowest=max(settings.rails.chains, key=lambda line: line.p95),
            desk_first=frozenset(c.id for c in settings.counterparties.clients if c.first == "desk"),
            books=settings.desk.zones.books,
        )

    def chain(self, trade: Trade) -> ChainLine:
        """The chain the trade's coins travel on; the slowest where neither wallet nor asset is known."""
        return self.chains.get(trade.client_wallet_id) or self.chains.get(trade.asset) or self.slowest


def leg_amount(trade: Trade, leg: Leg) -> Decimal:
    """What a leg moves: whole rupiah (half-even) or the size in the asset."""
    if leg is Leg.CLIENT_FIAT:
        return whole_rupiah(trade.client_amount_idr)
    if leg is Leg.COVER_FIAT:
        return whole_rupiah(trade.mm_amount_idr)
    return trade.size


def recorded_order(fact: Fact) -> tuple[datetime, datetime, str]:
    """The key by which facts stand in the order they were recorded; what was recorded together, in the order it happened."""
    return fact.recorded_at, fact.happened_at, fact.fact_id


def order_of(trade: Trade, rules: Rules) -> Mapping[Leg, tuple[Leg, ...]]:
    """The trade's legs in the order they are worked out, each with those it waits for."""
    return _AFTER[trade.side, "desk" if trade.client_id in rules.desk_first else "client"]


def booking_windows(trade: Trade, rules: Rules) -> dict[Leg, Window]:
    """The windows of the tracked legs as the trade alone gives them."""
    return windows(trade, (), rules, lambda _: None)


def windows(trade: Trade, facts: Sequence[Fact], rules: Rules, final_at: Callable[[Leg], datetime | None]) -> dict[Leg, Window]:
    """The windows of the tracked legs; `facts` are those in force, `final_at` gives a leg's finality or None."""
    legs = trade.legs
    moves = [fact for fact in facts if fact.kind in _MOVES]
    found: dict[Leg, Window] = {}
    for leg, waits_for in order_of(trade, rules).items():
        if leg in legs:
            before = [_landing(found[w], final_at(w)) for w in waits_for if w in found]
            moved = _moved(trade, leg, moves, rules) if moves else None
            found[leg] = moved or _planned(trade, leg, before, rules)
    return found


def _landing(window: Window, final_at: datetime | None) -> tuple[datetime, datetime]:
    """When a leg lands for the one that waits: as planned, or at its finality where that came after its window."""
    if final_at is not None and final_at > window.due_at:
        return final_at, final_at
    return window.expected_at, window.due_at


def _planned(trade: Trade, leg: Leg, before: Iterable[tuple[datetime, datetime]], rules: Rules) -> Window:
    expected_start = due_start = trade.traded_at
    for expected, due in before:
        expected_start = max(expected_start, expected)
        due_start = max(due_start, due)
    if not leg.is_fiat:
        chain = rules.chain(trade)
        return _window(expected_start + chain.p50 * _MINUTE, due_start + chain.p95 * _MINUTE)
    amount = leg_amount(trade, leg)
    first = rules.rails.accept("IDR", amount, expected_start, trade.bank_account_id)
    last = first if due_start == expected_start else rules.rails.accept("IDR", amount, due_start, trade.bank_account_id)
    return _window(first.accepted_at, last.accepted_at + last.p95 * _MINUTE, first.rolled)


def _moved(trade: Trade, leg: Leg, moves: Sequence[Fact], rules: Rules) -> Window | None:
    """The window that the leg's own last move sets; None where none moves it."""
    own = [fact for fact in moves if fact.leg is leg]
    if not own:
        return None
    last = max(own, key=recorded_order)
    if last.kind is Kind.EXPECTED and last.due_at is not None:
        return Window(last.due_at, last.due_at)
    if not leg.is_fiat:
        chain = rules.chain(trade)
        return Window(last.happened_at + chain.p50 * _MINUTE, last.happened_at + chain.p95 * _MINUTE)
    taken = rules.rails.accept("IDR", leg_amount(trade, leg), last.happened_at, trade.bank_account_id)
    if last.kind is Kind.INSTRUCTED:
        return Window(taken.accepted_at, taken.accepted_at + taken.p95 * _MINUTE, taken.rolled)
    return Window(last.happened_at, last.happened_at + taken.p95 * _MINUTE)
