"""One row of the 31-column transactions file: checked figure against figure, then a trade and the facts it gives.

What a status gives: SETTLED two confirmations, FAILED a failure at its recognition time, RECONCILING a mismatch, PENDING
expectations alone. The times of an unsettled row are expectations, never facts. The first thing wrong is the row's reason.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from otc.config import PairSettings, Settings
from otc.errors import BadNumber, Refused
from otc.ids import content_id
from otc.model import Cover, Fact, Kind, Leg, Reject, Side, Status, Trade
from otc.money import BPS, CONTEXT, RUPIAH, ZERO, multiply, parse, plain
from otc.ports import TransactionRow
from otc.settlement.legs import Rules, booking_windows
from otc.views.transactions import COLUMNS

TOLERANCE: Final = RUPIAH
MONEY_COLUMNS: Final = {
    "volume_crypto": "size",
    "mid_price_idr": "mid_price_idr",
    "mm_price_idr": "mm_price_idr",
    "client_price_idr": "client_price_idr",
    "spread_bps": "spread_bps",
    "idr_mm_amount": "mm_amount_idr",
    "idr_client_amount": "client_amount_idr",
    "gross_spread_idr": "gross_spread_idr",
    "tax_idr": "tax_idr",
    "net_pnl_idr": "net_pnl_idr",
}
TIME_COLUMNS: Final = ("crypto_settlement_timestamp", "fiat_settlement_timestamp", "pnl_recognition_timestamp")
_NEEDED: Final = "transaction_id client_id market_maker_id bank_account_id client_wallet_id".split()
_LONGEST_TEXT: Final = 200
_ID_LENGTH: Final = 64


Choice = TypeVar("Choice", Side, Status)


class _Wrong(Exception):
    """Why a row is rejected; caught in `check_row` and turned into a Reject."""

    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class RowChecker:
    """What a row is checked against, and when and from where it is recorded."""

    settings: Settings
    rules: Rules
    source: str
    recorded_at: datetime

    def check(self, line: int, values: Sequence[str]) -> TransactionRow | Reject:
        """The trade and its facts, or the row's first fault with its column."""
        if len(values) != len(COLUMNS):
            return Reject(line, "", f"has {len(values)} fields where {len(COLUMNS)} are needed")
        row = dict(zip(COLUMNS, values, strict=True))
        try:
            trade, reported = self._trade(row, line)
            return TransactionRow(line, trade, tuple(self._facts(trade, reported, line)))
        except _Wrong as wrong:
            return Reject(line, wrong.field, wrong.reason)

    def _trade(self, row: Mapping[str, str], line: int) -> tuple[Trade, "_Reported"]:
        zone = self.settings.desk.zones.desk
        _check_texts(row)
        traded_at = _instant(row, "trade_timestamp", zone)
        if row["trade_date"] != traded_at.astimezone(zone).strftime("%Y-%m-%d"):
            raise _Wrong("trade_date", f"{row['trade_date']!r} is not the day of trade_timestamp {row['trade_timestamp']!r}")
        pair = self.settings.desk.pairs.get(row["pair"])
        if pair is None:
            raise _Wrong("pair", f"{row['pair']!r} is no pair of the desk ({', '.join(self.settings.desk.pairs)})")
        money = {name: _number(row, name) for name in MONEY_COLUMNS}
        side = _choice(row, "direction", Side)
        reported = _Reported.of(row, traded_at, zone)
        self._check_figures(row, money, side, pair, traded_at, reported.status)
        trade = Trade(
            transaction_id=row["transaction_id"],
            traded_at=traded_at,
            pair=row["pair"],
            side=side,
            client_id=row["client_id"],
            client_name=row["client_name"],
            client_type=row["client_type"],
            client_tier=row["client_tier"],
            market_maker_id=row["market_maker_id"],
            market_maker_name=row["market_maker_name"],
            size=money["volume_crypto"],
            mid_price_idr=money["mid_price_idr"],
            mm_price_idr=money["mm_price_idr"],
            client_price_idr=money["client_price_idr"],
            spread_bps=money["spread_bps"],
            mm_amount_idr=money["idr_mm_amount"],
            client_amount_idr=money["idr_client_amount"],
            gross_spread_idr=money["gross_spread_idr"],
            tax_idr=money["tax_idr"],
            net_pnl_idr=money["gross_spread_idr"] - money["tax_idr"],
            bank_account_id=row["bank_account_id"],
            client_wallet_id=row["client_wallet_id"],
            mm_wallet_id=row["mm_wallet_id"],
            exchange_ref=row["exchange_ref"],
            notes=row["notes"],
            cover=Cover.UNTRACKED,
            recorded_at=self.recorded_at,
            source_line=line,
            as_written=_as_written(row, money, reported.status),
        )
        return trade, reported

    def _check_figures(
        self,
        row: Mapping[str, str],
        money: Mapping[str, Decimal],
        side: Side,
        pair: PairSettings,
        traded_at: datetime,
        status: Status,
    ) -> None:
        """Every figure that another one gives, to one rupiah (a unit price: to its tick)."""
        size, mm, client = money["volume_crypto"], money["mm_price_idr"], money["client_price_idr"]
        for name in ("volume_crypto", "mid_price_idr", "mm_price_idr", "client_price_idr", "idr_mm_amount", "idr_client_amount"):
            if money[name] <= 0:
                raise _Wrong(name, f"{row[name]} is not above zero")
        if not ZERO <= money["spread_bps"] <= 1000:
            raise _Wrong("spread_bps", f"{row['spread_bps']} bps is outside 0 to 1000")
        try:
            tax_rate = self.settings.desk.tax_on(traded_at.astimezone(self.settings.desk.zones.books).date()).rate
        except Refused as refused:
            raise _Wrong("trade_date", str(refused)) from None
        band = self.settings.desk.quoting.mid_band_percent
        if abs(money["mid_price_idr"] - mm) * 100 > band * mm:
            raise _Wrong(
                "mid_price_idr", f"{row['mid_price_idr']} is more than {plain(band)}% from mm_price_idr {row['mm_price_idr']}"
            )
        _agree("idr_mm_amount", money["idr_mm_amount"], multiply(size, mm), "volume_crypto x mm_price_idr")
        _agree("idr_client_amount", money["idr_client_amount"], multiply(size, client), "volume_crypto x client_price_idr")
        self._check_price(row, money, side, pair, tax_rate)
        gross = abs(money["idr_client_amount"] - money["idr_mm_amount"])
        _agree("gross_spread_idr", money["gross_spread_idr"], gross, "|idr_client_amount - idr_mm_amount|")
        _agree(
            "tax_idr", money["tax_idr"], multiply(money["idr_client_amount"], tax_rate), f"idr_client_amount x {plain(tax_rate)}"
        )
        net = money["gross_spread_idr"] - money["tax_idr"] if status is Status.SETTLED else ZERO
        _agree("net_pnl_idr", money["net_pnl_idr"], net, "gross - tax where SETTLED, else 0")

    def _check_price(
        self, row: Mapping[str, str], money: Mapping[str, Decimal], side: Side, pair: PairSettings, tax_rate: Decimal
    ) -> None:
        sign = 1 if side is Side.BUY else -1
        with localcontext(CONTEXT):
            wanted = money["mm_price_idr"] * (1 + sign * (money["spread_bps"] / BPS + tax_rate))
            tolerance = max(pair.tick, TOLERANCE / money["volume_crypto"])
        if abs(money["client_price_idr"] - wanted) > tolerance:
            formula = f"mm_price_idr x (1 {'+' if sign > 0 else '-'} spread {'+' if sign > 0 else '-'} tax)"
            raise _Wrong(
                "client_price_idr",
                f"{row['client_price_idr']} is not {formula} = {plain(wanted)[:24]} at {row['spread_bps']} bps",
            )

    def _facts(self, trade: Trade, reported: "_Reported", line: int) -> list[Fact]:
        """What a row's status and times say, as facts; the same words give the same ids."""
        status, words = reported.status, reported.words
        at = None if status is Status.SETTLED else reported.recognised_at
        facts = [self._fact(trade, Kind.REPORTED, None, trade.traded_at, words, line, due_at=at, note=status.value)]
        legs = ((Leg.CLIENT_CRYPTO, reported.crypto_at), (Leg.CLIENT_FIAT, reported.fiat_at))
        for leg, at in legs:
            if at is not None and status is Status.SETTLED:
                facts.append(self._fact(trade, Kind.CONFIRMED, leg, at, words, line))
            elif at is not None and status is not Status.CANCELLED:
                facts.append(self._fact(trade, Kind.EXPECTED, leg, trade.traded_at, words, line, due_at=at))
        trouble = {Status.FAILED: Kind.FAILED, Status.RECONCILING: Kind.MISMATCH, Status.CANCELLED: Kind.CANCELLED}.get(status)
        if trouble is not None:
            at = reported.recognised_at or min(self._first_due(trade), self.recorded_at)
            facts.append(self._fact(trade, trouble, None, max(at, trade.traded_at), words, line, note=f"reported {status.value}"))
        return facts

    def _first_due(self, trade: Trade) -> datetime:
        """When a trouble that has no time of its own shows at the latest: the end of the first window."""
        return min(window.due_at for window in booking_windows(trade, self.rules).values())

    def _fact(
        self,
        trade: Trade,
        kind: Kind,
        leg: Leg | None,
        happened_at: datetime,
        words: str,
        line: int,
        due_at: datetime | None = None,
        note: str = "",
    ) -> Fact:
        fact_id = content_id(kind, trade.transaction_id, leg or "", words)
        evidence = f"{self.source} line {line}"
        return Fact(
            fact_id, kind, trade.transaction_id, leg, happened_at, self.recorded_at, "import", evidence, None, due_at, note
        )


