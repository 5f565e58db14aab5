"""Transaction files of the tests' own making: rows worked out from the formula, written as bytes."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from io import StringIO
from pathlib import Path

from otc.bootstrap import transaction_file
from otc.desk import Desk
from otc.model import ImportResult

COLUMNS = (
    "transaction_id,trade_date,trade_timestamp,pair,direction,client_id,client_name,client_type,client_tier,market_maker_id,"
    "market_maker_name,volume_crypto,mid_price_idr,mm_price_idr,client_price_idr,spread_bps,idr_mm_amount,idr_client_amount,"
    "gross_spread_idr,tax_idr,net_pnl_idr,bank_account_id,client_wallet_id,mm_wallet_id,crypto_settlement_timestamp,"
    "fiat_settlement_timestamp,pnl_recognition_timestamp,pnl_recognition_month,status,exchange_ref,notes"
).split(",")
"""The interface, written down a second time on purpose: its names and order stay."""
UNIT = {"USDT/IDR": Decimal("15800.25"), "BTC/IDR": Decimal(1_528_000_000), "PAXG/IDR": Decimal(42_000_000)}
TICK = {"USDT/IDR": Decimal("0.0001"), "BTC/IDR": Decimal(1), "PAXG/IDR": Decimal(1)}
Row = dict[str, str]


def text(amount: Decimal) -> str:
    """A number without an exponent or idle zeros."""
    written = f"{amount:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def row(number: int = 1, status: str = "SETTLED", pair: str = "USDT/IDR", side: str = "BUY", **changes: str) -> Row:
    """A coherent row: 15 bps, tax 0.21%; traded at 10:00 on a Tuesday of March 2024, coins 40 and rupiah 95 minutes later."""
    traded = datetime.fromisoformat("2024-03-05 10:00:00") + timedelta(minutes=number)
    size, mm, sign = Decimal(1000 + number) / (1 if pair == "USDT/IDR" else 1000), UNIT[pair], 1 if side == "BUY" else -1
    raw = mm * (1 + sign * (Decimal("0.0015") + Decimal("0.0021")))
    price = (raw / TICK[pair]).to_integral_value(ROUND_CEILING if side == "BUY" else ROUND_FLOOR) * TICK[pair]
    client, market_maker = size * price, size * mm
    gross, tax = abs(client - market_maker), client * Decimal("0.0021")
    crypto, fiat = traded + timedelta(minutes=40), traded + timedelta(minutes=95)
    cells = (
        *(f"T-{number:05d}", str(traded.date()), str(traded), pair, side, "CLT-001", "Client 01", "Corporate", "A", "MM-001"),
        *("Maker One", text(size), text(mm), text(mm), text(price), "15", text(market_maker), text(client)),
        *(text(gross), text(tax), text(gross - tax) if status == "SETTLED" else "0", "BANK-IDR-001", "WALLET-USDT-001"),
        *("WALLET-MM-USDT", str(crypto), str(fiat), str(fiat), "2024-03", status, "EX-001", ""),
    )
    return {**dict(zip(COLUMNS, cells, strict=True)), **changes}


def without_times(made: Row) -> Row:
    """The row of a trade whose settlement nobody has dated yet."""
    names = ("crypto_settlement_timestamp", "fiat_settlement_timestamp", "pnl_recognition_timestamp", "pnl_recognition_month")
    return made | dict.fromkeys(names, "")


def mixed() -> list[Row]:
    """Eight rows: every status but one, both sides, three pairs, with and without times."""
    return [
        row(1),
        row(2, side="SELL"),
        row(3, pair="BTC/IDR"),
        row(4, "PENDING"),
        without_times(row(5, "PENDING", side="SELL")),
        row(6, "RECONCILING", pair="PAXG/IDR"),
        row(7, "FAILED"),
        without_times(row(8, "FAILED", side="SELL")),
    ]


def written(rows: Iterable[Mapping[str, str]], header: Sequence[str] = COLUMNS, end: str = "\n") -> bytes:
    """A file's bytes: the header, the rows in its order, quoted where they must be."""
    out = StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerow(header)
    writer.writerows([made[name] for name in header] for made in rows)
    return out.getvalue().encode()


def imported(desk: Desk, folder: Path, content: bytes | Iterable[Mapping[str, str]], name: str = "file.csv") -> ImportResult:
    """Put content into a file of a folder and book it."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else written(content))
    return desk.import_transactions(transaction_file(desk, path))
