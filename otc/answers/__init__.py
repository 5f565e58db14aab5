"""What each command answers: a structure for --json, and the same for a person."""

import json
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from otc.bootstrap import transaction_file
from otc.clock import iso, parse_instant
from otc.config import Settings
from otc.desk import Desk
from otc.errors import BadNumber, Refused
from otc.exports.delimited import to_csv
from otc.exports.pdf import to_pdf
from otc.exports.transactions import to_transactions_csv
from otc.exports.xlsx import to_xlsx
from otc.model import QuoteRequest, Rate, Side
from otc.money import grouped, parse, plain
from otc.ports import Moment
from otc.quoting.two_way import Pricer
from otc.reports import aging_document, bounds_of, month_document, month_report, months_document, open_items, status_counts
from otc.sample import files, year
from otc.settlement.calendars import Calendars
from otc.settlement.rails import Rails
from otc.views.rfq import quote_answer
from otc.views.table import Document, counted
from otc.views.written import written

_REJECTS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """One command's answer."""

    content: Any
    text: str
    zone: ZoneInfo | None = None

    def as_json(self) -> str:
        """Amounts as text, instants ISO 8601 in the desk's zone."""
        return json.dumps(written(self.content, self.zone or ZoneInfo("UTC")), indent=2, ensure_ascii=False) + "\n"

    def as_text(self) -> str:
        """Lines for a person."""
        return self.text


def _moment(desk: Desk, options: Namespace) -> Moment:
    zone = desk.settings.desk.zones.desk
    as_of = parse_instant(options.as_of, zone) if options.as_of else None
    return desk.moment(as_of, parse_instant(options.known_at, zone) if options.known_at else None)


def imported(desk: Desk, path: Path, progress: Callable[[int], None]) -> Answer:
    """Book a transactions file."""
    result = desk.import_transactions(transaction_file(desk, path), progress)
    rejected = [{"line": r.line, "field": r.field, "reason": r.reason} for r in result.rejected]
    content = {"read": result.read, "booked": result.booked, "duplicates": result.duplicates, "rejected": rejected}
    lines = [f"read {result.read:,}, booked {result.booked:,}, duplicates {result.duplicates:,}, rejected {len(rejected):,}"]
    lines += [f"  line {r.line}: {r.field} {r.reason}" for r in result.rejected[:_REJECTS_SHOWN]]
    lines += [f"  and {len(rejected) - _REJECTS_SHOWN:,} more; --json lists all"] * (len(rejected) > _REJECTS_SHOWN)
    lines += [f"  note: {warning}" for warning in result.warnings]
    return Answer({**content, "updated": result.updated, "warnings": list(result.warnings)}, "\n".join(lines) + "\n")


def status(desk: Desk, options: Namespace) -> Answer:
    """Trades by status."""
    moment, zone = _moment(desk, options), desk.settings.desk.zones.desk
    found = status_counts(desk, moment, options.reported)
    rate = round(found.settlement_rate, 6)
    content = {"as_of": found.as_of, "counts": dict(found.counts), "settlement_rate": rate}
    lines = [f"{_label(desk)}as of {iso(moment.as_of, zone)}"] + [
        f"{name:<12}{count:>10,}" for name, count in found.counts.items()
    ]
    return Answer(content, "\n".join([*lines, f"settled {rate:.1%}"]) + "\n", zone)


def aging(desk: Desk, options: Namespace) -> Answer:
    """Every unsettled trade that nobody has resolved."""
    moment, zone = _moment(desk, options), desk.settings.desk.zones.desk
    rows = open_items(desk, moment)
    content = [{name: getattr(row, name) for name in row.__slots__} | {"age_hours": round(row.age_hours, 6)} for row in rows]
    lines = [f"{_label(desk)}as of {iso(moment.as_of, zone)}: {len(rows):,} open"]
    lines += [
        f"{row.bucket:<6}{row.age_hours:>9.1f} h  {row.status:<12}{row.transaction_id:<22}{row.pair:<10}{row.client_id:<9}"
        f"{grouped(row.client_amount_idr):>20}  {row.why}"
        for row in rows
    ]
    return Answer(content, "\n".join(lines) + "\n", zone)


def pnl(desk: Desk, options: Namespace) -> Answer:
    """Profit by a key on one basis."""
    moment, zone = _moment(desk, options), desk.settings.desk.zones.desk
    rows = desk.pnl(options.basis, options.by, moment)
    content = [{name: getattr(row, name) for name in row.__slots__} for row in rows]
    lines = [f"{_label(desk)}{options.basis} basis as of {iso(moment.as_of, zone)}"]
    lines += [
        f"{row.key:<12}{counted(row.trades, 'trade'):>15}{grouped(row.volume_idr):>26}{grouped(row.net_pnl_idr):>20}"
        for row in rows
    ]
    return Answer(content, "\n".join(lines) + "\n", zone)


