"""The command line: each command's answer in its shape; 0 done, also with rejects; 2 and one clear line when refused."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from otc.cli import main
from tests.builders import ROOT
from tests.ingest.rows import mixed, row, written

CONFIG = str(ROOT / "config")
AS_OF = "2024-03-07T09:00"
Run = Callable[..., Any]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that works, with --json at its end; gives what it answered."""

    def answer(*words: object) -> Any:
        code = main(["--config", CONFIG, *map(str, words), "--json"])
        said = capsys.readouterr()
        assert (code, said.err) == (0, "")
        return json.loads(said.out)

    return answer


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that is refused; gives its one line."""

    def sentence(*words: object) -> str:
        code = main(["--config", CONFIG, *map(str, words)])
        said = capsys.readouterr()
        assert (code, said.out) == (2, "")
        assert said.err.startswith("otc: ")
        assert said.err.count("\n") == 1
        return said.err

    return sentence


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A DuckDB file and a CSV folder into each of which the same file was imported."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "file.csv").write_bytes(written(mixed()))
    stores = folder / "desk.duckdb", folder / "desk"
    for store in stores:
        assert main(["--config", CONFIG, "--store", str(store), "import", "transactions", str(folder / "file.csv")]) == 0
    return stores


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the sample year."""
    store = tmp_path_factory.mktemp("sample") / "desk.duckdb"
    assert main(["--config", CONFIG, "--store", str(store), "init", "--sample"]) == 0
    return store


# ---------------------------------------------------------------- each command's shape


def test_import_answers_with_an_account_and_each_reject(run, tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(written([row(1), row(2, tax_idr="1"), row(1), row(3)]))
    answer = run("--store", tmp_path / "desk.duckdb", "import", "transactions", path)
    assert {name: answer[name] for name in ("read", "booked", "duplicates")} == {"read": 4, "booked": 2, "duplicates": 1}
    (reject,) = answer["rejected"]
    assert (reject["line"], reject["field"]) == (3, "tax_idr")
    assert reject.keys() == {"line", "field", "reason"}


def test_a_second_import_books_nothing_in_either_store(run, filled):
    path = filled[0].parent / "file.csv"
    for store in filled:
        answer = run("--store", store, "import", "transactions", path)
        assert (answer["read"], answer["booked"], answer["duplicates"], answer["rejected"]) == (8, 0, 8, [])


def test_status_counts_the_derived_status_or_the_files_own(run, filled):
    for store in filled:
        answer = run("--store", store, "status", "--as-of", AS_OF)
        assert answer == {
            "as_of": "2024-03-07T09:00:00+08:00",
            "counts": {"SETTLED": 3, "PENDING": 0, "RECONCILING": 3, "FAILED": 2},
            "settlement_rate": 0.375,
        }
        reported = run("--store", store, "status", "--as-of", AS_OF, "--reported")
        assert reported["counts"] == {"SETTLED": 3, "PENDING": 2, "RECONCILING": 1, "FAILED": 2}


@pytest.mark.parametrize(
    ("as_of", "shown", "trades"),
    [
        ("2024-03-06", "2024-03-06T00:00:00+08:00", 8),
        ("2024-03-05", "2024-03-05T00:00:00+08:00", 0),
        ("2024-03-05T10:03", "2024-03-05T10:03:00+08:00", 3),
        ("2024-03-05 10:03:00", "2024-03-05T10:03:00+08:00", 3),
        ("2024-03-05T02:03:00Z", "2024-03-05T10:03:00+08:00", 3),
        ("2024-03-05T09:03:00+07:00", "2024-03-05T10:03:00+08:00", 3),
    ],
)
def test_as_of_is_in_the_desks_zone_unless_it_says_another(run, filled, as_of, shown, trades):
    answer = run("--store", filled[0], "status", "--as-of", as_of)
    assert answer["as_of"] == shown
    assert sum(answer["counts"].values()) == trades


def test_what_was_not_recorded_yet_does_not_count(run, filled):
    answer = run("--store", filled[0], "status", "--as-of", AS_OF, "--known-at", AS_OF)
    assert sum(answer["counts"].values()) == 0
    assert answer["settlement_rate"] == 0


def test_aging_lists_every_unsettled_trade_worst_first(run, filled):
    items = [run("--store", store, "aging", "--as-of", AS_OF) for store in filled]
    assert items[0] == items[1]
    wanted = {"transaction_id", "status", "age_hours", "bucket", "pair", "client_id", "client_amount_idr"}
    assert all(wanted <= item.keys() for item in items[0])
    assert [item["transaction_id"] for item in items[0]] == [f"T-{n:05d}" for n in (4, 5, 6, 7, 8)]
    first = items[0][0]
    assert (first["status"], first["bucket"]) == ("RECONCILING", "amber")
    assert first["age_hours"] == pytest.approx(46 + 56 / 60, abs=1e-5)
    assert Decimal(first["client_amount_idr"]) == Decimal(row(4)["idr_client_amount"])
    assert first["traded_at"] == "2024-03-05T10:04:00+08:00"


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("month", ["2024-03"]),
        ("day", ["2024-03-05"]),
        ("pair", ["BTC/IDR", "USDT/IDR"]),
        ("client", ["CLT-001"]),
        ("market_maker", ["MM-001"]),
    ],
)
def test_pnl_adds_up_to_the_files_figures_on_both_bases(run, filled, by, keys):
    settled, traded = mixed()[:3], mixed()
    for store in filled:
        answer = run("--store", store, "pnl", "--basis", "settlement", "--by", by, "--as-of", AS_OF)
        assert [line["key"] for line in answer] == keys
        assert all(
            line.keys() == {"key", "trades", "volume_idr", "gross_spread_idr", "tax_idr", "net_pnl_idr"} for line in answer
        )
        for field, column in (("volume_idr", "idr_client_amount"), ("tax_idr", "tax_idr"), ("net_pnl_idr", "net_pnl_idr")):
            assert sum(Decimal(line[field]) for line in answer) == sum(Decimal(made[column]) for made in settled)
        trade = run("--store", store, "pnl", "--basis", "trade", "--by", by, "--as-of", AS_OF)
        assert sum(line["trades"] for line in trade) == len(traded)
        gross = sum(Decimal(made["gross_spread_idr"]) for made in traded)
        assert sum(Decimal(line["gross_spread_idr"]) for line in trade) == gross


