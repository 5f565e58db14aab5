"""The sample year as files: transactions.csv and the reference tables beside it."""

import csv
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path

from otc.config import Settings
from otc.sample.year import COLUMNS

Cells = tuple[str, ...]


def write(folder: Path, rows: Iterable[Mapping[str, str]], settings: Settings) -> Path:
    """Write transactions.csv, row by row, and five reference tables into a folder; returns the transactions' path.

    UTF-8, lines end in a line feed, so the bytes are the same on every machine. The folder is made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "transactions.csv"
    _write(path, chain([COLUMNS], (tuple(row[column] for column in COLUMNS) for row in rows)))
    for name, table in reference_tables(settings).items():
        _write(folder / f"{name}.csv", table)
    return path


def reference_tables(settings: Settings) -> dict[str, list[Cells]]:
    """Name -> header and rows of each reference table, from counterparties.yaml."""
    parties = settings.counterparties
    return {
        "ref_clients": [("id", "name", "type", "tier"), *((c.id, c.name, c.type, c.tier) for c in parties.clients)],
        "ref_market_makers": [("id", "name", "type"), *((m.id, m.name, "Market Maker") for m in parties.market_makers)],
        "ref_bank_accounts": [
            ("id", "bank", "currency", "type"),
            *((b.id, b.name, b.currency, b.type) for b in parties.banks),
        ],
        "ref_wallets": [("id", "chain", "asset", "type"), *((w.id, w.chain, w.asset, w.type) for w in parties.wallets)],
        "ref_exchanges": [("id", "exchange", "type"), *((e.id, e.name, "Price Discovery") for e in parties.exchanges)],
    }


def _write(path: Path, lines: Iterable[Cells]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
