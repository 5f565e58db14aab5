"""What the source found in its year, measured in ours: each claim beside what the rows give and its cause."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from otc.config import Settings
from otc.money import CONTEXT, ZERO, grouped
from otc.sample import SAMPLE_INSTANT
from otc.settlement.calendars import Calendars

STABLE: Final = ("USDT/IDR", "USDC/IDR")
WINDOW_BINDS_ABOVE: Final = Decimal(250_000_000)
_BILLION: Final = Decimal(10) ** 9
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_FRIDAY: Final = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim: what the source says, what the rows give, why it comes out so, and whether it holds."""

    claim: str
    expected: str
    found: str
    cause: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What the findings read of a row; times naive in the desk's zone, amounts in IDR."""

    traded: datetime
    pair: str
    side: str
    client_id: str
    spread_bps: Decimal
    client_idr: Decimal
    gross_idr: Decimal
    tax_idr: Decimal
    net_idr: Decimal
    fiat: datetime | None
    recognised_month: str
    status: str

    @property
    def settled(self) -> bool:
        return self.status == "SETTLED"

    @property
    def earned_idr(self) -> Decimal:
        """What the trade earns if it settles: the trade basis."""
        return self.gross_idr - self.tax_idr

    @property
    def lag(self) -> timedelta:
        """From the trade to the rupiah; nothing where they have not landed."""
        return self.fiat - self.traded if self.fiat else timedelta(0)

    @property
    def rolled(self) -> bool:
        """Whether the rupiah landed on a later day."""
        return self.fiat is not None and self.fiat.date() > self.traded.date()


def findings(rows: Iterable[Mapping[str, str]], settings: Settings) -> list[Finding]:
    """Measure every claim on the rows of a full-size year (5,968 trades)."""
    seen = [_seen(row) for row in rows]
    settled = [row for row in seen if row.settled]
    calendars = Calendars(settings.rails.overrides)
    instant = SAMPLE_INSTANT.astimezone(settings.desk.zones.desk).replace(tzinfo=None)
    return [
        *_counts(seen),
        *_shares(seen),
        *_spreads(seen, settled),
        *_money(seen, settled),
        *_cutoff(seen, settled),
        *_lags(settled, calendars),
        *_month_ends(seen, settled),
        *_open_items(seen, instant),
    ]


def as_text(measured: Sequence[Finding]) -> str:
    """The findings as a table for reading."""
    lines = [("", "claim", "expected", "found", "cause")]
    lines += [("ok" if f.holds else "NOT", f.claim, f.expected, f.found, f.cause) for f in measured]
    widths = [max(len(line[n]) for line in lines) for n in range(4)]
    return "\n".join("  ".join([*(cell.ljust(w) for cell, w in zip(line, widths, strict=False)), line[4]]) for line in lines)


def _counts(seen: Sequence[Seen]) -> list[Finding]:
    count = Counter(row.status for row in seen)
    open_ = count["PENDING"] + count["RECONCILING"]
    why = "faults with a cause are counted out; what a fault means is the product's status rule"
    return [
        _exactly("trades", 5968, len(seen), "asked for"),
        _exactly("settled", 5537, count["SETTLED"], "all legs landed by the sample's instant"),
        _exactly("failed", 53, count["FAILED"], "rejected, wrong address or default"),
        _exactly("pending or reconciling", 378, open_, why),
        _least("reconciling", 177, count["RECONCILING"], "a window has passed or a mismatch was seen"),
    ]


def _shares(seen: Sequence[Seen]) -> list[Finding]:
    count = Counter(row.pair for row in seen)
    stable = sum(count[pair] for pair in STABLE)
    buys = sum(row.side == "BUY" for row in seen)
    above = [row.client_idr > WINDOW_BINDS_ABOVE for row in seen if row.pair == "PAXG/IDR"]
    why = "clients' habits by pair"
    return [
        _about("stablecoins, % of trades", "85", "2", _percent(stable, len(seen)), why),
        _about("USDT, % of trades", "50", "2", _percent(count["USDT/IDR"], len(seen)), why),
        _about("USDC, % of trades", "36", "2", _percent(count["USDC/IDR"], len(seen)), why),
        _about("BTC, % of trades", "10", "1.5", _percent(count["BTC/IDR"], len(seen)), why),
        _about("PAXG, % of trades", "4.75", "0.75", _percent(count["PAXG/IDR"], len(seen)), why),
        _about("clients buying, % of trades", "55", "2", _percent(buys, len(seen)), why),
        _least("PAXG tickets the bank window binds, %", 95, _percent(sum(above), len(above)), "gold is dealt by the kilogram"),
    ]