def test_quote_answers_both_sides_with_every_line(run):
    answer = run("quote", "--pair", "USDT/IDR", "--tier", "A", "--size", "100000", "--mm-rate", "15800")
    assert {name: answer[name] for name in ("spread_bps", "tax_rate", "buy_quote", "sell_quote")} == {
        "spread_bps": "15",
        "tax_rate": "0.0021",
        "buy_quote": "15856.88",
        "sell_quote": "15743.12",
    }
    lines = ("client_amount_idr", "mm_amount_idr", "gross_spread_idr", "tax_idr", "net_pnl_idr", "rounding_idr")
    assert [answer["buy"][name] for name in lines] == ["1585688000", "1580000000", "5688000", "3329944.8", "2358055.2", "0"]
    assert [answer["sell"][name] for name in lines] == ["1574312000", "1580000000", "5688000", "3306055.2", "2381944.8", "0"]


@pytest.mark.parametrize(
    ("currency", "amount", "at", "answer"),
    [
        (
            "IDR",
            "250000000",
            "2024-12-31T23:00",
            {"rail": "BI-FAST", "accepted_at": "2024-12-31T23:00:00+08:00", "value_date": "2024-12-31"},
        ),
        (
            "IDR",
            "250000001",
            "2024-12-31T13:59:59",
            {"rail": "RTGS", "accepted_at": "2024-12-31T13:59:59+08:00", "value_date": "2024-12-31"},
        ),
        (
            "IDR",
            "250000001",
            "2024-12-31T14:00",
            {"rail": "RTGS", "accepted_at": "2025-01-02T08:00:00+08:00", "value_date": "2025-01-02"},
        ),
        (
            "idr",
            "1e9",
            "2024-03-08T14:10+08:00",
            {"rail": "RTGS", "accepted_at": "2024-03-13T08:00:00+08:00", "value_date": "2024-03-13"},
        ),
        (
            "IDR",
            "300000000",
            "2024-03-05T06:00",
            {"rail": "RTGS", "accepted_at": "2024-03-05T08:00:00+08:00", "value_date": "2024-03-05"},
        ),
    ],
)
def test_cutoff_names_the_rail_its_acceptance_and_the_value_date(run, currency, amount, at, answer):
    """Nyepi 2024 and its joint leave close 11 and 12 March."""
    assert run("cutoff", "--currency", currency, "--amount", amount, "--at", at) == answer