@dataclass(frozen=True, slots=True)
class _Reported:
    status: Status
    crypto_at: datetime | None
    fiat_at: datetime | None
    recognised_at: datetime | None
    words: str
    """The row's own words on settlement: what makes its facts the same or others."""

    @staticmethod
    def of(row: Mapping[str, str], traded_at: datetime, zone: ZoneInfo) -> "_Reported":
        status = _choice(row, "status", Status)
        crypto, fiat, recognised = (_instant(row, name, zone) if row[name] else None for name in TIME_COLUMNS)
        for name, at in zip(TIME_COLUMNS, (crypto, fiat, recognised), strict=True):
            if at is None and status is Status.SETTLED:
                raise _Wrong(name, "is empty on a SETTLED row")
            if at is not None and at < traded_at:
                raise _Wrong(name, f"{row[name]} is before the trade at {row['trade_timestamp']}")
        legs = [at for at in (crypto, fiat) if at is not None]
        if recognised is not None and legs and recognised != max(legs):
            raise _Wrong("pnl_recognition_timestamp", f"{row['pnl_recognition_timestamp']} is not the later of the two legs")
        month = recognised.astimezone(zone).strftime("%Y-%m") if recognised else ""
        if row["pnl_recognition_month"] != month:
            raise _Wrong(
                "pnl_recognition_month", f"{row['pnl_recognition_month']!r} is not the month {month!r} of the recognition time"
            )
        words = "|".join((status, *(at.isoformat() if at else "" for at in (crypto, fiat, recognised))))
        return _Reported(status, crypto, fiat, recognised, words)


