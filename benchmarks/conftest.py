"""What the benchmarks stand on: a million trades, made once and kept, and a desk that imported them in its own process."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from otc.bootstrap import wire
from otc.config import load
from otc.desk import Desk
from otc.model import Fact, Kind
from otc.ports import Changes
from otc.sample import DEFAULT_SEED
from otc.sample.files import write
from otc.sample.year import rows
from otc.settlement.status import project
from tests.conftest import *  # noqa: F403 - the browser and the desk as a server are the tests' own

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "out" / "bench"
MILLION = 1_000_000
OPEN_ITEMS = 5_000
_AT_ONCE = 20_000
_IMPORT = """
import json, resource, sys, time
from pathlib import Path
from otc.bootstrap import transaction_file, wire
began = time.perf_counter()
desk = wire(place=Path(sys.argv[2]), create=True).desk
result = desk.import_transactions(transaction_file(desk, Path(sys.argv[1])))
desk.store.close()
own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps({
    "seconds": time.perf_counter() - began,
    "cpu_seconds": own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime,
    "own_mb": own.ru_maxrss / 1024,
    "worker_mb": workers.ru_maxrss / 1024,
    "read": result.read, "booked": result.booked, "rejected": len(result.rejected),
}))
"""


@dataclass(frozen=True)
class Imported:
    """An import in a process of its own: what it took, and the store it left."""

    store: Path
    rows: int
    seconds: float
    cpu_seconds: float
    megabytes: float


def say(claim: str, figures: dict[str, float], unit: str) -> None:
    """One line a claim, each figure beside the others."""
    load_now = os.getloadavg()[0]
    print(
        f"\n{claim}: " + ", ".join(f"{name} {value:,.1f} {unit}" for name, value in figures.items()) + f" (load {load_now:.1f})"
    )


def milliseconds(work: Callable[[], object], times: int = 9) -> float:
    """The median time of a piece of work, after one run to warm up."""
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def sample_of(trades: int) -> Path:
    """A sample file of so many trades, made once for what makes it: the sample's code, the windows' code and the config."""
    made_by = [*(ROOT / "otc" / "sample").glob("*.py"), *(ROOT / "otc" / "settlement").glob("*.py"), *(ROOT / "config").glob("*")]
    key = sha256(b"".join(path.read_bytes() for path in sorted(made_by))).hexdigest()[:12]
    folder = KEPT / f"{trades}-{key}"
    if not folder.exists():
        part = folder.with_suffix(".part")
        settings = load(ROOT / "config")
        write(part, rows(DEFAULT_SEED, trades, settings), settings)
        part.rename(folder)
    return folder / "transactions.csv"


def import_apart(file: Path, store: Path) -> Imported:
    """Import a file in a process of its own, where time and memory are its alone."""
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, str(file), str(store)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["read"] == told["booked"], told
    workers = min(os.cpu_count() or 1, 4)
    return Imported(
        store,
        told["read"],
        told["seconds"],
        told["cpu_seconds"],
        told["own_mb"] + told["worker_mb"] * (workers if workers > 1 else 0),
    )


@pytest.fixture(scope="session")
def million() -> Path:
    """A million trades of the sample's year as a file."""
    return sample_of(MILLION)


@pytest.fixture(scope="session")
def imported(million: Path, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """The million trades in a store."""
    return import_apart(million, tmp_path_factory.mktemp("million") / "desk.duckdb")


@pytest.fixture(scope="session")
def five_thousand_open(imported: Imported) -> Path:
    """The store of a million trades of which 5,000 are open; the other unsettled ones are resolved."""
    with desk_on(imported.store) as desk:
        resolve_all_but(desk, OPEN_ITEMS)
    return imported.store


@contextmanager
def desk_on(store: Path) -> Iterator[Desk]:
    """The desk of a store, which lets go of it at the end."""
    desk = wire(ROOT / "config", store).desk
    try:
        yield desk
    finally:
        desk.store.close()


def resolve_all_but(desk: Desk, left: int) -> None:
    """Close open items, as a person would one by one, until so many are left."""
    moment = desk.moment()
    ids = [str(row["transaction_id"]) for row in desk.rows("aging", moment)][:-left]
    for start in range(0, len(ids), _AT_ONCE):
        chunk = ids[start : start + _AT_ONCE]
        with desk.store.writing() as writer:
            trades, facts = writer.trades(chunk), writer.facts(chunk)
            words = [_resolved(facts[trade_id], moment.as_of) for trade_id in chunk]
            projections = [project(trades[w.transaction_id], [*facts[w.transaction_id], w], desk.rules) for w in words]
            writer.append(Changes(facts=words, projections=projections))


def _resolved(facts: Sequence[Fact], now: datetime) -> Fact:
    trade_id = facts[0].transaction_id
    return Fact(f"resolved-{trade_id}", Kind.RESOLVED, trade_id, None, now, now, "ops-1", note="settled by agreement")
