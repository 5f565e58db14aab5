"""config/*.yaml -> strict frozen settings, checked against one another; an error names file, key and what is allowed."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal, cast
from zoneinfo import ZoneInfo

import holidays

from otc.config.markets import MarketSettings, TwoWaySettings, Venues, load_venues
from otc.errors import ConfigError, Refused
from otc.money import Style, plain
from otc.strict_yaml import DAY_END as DAY_END
from otc.strict_yaml import listed, read_file

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Zones:
    desk: ZoneInfo
    books: ZoneInfo


@dataclass(frozen=True, slots=True)
class PairSettings:
    tick: Decimal
    size_places: int
    band_low: Decimal
    band_high: Decimal


@dataclass(frozen=True, slots=True)
class TaxLine:
    from_: date
    code: str
    rate: Decimal
    payer: Literal["client", "desk", "seller", "buyer"]
    base: Literal["client_amount"]


@dataclass(frozen=True, slots=True)
class Quoting:
    rounding: Literal["desk_favour", "half_even"]
    markup: Literal["source", "gross_up"]
    override_max_bps: Decimal
    override_floor_bps: Decimal
    mid_band_percent: Decimal
    largest_notional_idr: Decimal
    valid_s: int


@dataclass(frozen=True, slots=True)
class User:
    id: str
    roles: tuple[Literal["trader", "operations", "finance", "admin", "read_only"], ...]
    key_sha256: str = ""
    """Of the user's key for HTTP, in hexadecimal; empty where there is none."""


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """desk.yaml"""

    name: str
    zones: Zones
    pairs: Mapping[str, PairSettings]
    tax: tuple[TaxLine, ...]
    quoting: Quoting
    number_style: Style
    users: tuple[User, ...]
    market: MarketSettings = field(default_factory=MarketSettings)
    two_way: TwoWaySettings = field(default_factory=TwoWaySettings)

    def tax_on(self, day: date) -> TaxLine:
        """The line in force on a day of the books zone; Refused where there is none."""
        lines = [line for line in self.tax if line.from_ <= day]
        if not lines:
            raise Refused(f"No tax line of desk.yaml is in force on {day}; add one that starts on or before it.")
        return max(lines, key=lambda line: line.from_)


@dataclass(frozen=True, slots=True)
class RailLine:
    """One rail of one bank for one currency; takes min < amount <= max."""

    rail: str
    bank: str
    currency: str
    min: Decimal
    max: Decimal | None
    zone: ZoneInfo
    open: time
    close: time
    accepting: tuple[str, ...]
    value: tuple[str, ...]
    lag_days: int
    p50: int
    p95: int


@dataclass(frozen=True, slots=True)
class DayOverride:
    calendar: str
    day: date
    closed: bool
    decreed: date
    why: str


@dataclass(frozen=True, slots=True)
class Finality:
    up_to: Decimal | None
    confirmations: int


@dataclass(frozen=True, slots=True)
class ChainLine:
    chain: str
    p50: int
    p95: int
    finality: tuple[Finality, ...]


@dataclass(frozen=True, slots=True)
class RailSettings:
    """rails.yaml"""

    rails: tuple[RailLine, ...]
    overrides: tuple[DayOverride, ...]
    chains: tuple[ChainLine, ...]


@dataclass(frozen=True, slots=True)
class Client:
    id: str
    name: str
    type: str
    tier: Literal["A", "B", "C"]
    first: Literal["client", "desk"] = "client"
    bank: str = ""
    limit_idr: Decimal = Decimal(0)
    """The most that may be one leg out to the client; 0 sets none."""


@dataclass(frozen=True, slots=True)
class MarketMaker:
    id: str
    name: str
    wallet: str


@dataclass(frozen=True, slots=True)
class Bank:
    id: str
    name: str
    currency: str
    type: str
    account: str
    holder: str


@dataclass(frozen=True, slots=True)
class Wallet:
    id: str
    chain: str
    asset: str
    type: str


