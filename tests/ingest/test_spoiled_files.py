"""Whatever lies in a file, the answer is an account of its lines or one sentence; never a traceback, never half a file."""

import random
import resource
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from otc.bootstrap import transaction_file
from otc.desk import Desk
from otc.errors import Refused
from otc.exports.transactions import to_transactions_csv
from tests.builders import HandClock, at, desk_on, opened
from tests.ingest.rows import COLUMNS, imported, mixed, row, written

MUTATIONS = 300


def refusal(desk: Desk, folder: Path, content: bytes) -> str:
    """The sentence with which a whole file is refused; nothing of it is booked."""
    with pytest.raises(Refused) as refused:
        imported(desk, folder, content)
    assert desk.store.transaction_ids() == []
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 700
    return sentence


# ---------------------------------------------------------------- the header


def test_missing_extra_and_reordered_columns_are_named(desk, tmp_path):
    without = [name for name in COLUMNS if name != "tax_idr"]
    assert "missing: tax_idr" in refusal(desk, tmp_path, written([row(1)], without))
    extra = [*COLUMNS, "colour"]
    assert "'colour'" in refusal(desk, tmp_path, written([row(1) | {"colour": "red"}], extra))
    assert "order" in refusal(desk, tmp_path, written([row(1)], [COLUMNS[1], COLUMNS[0], *COLUMNS[2:]]))
    assert "twice" in refusal(desk, tmp_path, written([row(1)], [*COLUMNS, "notes"]))
    assert "missing" in refusal(desk, tmp_path, written([row(1)]).replace(b"tax_idr", b"Tax_IDR", 1))
    assert "missing" in refusal(desk, tmp_path, written([row(1)]).replace(b",", b";"))


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"\r\n\r\n", b'"'])
def test_an_empty_file_is_said_to_be_empty(desk, tmp_path, content):
    assert "empty" in refusal(desk, tmp_path, content)


@pytest.mark.parametrize(
    "content",
    [
        b"\x00" * 1000,
        b"PK\x03\x04" + bytes(range(256)) * 20,
        written([row(1)]).decode().encode("utf-16"),
        b"{}\n",
        b"," * 30 + b"\n",
    ],
)
def test_a_file_of_another_kind_is_refused_with_one_sentence(desk, tmp_path, content):
    assert "not that of a transactions file (missing: transaction_id" in refusal(desk, tmp_path, content)


def test_a_header_alone_books_nothing_and_is_no_error(desk, tmp_path):
    for content in (written([]), written([]).rstrip(b"\n"), written([]) + b"\n\n\r\n"):
        assert imported(desk, tmp_path, content).read == 0


# ---------------------------------------------------------------- lines


def test_a_byte_order_mark_windows_line_ends_and_a_missing_last_one_are_read(desk, tmp_path):
    assert imported(desk, tmp_path, b"\xef\xbb\xbf" + written(mixed()[:2])).booked == 2
    assert imported(desk, tmp_path, written(mixed()[2:4], end="\r\n")).booked == 2
    assert imported(desk, tmp_path, written(mixed()[4:6]).rstrip(b"\n")).booked == 2
    assert set(to_transactions_csv(desk, desk.moment()).splitlines()) == set(written(mixed()[:6]).splitlines())


def test_empty_lines_do_not_count_but_keep_their_numbers(desk, tmp_path):
    lines = written([row(1), row(2, tax_idr="1")]).split(b"\n")
    result = imported(desk, tmp_path, b"\n".join([lines[0], b"", lines[1], b"", b"", lines[2], b""]))
    assert (result.read, result.booked) == (2, 1)
    assert [(r.line, r.field) for r in result.rejected] == [(6, "tax_idr")]


def test_ragged_rows_are_rejected_one_by_one(desk, tmp_path):
    lines = written([row(n) for n in range(1, 5)]).split(b"\n")
    lines[1], lines[3] = lines[1] + b",more", lines[3].rsplit(b",", 2)[0]
    result = imported(desk, tmp_path, b"\n".join(lines))
    assert (result.read, result.booked) == (4, 2)
    assert [(r.line, r.reason) for r in result.rejected] == [
        (2, "has 32 fields where 31 are needed"),
        (4, "has 29 fields where 31 are needed"),
    ]


def test_a_quote_left_open_costs_one_row_and_not_the_rest_of_the_file(desk, tmp_path):
    content = written([row(n) for n in range(1, 5)]).replace(b"T-00002", b'"T-00002', 1)
    result = imported(desk, tmp_path, content)
    assert (result.read, result.booked, [r.line for r in result.rejected]) == (4, 3, [3])
    assert "quote" in result.rejected[0].reason


@pytest.mark.parametrize("spoil", [b"\xff", b"\xc3", b"\x00", b"\x1b[31m", "\ufffd".encode(), b"\xed\xa0\x80", "\u202e".encode()])
def test_bytes_that_no_name_holds_cost_their_row(desk, tmp_path, spoil):
    content = written([row(1), row(2), row(3)]).replace(b"Client 01", b"Client" + spoil, 1)
    result = imported(desk, tmp_path, content)
    assert (result.read, result.booked, [(r.line, r.field) for r in result.rejected]) == (3, 2, [(2, "client_name")])