def _check_texts(row: Mapping[str, str]) -> None:
    for name, value in row.items():
        if len(value) > _LONGEST_TEXT or not value.isprintable():
            raise _Wrong(name, f"holds control characters, bytes that are no UTF-8, or more than {_LONGEST_TEXT} characters")
    for name in _NEEDED:
        if not row[name].strip() or len(row[name]) > _ID_LENGTH:
            raise _Wrong(name, f"must hold 1 to {_ID_LENGTH} characters")
    if row["client_tier"] not in ("A", "B", "C"):
        raise _Wrong("client_tier", f"{row['client_tier']!r} is none of A, B, C")


def _number(row: Mapping[str, str], name: str) -> Decimal:
    try:
        return parse(row[name])
    except BadNumber:
        raise _Wrong(name, f"{row[name]!r} is not a plain number") from None


def _instant(row: Mapping[str, str], name: str, zone: ZoneInfo) -> datetime:
    try:
        read = datetime.fromisoformat(row[name])
        return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong(name, f"{row[name]!r} is not a time like 2024-12-31 14:10:00") from None


def _choice(row: Mapping[str, str], name: str, choices: type[Choice]) -> Choice:
    try:
        return choices(row[name])
    except ValueError:
        raise _Wrong(name, f"{row[name]!r} is none of {', '.join(choices)}") from None


def _agree(name: str, written: Decimal, wanted: Decimal, formula: str) -> None:
    if abs(written - wanted) > TOLERANCE:
        raise _Wrong(name, f"{plain(written)} is not {formula} = {plain(wanted)}")


def _as_written(row: Mapping[str, str], money: Mapping[str, Decimal], status: Status) -> str:
    """The fields whose text is not the canonical one, as JSON: with them an export is byte-true."""
    net = money["gross_spread_idr"] - money["tax_idr"] if status is Status.SETTLED else ZERO
    money = {**money, "net_pnl_idr": net}
    odd = {name: row[name] for name, amount in money.items() if plain(amount) != row[name]}
    for name in ("trade_timestamp", *TIME_COLUMNS):
        text = row[name]
        if text and not (len(text) == 19 and text[10] == " "):
            odd[name] = text
    return json.dumps(odd, separators=(",", ":")) if odd else ""
