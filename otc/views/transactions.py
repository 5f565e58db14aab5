"""Trades as the 31 columns of the transactions file, byte for byte as they came where nothing has changed since."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from otc.model import Fact, Kind, Leg, LegState, Status, Trade
from otc.money import RUPIAH, ZERO, is_number, parse, plain
from otc.settlement.status import status_of

COLUMNS: Final = (
    "transaction_id trade_date trade_timestamp pair direction client_id client_name client_type client_tier market_maker_id"
    " market_maker_name volume_crypto mid_price_idr mm_price_idr client_price_idr spread_bps idr_mm_amount idr_client_amount"
    " gross_spread_idr tax_idr net_pnl_idr bank_account_id client_wallet_id mm_wallet_id crypto_settlement_timestamp"
    " fiat_settlement_timestamp pnl_recognition_timestamp pnl_recognition_month status exchange_ref notes"
).split()
"""The file's columns in their order: an interface, the same in and out."""
TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_RESTS_ON: Final[Mapping[Status, Kind]] = {
    Status.SETTLED: Kind.CONFIRMED,
    Status.FAILED: Kind.FAILED,
    Status.RECONCILING: Kind.MISMATCH,
    Status.CANCELLED: Kind.CANCELLED,
}
_TIMES: Final = frozenset(name for name in COLUMNS if name.endswith("_timestamp"))
_CRYPTO: Final = (Leg.CLIENT_CRYPTO, Leg.COVER_CRYPTO)
_FIAT: Final = (Leg.CLIENT_FIAT, Leg.COVER_FIAT)


def transaction_rows(
    items: Iterable[tuple[Trade, Sequence[Fact], LegState]], as_of: datetime, zone: ZoneInfo
) -> Iterator[dict[str, str]]:
    """One row a trade: its terms, its status as of an instant, and the times that status goes with."""
    for trade, facts, state in items:
        row = _row(trade, facts, state, as_of, zone)
        if trade.as_written:
            written: Mapping[str, str] = json.loads(trade.as_written)
            row |= {name: text for name, text in written.items() if _same(name, text, row[name], zone)}
        yield row


def _row(trade: Trade, facts: Sequence[Fact], state: LegState, as_of: datetime, zone: ZoneInfo) -> dict[str, str]:
    status = _status(facts, state, as_of)
    crypto, fiat = _times(facts, state, status)
    recognised = max(filter(None, (crypto, fiat)), default=None) if status is Status.SETTLED else _reported_recognition(facts)
    return {
        "transaction_id": trade.transaction_id,
        "trade_date": trade.traded_at.astimezone(zone).strftime("%Y-%m-%d"),
        "trade_timestamp": written_time(trade.traded_at, zone),
        "pair": trade.pair,
        "direction": trade.side.value,
        "client_id": trade.client_id,
        "client_name": trade.client_name,
        "client_type": trade.client_type,
        "client_tier": trade.client_tier,
        "market_maker_id": trade.market_maker_id,
        "market_maker_name": trade.market_maker_name,
        "volume_crypto": plain(trade.size),
        "mid_price_idr": plain(trade.mid_price_idr),
        "mm_price_idr": plain(trade.mm_price_idr),
        "client_price_idr": plain(trade.client_price_idr),
        "spread_bps": plain(trade.spread_bps),
        "idr_mm_amount": plain(trade.mm_amount_idr),
        "idr_client_amount": plain(trade.client_amount_idr),
        "gross_spread_idr": plain(trade.gross_spread_idr),
        "tax_idr": plain(trade.tax_idr),
        "net_pnl_idr": plain(trade.net_pnl_idr if status is Status.SETTLED else ZERO),
        "bank_account_id": trade.bank_account_id,
        "client_wallet_id": trade.client_wallet_id,
        "mm_wallet_id": trade.mm_wallet_id,
        "crypto_settlement_timestamp": written_time(crypto, zone),
        "fiat_settlement_timestamp": written_time(fiat, zone),
        "pnl_recognition_timestamp": written_time(recognised, zone),
        "pnl_recognition_month": recognised.astimezone(zone).strftime("%Y-%m") if recognised else "",
        "status": status.value,
        "exchange_ref": trade.exchange_ref,
        "notes": trade.notes,
    }


def _status(facts: Sequence[Fact], state: LegState, as_of: datetime) -> Status:
    """The file's own word while nothing but the file has spoken of the trade; the derived status from then on.

    Asked for an instant before what the word rests on had happened, the derived status too: no leg had landed yet.
    """
    reported = [fact for fact in facts if fact.kind is Kind.REPORTED]
    if reported and all(fact.actor == "import" for fact in facts):
        word = Status(reported[-1].note)
        if _RESTS_ON.get(word, Kind.REPORTED) in {fact.kind for fact in facts} and (word is not Status.SETTLED or state.final_at):
            return word
    return status_of(state, as_of)


def _times(facts: Sequence[Fact], state: LegState, status: Status) -> tuple[datetime | None, datetime | None]:
    """Coins' and rupiah's times: where they landed for a settled trade, else what was last expected of them."""
    if status is Status.SETTLED:
        crypto = [state.leg(leg).final_at for leg in _CRYPTO]
        fiat = [state.leg(leg).final_at for leg in _FIAT]
        return max(filter(None, crypto), default=None), max(filter(None, fiat), default=None)
    return _expected(facts, Leg.CLIENT_CRYPTO), _expected(facts, Leg.CLIENT_FIAT)


def _expected(facts: Sequence[Fact], leg: Leg) -> datetime | None:
    said = [fact for fact in facts if fact.kind is Kind.EXPECTED and fact.leg is leg]
    return said[-1].due_at if said else None


def _reported_recognition(facts: Sequence[Fact]) -> datetime | None:
    """What the file gave as an unsettled row's recognition time."""
    said = [fact for fact in facts if fact.kind is Kind.REPORTED]
    return said[-1].due_at if said else None


def written_time(instant: datetime | None, zone: ZoneInfo) -> str:
    """A time as the file writes it: naive, in the desk's zone, to the second (finer only where it is finer)."""
    if instant is None:
        return ""
    local = instant.astimezone(zone)
    return local.strftime(TIME_FORMAT) + (f".{local.microsecond:06d}" if local.microsecond else "")


def _same(name: str, text: str, canonical: str, zone: ZoneInfo) -> bool:
    """Whether another way of writing says the same number or the same instant; of the net, the same rupiah.

    The desk keeps net = gross - tax to the last digit; a file that computed it in floats differs behind the point.
    """
    if name not in _TIMES:
        tolerance = RUPIAH if name == "net_pnl_idr" else ZERO
        return is_number(canonical) and abs(parse(text) - parse(canonical)) <= tolerance
    read = datetime.fromisoformat(text)
    return written_time((read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC), zone) == canonical