def export(desk: Desk, options: Namespace) -> Answer:
    """Write a report to a file; the file appears whole or not at all."""
    moment = _moment(desk, options)
    if options.report == "transactions":
        content = _transactions(desk, options, moment)
    else:
        content = _report(desk, options, moment)
    _write_whole(options.out, content)
    return Answer({"out": str(options.out), "bytes": len(content)}, f"{options.out}: {len(content):,} bytes\n")


def _transactions(desk: Desk, options: Namespace, moment: Moment) -> bytes:
    if options.format != "csv":
        raise Refused("The transactions go out in their 31 columns as csv only.", "format")
    return to_transactions_csv(desk, moment, *(bounds_of(options.month) if options.month else ()))


def _report(desk: Desk, options: Namespace, moment: Moment) -> bytes:
    if options.report == "journal" or options.format == "beancount":
        raise Refused(
            "The journal and beancount exports come with the close of the books; pnl and aging go out as csv, xlsx or pdf."
        )
    document = _document(desk, options, moment)
    if options.format == "xlsx":
        return to_xlsx(document)
    if options.format == "pdf":
        return to_pdf(document)
    return to_csv(document.tables[-1], document.zone)


def _document(desk: Desk, options: Namespace, moment: Moment) -> Document:
    if options.report == "aging" and options.month:
        raise Refused("The open items are those of an instant, not of a month; say which with --as-of.", "month")
    if options.report == "aging":
        return aging_document(desk, open_items(desk, moment), moment, {})
    if options.month:
        return month_document(desk, month_report(desk, options.month, moment), moment)
    return months_document(desk, moment)


def _write_whole(path: Path, content: bytes) -> None:
    if not path.name or path.is_dir():
        raise Refused(f"{str(path)!r} is no file to write to; name one with --out.")
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Refused(f"{path} cannot be written ({error.strerror}); name another place with --out.") from None


def quote(settings: Settings, options: Namespace, now: datetime) -> Answer:
    """Price both sides from one market maker's rate."""
    rate = Rate("typed", number("--mm-rate", options.mm_rate), now)
    request = QuoteRequest(options.pair, options.tier, Side.BUY, (rate,), size=number("--size", options.size))
    made = Pricer(settings, lambda: settings.spreads).price(request, "command line", now)
    lines = [f"spread {plain(made.spread_bps)} bps, tax {plain(made.tax_rate)}"]
    for side in (made.buy, made.sell):
        lines.append(
            f"client {side.side.lower()}s at {grouped(side.price_idr, 4)}: {grouped(side.client_amount_idr)},"
            f" gross {grouped(side.gross_spread_idr)}, tax {grouped(side.tax_idr)},"
            f" net {grouped(side.net_pnl_idr)}, rounding {grouped(side.rounding_idr, 4)}"
        )
    return Answer(quote_answer(made, settings.desk.zones.desk), "\n".join(lines) + "\n")


def number(option: str, text: str) -> Decimal:
    """A plain number given with an option, which the refusal names."""
    try:
        return parse(text)
    except BadNumber as error:
        raise Refused(f"{option}: {error}", option) from None


def cutoff(settings: Settings, currency: str, amount: str, at: datetime) -> Answer:
    """Which rail takes a transfer, when it is accepted, and for which value date."""
    wanted = number("--amount", amount)
    if wanted <= 0:
        raise Refused(f"--amount {amount} is not above zero.", "amount")
    rails = Rails(settings.rails.rails, Calendars(settings.rails.overrides))
    taken = rails.accept(currency.upper(), wanted, at)
    zone = settings.desk.zones.desk
    content = {"rail": taken.rail, "accepted_at": taken.accepted_at, "value_date": taken.value_date}
    return Answer(content, f"{taken.rail}, accepted {iso(taken.accepted_at, zone)}, value {taken.value_date}\n", zone)


def sample(settings: Settings, out: Path, seed: int, trades: int) -> Answer:
    """Write the sample year as files."""
    if trades < 1:
        raise Refused(f"{trades} trades are no sample; ask for at least 1.", "trades")
    path = files.write(out, year.rows(seed, trades, settings), settings)
    return Answer(
        {"transactions": str(path), "seed": seed, "trades": trades}, f"{path}: {counted(trades, 'trade')}, seed {seed}\n"
    )


def _label(desk: Desk) -> str:
    label = desk.store.meta.label
    return f"{label} " if label else ""
