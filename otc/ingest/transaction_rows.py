"""One row of the 31-column transactions file: checked figure against figure, then a trade and the facts it gives.

What a status gives: SETTLED two confirmations, FAILED a failure at its recognition time, RECONCILING a mismatch, PENDING
expectations alone. The times of an unsettled row are expectations, never facts. The first thing wrong is the row's reason.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Final, TypeVar

from otc.config import Settings
from otc.errors import Refused
from otc.ids import content_id
from otc.ingest.local_times import LocalTimes, Read
from otc.ingest.transaction_line import Figures, Line, Wrong, fields_of
from otc.model import Cover, Fact, Kind, Leg, Reject, Side, Status, Trade
from otc.money import BPS, CONTEXT, RUPIAH, ZERO, plain, whole_rupiah
from otc.ports import TransactionRow
from otc.records import swift
from otc.settlement.legs import Rules, booking_windows
from otc.views.transactions import written_time

TOLERANCE: Final = RUPIAH
TIME_COLUMNS: Final = ("crypto_settlement_timestamp", "fiat_settlement_timestamp", "pnl_recognition_timestamp")
_CRYPTO_AT, _FIAT_AT, _RECOGNISED_AT = TIME_COLUMNS
_ABOVE_ZERO: Final = "volume_crypto mid_price_idr mm_price_idr client_price_idr idr_mm_amount idr_client_amount".split()
_NEVER: Final = (None, "")
_MOST_BPS: Final = Decimal(1000)
_SETTLED, _CANCELLED, _CONFIRMED, _REPORTED = Status.SETTLED, Status.CANCELLED, Kind.CONFIRMED, Kind.REPORTED
_CRYPTO, _FIAT = Leg.CLIENT_CRYPTO, Leg.CLIENT_FIAT
_trade, _fact, _row = swift(Trade), swift(Fact), swift(TransactionRow)
_SIDES: Final = {side.value: side for side in Side}
_STATUSES: Final = {status.value: status for status in Status}
_TROUBLE: Final = {Status.FAILED: Kind.FAILED, Status.RECONCILING: Kind.MISMATCH, Status.CANCELLED: Kind.CANCELLED}

Choice = TypeVar("Choice", Side, Status)


@dataclass(frozen=True)
class RowChecker:
    """What a row is checked against, and when and from where it is recorded."""

    settings: Settings
    rules: Rules
    source: str
    recorded_at: datetime

    def check(self, line: int, values: Sequence[str]) -> TransactionRow | Reject:
        """The trade and its facts, or the row's first fault with its column."""
        row = fields_of(values)
        if row is None:
            return Reject(line, "", f"has {len(values)} fields where {len(Line._fields)} are needed")
        try:
            row.check_texts()
            trade, reported = self._trade(row, line)
            return _row(line, trade, tuple(self._facts(trade, reported, line)))
        except Wrong as wrong:
            return Reject(line, wrong.field, wrong.reason)

    @cached_property
    def _times(self) -> LocalTimes:
        return LocalTimes(self.settings.desk.zones.desk)

    @cached_property
    def _tax_rates(self) -> dict[date, Decimal]:
        return {}

    def _trade(self, row: Line, line: int) -> tuple[Trade, "_Reported"]:
        desk, odd = self.settings.desk, dict[str, str]()
        traded_at, _ = self._time("trade_timestamp", row.trade_timestamp, odd)
        if row.trade_date != self._local("trade_timestamp", row.trade_timestamp, traded_at, odd)[:10]:
            raise Wrong("trade_date", f"{row.trade_date!r} is not the day of trade_timestamp {row.trade_timestamp!r}")
        if row.pair not in desk.pairs:
            raise Wrong("pair", f"{row.pair!r} is no pair of the desk ({', '.join(desk.pairs)})")
        figures = Figures.of(row, odd)
        side = _choice("direction", row.direction, _SIDES)
        reported = self._reported(row, traded_at, odd)
        self._check_figures(row, figures, side, traded_at, reported.status)
        return self._booked(row, line, figures, side, traded_at, reported.status, odd), reported

    def _booked(
        self,
        row: Line,
        line: int,
        figures: Figures,
        side: Side,
        traded_at: datetime,
        status: Status,
        odd: dict[str, str],
    ) -> Trade:
        """The trade of a row that has been checked."""
        net = CONTEXT.subtract(figures.gross_spread_idr, figures.tax_idr)
        if (net if status is _SETTLED else ZERO) != figures.net_pnl_idr:
            odd["net_pnl_idr"] = row.net_pnl_idr
        return _trade(
            transaction_id=row.transaction_id,
            traded_at=traded_at,
            pair=row.pair,
            side=side,
            client_id=row.client_id,
            client_name=row.client_name,
            client_type=row.client_type,
            client_tier=row.client_tier,
            market_maker_id=row.market_maker_id,
            market_maker_name=row.market_maker_name,
            size=figures.volume_crypto,
            mid_price_idr=figures.mid_price_idr,
            mm_price_idr=figures.mm_price_idr,
            client_price_idr=figures.client_price_idr,
            spread_bps=figures.spread_bps,
            mm_amount_idr=figures.idr_mm_amount,
            client_amount_idr=figures.idr_client_amount,
            gross_spread_idr=figures.gross_spread_idr,
            tax_idr=figures.tax_idr,
            net_pnl_idr=net,
            bank_account_id=row.bank_account_id,
            client_wallet_id=row.client_wallet_id,
            mm_wallet_id=row.mm_wallet_id,
            exchange_ref=row.exchange_ref,
            notes=row.notes,
            cover=Cover.UNTRACKED,
            recorded_at=self.recorded_at,
            source_line=line,
            as_written=json.dumps(odd, separators=(",", ":")) if odd else "",  # with them an export is byte-true
        )

    # times

    def _time(self, name: str, text: str, odd: dict[str, str]) -> Read:
        """The UTC instant of a column, and in ISO; text that is not the canonical way to write it is noted in `odd`."""
        read = self._times.canonical(text)
        if read is not None:
            return read
        odd[name] = text
        try:
            instant = self._times.read(text)
        except (ValueError, OverflowError):
            raise Wrong(name, f"{text!r} is not a time like 2024-12-31 14:10:00") from None
        return instant, instant.isoformat()

    def _local(self, name: str, text: str, instant: datetime, odd: Mapping[str, str]) -> str:
        """The local time as text; the file's own where it is written canonically."""
        return written_time(instant, self.settings.desk.zones.desk) if name in odd else text

    def _reported(self, row: Line, traded_at: datetime, odd: dict[str, str]) -> "_Reported":
        status = _choice("status", row.status, _STATUSES)
        said = (row.crypto_settlement_timestamp, row.fiat_settlement_timestamp, row.pnl_recognition_timestamp)
        crypto, crypto_iso = self._time(_CRYPTO_AT, said[0], odd) if said[0] else _NEVER
        fiat, fiat_iso = self._time(_FIAT_AT, said[1], odd) if said[1] else _NEVER
        recognised, recognised_iso = self._time(_RECOGNISED_AT, said[2], odd) if said[2] else _NEVER
        times = (crypto, fiat, recognised)
        for at in times:
            if status is _SETTLED if at is None else at < traded_at:
                column = times.index(at)
                early = f"{said[column]} is before the trade at {row.trade_timestamp}"
                raise Wrong(TIME_COLUMNS[column], early if at else "is empty on a SETTLED row")
        legs = [at for at in (crypto, fiat) if at is not None]
        if recognised is not None and legs and (recognised < max(legs) or (len(legs) == 2 and recognised != max(legs))):
            raise Wrong(_RECOGNISED_AT, f"{row.pnl_recognition_timestamp} is not the later of the two legs")
        month = self._local(_RECOGNISED_AT, row.pnl_recognition_timestamp, recognised, odd)[:7] if recognised else ""
        if row.pnl_recognition_month != month:
            raise Wrong(
                "pnl_recognition_month", f"{row.pnl_recognition_month!r} is not the month {month!r} of the recognition time"
            )
        return _Reported(status, crypto, fiat, recognised, f"{row.status}|{crypto_iso}|{fiat_iso}|{recognised_iso}")

    # figures

    def _check_figures(self, row: Line, figures: Figures, side: Side, traded_at: datetime, status: Status) -> None:
        """Every figure that another one gives, to one rupiah (a unit price: to its tick)."""
        size, mid, mm, client, spread, mm_amount, client_amount, gross, tax, net = figures
        if min(size, mid, mm, client, mm_amount, client_amount) <= 0:
            name = next(name for name in _ABOVE_ZERO if getattr(figures, name) <= 0)
            raise Wrong(name, f"{getattr(row, name)} is not above zero")
        if not ZERO <= spread <= _MOST_BPS:
            raise Wrong("spread_bps", f"{row.spread_bps} bps is outside 0 to 1000")
        tax_rate = self._tax_rate(traded_at)
        band = self.settings.desk.quoting.mid_band_percent
        if abs(mid - mm) * 100 > band * mm:
            raise Wrong("mid_price_idr", f"{row.mid_price_idr} is more than {plain(band)}% from mm_price_idr {row.mm_price_idr}")
        pair = self.settings.desk.pairs[row.pair]
        if not pair.band_low <= mm <= pair.band_high:
            reason = (
                f"{row.mm_price_idr} is outside the price band of {row.pair}, {plain(pair.band_low)} to {plain(pair.band_high)}"
            )
            raise Wrong("mm_price_idr", reason)
        _agree("idr_mm_amount", mm_amount, CONTEXT.multiply(size, mm), "volume_crypto x mm_price_idr")
        _agree("idr_client_amount", client_amount, CONTEXT.multiply(size, client), "volume_crypto x client_price_idr")
        if min(whole_rupiah(mm_amount), whole_rupiah(client_amount)) <= 0:
            raise Wrong("idr_client_amount", f"{row.idr_client_amount} is less than a whole rupiah: no rail moves it")
        self._check_price(row, figures, side, tax_rate)
        _agree("gross_spread_idr", gross, abs(client_amount - mm_amount), "|idr_client_amount - idr_mm_amount|")
        _agree("tax_idr", tax, CONTEXT.multiply(client_amount, tax_rate), "idr_client_amount x the tax rate")
        _agree("net_pnl_idr", net, gross - tax if status is _SETTLED else ZERO, "gross - tax where SETTLED, else 0")

    def _tax_rate(self, traded_at: datetime) -> Decimal:
        day = traded_at.astimezone(self.settings.desk.zones.books).date()
        if day not in self._tax_rates:
            try:
                self._tax_rates[day] = self.settings.desk.tax_on(day).rate
            except Refused as refused:
                raise Wrong("trade_date", str(refused)) from None
        return self._tax_rates[day]

    def _check_price(self, row: Line, figures: Figures, side: Side, tax_rate: Decimal) -> None:
        sign = 1 if side is Side.BUY else -1
        markup = CONTEXT.add(CONTEXT.divide(figures.spread_bps, BPS), tax_rate)
        wanted = CONTEXT.multiply(figures.mm_price_idr, 1 + sign * markup)
        off = abs(figures.client_price_idr - wanted)
        if off > self.settings.desk.pairs[row.pair].tick and self.settings.desk.quoting.markup == "gross_up":
            spread = CONTEXT.divide(figures.spread_bps, BPS)
            wanted = CONTEXT.divide(CONTEXT.multiply(figures.mm_price_idr, 1 + sign * spread), 1 - sign * tax_rate)
            off = abs(figures.client_price_idr - wanted)
        if off > self.settings.desk.pairs[row.pair].tick and CONTEXT.multiply(off, figures.volume_crypto) > TOLERANCE:
            formula = f"mm_price_idr x (1 {'+' if sign > 0 else '-'} spread {'+' if sign > 0 else '-'} tax)"
            reason = f"{row.client_price_idr} is not {formula} = {plain(wanted)[:24]} at {row.spread_bps} bps"
            raise Wrong("client_price_idr", reason)

    # facts

    def _facts(self, trade: Trade, reported: "_Reported", line: int) -> list[Fact]:
        """What a row's status and times say, as facts; the same words give the same ids."""
        status, traded_at, trade_id = reported.status, trade.traded_at, trade.transaction_id
        evidence, recorded_at, words = f"{self.source} line {line}", self.recorded_at, reported.words

        def fact(kind: Kind, leg: Leg | None, happened_at: datetime, due_at: datetime | None, note: str) -> Fact:
            fact_id = content_id(kind, trade_id, leg or "", words)
            return _fact(fact_id, kind, trade_id, leg, happened_at, recorded_at, "import", evidence, None, due_at, note)

        expected = None if status is _SETTLED else reported.recognised_at
        facts = [fact(_REPORTED, None, traded_at, expected, status.value)]
        for leg, at in ((_CRYPTO, reported.crypto_at), (_FIAT, reported.fiat_at)):
            if at is not None and status is _SETTLED:
                facts.append(fact(_CONFIRMED, leg, at, None, ""))
            elif at is not None and status is not _CANCELLED:
                facts.append(fact(Kind.EXPECTED, leg, traded_at, at, ""))
        trouble = _TROUBLE.get(status)
        if trouble is not None:
            at = reported.recognised_at or min(self._first_due(trade), recorded_at)
            facts.append(fact(trouble, None, max(at, traded_at), None, f"reported {status.value}"))
        return facts

    def _first_due(self, trade: Trade) -> datetime:
        """When a trouble that has no time of its own shows at the latest: the end of the first window."""
        return min(window.due_at for window in booking_windows(trade, self.rules).values())


@dataclass(frozen=True, slots=True)
class _Reported:
    status: Status
    crypto_at: datetime | None
    fiat_at: datetime | None
    recognised_at: datetime | None
    words: str
    """The row's own words on settlement: what makes its facts the same or others."""


def _choice(name: str, text: str, choices: Mapping[str, Choice]) -> Choice:
    found = choices.get(text)
    if found is None:
        raise Wrong(name, f"{text!r} is none of {', '.join(choices)}")
    return found


def _agree(name: str, written: Decimal, wanted: Decimal, formula: str) -> None:
    if abs(written - wanted) > TOLERANCE:
        raise Wrong(name, f"{plain(written)} is not {formula} = {plain(wanted)}")