def _spreads(seen: Sequence[Seen], settled: Sequence[Seen]) -> list[Finding]:
    why = "spreads.yaml by tier, moved by haggling and by size; tier C deals most of the coins and the gold"
    means = [
        _about(f"{pair[:-4]}, mean spread in bps", middle, within, _mean([r.spread_bps for r in seen if r.pair == pair]), why)
        for pair, middle, within in (
            ("USDT/IDR", "20", "0.5"),
            ("USDC/IDR", "22", "0.5"),
            ("BTC/IDR", "81.6", "1.5"),
            ("PAXG/IDR", "103", "2.5"),
        )
    ]
    weighted = sum((row.spread_bps * row.client_idr for row in settled), ZERO)
    volume = sum((row.client_idr for row in settled), ZERO)
    return [
        *means,
        _about("blended, simple mean in bps", "30.3", "1", _mean([row.spread_bps for row in settled]), "the mix of pairs"),
        _about("blended, by volume in bps", "22.7", "0.6", CONTEXT.divide(weighted, volume), "large tickets are stablecoins"),
    ]


def _money(seen: Sequence[Seen], settled: Sequence[Seen]) -> list[Finding]:
    net, gross, tax = (_sum(settled, part) for part in (lambda r: r.net_idr, lambda r: r.gross_idr, lambda r: r.tax_idr))
    volume = _sum(seen, lambda row: row.client_idr)
    by_client: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in settled:
        by_client[row.client_id] += row.net_idr
    top = sum(sorted(by_client.values())[-3:], ZERO)
    stable = _sum([row for row in settled if row.pair in STABLE], lambda row: row.net_idr)
    why = "tickets and spreads"
    return [
        _about("net PnL, IDR bn", "41.4", "1.5", net / _BILLION, why),
        _about("gross spread, IDR bn", "79.7", "3", gross / _BILLION, why),
        _about("tax, IDR bn", "38.3", "1.5", tax / _BILLION, "0.21% of the client amount"),
        _about("client volume, IDR tn", "19.66", "0.6", volume / _BILLION / 1000, "tickets"),
        _about("average trade, IDR bn", "3.2", "0.3", volume / _BILLION / len(seen), "tickets"),
        _about("stablecoins, % of net PnL", "88.7", "1", _percent(stable, net), "many large tickets at a thin spread"),
        _about("top three clients, % of net PnL", "32.1", "2", _percent(top, net), "small tiers deal often, large ones large"),
    ]


def _cutoff(seen: Sequence[Seen], settled: Sequence[Seen]) -> list[Finding]:
    pairs = sorted({row.pair for row in settled})
    rolls = {pair: _percent_of([r for r in settled if r.pair == pair], lambda r: r.rolled) for pair in pairs}
    early = _percent_of([row for row in settled if row.traded.hour < 12], lambda row: row.rolled)
    late = _percent_of([row for row in settled if row.traded.hour >= 13], lambda row: row.rolled)
    hour = [_percent_of([row for row in seen if row.traded.weekday() == day], lambda r: r.traded.hour >= 13) for day in range(5)]
    least_coin, most_stable = min(rolls["BTC/IDR"], rolls["PAXG/IDR"]), max(rolls[pair] for pair in STABLE)
    return [
        Finding(
            "next-day rupiah, % after 13:00 and before noon",
            "materially more (3 times at least)",
            f"{late:.1f} and {early:.1f}",
            "the bank's window closes at 14:00 and acceptance rolls by the calendar",
            late > 3 * early,
        ),
        Finding(
            "next-day rupiah, % by pair",
            "BTC and PAXG most",
            ", ".join(f"{pair[:-4]} {rolls[pair]:.1f}" for pair in pairs),
            "BTC waits for confirmations, PAXG for two rates fixed by hand, before rupiah are instructed",
            least_coin > most_stable,
        ),
        Finding(
            "initiated after 13:00, % of a weekday's trades",
            "Fridays most",
            " ".join(f"{share:.1f}" for share in hour),
            "Friday prayers empty the hours around noon",
            max(hour) == hour[_FRIDAY],
        ),
    ]


def _lags(settled: Sequence[Seen], calendars: Calendars) -> list[Finding]:
    def normal(day: date) -> bool:
        return calendars.is_open("ID", day) and calendars.is_open("ID", day + _DAY)

    usual = [row for row in settled if normal(row.traded.date())]
    stable = [row for row in usual if row.pair in STABLE and row.traded.hour < 12]
    bitcoin = [row for row in usual if row.pair == "BTC/IDR" and not row.rolled and row.client_idr > WINDOW_BINDS_ABOVE]
    gold = [row for row in usual if row.pair == "PAXG/IDR"]
    gold_hours = sorted(row.lag / _HOUR for row in gold)
    return [
        _least(
            "USDT, USDC before noon: % in 4 h on a normal day",
            90,
            _percent_of(stable, lambda r: r.lag <= 4 * _HOUR),
            "paid within the hour; a few clients need an approval and pay the day after",
        ),
        _least(
            "BTC rupiah: % in 2 to 8 h of those not rolled",
            80,
            _percent_of(bitcoin, lambda r: 2 * _HOUR <= r.lag <= 8 * _HOUR),
            "coins' confirmations and a check come before the payment",
        ),
        _least(
            "PAXG rupiah: % in 24 h on a normal day",
            90,
            _percent_of(gold, lambda r: r.lag <= 24 * _HOUR),
            f"an hour to half a day of handwork, then the next window; median {gold_hours[len(gold_hours) // 2]:.1f} h",
        ),
    ]


