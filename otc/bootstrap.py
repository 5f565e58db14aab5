"""config/ and a place for the store -> a wired Desk."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from otc.clock import Clock, system_clock, ticking_from
from otc.codec import to_json
from otc.config import DeskSettings, Settings, Spreads, load, load_spreads
from otc.desk import Desk
from otc.desk.rfqs import Rfqs
from otc.errors import ConfigError, Refused, StoreError
from otc.ids import content_id
from otc.ingest.transaction_rows import RowChecker
from otc.ingest.transactions import TransactionFile
from otc.model.market import MarketView, Signals
from otc.ports import MarketData, Meta, Store
from otc.quoting.two_way import Pricer
from otc.sample import DEFAULT_SEED, DEFAULT_TRADES, SAMPLE_INSTANT
from otc.sample.files import write
from otc.sample.year import rows as sample_rows
from otc.settlement.legs import Rules
from otc.store.csv_folder import open_csv_folder
from otc.store.duckdb_file import open_duckdb
from otc.store.packing import Packing
from otc.store.schema import VERSION

DEFAULT_CONFIG = Path("config")
DEFAULT_STORE = Path("data/desk.duckdb")


class SpreadTable:
    """spreads.yaml as it stands now: read again when the file changes, the last good one kept while it is broken."""

    def __init__(self, folder: Path, desk: DeskSettings, first: Spreads) -> None:
        self._folder, self._desk = folder, desk
        self._good = first
        self._seen = self._stamp()
        self.problem = ""

    def __call__(self) -> Spreads:
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._good, self.problem = load_spreads(self._folder, self._desk), ""
            except ConfigError as error:
                self.problem = f"{error} The last good spreads stay in force."
        return self._good

    def _stamp(self) -> tuple[int, int]:
        try:
            stat = (self._folder / "spreads.yaml").stat()
        except OSError:
            return (0, 0)
        return stat.st_mtime_ns, stat.st_size


@dataclass(frozen=True)
class Seen:
    """A market that was looked at once, and not watched."""

    seen: MarketView

    def view(self) -> MarketView:
        return self.seen

    def signals(self) -> Signals:
        return Signals()


@dataclass(frozen=True)
class NoMarket:
    """The market of a desk that watches none: no books, nothing known."""

    clock: Clock

    def view(self) -> MarketView:
        return MarketView(self.clock())

    def signals(self) -> Signals:
        return Signals()


@dataclass(frozen=True)
class Wired:
    """A desk with what only its surroundings need: the spread table's problem, its requests for quotes, the market they see."""

    desk: Desk
    spreads: SpreadTable
    rfqs: Rfqs

    @property
    def market(self) -> MarketData:
        return self.rfqs.market

    def on(self, market: MarketData) -> "Wired":
        """The same desk, looking at another market."""
        return replace(self, rfqs=replace(self.rfqs, market=market))


def wire(
    config: Path = DEFAULT_CONFIG,
    place: Path = DEFAULT_STORE,
    *,
    create: bool = False,
    clock: Clock = system_clock,
    progress: Callable[[int], None] = lambda trades: None,
) -> Wired:
    """Load the configuration, open the store, bring its projection up to the rules, and give the desk."""
    settings = load(config)
    rules = Rules.of(settings)
    store = open_store(place, create=create, now=clock())
    meta = store.meta
    spreads = SpreadTable(config, settings.desk, settings.spreads)
    own_clock = ticking_from(meta.instant, meta.created_at, clock) if meta.instant else clock
    desk = Desk(settings, rules, Pricer(settings, spreads), store, own_clock)
    wanted = rules_id(settings)
    if meta.rules_id != wanted:
        desk.rebuild(progress)
        store.set_meta(replace(meta, rules_id=wanted))
    return Wired(desk, spreads, Rfqs(settings, rules, spreads, store, own_clock, NoMarket(own_clock)))


def open_store(place: Path, *, create: bool, now: datetime) -> Store:
    """Open a `.duckdb` file or a CSV folder; a store of another version is refused with a sentence."""
    if str(place).startswith(("postgres:", "postgresql:")):
        raise StoreError("This desk keeps its store in a .duckdb file or a folder of CSV files; name one of them with --store.")
    store = open_duckdb(place, create) if place.suffix == ".duckdb" else open_csv_folder(place, create)
    try:
        found = store.meta
    except IndexError:
        if not create:
            store.close()
            raise StoreError(f"{place} holds no store; make one with: python -m otc --store {place} init") from None
        store.set_meta(Meta(VERSION, "", None, now))
        return store
    if found.schema_version != VERSION:
        store.close()
        way = "use the release that made it" if found.schema_version > VERSION else "migrate it"
        raise StoreError(f"{place} is a store of version {found.schema_version}, this desk reads version {VERSION}; {way}.")
    try:
        store.recover()
    except StoreError:
        store.close()
        raise
    return store


def rules_id(settings: Settings) -> str:
    """The part of the configuration that windows and months depend on, as an id."""
    first = [(client.id, client.first) for client in settings.counterparties.clients]
    parts = (settings.rails, settings.desk.zones.books.key, first, settings.counterparties.wallets)
    return content_id(*(to_json(part) for part in parts))


def transaction_file(desk: Desk, path: Path) -> TransactionFile:
    """A transactions file to import into this desk."""
    if not path.is_file():
        raise Refused(f"{path} is no file; name a transactions CSV of the 31 columns.")
    checker = RowChecker(desk.settings, desk.rules, path.name, desk.now())
    return TransactionFile(path, checker, Packing(desk.settings, desk.rules))


def init_store(place: Path, config: Path) -> None:
    """Make an empty store, or open one to see that it is whole."""
    wire(config, place, create=True).desk.store.close()


def init_sample(place: Path, config: Path, progress: Callable[[str, float], None] = lambda words, share: None) -> None:
    """Make the sample year, book it into a new or empty store, and label the store SAMPLE; repeated it changes nothing.

    The store's clock starts at the sample's instant; a store that holds other trades is refused.
    """
    progress("Making the sample year", 0.05)
    settings = load(config)
    wired = wire(config, place, create=True)
    store = wired.desk.store
    try:
        meta = store.meta
        if meta.label != "SAMPLE" and store.transaction_ids():
            raise Refused(f"{place} holds trades of its own; the sample year goes into a new store.")
        store.set_meta(
            replace(meta, label="SAMPLE", instant=SAMPLE_INSTANT, created_at=meta.created_at if meta.instant else system_clock())
        )
        with TemporaryDirectory() as folder:
            write(Path(folder), sample_rows(DEFAULT_SEED, DEFAULT_TRADES, settings), settings)
            progress("Booking the sample year", 0.5)
            desk = replace(wired.desk, clock=lambda: SAMPLE_INSTANT)
            desk.import_transactions(transaction_file(desk, Path(folder) / "transactions.csv"))
        progress("Ready", 1.0)
    finally:
        store.close()
