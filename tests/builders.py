"""Trades, facts and desks for tests: built in one line each, or drawn by Hypothesis."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from otc.bootstrap import NoMarket, open_store
from otc.config import Settings, load
from otc.desk import Desk
from otc.desk.rfqs import Rfqs
from otc.model import Cover, Fact, Kind, Leg, Projection, Side, Trade
from otc.ports import Changes, MarketData, Moment, Store
from otc.quoting.two_way import Pricer
from otc.settlement.legs import Rules
from otc.settlement.status import project

ROOT = Path(__file__).resolve().parent.parent
DESK_ZONE = ZoneInfo("Asia/Makassar")
LARGE = Decimal(1_505_400_000)
"""Rupiah above the BI-FAST limit: the window of 08:00 to 14:00 binds."""
SMALL = Decimal(150_540_000)
"""Rupiah that BI-FAST takes at any hour."""
MONDAY = "2024-03-04 10:00"
"""A working Monday in the window, with a working week behind it."""
STORE_KINDS = ("duckdb", "csv")
_numbers = count(1)


def at(local: str) -> datetime:
    """The UTC instant of a time in the desk's zone, as `2024-12-31 14:10`."""
    return datetime.fromisoformat(local).replace(tzinfo=DESK_ZONE).astimezone(UTC)


def minutes(number: int) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=number)


@cache
def shipped() -> Settings:
    """The configuration as shipped."""
    return load(ROOT / "config")


@cache
def rules(*desk_first: str) -> Rules:
    """The shipped settlement rules, with clients for whom the desk delivers first."""
    return replace(Rules.of(shipped()), desk_first=frozenset(desk_first))


def trade(
    traded_at: str | datetime = MONDAY,
    side: Side = Side.BUY,
    amount: Decimal = LARGE,
    *,
    transaction_id: str = "T-1",
    cover: Cover = Cover.UNTRACKED,
    pair: str = "USDT/IDR",
    client_id: str = "CLT-001",
    **terms: object,
) -> Trade:
    """A coherent trade: gross = |client - MM amount|, tax 0.21% of the client amount, net = gross - tax."""
    instant = at(traded_at) if isinstance(traded_at, str) else traded_at
    client_price = Decimal(15_054) if side is Side.BUY else Decimal(14_946)
    size = (amount / client_price).quantize(Decimal("0.000001"))
    mm_amount = size * 15_000
    gross, tax = abs(amount - mm_amount), amount * Decimal("0.0021")
    made = Trade(
        transaction_id=transaction_id,
        traded_at=instant,
        pair=pair,
        side=side,
        client_id=client_id,
        client_name="Client 01",
        client_type="Corporate",
        client_tier="A",
        market_maker_id="MM-001",
        market_maker_name="Maker One",
        size=size,
        mid_price_idr=Decimal(15_000),
        mm_price_idr=Decimal(15_000),
        client_price_idr=client_price,
        spread_bps=Decimal(15),
        mm_amount_idr=mm_amount,
        client_amount_idr=amount,
        gross_spread_idr=gross,
        tax_idr=tax,
        net_pnl_idr=gross - tax,
        bank_account_id="BANK-IDR-001",
        client_wallet_id="WALLET-USDT-001",
        mm_wallet_id="WALLET-MM-USDT",
        exchange_ref="",
        notes="",
        cover=cover,
        recorded_at=instant,
    )
    return replace(made, **terms)  # type: ignore[arg-type]  # a test names fields of Trade


def fact(
    of: Trade,
    kind: Kind,
    leg: Leg | None = None,
    happened_at: str | datetime | None = None,
    recorded_at: str | datetime | None = None,
    *,
    amount: Decimal | None = None,
    evidence: str = "",
    due_at: datetime | None = None,
    note: str = "because",
    fact_id: str = "",
) -> Fact:
    """One fact of a trade by ops-1, recorded when it happened unless said otherwise; its id is new unless given."""
    happened = at(happened_at) if isinstance(happened_at, str) else happened_at or of.traded_at
    recorded = at(recorded_at) if isinstance(recorded_at, str) else recorded_at or happened
    name = fact_id or f"{of.transaction_id}-{next(_numbers):06d}"
    return Fact(name, kind, of.transaction_id, leg, happened, recorded, "ops-1", evidence, amount, due_at, note)


