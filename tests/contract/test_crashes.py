"""A desk that dies loses nothing it had acknowledged and shows nothing half written, in both stores."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from otc.errors import StoreError
from otc.model import Kind
from otc.ports import Moment, Store
from tests.builders import MONDAY, ROOT, at, book, fact, landed, opened, place_of, trade
from tests.soak import examples

Reopen = Callable[[], Store]
NEW_YEAR = Moment(at("2025-01-01 00:00"))

IMPORTING = """
import sys
from pathlib import Path
from tests.builders import book, landed, opened, trade
store = opened(sys.argv[1], Path(sys.argv[2]))
first = len(store.transaction_ids())
for number in range(first, first + 10_000, 5):
    chunk = [trade(transaction_id=f"T-{n:06d}") for n in range(number, number + 5)]
    book(store, [(one, landed(one, "2024-03-04 12:00")) for one in chunk])
    print(number + 5, flush=True)
"""
DIES_BEFORE_ITS_SEAL = """
import os, sys
from pathlib import Path
from otc.store.csv_folder import CsvStore
from tests.builders import book, fact, landed, opened, trade
from otc.model import Kind
store = opened("csv", Path(sys.argv[1]))
book(store, [(trade(), [])])
real, synced = os.fsync, []
def dying(number):
    real(number)
    synced.append(number)
    if len(synced) > 1:
        os._exit(9)
os.fsync = dying
book(store, [(trade(transaction_id="T-2"), landed(trade(transaction_id="T-2"), "2024-03-04 12:00"))])
"""


def run(code: str, *words: str | Path) -> subprocess.Popen[str]:
    """Another process of the project."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_five_kills_in_the_middle_of_an_import_lose_no_acknowledged_row(kind: str, tmp_path: Path) -> None:
    """Killed wherever it happens to be: what it said was written is there, in whole writes, and the store opens again."""
    for turn in range(examples(5)):
        process = run(IMPORTING, kind, tmp_path)
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(2 + turn)]
        process.send_signal(signal.SIGKILL)
        said += [int(line) for line in process.stdout.read().splitlines() if line]
        assert process.stderr is not None
        process.stdout.close()
        process.stderr.close()
        process.wait()
        store = opened(kind, tmp_path, create=False)
        ids = store.transaction_ids()
        assert len(ids) >= said[-1]
        assert len(ids) % 5 == 0, "a write counts whole or not at all"
        assert ids == [f"T-{n:06d}" for n in range(len(ids))]
        assert all(len(facts) == 2 for facts in store.facts(ids).values())
        assert {row["status"]: row["trades"] for row in store.rows("counts", NEW_YEAR)} == {"SETTLED": len(ids)}
        store.close()


@pytest.mark.parametrize("kind", ["csv"], indirect=True)
def test_a_process_that_dies_before_its_seal_has_written_nothing(kind: str, tmp_path: Path) -> None:
    """Rows without their commit line were never acknowledged: they are set aside, not read, and not thrown away."""
    process = run(DIES_BEFORE_ITS_SEAL, tmp_path)
    _, errors = process.communicate()
    assert process.returncode == 9, errors
    store = opened(kind, tmp_path)
    assert store.transaction_ids() == ["T-1"]
    aside = sorted((place_of(kind, tmp_path) / "uncommitted").iterdir())
    assert aside
    assert any("T-2" in path.read_text() for path in aside)
    book(store, [(trade(transaction_id="T-3"), [])])
    store.close()
    store = opened(kind, tmp_path)
    assert store.transaction_ids() == ["T-1", "T-3"]
    store.close()


@pytest.mark.parametrize("torn", ["7,fact=12,trade", "7", "\x00\x00\x00\x00", "7,fact=1,trade=1,abcdef"])
def test_a_torn_commit_line_never_counted_and_harms_no_later_one(tmp_path: Path, torn: str) -> None:
    """Power went while the seal was written; the writes before it and the writes after it are all there."""
    store = opened("csv", tmp_path)
    book(store, [(trade(), [])])
    store.close()
    commits = place_of("csv", tmp_path) / "commits.csv"
    commits.write_text(commits.read_text() + torn)
    for number in (2, 3):
        store = opened("csv", tmp_path)
        book(store, [(trade(transaction_id=f"T-{number}"), [])])
        store.close()
    store = opened("csv", tmp_path)
    assert store.transaction_ids() == ["T-1", "T-2", "T-3"]
    store.close()


def test_a_torn_tail_is_set_aside(tmp_path: Path) -> None:
    """Bytes behind the sealed part of a file are kept in uncommitted/ for a person to look at."""
    store = opened("csv", tmp_path)
    book(store, [(trade(), [])])
    store.close()
    file = place_of("csv", tmp_path) / "trade.csv"
    whole = file.read_bytes()
    file.write_bytes(whole + b'"T-torn","2024-')
    store = opened("csv", tmp_path)
    assert store.transaction_ids() == ["T-1"]
    store.close()
    assert file.read_bytes() == whole
    assert [path.read_bytes() for path in (file.parent / "uncommitted").iterdir()] == [b'"T-torn","2024-']


def test_a_disk_that_refuses_leaves_the_last_state(tmp_path: Path) -> None:
    """Where a file cannot be written the write is refused with a sentence; the desk goes on with what it had, also later."""
    store = opened("csv", tmp_path)
    book(store, [(trade(), [])])
    blocked = place_of("csv", tmp_path) / "fact.csv"
    blocked.mkdir()
    two = trade(transaction_id="T-2")
    with pytest.raises(StoreError, match="Nothing was written"):
        book(store, [(two, landed(two, MONDAY))])
    assert store.transaction_ids() == ["T-1"]
    blocked.rmdir()
    book(store, [(two, [fact(two, Kind.NOTED)])])
    store.close()
    store = opened("csv", tmp_path)
    assert store.transaction_ids() == ["T-1", "T-2"]
    assert len(store.facts(["T-2"])["T-2"]) == 1
    store.close()


def test_a_desk_that_dies_inside_a_write_has_not_begun_it(kind: str, tmp_path: Path) -> None:
    """An import that is killed half way books nothing: the file is imported again from its start."""
    code = IMPORTING.split("for number")[0] + (
        "import os\nfrom otc.ports import Changes\n"
        "with store.writing() as writer:\n    writer.append(Changes([trade()]))\n    os._exit(3)\n"
    )
    process = run(code, kind, tmp_path)
    _, errors = process.communicate()
    assert process.returncode == 3, errors
    store = opened(kind, tmp_path)
    assert store.transaction_ids() == []
    store.close()
