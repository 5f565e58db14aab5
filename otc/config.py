"""config/*.yaml -> strict frozen settings: unknown keys refused, times, codes and amounts quoted, each error with its file and key."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from otc.errors import BadNumber, ConfigError, Refused
from otc.money import Style, parse

LARGEST_FILE_BYTES: Final = 1_000_000
DAY_END: Final = time.max
"""`24:00`: a window that never closes."""


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


@dataclass(frozen=True, slots=True)
class User:
    id: str
    roles: tuple[Literal["trader", "operations", "finance", "admin", "read_only"], ...]


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
    folder: Path = field(default=Path("config"), compare=False)


def load(folder: Path) -> Settings:
    """Read the four files of a folder; ConfigError names the file, the key and what is allowed."""
    desk = cast(DeskSettings, read_file(folder / "desk.yaml", DeskSettings))
    settings = Settings(
        desk=desk,
        spreads=load_spreads(folder, desk),
        rails=cast(RailSettings, read_file(folder / "rails.yaml", RailSettings)),
        counterparties=cast(Counterparties, read_file(folder / "counterparties.yaml", Counterparties)),
        folder=folder,
    )
    _check_references(settings)
    return settings


def load_spreads(folder: Path, desk: DeskSettings) -> Spreads:
    """Read spreads.yaml alone: every configured pair with tiers A, B and C, each from 0 to 1000 bps."""
    path = folder / "spreads.yaml"
    spreads = cast(Spreads, read_file(path, Mapping[str, Mapping[Literal["A", "B", "C"], Decimal]]))
    for pair in spreads:
        if pair not in desk.pairs:
            raise ConfigError(f"{path}: {pair}: no such pair in desk.yaml; allowed are {_listed(desk.pairs)}.")
    for pair in desk.pairs:
        for tier in ("A", "B", "C"):
            if tier not in spreads.get(pair, {}):
                raise ConfigError(f"{path}: {pair}.{tier}: missing; each pair of desk.yaml needs tiers A, B and C.")
            if not 0 <= spreads[pair][tier] <= 1000:
                raise ConfigError(f"{path}: {pair}.{tier}: {spreads[pair][tier]} bps; allowed is 0 to 1000.")
    return spreads


def _check_references(settings: Settings) -> None:
    path, parties = settings.folder / "counterparties.yaml", settings.counterparties
    for group in ("clients", "market_makers", "banks", "wallets", "exchanges"):
        ids = [entry.id for entry in getattr(parties, group)]
        for repeated in {i for i in ids if ids.count(i) > 1}:
            raise ConfigError(f"{path}: {group}: id {repeated} stands twice; each id is used once.")
    chains = {line.chain for line in settings.rails.chains}
    for wallet in parties.wallets:
        if wallet.chain not in chains:
            raise ConfigError(f"{path}: wallets.{wallet.id}.chain: {wallet.chain!r}; rails.yaml has {_listed(chains)}.")
    for client in parties.clients:
        if client.bank and not parties.bank(client.bank):
            raise ConfigError(
                f"{path}: clients.{client.id}.bank: {client.bank!r} is none of {_listed(b.id for b in parties.banks)}."
            )


def read_file(path: Path, wanted: Any) -> object:
    """Read one YAML file as a record type; every departure from the type is a ConfigError."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise ConfigError(f"{path}: larger than {LARGEST_FILE_BYTES} bytes; a configuration file is not.")
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: the file is missing; restore it or name another folder with --config.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}).") from None
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" at line {where.line + 1}" if where else ""
        raise ConfigError(f"{path}: is not YAML{line}; mend it or restore the last version.") from None
    return _read(content, wanted, str(path), "")


def _listed(names: Any) -> str:
    return ", ".join(str(name) for name in sorted(names)) or "none"


def _read(value: Any, wanted: Any, file: str, key: str) -> Any:
    """Check and convert one YAML value against a type of this module."""
    origin, arguments = get_origin(wanted), get_args(wanted)
    if is_dataclass(wanted):
        return _read_record(value, cast(type, wanted), file, key)
    if origin is Literal:
        if value not in arguments or isinstance(value, bool):
            raise _refused(file, key, value, f"one of {_listed(arguments)}")
        return value
    if origin in (Union, types.UnionType):
        inner = next(a for a in arguments if a is not type(None))
        return None if value == "" else _read(value, inner, file, key)
    if origin is tuple:
        if not isinstance(value, list):
            raise _refused(file, key, value, "a list")
        return tuple(_read(item, arguments[0], file, f"{key}[{n}]") for n, item in enumerate(value))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise _refused(file, key, value, "a table of keys and values")
        return {
            _read(k, arguments[0], file, _join(key, k)): _read(v, arguments[1], file, _join(key, k)) for k, v in value.items()
        }
    return _read_scalar(value, wanted, file, key)


def _read_record(value: Any, wanted: type, file: str, key: str) -> Any:
    hints = get_type_hints(wanted)
    known = {f.name.rstrip("_"): f for f in fields(wanted)}
    if not isinstance(value, dict):
        raise _refused(file, key, value, f"a table with {_listed(known)}")
    for name in value:
        if name not in known:
            raise ConfigError(f"{file}: {_join(key, name)}: unknown key; allowed are {_listed(known)}.")
    read = {}
    for name, declared in known.items():
        if name in value:
            read[declared.name] = _read(value[name], hints[declared.name], file, _join(key, name))
        elif declared.default is MISSING:
            raise ConfigError(f"{file}: {_join(key, name)}: missing; needed are {_listed(known)}.")
    return wanted(**read)


def _read_scalar(value: Any, wanted: Any, file: str, key: str) -> Any:
    if wanted is bool:
        if not isinstance(value, bool):
            raise _refused(file, key, value, "true or false")
        return value
    if wanted is int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
            raise _refused(file, key, value, "a whole number from 0 to 1000000")
        return value
    if not isinstance(value, str):
        raise _refused(file, key, value, _EXAMPLES.get(wanted, 'quoted text like "text"'))
    if wanted is str:
        return value
    try:
        return _FROM_TEXT[wanted](value)
    except (ValueError, BadNumber, ZoneInfoNotFoundError):
        raise _refused(file, key, value, _EXAMPLES[wanted]) from None


def _read_time(text: str) -> time:
    return DAY_END if text == "24:00" else time.fromisoformat(text)


_FROM_TEXT: Final[dict[Any, Any]] = {
    Decimal: parse,
    date: date.fromisoformat,
    time: _read_time,
    ZoneInfo: ZoneInfo,
}
_EXAMPLES: Final[dict[Any, str]] = {
    Decimal: 'a quoted plain number like "0.0021"',
    date: 'a quoted day like "2024-12-31"',
    time: 'a quoted time like "14:00"',
    ZoneInfo: 'a time zone like "Asia/Makassar"',
}


def _join(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)


def _refused(file: str, key: str, value: Any, allowed: str) -> ConfigError:
    return ConfigError(f"{file}: {key or 'the file'}: {value!r} stands there; allowed is {allowed}.")
