"""The ingest page: a file in, every line accounted for."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from otc.bootstrap import wire
from otc.config import load
from otc.desk import Desk
from otc.sample.files import write
from otc.sample.year import rows
from otc.ui.ingest_file import Intake, Intakes

CONFIG = Path("config")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "desk.duckdb"
    wire(CONFIG, place, create=True).desk.store.close()
    monkeypatch.setenv("OTC_STORE", str(place))
    return place


def _finished(intakes: Intakes, desk: Desk) -> Intake:
    for _ in range(600):
        last = intakes.last(desk)
        if last is not None and last.done:
            return last
        time.sleep(0.05)
    raise AssertionError("the file was not done within thirty seconds")


def _sample(folder: Path, trades: int) -> Path:
    settings = load(CONFIG)
    return write(folder, rows(7, trades, settings), settings)


def test_an_uploaded_file_is_booked_in_the_background_and_each_line_is_accounted_for(tmp_path: Path) -> None:
    desk = wire(CONFIG, tmp_path / "own.duckdb", create=True).desk
    content = _sample(tmp_path, 40).read_bytes().replace(b",USDT/IDR,", b",USDX/IDR,", 1)
    intakes = Intakes()
    intakes.begin(desk, "../../up.csv", content)
    last = _finished(intakes, desk)
    desk.store.close()
    assert last.result is not None
    assert last.result.read == 40
    assert (last.result.booked, last.result.duplicates) == (39, 0)
    assert [reject.field for reject in last.result.rejected] == ["pair"]


def test_a_file_that_is_no_transactions_file_is_refused_in_one_sentence_and_books_nothing(tmp_path: Path) -> None:
    desk = wire(CONFIG, tmp_path / "own.duckdb", create=True).desk
    intakes = Intakes()
    intakes.begin(desk, "holiday.csv", b"a,b\n1,2\n")
    last = _finished(intakes, desk)
    assert desk.store.transaction_ids() == []
    desk.store.close()
    assert "holiday.csv was not booked" in last.problem
    assert "31 columns" in last.problem


def test_the_page_says_what_to_do_while_no_file_was_brought_in(store: Path) -> None:
    page = AppTest.from_file(str(Path("pages/operations/ingest.py").resolve()), default_timeout=20).run()
    assert not page.exception
    assert any("No file was brought in" in text.value for text in page.markdown)