def test_sample_writes_the_same_bytes_for_the_same_seed(run, tmp_path):
    for name in ("one", "two"):
        answer = run("sample", "--out", tmp_path / name, "--seed", "7", "--trades", "40")
        assert (answer["seed"], answer["trades"]) == (7, 40)
    one, two = ((tmp_path / name / "transactions.csv").read_bytes() for name in ("one", "two"))
    assert one == two
    assert one.splitlines()[0] == written([]).splitlines()[0]
    assert len(one.splitlines()) == 41


def test_quote_cutoff_and_sample_touch_no_store(run, tmp_path):
    store = tmp_path / "none.duckdb"
    run("--store", store, "quote", "--pair", "BTC/IDR", "--tier", "C", "--size", "1", "--mm-rate", "1500000000")
    run("--store", store, "cutoff", "--currency", "IDR", "--amount", "1", "--at", "2024-01-02")
    run("--store", store, "sample", "--out", tmp_path / "out", "--trades", "1")
    assert not store.exists()


# ---------------------------------------------------------------- export


@pytest.mark.parametrize(
    ("report", "form", "start"),
    [
        ("pnl", "csv", b""),
        ("pnl", "xlsx", b"PK\x03\x04"),
        ("pnl", "pdf", b"%PDF-"),
        ("aging", "csv", b""),
        ("aging", "xlsx", b"PK\x03\x04"),
        ("aging", "pdf", b"%PDF-"),
    ],
)
def test_reports_leave_as_files_of_their_kind(run, filled, tmp_path, report, form, start):
    out = tmp_path / f"report.{form}"
    answer = run("--store", filled[0], "export", report, "--format", form, "--out", out, "--as-of", AS_OF)
    content = out.read_bytes()
    assert answer == {"out": str(out), "bytes": len(content)}
    assert content.startswith(start)
    assert len(content) > 100
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_transactions_leave_as_they_came_from_either_store(run, filled, tmp_path):
    for store in filled:
        run("--store", store, "export", "transactions", "--format", "csv", "--out", tmp_path / "back.csv")
        assert (tmp_path / "back.csv").read_bytes() == written(mixed())


def test_a_month_bounds_the_transactions_and_the_pnl(run, filled, tmp_path):
    out = tmp_path / "month.csv"
    run("--store", filled[0], "export", "transactions", "--month", "2024-03", "--format", "csv", "--out", out)
    assert out.read_bytes() == written(mixed())
    run("--store", filled[0], "export", "transactions", "--month", "2024-04", "--format", "csv", "--out", out)
    assert out.read_bytes() == written([])
    run("--store", filled[0], "export", "pnl", "--month", "2024-03", "--format", "xlsx", "--out", out)
    assert out.read_bytes().startswith(b"PK")


def test_an_export_replaces_a_file_whole_or_leaves_it(run, refused, filled, tmp_path):
    out = tmp_path / "out.csv"
    out.write_text("before")
    assert "csv only" in refused("--store", filled[0], "export", "transactions", "--format", "xlsx", "--out", out)
    assert out.read_text() == "before"
    run("--store", filled[0], "export", "transactions", "--format", "csv", "--out", out)
    assert out.read_bytes() == written(mixed())


# ---------------------------------------------------------------- init and the sample year


def test_init_may_be_repeated(run, tmp_path):
    for store in (tmp_path / "desk.duckdb", tmp_path / "desk"):
        first, second = run("--store", store, "init"), run("--store", store, "init")
        assert first == second == {"store": str(store), "sample": False}
        assert run("--store", store, "status")["counts"] == {"SETTLED": 0, "PENDING": 0, "RECONCILING": 0, "FAILED": 0}
        assert run("--store", store, "aging") == []
        assert run("--store", store, "pnl", "--basis", "trade", "--by", "month") == []


def test_the_sample_store_stands_as_its_sources_say_by_its_own_clock(run, sample):
    answer = run("--store", sample, "status")
    counts = answer["counts"]
    assert answer["as_of"].startswith("2025-01-02T09:")
    assert (counts["SETTLED"], counts["FAILED"]) == (5537, 53)
    assert counts["PENDING"] + counts["RECONCILING"] == 378
    assert counts["RECONCILING"] >= 177
    assert answer["settlement_rate"] == pytest.approx(5537 / 5968, abs=1e-6)


def test_init_sample_again_changes_nothing(run, sample):
    before = run("--store", sample, "pnl", "--basis", "settlement", "--by", "month")
    run("--store", sample, "init", "--sample")
    assert run("--store", sample, "pnl", "--basis", "settlement", "--by", "month") == before
    assert sum(line["trades"] for line in before) == 5537