def landed(of: Trade, *times: str | datetime) -> list[Fact]:
    """A whole confirmation of each tracked leg, in the order of the legs, at these times; the last time serves the rest."""
    ends = [*times, *[times[-1]] * (len(of.legs) - len(times))]
    return [fact(of, Kind.CONFIRMED, leg, end) for leg, end in zip(of.legs, ends, strict=False)]


# ---------------------------------------------------------------- desks


@dataclass
class HandClock:
    """A clock that stands until it is set."""

    instant: datetime = field(default_factory=lambda: at("2024-03-04 10:00"))

    def __call__(self) -> datetime:
        return self.instant

    def set(self, local: str | datetime) -> None:
        """Put the clock to a time of the desk's zone."""
        self.instant = at(local) if isinstance(local, str) else local


def place_of(kind: str, folder: Path) -> Path:
    """Where a store of a kind lies in a folder."""
    return folder / ("store.duckdb" if kind == "duckdb" else "store")


def opened(kind: str, folder: Path, *, create: bool = True) -> Store:
    """A store of a kind in a folder."""
    return open_store(place_of(kind, folder), create=create, now=at("2024-01-01 00:00"))


def desk_on(store: Store, clock: Callable[[], datetime] | None = None, by: Rules | None = None) -> Desk:
    """A desk of the shipped configuration on a store."""
    settings = shipped()
    return Desk(settings, by or rules(), Pricer(settings, lambda: settings.spreads), store, clock or HandClock())


def rfqs_on(desk: Desk, market: MarketData | None = None) -> Rfqs:
    """The requests for two-way quotes of a desk, priced from a market; from none at all by default."""
    return Rfqs(desk.settings, desk.rules, desk.pricer.spreads, desk.store, desk.clock, market or NoMarket(desk.clock))


History = tuple[Trade, list[Fact]]


def book(store: Store, histories: Iterable[History], by: Rules | None = None) -> None:
    """Append trades and their facts with what they project to, in one write."""
    known = list(histories)
    with store.writing() as writer:
        writer.append(
            Changes(
                trades=[one for one, _ in known],
                facts=[said for _, facts in known for said in facts],
                projections=[project(one, facts, by or rules()) for one, facts in known],
            )
        )


def projected(histories: Iterable[History], moment: Moment, by: Rules | None = None) -> list[Projection]:
    """What a desk would hold that had only ever heard what had happened, and was recorded, by a moment."""
    known_at = moment.known_at
    made = []
    for one, facts in histories:
        if one.traded_at <= moment.as_of and (known_at is None or one.recorded_at <= known_at):
            heard = [f for f in facts if f.happened_at <= moment.as_of and (known_at is None or f.recorded_at <= known_at)]
            made.append(project(one, heard, by or rules()))
    return made


# ---------------------------------------------------------------- drawn at random

SPAN_MINUTES = 80 * 24 * 60
START = at("2024-11-28 09:00")
"""Two month ends, a year's end and several holidays lie in the span from here."""


