"""The sample year from one seed: lives (deal, landing, outcome) and the transaction file's rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from otc.clock import month_of
from otc.config import Settings
from otc.errors import Refused
from otc.model import Status
from otc.money import plain
from otc.sample import DEFAULT_SEED, DEFAULT_TRADES
from otc.sample.deals import Deal, Dealing
from otc.sample.draws import Draws
from otc.sample.landing import Landing, Mechanism
from otc.sample.outcomes import Outcome, Verdicts, lot, quotas
from otc.settlement.legs import Rules

COLUMNS: Final = (
    "transaction_id", "trade_date", "trade_timestamp", "pair", "direction", "client_id", "client_name", "client_type",
    "client_tier", "market_maker_id", "market_maker_name", "volume_crypto", "mid_price_idr", "mm_price_idr",
    "client_price_idr", "spread_bps", "idr_mm_amount", "idr_client_amount", "gross_spread_idr", "tax_idr", "net_pnl_idr",
    "bank_account_id", "client_wallet_id", "mm_wallet_id", "crypto_settlement_timestamp", "fiat_settlement_timestamp",
    "pnl_recognition_timestamp", "pnl_recognition_month", "status", "exchange_ref", "notes",
)  # fmt: skip
"""The transaction file's 31 columns: an interface, names and order stay."""

MOST_TRADES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Life:
    """One trade from the deal to where it stands; the cause in `outcome` is the label that the file does not carry."""

    transaction_id: str
    deal: Deal
    landing: Landing
    outcome: Outcome


def lives(seed: int, trades: int, settings: Settings) -> Iterator[Life]:
    """Every trade of the year in order of time, a month at a time: no more than a month is held at once."""
    if not 1 <= trades <= MOST_TRADES:
        raise Refused(f"{trades} trades cannot be made; ask for 1 to {MOST_TRADES:,}.", "trades")
    dealing, mechanism, verdicts = Dealing(seed, trades, settings), Mechanism(settings), Verdicts(Rules.of(settings))
    month_quotas = quotas(dealing.days, dealing.counts)
    digits = max(5, len(str(trades)))
    for month, deals in dealing.months():
        block = [(deal, mechanism.land(deal, Draws(seed, "landing", deal.number))) for deal in deals]
        fates = lot(block, month_quotas[month], Draws(seed, "faults", month))
        for (deal, landing), fate in zip(block, fates, strict=True):
            outcome = verdicts.outcome(deal, landing, fate, Draws(seed, "verdict", deal.number))
            yield Life(f"OTC-{deal.number:0{digits}d}", deal, landing, outcome)


def rows(seed: int, trades: int, settings: Settings) -> Iterator[dict[str, str]]:
    """The file's rows as text, one at a time: 31 columns, amounts canonical, times naive in the desk's zone."""
    zones = settings.desk.zones
    return (row_of(life, zones.desk, zones.books) for life in lives(seed, trades, settings))


def make_year(settings: Settings, seed: int = DEFAULT_SEED, trades: int = DEFAULT_TRADES) -> list[dict[str, str]]:
    """All rows of the year at once."""
    return list(rows(seed, trades, settings))


def row_of(life: Life, desk: ZoneInfo, books: ZoneInfo) -> dict[str, str]:
    """One row of the file; net PnL is 0 and recognition empty until both legs are final."""
    deal, price, outcome = life.deal, life.deal.price, life.outcome
    settled = outcome.status is Status.SETTLED
    recognised = life.landing.settled_at if settled else None
    traded = _local(deal.traded_at, desk)
    cells = (
        life.transaction_id, traded[:10], traded, deal.pair, deal.side.value, deal.client.id, deal.client.name,
        deal.client.type, deal.client.tier, deal.maker.id, deal.maker.name, plain(price.size), plain(deal.mid_idr),
        plain(price.mm_rate_idr), plain(price.price_idr), plain(deal.spread_bps), plain(price.mm_amount_idr),
        plain(price.client_amount_idr), plain(price.gross_spread_idr), plain(price.tax_idr),
        plain(price.net_pnl_idr) if settled else "0", deal.bank_id, deal.wallet_id, deal.maker.wallet,
        _local(outcome.crypto_at, desk), _local(outcome.fiat_at, desk), _local(recognised, desk),
        month_of(recognised, books) if recognised else "", outcome.status.value, deal.exchange_ref, "",
    )  # fmt: skip
    return dict(zip(COLUMNS, cells, strict=True))


def _local(instant: datetime | None, zone: ZoneInfo) -> str:
    return "" if instant is None else str(instant.astimezone(zone).replace(tzinfo=None))
