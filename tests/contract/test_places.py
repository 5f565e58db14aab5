"""Where a store cannot be opened a sentence says what is wrong and what to do; nothing that lies there is harmed."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from otc.bootstrap import open_store
from otc.errors import StoreError, StoreHeld
from otc.ports import Store
from tests.builders import ROOT, at, book, opened, place_of, trade

OPENS = """
import sys
from pathlib import Path
from otc.errors import StoreError
from tests.builders import opened
try:
    opened(sys.argv[1], Path(sys.argv[2])).close()
    print("opened")
except StoreError as error:
    print(type(error).__name__, error)
"""
NOW = at("2024-01-01 00:00")


def opened_elsewhere(kind: str, folder: Path) -> str:
    """What a second process is told that opens the same place."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", OPENS, kind, str(folder)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or done.stderr


def test_a_second_process_is_told_whose_the_store_is(kind: str, tmp_path: Path, store: Store) -> None:
    """The sentence names the owner's pid and the way out; once the owner lets go, the store opens."""
    said = opened_elsewhere(kind, tmp_path)
    assert said.startswith("StoreHeld")
    assert f"process {os.getpid()}" in said
    assert "stop it, or name another store with --store" in said
    store.close()
    assert opened_elsewhere(kind, tmp_path) == "opened"


@pytest.mark.parametrize("kind", ["csv"], indirect=True)
def test_a_folder_opened_twice_by_one_process_is_held(kind: str, tmp_path: Path, store: Store) -> None:
    """Two desks in one process on one folder would overwrite each other's files."""
    with pytest.raises(StoreHeld, match=f"process {os.getpid()}"):
        opened(kind, tmp_path)


def test_no_store_there_says_how_to_make_one(kind: str, tmp_path: Path) -> None:
    """Opening what is not there makes nothing."""
    with pytest.raises(StoreError, match=r"There is no store at .* init"):
        opened(kind, tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version", [0, 2, 99])
def test_a_store_of_another_version_is_refused_and_let_go(kind: str, tmp_path: Path, store: Store, version: int) -> None:
    """A newer desk's store is left to that desk; the sentence names both versions."""
    book(store, [(trade(), [])])
    store.set_meta(replace(store.meta, schema_version=version))
    store.close()
    for _ in range(2):  # refused, it is not held either
        with pytest.raises(StoreError, match=f"store of version {version}, this desk reads version 1"):
            opened(kind, tmp_path)


def test_a_folder_of_another_version_may_have_other_columns(tmp_path: Path) -> None:
    """It is refused for its version, not for columns that this desk does not know."""
    store = opened("csv", tmp_path)
    book(store, [(trade(), [])])
    store.set_meta(replace(store.meta, schema_version=2))
    store.close()
    file = place_of("csv", tmp_path) / "trade.csv"
    file.write_bytes(file.read_bytes().replace(b"needed_by", b"wanted_by"))
    with pytest.raises(StoreError, match="version 2"):
        opened("csv", tmp_path)


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    """A spreadsheet renamed to .duckdb stays what it is."""
    place = tmp_path / "year.duckdb"
    place.write_text("transaction_id,status\n" * 500)
    before = place.read_bytes()
    with pytest.raises(StoreError, match="is not a store of this desk"):
        open_store(place, create=True, now=NOW)
    assert place.read_bytes() == before


def test_a_database_of_something_else_is_refused_untouched(tmp_path: Path) -> None:
    """Another program's DuckDB file gets no tables of ours."""
    place = tmp_path / "other.duckdb"
    with duckdb.connect(str(place)) as other:
        other.execute("CREATE TABLE trade (id INTEGER)")
    for _ in range(2):
        with pytest.raises(StoreError, match="is a database of something else"):
            open_store(place, create=True, now=NOW)
    with duckdb.connect(str(place)) as other:
        assert other.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("trade",)]


def test_a_folder_of_something_else_is_refused_untouched(tmp_path: Path) -> None:
    """A folder of holiday pictures does not become a store."""
    (tmp_path / "beach.jpg").write_bytes(b"picture")
    with pytest.raises(StoreError, match=r"holds other files \(beach.jpg\)"):
        open_store(tmp_path, create=True, now=NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["beach.jpg"]


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    """`--store notes.txt` names a file, and no folder can be made there."""
    place = tmp_path / "notes.txt"
    place.write_text("mine")
    with pytest.raises(StoreError, match="cannot be written to"):
        open_store(place, create=True, now=NOW)
    assert place.read_text() == "mine"


@pytest.mark.parametrize("name", ["desk", "desk.duckdb", "folder/desk.duckdb"])
def test_a_place_that_cannot_be_written_is_named(name: str) -> None:
    """A read-only disk gets a sentence with the place and the way out; /proc is one even for root."""
    place = Path("/proc") / name
    with pytest.raises(StoreError, match=rf"{place} cannot be .*name another"):
        open_store(place, create=True, now=NOW)


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("trade.csv", lambda old: old.replace(b"2024-03-04", b"2024-99-99"), "changed by hand"),
        ("trade.csv", lambda old: old.replace(b"client_name", b"client_nome"), "changed by hand"),
        ("trade.csv", lambda old: old[:-20], "shorter than its last write"),
        ("commits.csv", lambda old: old.replace(b"trade=", b"trade=1"), "changed by hand"),
        ("commits.csv", lambda old: b"hello\n", "changed by hand"),
    ],
)
def test_a_file_changed_by_hand_is_refused(tmp_path: Path, file: str, change: object, sentence: str) -> None:
    """The desk does not guess what a hand meant; it names the file and asks for the backup, and sets nothing aside."""
    store = opened("csv", tmp_path)
    book(store, [(trade(), [])])
    store.close()
    path = place_of("csv", tmp_path) / file
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]  # one of the functions above
    for _ in range(2):
        with pytest.raises(StoreError, match=sentence):
            opened("csv", tmp_path)
    assert not (path.parent / "uncommitted").exists()


def test_a_folder_that_holds_no_store_is_left_as_it_is(tmp_path: Path) -> None:
    """Asking is no reason to make one, and a table-named file without a seal is somebody else's."""
    empty, own = tmp_path / "empty", tmp_path / "own"
    empty.mkdir()
    own.mkdir()
    (own / "trade.csv").write_text("my,own,list\n")
    for folder, create in ((empty, False), (own, False), (own, True)):
        with pytest.raises(StoreError, match=r"holds no store|holds other files"):
            open_store(folder, create=create, now=at("2024-03-04 12:00"))
    assert list(empty.iterdir()) == []
    assert (own / "trade.csv").read_text() == "my,own,list\n"