def test_the_sample_is_its_own_file_imported(run, sample, tmp_path):
    run("sample", "--out", tmp_path)
    answer = run("--store", sample, "import", "transactions", tmp_path / "transactions.csv")
    assert (answer["read"], answer["booked"], answer["duplicates"], answer["rejected"]) == (5968, 0, 5968, [])
    run("--store", sample, "export", "transactions", "--format", "csv", "--out", tmp_path / "back.csv")
    assert (tmp_path / "back.csv").read_bytes() == (tmp_path / "transactions.csv").read_bytes()


# ---------------------------------------------------------------- refusals: exit 2, one line, nothing written


QUOTE = ["quote", "--pair", "USDT/IDR", "--tier", "A", "--size", "100", "--mm-rate", "15800"]


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        ("--size", "abc", "--size: 'abc' is not a number"),
        ("--size", "NaN", "--size: 'NaN'"),
        ("--size", "1,234", "--size: '1,234'"),
        ("--size", "0", "0 is not above zero"),
        ("--size", "-5", "-5 is not above zero"),
        ("--size", "1.0000001", "at most 6 decimal places"),
        ("--size", "1e19", "outside what the desk can book"),
        ("--size", "1e20", "--size"),
        ("--size", "99999999999", "the largest the desk quotes"),
        ("--size", "9" * 5000, "--size"),
        ("--mm-rate", "15.800,5", "--mm-rate: '15.800,5'"),
        ("--mm-rate", "1", "outside the price band"),
        ("--mm-rate", "", "--mm-rate"),
        ("--pair", "USDT", "no pair of the desk"),
        ("--tier", "D", "choose A, B or C"),
    ],
)
def test_a_wrong_quote_is_refused_with_what_to_write(refused, option, text, words):
    arguments = list(QUOTE)
    arguments[arguments.index(option) + 1] = text
    sentence = refused(*arguments)
    assert words in sentence
    assert len(sentence) < 250


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["bogus"],
        ["--json"],
        ["quote"],
        ["status", "--as-of", "yesterday"],
        ["pnl", "--basis", "cash", "--by", "month"],
        ["pnl", "--basis", "trade", "--by", "week"],
        ["import", "statements", "x.csv"],
        ["import", "transactions"],
        ["cutoff", "--currency", "XXX", "--amount", "5", "--at", "2024-01-02"],
        ["cutoff", "--currency", "IDR", "--amount", "0", "--at", "2024-01-02"],
        ["cutoff", "--currency", "IDR", "--amount", "x", "--at", "2024-01-02"],
        ["cutoff", "--currency", "IDR", "--amount", "5", "--at", "2024-02-30"],
        ["cutoff", "--currency", "IDR", "--amount", "300000000", "--at", "9999-12-31T15:00"],
        ["cutoff", "--currency", "IDR", "--amount", "300000000", "--at", "0001-01-01"],
        ["sample", "--out", "x", "--trades", "0"],
        ["sample", "--out", "x", "--trades", "many"],
        ["sample", "--out", "x", "--seed", "1.5"],
    ],
)
def test_a_wrong_command_is_one_line(refused, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    refused("--store", tmp_path / "none.duckdb", *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("as_of", "why"),
    [
        ("9999-12-31T23:00:00Z", "outside the years"),
        ("0001-01-01", "outside the years"),
        ("2024-13-01", "not a time"),
        ("2024-03-05T10:00+99:00", "not a time"),
    ],
)
def test_an_instant_that_is_none_is_refused(refused, filled, as_of, why):
    assert f"{as_of!r} is {why}" in refused("--store", filled[0], "status", "--as-of", as_of)
    assert f"{as_of!r} is {why}" in refused("--store", filled[0], "aging", "--known-at", as_of)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pnl", "--month", "2024-13", "--format", "csv"], "'2024-13' is not a month"),
        (["pnl", "--month", "2024-12x", "--format", "csv"], "is not a month"),
        (["pnl", "--month", "24-12", "--format", "csv"], "is not a month"),
        (["transactions", "--month", "2024", "--format", "csv"], "is not a month"),
        (["aging", "--month", "2024-03", "--format", "csv"], "--as-of"),
        (["transactions", "--format", "pdf"], "csv only"),
        (["journal", "--format", "beancount"], "close of the books"),
        (["pnl", "--format", "beancount"], "close of the books"),
    ],
)
def test_an_export_that_cannot_be_is_refused(refused, filled, tmp_path, words, said):
    assert said in refused("--store", filled[0], "export", *words, "--out", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", ["", ".", "/", "{here}", "{here}/none/out.csv"])
def test_a_place_that_no_file_can_have_is_refused(refused, filled, tmp_path, out):
    refused("--store", filled[0], "export", "transactions", "--format", "csv", "--out", out.format(here=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_store_is_named_with_the_way_to_make_one(refused, tmp_path):
    for place in (tmp_path / "none.duckdb", tmp_path / "none"):
        assert f"--store {place} init" in refused("--store", place, "status")
        assert not place.exists()


def test_what_is_no_store_is_refused_and_left_alone(refused, tmp_path):
    (tmp_path / "junk.duckdb").write_bytes(b"no store at all" * 100)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter.txt").write_text("dear desk")
    for place in ("junk.duckdb", "folder", "folder/letter.txt"):
        refused("--store", tmp_path / place, "status")
        refused("--store", tmp_path / place, "init")
    assert (tmp_path / "junk.duckdb").read_bytes() == b"no store at all" * 100
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["letter.txt"]


def test_an_import_of_no_file_makes_no_store(refused, tmp_path):
    assert "is no file" in refused("--store", tmp_path / "desk.duckdb", "import", "transactions", tmp_path / "none.csv")
    assert "is no file" in refused("--store", tmp_path / "desk.duckdb", "import", "transactions", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_file_leaves_nothing_booked(run, refused, tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(written([row(1)]) + b"x" * 200_000)
    refused("--store", tmp_path / "desk.duckdb", "import", "transactions", path)
    assert sum(run("--store", tmp_path / "desk.duckdb", "status")["counts"].values()) == 0


def test_a_broken_configuration_names_file_and_key(capsys, tmp_path):
    assert main(["--config", str(tmp_path), "status"]) == 2
    assert "desk.yaml: the file is missing" in capsys.readouterr().err


# ---------------------------------------------------------------- as a person starts it


def otc(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as typed in the project's folder."""
    command = [sys.executable, "-m", "otc", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **environment})


def test_the_command_itself_answers_and_refuses_with_its_exit_codes():
    done = otc(*QUOTE, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["buy_quote"] == "15856.88"
    wrong = otc("quote", "--pair", "USDT/IDR", "--tier", "A", "--size", "x", "--mm-rate", "1")
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
    assert otc("--help").returncode == 0


def test_a_reader_that_goes_away_is_no_failure(filled):
    """`otc aging | head -1`"""
    command = f"'{sys.executable}' -m otc --store '{filled[0]}' aging --json | head -c 1"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[", "")


@pytest.mark.parametrize("kind", [0, 1], ids=["duckdb", "csv"])
def test_a_store_that_another_process_holds_is_refused_with_its_pid(refused, filled, tmp_path, kind):
    holds = "import sys, time; from pathlib import Path; from otc.bootstrap import wire\n"
    holds += f"desk = wire(Path('config'), Path({str(filled[kind])!r})).desk; print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", holds], cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            started = time.monotonic()
            sentence = refused("--store", filled[kind], "status")
            assert f"process {holder.pid}" in sentence
            assert "--store" in sentence
            assert time.monotonic() - started < 5
        finally:
            holder.terminate()


# ---------------------------------------------------------------- hedge


HEDGE = ("hedge", "--pair", "BTC/USD", "--side", "buy", "--size", "20", "--minutes", "5", "--mode", "twap", "--seed", "7")


def test_a_simulated_hedge_fills_all_and_says_what_it_cost(run):
    """The same seed gives the same answer; the venues' parts are the whole."""
    done = run(*HEDGE, "--simulated")
    assert Decimal(done["filled"]) == sum(map(Decimal, done["venues"].values())) == 20
    assert set(done) >= {"parent_id", "average_price", "arrival_price", "cost_bps", "fees_bps", "children"}
    assert run(*HEDGE, "--simulated") == done
    assert run(*HEDGE[:-1], "8", "--simulated") != done


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (HEDGE, "add --simulated"),
        ((*HEDGE, "--simulated", "--size", "0"), "cannot be hedged"),
        ((*HEDGE, "--simulated", "--minutes", "0"), "at least 1"),
        ((*HEDGE, "--simulated", "--size", "many"), "--size"),
    ],
)
def test_a_hedge_that_cannot_be_is_refused_in_a_sentence(refused, words, sentence):
    assert sentence in refused(*words)