def test_an_enormous_line_refuses_the_file_and_nothing_is_half_booked(desk, tmp_path):
    content = written([row(1)]) + b"x" * 2_000_000 + b"\n" + written([row(2)]).splitlines()[1]
    assert "bytes" in refusal(desk, tmp_path, content)


def test_a_row_with_very_long_fields_is_rejected_briefly(desk, tmp_path):
    result = imported(desk, tmp_path, [row(1, tax_idr="9" * 50_000), row(2, notes="n" * 5_000), row(3)])
    assert (result.booked, [r.line for r in result.rejected]) == (1, [2, 3])
    assert all(len(r.reason) < 300 for r in result.rejected)


def test_a_large_file_of_zeros_is_refused_with_one_sentence_and_little_memory(desk, tmp_path):
    """Fifty megabytes of NUL, sparse on the disk; the process grows by less than half of it."""
    path = tmp_path / "zeros.csv"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Refused, match="line of more than"):
        desk.import_transactions(transaction_file(desk, path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 25_000  # kilobytes
    assert desk.store.transaction_ids() == []


@pytest.mark.parametrize("place", ["missing.csv", "."])
def test_a_path_that_is_no_file_is_named(desk, tmp_path, place):
    with pytest.raises(Refused, match="is no file"):
        transaction_file(desk, tmp_path / place)


def test_a_time_beyond_the_calendar_costs_its_row(desk, tmp_path):
    """The last day of the year 9999 has no next business day."""
    last = {name: value.replace("2024-03-05", "9999-12-31").replace("2024-03", "9999-12") for name, value in row(1).items()}
    first = {name: value.replace("2024-03", "0001-01") for name, value in row(2).items()}
    result = imported(desk, tmp_path, [last, first, row(3)])
    assert (result.booked, [r.line for r in result.rejected]) == (1, [2, 3])


# ---------------------------------------------------------------- mutations


def mutated(chance: random.Random, content: bytes) -> bytes:
    """The content with one to three accidents: bytes changed, put in, taken out, lines doubled, cut, swapped."""
    lines = content.split(b"\n")
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(1, len(lines))
        line = bytearray(lines[place])
        at_byte = chance.randrange(len(line) + 1)
        match chance.randrange(8):
            case 0 if line:
                line[min(at_byte, len(line) - 1)] = chance.randrange(256)
            case 1:
                line[at_byte:at_byte] = chance.choice(
                    [b",", b'"', b"\xff", b"\x00", b"-", b"9", b"e9", b"\r", b"=", b"NaN", b"\xe2\x80\xa8"]
                )
            case 2:
                del line[at_byte : at_byte + chance.randrange(1, 60)]
            case 3:
                lines.insert(place, bytes(line))
            case 4:
                fields = bytes(line).split(b",")
                fields[chance.randrange(len(fields))] = chance.choice(
                    [b"", b"0", b"-1", b"1e18", b"9" * 30, b"2024-02-30", b"SETTLED", b"None"]
                )
                line = bytearray(b",".join(fields))
            case 5:
                fields = bytes(line).split(b",")
                one, other = chance.randrange(len(fields)), chance.randrange(len(fields))
                fields[one], fields[other] = fields[other], fields[one]
                line = bytearray(b",".join(fields))
            case 6:
                line = bytearray(
                    bytes(line).replace(b"2024", chance.choice([b"0001", b"9999", b"2023", b"20245"]), chance.randint(1, 7))
                )
            case _:
                line = line[:at_byte]
        lines[place] = bytes(line)
    return b"\n".join(lines)


@pytest.fixture
def csv_desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk on a CSV folder: it too keeps the account."""
    with closing(opened("csv", tmp_path)) as store:
        yield desk_on(store, HandClock(at("2024-03-07 09:00")))


def account(desk: Desk, folder: Path, content: bytes) -> int:
    """Import; every line that is not empty is booked, a duplicate or rejected with a line of its own and a reason.

    Returns how many trades the answer says are new.
    """
    result = imported(desk, folder, content)
    ends = [line.rstrip(b"\r") for line in content.split(b"\n")[1:]]
    assert result.read == sum(1 for line in ends if line)
    assert result.read == result.booked + result.duplicates + len(result.rejected)
    assert all(reject.reason and ends[reject.line - 2] for reject in result.rejected)
    assert len({reject.line for reject in result.rejected}) == len(result.rejected)
    return result.booked - result.updated


@pytest.mark.parametrize("seed", range(6))
def test_no_accident_in_a_file_breaks_the_account(desk, tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311 - accidents, the same ones each time
    content = written(mixed())
    new = [account(desk, tmp_path, mutated(chance, content)) for _ in range(MUTATIONS // 6)]
    assert len(desk.store.transaction_ids()) == sum(new)
    to_transactions_csv(desk, desk.moment())


def test_the_account_holds_in_a_csv_folder_too(csv_desk, tmp_path):
    chance = random.Random(99)  # noqa: S311 - accidents, the same ones each time
    new = [account(csv_desk, tmp_path, mutated(chance, written(mixed()))) for _ in range(15)]
    assert len(csv_desk.store.transaction_ids()) == sum(new)