@st.composite
def instants(draw: st.DrawFn, since: datetime = START) -> datetime:
    """A time in the span, on a coarse grid, so that some coincide."""
    grid = 6 * 60
    return since + draw(st.integers(0, SPAN_MINUTES // grid)) * minutes(grid)


_TELLING: Final = (Kind.EXPECTED, Kind.MISMATCH, Kind.FAILED, Kind.RETURNED, Kind.REVERSED, Kind.RESOLVED)


@st.composite
def drawn_fact(draw: st.DrawFn, of: Trade, number: int, earlier: Sequence[Fact]) -> Fact:
    """Any fact of a trade: of any kind, whole or in part, recorded at once or days late; a reversal names an earlier one."""
    kind = draw(st.sampled_from([*[Kind.CONFIRMED] * 5, *_TELLING * 2, *Kind]))
    if kind is Kind.REVERSED and not earlier:
        kind = Kind.CONFIRMED
    needs_leg = kind in (Kind.CONFIRMED, Kind.RETURNED, Kind.INSTRUCTED, Kind.ACCEPTED, Kind.CORRESPONDENT, Kind.EXPECTED)
    leg = draw(st.sampled_from(of.legs)) if needs_leg or draw(st.booleans()) else None
    happened = of.traded_at + draw(st.integers(0, 60)) * minutes(8 * 60)
    recorded = happened + draw(st.sampled_from([minutes(0), minutes(0), minutes(30), timedelta(days=3), timedelta(days=20)]))
    whole = of.size if leg is not None and not leg.is_fiat else of.client_amount_idr
    share = draw(st.sampled_from([None, None, None, Decimal("0.4"), Decimal("0.6"), Decimal(1), Decimal("1.1")]))
    amount = (whole * share).quantize(Decimal("0.000001")) if share and kind is Kind.CONFIRMED else None
    return fact(
        of,
        kind,
        leg,
        happened,
        recorded,
        amount=amount,
        evidence=draw(st.sampled_from(earlier)).fact_id if kind is Kind.REVERSED else "purpose" if kind is Kind.AMENDED else "",
        due_at=happened + draw(st.integers(0, 20)) * minutes(12 * 60) if kind is Kind.EXPECTED else None,
        note="SETTLED" if kind is Kind.REPORTED else "because",
        fact_id=f"{of.transaction_id}-{number:02d}",
    )


@st.composite
def drawn_history(draw: st.DrawFn, transaction_id: str = "T-1", most_facts: int = 8) -> History:
    """A trade of any shape and what is said of it."""
    one = trade(
        draw(instants()),
        draw(st.sampled_from(Side)),
        draw(st.sampled_from([SMALL, LARGE])) + draw(st.integers(0, 99)),
        transaction_id=transaction_id,
        cover=draw(st.sampled_from(Cover)),
        pair=draw(st.sampled_from(["USDT/IDR", "BTC/IDR"])),
        client_id=draw(st.sampled_from(["CLT-001", "CLT-002"])),
        market_maker_id=draw(st.sampled_from(["MM-001", "MM-002"])),
        client_wallet_id=draw(st.sampled_from(["WALLET-USDT-001", "WALLET-BTC-001"])),
    )
    facts: list[Fact] = []
    if draw(st.integers(0, 2)) == 0:  # a third lands as it should
        ends = [one.traded_at + draw(st.integers(0, 40)) * minutes(8 * 60) for _ in one.legs]
        facts = [
            fact(one, Kind.CONFIRMED, leg, end, fact_id=f"{transaction_id}-{leg}")
            for leg, end in zip(one.legs, ends, strict=True)
        ]
    for number in range(draw(st.integers(0, most_facts))):
        facts.append(draw(drawn_fact(one, number, facts)))
    return one, facts


@st.composite
def moments(draw: st.DrawFn, histories: Sequence[History]) -> Moment:
    """A telling instant of some histories, or just before it, or far off; as known then, now, or some time between."""
    told = {f.happened_at for _, facts in histories for f in facts} | {
        f.due_at for _, facts in histories for f in facts if f.due_at
    }
    told |= {one.traded_at for one, _ in histories}
    beside = [timedelta(0), timedelta(0), timedelta(microseconds=-1), timedelta(hours=7), timedelta(days=60)]
    as_of = draw(st.sampled_from(sorted(told))) + draw(st.sampled_from(beside))
    known_at = draw(st.sampled_from([None, None, as_of, as_of + timedelta(days=2), as_of - timedelta(days=2)]))
    return Moment(as_of, known_at)


@st.composite
def asked(draw: st.DrawFn, most: int = 1, most_facts: int = 6) -> tuple[list[History], Moment]:
    """Some histories and a moment to ask about them."""
    histories = [draw(drawn_history(f"T-{number}", most_facts)) for number in range(draw(st.integers(1, most)))]
    return histories, draw(moments(histories))
