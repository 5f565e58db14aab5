"""The month's PnL for finance: both bases month by month, the bridge between them, and what it is made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from otc.model import PnlRow
from otc.money import ZERO, total_of
from otc.pnl.bridge import LINES
from otc.views.table import Column, Document, Table, counted

LINE_TITLES: Final = {
    "recognised_later": "Traded in the month, recognised later",
    "open": "Traded in the month, still open",
    "failed": "Traded in the month, failed",
    "cancelled": "Traded in the month, cancelled",
    "traded_before": "Recognised in the month, traded before",
    "reversed": "Taken back in the month",
    "recognised_again": "Recognised again in the month",
}
_AMOUNTS: Final = (
    Column("trades", "Trades", "integer"),
    Column("volume_idr", "Volume IDR", "money"),
    Column("gross_spread_idr", "Gross spread", "money"),
    Column("tax_idr", "Tax", "money"),
    Column("net_pnl_idr", "Net PnL", "money"),
)
_COURSE: Final = (
    Column("transaction_id", "Trade"),
    Column("traded_at", "Traded", "instant"),
    Column("crypto_final_at", "Coins final", "instant"),
    Column("fiat_final_at", "Rupiah final", "instant"),
    Column("recognised_at", "Recognised", "instant"),
)
BRIDGE_COLUMNS: Final = (
    Column("line", "Line"),
    *_COURSE,
    Column("status", "Status"),
    Column("pair", "Pair"),
    Column("client_id", "Client"),
    Column("amount_idr", "Net PnL", "money"),
)
RECOGNISED_COLUMNS: Final = (
    *_COURSE,
    Column("pair", "Pair"),
    Column("side", "Side"),
    Column("client_id", "Client"),
    Column("market_maker_id", "Market maker"),
    Column("size", "Size", "size"),
    Column("client_amount_idr", "Client IDR", "money"),
    *_AMOUNTS[2:],
)


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One month on both bases; difference = settlement - trade."""

    month: str
    settlement: PnlRow
    trade: PnlRow

    @property
    def difference_idr(self) -> Decimal:
        return total_of((self.settlement.net_pnl_idr, self.trade.net_pnl_idr.copy_negate()))


@dataclass(frozen=True, slots=True)
class BridgeLine:
    """One line of the bridge: how many trades, and what they add to trade basis."""

    line: str
    title: str
    trades: int
    amount_idr: Decimal


def month_bounds(month: str) -> tuple[date, date]:
    """The first day of `2024-12` and of the month after it."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)


def month_lines(settlement: Iterable[PnlRow], trade: Iterable[PnlRow]) -> list[MonthLine]:
    """Both bases side by side, in the months' order; a month that one of them lacks is zero there."""
    on_settlement, on_trade = {row.key: row for row in settlement}, {row.key: row for row in trade}
    months = sorted(on_settlement.keys() | on_trade.keys())
    return [MonthLine(m, on_settlement.get(m, PnlRow(m, 0)), on_trade.get(m, PnlRow(m, 0))) for m in months]


def bridge_lines(rows: Iterable[Mapping[str, Any]]) -> list[BridgeLine]:
    """The rows of the `bridge` question summed by line, in the bridge's order; lines without a trade are zero."""
    sums: dict[str, tuple[int, Decimal]] = dict.fromkeys(LINES, (0, ZERO))
    for row in rows:
        trades, amount = sums[row["line"]]
        sums[row["line"]] = trades + 1, total_of((amount, row["amount_idr"]))
    return [BridgeLine(line, LINE_TITLES[line], *sums[line]) for line in LINES]


def bridge_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """The bridge trade by trade; leg times are the later of client's and cover's."""
    made: list[dict[str, Any]] = [_cells(row, BRIDGE_COLUMNS) | {"line": LINE_TITLES[row["line"]]} for row in rows]
    total = {"transaction_id": counted(len(made), "line"), "amount_idr": total_of(row["amount_idr"] for row in made)}
    return Table("bridge trades", "From trade basis to settlement basis, trade by trade", BRIDGE_COLUMNS, made, total=total)