@dataclass(frozen=True, slots=True)
class Exchange:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Counterparties:
    """counterparties.yaml"""

    clients: tuple[Client, ...]
    market_makers: tuple[MarketMaker, ...]
    banks: tuple[Bank, ...]
    wallets: tuple[Wallet, ...]
    exchanges: tuple[Exchange, ...] = ()

    def client(self, client_id: str) -> Client | None:
        return next((c for c in self.clients if c.id == client_id), None)

    def market_maker(self, market_maker_id: str) -> MarketMaker | None:
        return next((m for m in self.market_makers if m.id == market_maker_id), None)

    def bank(self, bank_id: str) -> Bank | None:
        return next((b for b in self.banks if b.id == bank_id), None)

    def wallet(self, wallet_id: str) -> Wallet | None:
        return next((w for w in self.wallets if w.id == wallet_id), None)

    def client_wallet(self, asset: str) -> Wallet | None:
        """The desk's wallet from which clients of an asset are served."""
        ours = [w for w in self.wallets if w.asset == asset]
        return next((w for w in ours if w.type == "Client Settlement"), ours[0] if ours else None)


Spreads = Mapping[str, Mapping[str, Decimal]]
"""pair -> tier -> basis points per side."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All of config/, checked against itself."""

    desk: DeskSettings
    spreads: Spreads
    rails: RailSettings
    counterparties: Counterparties
    venues: Venues = field(default_factory=dict)
    folder: Path = field(default=Path("config"), compare=False)


def load(folder: Path) -> Settings:
    """Read the five files of a folder; ConfigError names the file, the key and what is allowed."""
    desk = cast(DeskSettings, read_file(folder / "desk.yaml", DeskSettings))
    settings = Settings(
        desk=desk,
        spreads=load_spreads(folder, desk),
        rails=cast(RailSettings, read_file(folder / "rails.yaml", RailSettings)),
        counterparties=cast(Counterparties, read_file(folder / "counterparties.yaml", Counterparties)),
        venues=load_venues(folder),
        folder=folder,
    )
    _check_values(settings)
    _check_references(settings)
    return settings


def load_spreads(folder: Path, desk: DeskSettings) -> Spreads:
    """Read spreads.yaml alone: every configured pair with tiers A, B and C, each from 0 to 1000 bps."""
    path = folder / "spreads.yaml"
    spreads = cast(Spreads, read_file(path, Mapping[str, Mapping[Literal["A", "B", "C"], Decimal]]))
    for pair in spreads:
        if pair not in desk.pairs:
            raise ConfigError(f"{path}: {pair}: no such pair in desk.yaml; allowed are {listed(desk.pairs)}.")
    for pair in desk.pairs:
        for tier in ("A", "B", "C"):
            if tier not in spreads.get(pair, {}):
                raise ConfigError(f"{path}: {pair}.{tier}: missing; each pair of desk.yaml needs tiers A, B and C.")
            if not 0 <= spreads[pair][tier] <= 1000:
                raise ConfigError(f"{path}: {pair}.{tier}: {plain(spreads[pair][tier])} bps; allowed is 0 to 1000.")
    return spreads


def _check_values(settings: Settings) -> None:
    """What a type cannot say: bounds of numbers, and what has to come before what."""
    desk, rails, quoting = settings.desk, settings.rails, settings.desk.quoting

    def demand(holds: bool, key: str, allowed: str) -> None:
        if not holds:
            raise ConfigError(f"{settings.folder}/{key}: allowed is {allowed}.")

    for name, pair in desk.pairs.items():
        key = f"desk.yaml: pairs.{name}"
        demand(name.endswith("/IDR") and name != "/IDR", key, "a pair in rupiah like USDT/IDR")
        demand(pair.tick > 0, f"{key}.tick", "a number above 0")
        demand(pair.size_places <= 18, f"{key}.size_places", "0 to 18")
        demand(0 < pair.band_low <= pair.band_high, f"{key}.band_high", "a number not below band_low, which is above 0")
    demand(
        len({line.from_ for line in desk.tax}) == len(desk.tax) > 0, "desk.yaml: tax", "one line or more, each from its own day"
    )
    demand(all(0 <= line.rate <= Decimal("0.5") for line in desk.tax), "desk.yaml: tax.rate", '"0" to "0.5"')
    for bound, most in (("override_max_bps", 1000), ("override_floor_bps", 1000), ("mid_band_percent", 100)):
        demand(0 <= getattr(quoting, bound) <= most, f"desk.yaml: quoting.{bound}", f'"0" to "{most}"')
    demand(quoting.largest_notional_idr > 0, "desk.yaml: quoting.largest_notional_idr", "a number above 0")
    keys = [user.key_sha256.lower() for user in desk.users if user.key_sha256]
    for key in keys:
        demand(bool(_SHA256.fullmatch(key)), "desk.yaml: users.key_sha256", "the 64 hexadecimal digits of a SHA-256, or empty")
    demand(len(set(keys)) == len(keys), "desk.yaml: users.key_sha256", "a key of their own for each user")
    _check_two_way(desk, demand)
    countries = holidays.list_supported_countries()
    banks = ("*", *(bank.id for bank in settings.counterparties.banks))
    for number, rail in enumerate(rails.rails):
        key = f"rails.yaml: rails[{number}]"
        demand(rail.bank in banks, f"{key}.bank", f"one of {listed(banks)}")
        demand(rail.open < rail.close, f"{key}.close", "a time after open")
        above_min = rail.max is None or rail.min < rail.max
        demand(rail.min >= 0 and above_min, f"{key}.max", "a number above min, which is 0 or more")
        for calendar in (*rail.accepting, *rail.value):
            demand(calendar in countries, f"{key}: calendar {calendar!r}", "a country's two letters such as ID or US")
    for bank in {rail.bank for rail in rails.rails if rail.currency == "IDR"} | {"*"}:
        lines = [rail for rail in rails.rails if rail.currency == "IDR" and rail.bank == bank]
        demand(_takes_all(lines), f"rails.yaml: rails for IDR of bank {bank!r}", "lines that together take every amount above 0")
    demand(bool(rails.chains), "rails.yaml: chains", "at least one chain")
    for p50, p95 in [(line.p50, line.p95) for line in rails.rails] + [(line.p50, line.p95) for line in rails.chains]:
        demand(p50 <= p95, "rails.yaml: p95", f"{p50}, the p50 beside it, or more")


