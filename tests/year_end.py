"""Sixty trades around the end of 2024, each with a fate that is known: a small store for the pages that ops and finance read."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from otc.bootstrap import wire
from otc.clock import system_clock
from otc.model import Kind, Side, Trade
from tests.builders import LARGE, ROOT, History, at, book, fact, landed, minutes, trade

NOW = "2025-01-02 09:00"
"""The store's own present, a Thursday; the RTGS window closes at 14:00."""
_PAIRS = ("USDT/IDR", "BTC/IDR", "USDC/IDR")


@dataclass(frozen=True)
class YearEnd:
    """The trades by their fate as of NOW."""

    december: tuple[History, ...]
    """Traded and landed in December."""
    before: tuple[History, ...]
    """Traded on 29 November after the cut-off, landed on 2 December."""
    rolled: tuple[History, ...]
    """Traded on 31 December after the cut-off, landed on 2 January."""
    silent: tuple[History, ...]
    """Windows long passed, nothing heard: two of 20 December, two of the 30th, one of the 31st."""
    fresh: tuple[History, ...]
    """Traded on the morning of NOW, inside their windows."""
    failed: tuple[History, ...]
    cancelled: tuple[History, ...]

    @property
    def everything(self) -> list[History]:
        groups = (self.december, self.before, self.rolled, self.silent, self.fresh, self.failed, self.cancelled)
        return [history for group in groups for history in group]

    @property
    def problems(self) -> list[Trade]:
        """What needs somebody, the worst first."""
        return sorted((one for one, _ in (*self.failed, *self.silent)), key=lambda one: one.traded_at)


@cache
def year_end() -> YearEnd:
    """The sixty trades; no two have the same amount."""
    return YearEnd(
        december=tuple(
            _settled(n, f"2024-12-{2 + n % 4:02d} 10:{n:02d}", f"2024-12-{2 + n % 4:02d} 12:{n:02d}") for n in range(40)
        ),
        before=tuple(_settled(n, f"2024-11-29 15:{n}", f"2024-12-02 08:{n}") for n in range(40, 44)),
        rolled=tuple(_settled(n, f"2024-12-31 14:{n}", f"2025-01-02 08:{n}") for n in range(44, 50)),
        silent=tuple((_trade(n, f"{day} 11:{n}"), []) for n, day in zip(range(50, 55), _SILENT_DAYS, strict=True)),
        fresh=tuple((_trade(n, f"2025-01-02 08:{n - 40}"), []) for n in range(55, 57)),
        failed=tuple(_failed(n) for n in range(57, 59)),
        cancelled=(_cancelled(59),),
    )


_SILENT_DAYS = ("2024-12-20", "2024-12-20", "2024-12-30", "2024-12-30", "2024-12-31")


def _trade(number: int, traded_at: str) -> Trade:
    side = Side.SELL if number % 2 else Side.BUY
    amount = LARGE + number * Decimal("1000003.25")
    one = trade(
        traded_at, side, amount, transaction_id=f"T-{number:02d}", pair=_PAIRS[number % 3], client_id=f"CLT-{1 + number % 10:03d}"
    )
    return replace(one, bank_account_id=f"BANK-IDR-00{1 + number % 2}")


def _settled(number: int, traded_at: str, landed_at: str) -> History:
    one = _trade(number, traded_at)
    return one, landed(one, landed_at)


def _failed(number: int) -> History:
    one = _trade(number, f"2024-12-18 10:{number}")
    return one, [fact(one, Kind.FAILED, None, one.traded_at + timedelta(hours=5), note="the bank sent it back")]


def _cancelled(number: int) -> History:
    one = _trade(number, f"2024-12-19 10:{number}")
    return one, [fact(one, Kind.CANCELLED, None, one.traded_at + minutes(30), note="both sides agreed")]


def net(histories: Iterable[History]) -> Decimal:
    """The net PnL of some trades, added up exactly."""
    return sum((one.net_pnl_idr for one, _ in histories), Decimal(0))


def make_year_end(place: Path) -> None:
    """A SAMPLE store of the sixty trades whose own clock starts at NOW."""
    _make(place, year_end().everything)


def make_empty(place: Path) -> None:
    """A store without a trade."""
    _make(place, [])


def _make(place: Path, histories: list[History]) -> None:
    store = wire(ROOT / "config", place, create=True).desk.store
    try:
        book(store, histories)
        store.set_meta(replace(store.meta, label="SAMPLE", instant=at(NOW), created_at=system_clock()))
    finally:
        store.close()