def recognised_table(month: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    """Every trade whose PnL belongs to the month, what was taken back with a minus; its total is the settlement basis."""
    amounts = [column.key for column in RECOGNISED_COLUMNS if column.kind == "money"]
    made: list[dict[str, Any]] = [
        _cells(row, RECOGNISED_COLUMNS)
        | {name: row[name] if row["sign"] > 0 else row[name].copy_negate() for name in amounts}
        | {"recognised_at": row["turned_at"]}
        for row in rows
    ]
    total: dict[str, object] = {"transaction_id": counted(len(made), "line")}
    total |= {name: total_of(row[name] for row in made) for name in amounts}
    return Table("recognised trades", f"Recognised in {month}, trade by trade", RECOGNISED_COLUMNS, made, total=total)


def _cells(row: Mapping[str, Any], columns: Iterable[Column]) -> dict[str, Any]:
    """A row of a question under its columns, with the later of client's and cover's leg times."""
    cells = {column.key: row.get(column.key) for column in columns}
    return cells | {"crypto_final_at": _later(row, "crypto"), "fiat_final_at": _later(row, "fiat")}


def _later(row: Mapping[str, Any], side: str) -> datetime | None:
    tracked = [row[f"{who}_{side}_final_at"] for who in ("client", "cover") if row[f"{who}_{side}_due_at"] is not None]
    return max(tracked) if tracked and all(tracked) else None


def pnl_table(name: str, title: str, key_title: str, rows: Sequence[PnlRow], basis: str) -> Table:
    """A grouped PnL as a table with its total."""
    columns = (Column("key", key_title), *_AMOUNTS)
    made = [{column.key: getattr(row, column.key) for column in columns} for row in rows]
    total: dict[str, object] = {"key": "Total", "trades": sum(row.trades for row in rows)}
    for column in _AMOUNTS[1:]:
        total[column.key] = total_of(getattr(row, column.key) for row in rows)
    return Table(name, title, columns, made, note=f"{basis.capitalize()} basis.", total=total)


def months_table(lines: Sequence[MonthLine]) -> Table:
    """Both bases of every month with their difference."""
    columns = (
        Column("month", "Month"),
        Column("settlement_trades", "Recognised trades", "integer"),
        Column("settlement_idr", "Settlement basis", "money"),
        Column("trade_trades", "Traded", "integer"),
        Column("trade_idr", "Trade basis", "money"),
        Column("difference_idr", "Difference", "money"),
    )
    made = [
        {
            "month": line.month,
            "settlement_trades": line.settlement.trades,
            "settlement_idr": line.settlement.net_pnl_idr,
            "trade_trades": line.trade.trades,
            "trade_idr": line.trade.net_pnl_idr,
            "difference_idr": line.difference_idr,
        }
        for line in lines
    ]
    total: dict[str, object] = {"month": "Total"}
    for column in columns[1:]:
        total[column.key] = total_of(Decimal(str(row[column.key])) for row in made)
    total |= {name: int(str(total[name])) for name in ("settlement_trades", "trade_trades")}
    return Table("months", "Net PnL by month, both bases", columns, made, total=total)


def bridge_summary_table(month: str, trade: PnlRow, lines: Sequence[BridgeLine], settlement: PnlRow) -> Table:
    """The month's bridge in a few lines, from trade basis to settlement basis; it closes to the last digit."""
    columns = (Column("title", "Line"), Column("trades", "Trades", "integer"), Column("amount_idr", "Net PnL", "money"))
    made: list[dict[str, object]] = [{"title": "Trade basis", "trades": trade.trades, "amount_idr": trade.net_pnl_idr}]
    made += [{"title": line.title, "trades": line.trades, "amount_idr": line.amount_idr} for line in lines]
    total = {"title": "Settlement basis", "trades": settlement.trades, "amount_idr": settlement.net_pnl_idr}
    return Table("bridge", f"Bridge of {month}", columns, made, total=total)


def document(
    title: str, desk: str, label: str, as_of: datetime, zone: ZoneInfo, parameters: Mapping[str, str], tables: Sequence[Table]
) -> Document:
    """A report of several tables, ready for an export."""
    return Document(title, desk, label, as_of, zone, tuple(parameters.items()), tuple(tables))