def _month_ends(seen: Sequence[Seen], settled: Sequence[Seen]) -> list[Finding]:
    january = [row for row in settled if row.recognised_month == "2025-01"]
    large = [row for row in january if row.client_idr >= 3 * _BILLION]
    first = min((row.traded.date() for row in january), default=date.max)
    crossed = Counter(f"{row.traded:%Y-%m}" for row in settled if f"{row.traded:%Y-%m}" != row.recognised_month)
    traded = _sum([row for row in seen if row.traded.month == 12], lambda row: row.earned_idr)
    recognised = _sum([row for row in settled if row.recognised_month == "2024-12"], lambda row: row.net_idr)
    gap = _percent(traded - recognised, traded)
    why = "acceptance after the cut-off of 31 December is 2 January's, 08:00"
    return [
        Finding(
            "trades of 30-31 December recognised in January",
            "several, large ones among them",
            f"{len(january)} worth IDR {grouped(_sum(january, lambda r: r.client_idr))}; {len(large)} of 3bn and more",
            why,
            len(january) >= 3 and len(large) >= 2 and first >= date(2024, 12, 30),
        ),
        Finding(
            "months that end with trades still to be recognised",
            "every one",
            f"{len(crossed)} of 12; {min(crossed.values(), default=0)} to {max(crossed.values(), default=0)} trades",
            "a month's last afternoon rolls over its end",
            len(crossed) == 12,
        ),
        Finding(
            "December: net on trade basis and on settlement basis, IDR",
            "clearly different (5% at least)",
            f"{grouped(traded)} and {grouped(recognised)}: {gap:.1f}% apart",
            "rolled over the year's end, still open, or failed; November's last afternoon comes in",
            abs(gap) >= 5,
        ),
    ]


def _open_items(seen: Sequence[Seen], instant: datetime) -> list[Finding]:
    matching = [row for row in seen if row.status == "RECONCILING"]
    ages = [instant - row.traded for row in matching]
    failed = sum(row.status == "FAILED" for row in seen)
    pairs = sorted({row.pair for row in seen})
    share = {pair: _percent_of([r for r in seen if r.pair == pair], lambda r: r.status == "RECONCILING") for pair in pairs}
    return [
        Finding(
            "RECONCILING, % of a pair's trades",
            "PAXG most",
            ", ".join(f"{pair[:-4]} {share[pair]:.1f}" for pair in pairs),
            "a fault is the likelier the more handwork and the longer under way",
            max(share, key=lambda pair: share[pair]) == "PAXG/IDR",
        ),
        _least("RECONCILING above 24 h, %", 50, _percent(sum(a > 24 * _HOUR for a in ages), len(ages)), "nobody looked at them"),
        _least("RECONCILING above 300 h", 3, sum(a > 300 * _HOUR for a in ages), "nobody looked at them"),
        _least(
            "RECONCILING, % of RECONCILING and FAILED", 50, _percent(len(matching), len(matching) + failed), "most are delays"
        ),
    ]


def _seen(row: Mapping[str, str]) -> Seen:
    fiat = row["fiat_settlement_timestamp"]
    return Seen(
        traded=datetime.fromisoformat(row["trade_timestamp"]),
        pair=row["pair"],
        side=row["direction"],
        client_id=row["client_id"],
        spread_bps=Decimal(row["spread_bps"]),
        client_idr=Decimal(row["idr_client_amount"]),
        gross_idr=Decimal(row["gross_spread_idr"]),
        tax_idr=Decimal(row["tax_idr"]),
        net_idr=Decimal(row["net_pnl_idr"]),
        fiat=datetime.fromisoformat(fiat) if fiat else None,
        recognised_month=row["pnl_recognition_month"],
        status=row["status"],
    )


def _sum(rows: Iterable[Seen], part: Callable[[Seen], Decimal]) -> Decimal:
    return sum((part(row) for row in rows), ZERO)


def _mean(numbers: Sequence[Decimal]) -> Decimal:
    return CONTEXT.divide(sum(numbers, ZERO), Decimal(len(numbers) or 1))


def _percent(part: Decimal | int, whole: Decimal | int) -> Decimal:
    return CONTEXT.divide(Decimal(100 * part), Decimal(whole or 1))


def _percent_of(rows: Sequence[Seen], test: Callable[[Seen], bool]) -> Decimal:
    return _percent(sum(map(test, rows)), len(rows))


def _exactly(claim: str, expected: int, found: int, cause: str) -> Finding:
    return Finding(claim, f"{expected:,}", f"{found:,}", cause, found == expected)


def _about(claim: str, middle: str, within: str, found: Decimal, cause: str) -> Finding:
    holds = abs(found - Decimal(middle)) <= Decimal(within)
    return Finding(claim, f"{middle} give or take {within}", f"{found:.2f}", cause, holds)


def _least(claim: str, least: int, found: Decimal | int, cause: str) -> Finding:
    shown = f"{found:,}" if isinstance(found, int) else f"{found:.1f}"
    return Finding(claim, f"at least {least}", shown, cause, found >= least)