def _check_two_way(desk: DeskSettings, demand: Callable[[bool, str, str], None]) -> None:
    """Each pair of the two-way quote can be priced: a clip, a tick and tiers of its own, or those of its rupiah pair."""
    two_way = desk.two_way
    demand(two_way.horizon_s > 0, "desk.yaml: two_way.horizon_s", "a number of seconds above 0")
    demand(0 < two_way.pays_p50_min < two_way.pays_p95_min, "desk.yaml: two_way.pays_p95_min", "a number above pays_p50_min")
    for name, pair in two_way.pairs.items():
        key = f"desk.yaml: two_way.pairs.{name}"
        demand(pair.clip > 0, f"{key}.clip", "a number above 0")
        demand(pair.eta_bps > 0, f"{key}.eta_bps", "a number above 0")
        own = pair.tick > 0 and bool(pair.spreads)
        demand(name in desk.pairs or own, key, "a rupiah pair of pairs, or one with tick and spreads of its own")


def _takes_all(lines: Sequence[RailLine]) -> bool:
    """Whether the lines leave no gap from 0 to the largest amount."""
    reached = Decimal(0)
    for line in sorted(lines, key=lambda line: line.min):
        if line.min > reached:
            return False
        if line.max is None:
            return True
        reached = max(reached, line.max)
    return False


def _check_references(settings: Settings) -> None:
    path, parties = settings.folder / "counterparties.yaml", settings.counterparties
    for group in ("clients", "market_makers", "banks", "wallets", "exchanges"):
        ids = [entry.id for entry in getattr(parties, group)]
        for repeated in {i for i in ids if ids.count(i) > 1}:
            raise ConfigError(f"{path}: {group}: id {repeated} stands twice; each id is used once.")
    chains = {line.chain for line in settings.rails.chains}
    users = [user.id for user in settings.desk.users]
    for repeated in {user for user in users if users.count(user) > 1}:
        raise ConfigError(f"{settings.folder}/desk.yaml: users: id {repeated} stands twice; each id is used once.")
    for wallet in parties.wallets:
        if wallet.chain not in chains:
            raise ConfigError(f"{path}: wallets.{wallet.id}.chain: {wallet.chain!r}; rails.yaml has {listed(chains)}.")
    for maker in parties.market_makers:
        if maker.wallet and not parties.wallet(maker.wallet):
            wallets = listed(w.id for w in parties.wallets)
            raise ConfigError(f"{path}: market_makers.{maker.id}.wallet: {maker.wallet!r} is none of {wallets}.")
    for client in parties.clients:
        if client.bank and not parties.bank(client.bank):
            raise ConfigError(
                f"{path}: clients.{client.id}.bank: {client.bank!r} is none of {listed(b.id for b in parties.banks)}."
            )
