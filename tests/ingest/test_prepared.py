"""A large file is prepared by processes of their own; what is booked, refused and counted is what one process would have done."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otc.desk import Desk
from otc.errors import Refused
from otc.ingest.local_times import LocalTimes
from otc.ingest.transaction_rows import RowChecker
from otc.ingest.transactions import TransactionFile
from otc.ingest.workers import in_order
from otc.model import Fact, ImportResult, Kind, LegState, Trade
from otc.records import swift
from otc.store.packing import Packing
from tests.builders import STORE_KINDS, HandClock, at, desk_on, fact, opened, trade
from tests.ingest.rows import Row, imported, mixed, row, written


@pytest.fixture(params=STORE_KINDS)
def pair_of_desks(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[tuple[Desk, Desk]]:
    """Two empty desks on stores of a kind."""
    stores = [opened(request.param, tmp_path / name) for name in ("alone", "helped")]
    alone, helped = (desk_on(store, clock) for store in stores)
    yield alone, helped
    for store in stores:
        store.close()


def with_workers(desk: Desk, folder: Path, rows: list[Row], chunk_rows: int = 3) -> ImportResult:
    """Book rows in chunks of a few, each prepared by a worker."""
    path = folder / "file.csv"
    path.write_bytes(written(rows))
    checker = RowChecker(desk.settings, desk.rules, path.name, desk.now())
    packing = Packing(desk.settings, desk.rules)
    return desk.import_transactions(TransactionFile(path, checker, packing, chunk_rows=chunk_rows, workers_from_bytes=0))


def everything(desk: Desk) -> list[tuple[Trade, list[Fact], LegState]]:
    """All that a desk knows, trade by trade."""
    found = [desk.trade(trade_id) for trade_id in desk.store.transaction_ids()]
    return [(one, facts, projection.state) for one, facts, projection in found]


def difficult() -> list[Row]:
    """Good rows, a bad one, a repetition, other terms, later words and an unknown client, spread over several chunks."""
    rows = [*mixed(), row(20, client_id="CLT-999"), row(21, volume_crypto="-1"), row(1), row(22), row(22)]
    return [*rows, row(4, "SETTLED"), row(2, side="SELL", spread_bps="16"), row(23, side="SELL"), row(24)]


def test_workers_book_refuse_and_count_what_one_process_does(pair_of_desks: tuple[Desk, Desk], tmp_path: Path) -> None:
    alone, helped = pair_of_desks
    assert with_workers(helped, tmp_path, difficult()) == imported(alone, tmp_path, difficult())
    assert everything(helped) == everything(alone)
    moment = alone.moment()
    assert helped.rows("transactions", moment) == alone.rows("transactions", moment)


def test_a_file_prepared_again_books_nothing(pair_of_desks: tuple[Desk, Desk], tmp_path: Path) -> None:
    _, helped = pair_of_desks
    with_workers(helped, tmp_path, mixed())
    again = with_workers(helped, tmp_path, mixed(), chunk_rows=5)
    assert (again.read, again.booked, again.duplicates, again.rejected) == (8, 0, 8, ())


def test_a_chunk_with_one_known_trade_books_the_others(pair_of_desks: tuple[Desk, Desk], tmp_path: Path) -> None:
    _, helped = pair_of_desks
    with_workers(helped, tmp_path, [row(2)])
    result = with_workers(helped, tmp_path, [row(1), row(2), row(3)])
    assert (result.read, result.booked, result.duplicates) == (3, 2, 1)


def killed(number: int) -> int:
    """What a worker does that the machine kills at its third piece."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def squared(number: int) -> int:
    """Work for a worker."""
    return number * number


def test_what_workers_make_comes_in_the_order_of_the_pieces() -> None:
    assert list(in_order(squared, range(20), 2)) == [(number, number * number) for number in range(20)]


def test_a_worker_that_is_killed_refuses_the_import_in_a_sentence() -> None:
    with pytest.raises(Refused, match="worker process of the import ended"):
        list(in_order(killed, range(9), 2))


ZONES = st.sampled_from(["Asia/Makassar", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])


@given(ZONES, st.datetimes(datetime.fromisoformat("1950-01-01"), datetime.fromisoformat("2090-01-01")))
def test_a_canonical_time_is_the_same_instant_read_fast_or_slow(zone: str, local: datetime) -> None:
    """In zones with and without summer time or odd offsets; a text that another instant would be written as is not canonical."""
    text = str(local.replace(microsecond=0))
    times, there = LocalTimes(ZoneInfo(zone)), ZoneInfo(zone)
    slow = datetime.fromisoformat(text).replace(tzinfo=there).astimezone(UTC)
    comes_back = str(slow.astimezone(there).replace(tzinfo=None)) == text
    assert times.canonical(text) == ((slow, slow.isoformat()) if comes_back else None)
    assert times.read(text) == slow


@pytest.mark.parametrize(
    "text", ["2024-12-31T14:10:00", "2024-12-31 14:10", "2024-12-31 14:10:61", "2024-W52-2 14:10:00", "2024-12-31 24:00:00"]
)
def test_other_ways_of_writing_a_time_are_not_canonical(text: str) -> None:
    assert LocalTimes(ZoneInfo("Asia/Makassar")).canonical(text) is None


def test_a_record_made_swiftly_is_the_record_itself() -> None:
    one = trade()
    said = fact(one, Kind.FAILED, happened_at=at("2024-03-04 11:00"))
    names = said.__slots__
    made = swift(Fact)(**{name: getattr(said, name) for name in names})
    assert type(made) is Fact
    assert made == said
    assert hash(made) == hash(said)
    with pytest.raises(AttributeError):
        made.note = "changed"  # type: ignore[misc]  # that is what is refused
    assert replace(made, note="other").note == "other"
    assert swift(Fact)("id", Kind.NOTED, "T-1", None, at("2024-03-04 11:00"), at("2024-03-04 11:00"), "ops-1").evidence == ""
