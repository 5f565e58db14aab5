"""What every store keeps: whole, exact, once, and the same after it was closed and opened again."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from threading import Event

import pytest

from otc.errors import StoreError
from otc.model import Batch, Kind, Leg, Quote, QuoteRequest, Rate, Side
from otc.money import LARGEST, QUANTUM
from otc.ports import Changes, Meta, Moment, Store
from otc.quoting.two_way import Pricer
from otc.settlement.status import project
from tests.builders import HandClock, at, book, desk_on, fact, landed, rules, shipped, trade

Reopen = Callable[[], Store]
NASTY = [
    'a "quoted" word',
    "line\nbreak",
    "carriage\r\nreturn",
    "comma, and; semicolon",
    "=cmd|'/c calc'!A1",
    "ünïcode ✓ 東京 🪙",
    "  spaces around  ",
    "NULL",
    "null",
    "NaN",
    "",
    "'",
    "\\n \\ \t",
    '""',
    "1,5",
    "2024-01-01",
    "true",
]


def now_and_after(store: Store, reopen: Reopen) -> Iterator[Store]:
    """The store as it is, and then as it is found when it is opened anew."""
    yield store
    yield reopen()


def quote_of(number: int) -> Quote:
    """A kept quote of a client."""
    clock = HandClock(at(f"2024-03-04 10:{number:02d}"))
    request = QuoteRequest(
        "USDT/IDR", "A", Side.BUY, (Rate("MM-001", Decimal("15800"), clock.instant),), Decimal(1000), client_id="CLT-001"
    )
    return Pricer(shipped(), lambda: shipped().spreads).price(request, "trader-1", clock.instant)


@pytest.mark.parametrize("text", NASTY)
def test_any_text_comes_back_as_it_was_written(store: Store, reopen: Reopen, text: str) -> None:
    """Names, notes and references are the words of people and banks; a store changes none of them."""
    one = trade(client_name=text, notes=text, exchange_ref=text, as_written=text)
    said = fact(one, Kind.NOTED, note=text, evidence=text)
    book(store, [(one, [said])])
    for found in now_and_after(store, reopen):
        assert found.trades(["T-1"]) == {"T-1": one}
        assert found.facts(["T-1"]) == {"T-1": [said]}


def test_a_note_of_three_megabytes_does_not_lock_the_desk_out(store: Store, reopen: Reopen) -> None:
    """A pasted mail thread is kept, and the store opens again with it."""
    one = trade()
    said = fact(one, Kind.NOTED, note="a pasted line\n" * 220_000)
    book(store, [(one, [said])])
    assert reopen().facts(["T-1"]) == {"T-1": [said]}


@pytest.mark.parametrize(
    "amount",
    [
        LARGEST,
        LARGEST.copy_negate(),
        QUANTUM,
        -QUANTUM,
        Decimal("0.000000000000000000"),
        Decimal("12345678901234567890.123456789012345678"),
    ],
)
def test_thirty_eight_digits_survive(store: Store, reopen: Reopen, amount: Decimal) -> None:
    """Money is exact at rest: twenty digits before the point, eighteen behind it."""
    one = trade(gross_spread_idr=amount, net_pnl_idr=amount)
    book(store, [(one, [fact(one, Kind.CONFIRMED, Leg.CLIENT_FIAT, amount=amount.copy_abs())])])
    moment = Moment(at("2024-12-31 00:00"))
    for found in now_and_after(store, reopen):
        assert found.trades(["T-1"])["T-1"].net_pnl_idr == amount
        assert found.facts(["T-1"])["T-1"][0].amount == amount.copy_abs()
        assert [row["net_pnl_idr"] for row in found.rows("pnl_trade", moment)] == [amount]


def test_instants_keep_their_microsecond_and_come_back_in_utc(store: Store, reopen: Reopen) -> None:
    """A leg final one microsecond after midnight of the books is the next month's, so no digit may go."""
    instant = datetime(2024, 12, 31, 16, 0, 0, 1, tzinfo=UTC)
    one = trade(needed_by=instant)
    said = fact(one, Kind.EXPECTED, Leg.CLIENT_FIAT, instant, due_at=instant)
    book(store, [(one, [said])])
    for found in now_and_after(store, reopen):
        assert found.trades(["T-1"])["T-1"].needed_by == instant
        assert found.facts(["T-1"])["T-1"] == [said]
        assert found.facts(["T-1"])["T-1"][0].due_at.tzinfo is UTC  # type: ignore[union-attr]  # it is there


def test_what_is_there_by_its_id_stays_as_it_is(store: Store, reopen: Reopen) -> None:
    """Appending again changes nothing, not even where the second one says something else."""
    one = trade()
    said, quote = fact(one, Kind.NOTED, note="first"), quote_of(1)
    batch = Batch("b-1", "file.csv", "hash", at("2024-03-04 11:00"), 1, 1, 0, 0)
    for _ in range(2):
        with store.writing() as writer:
            writer.append(Changes([one], [said], [project(one, [said], rules())], [quote], [batch]))
    with store.writing() as writer:
        other = replace(one, client_name="Somebody else")
        writer.append(Changes([other], [replace(said, note="second")], (), (), [replace(batch, source="other.csv")]))
    for found in now_and_after(store, reopen):
        assert found.transaction_ids() == ["T-1"]
        assert found.trades(["T-1"]) == {"T-1": one}
        assert found.facts(["T-1"]) == {"T-1": [said]}
        assert found.quotes("CLT-001", 10) == [quote]
        assert found.batch("hash") == batch
        assert len(found.rows("transactions", Moment(at("2025-01-01 00:00")))) == 1


def test_a_trade_projected_twice_in_one_write_keeps_the_later_projection(store: Store, reopen: Reopen) -> None:
    """A file that names a trade in two of its chunks says where it stands by its later row, also after a restart."""
    one = trade()
    doubt = [*landed(one, "2024-03-04 11:00", "2024-03-04 12:00"), fact(one, Kind.MISMATCH, None, "2024-03-05 10:00")]
    cleared = [
        *doubt,
        fact(one, Kind.RESOLVED, None, "2024-03-06 10:00"),
        fact(one, Kind.RETURNED, Leg.CLIENT_FIAT, "2024-03-07 10:00"),
    ]
    with store.writing() as writer:
        writer.append(Changes([one], cleared, [project(one, cleared, rules())]))
        writer.append(Changes(projections=[project(one, doubt[:2], rules())]))
        writer.append(Changes(projections=[project(one, cleared[:4], rules())]))
    moment = Moment(at("2024-04-01 00:00"))
    for found in now_and_after(store, reopen):
        assert [row["status"] for row in found.rows("open_item", moment, transaction_id="T-1")] == ["SETTLED"]
        # recognised, taken back by the mismatch, recognised again by the resolution: once in the end
        assert [row["trades"] for row in found.rows("pnl_settlement", moment)] == [1]


def test_quotes_come_newest_first_and_as_many_as_asked(store: Store, reopen: Reopen) -> None:
    """A client's last quotes, each with every input it was made from."""
    made = [quote_of(number) for number in range(5)]
    with store.writing() as writer:
        writer.append(Changes(quotes=made))
    for found in now_and_after(store, reopen):
        assert found.quotes("CLT-001", 3) == made[:1:-1]
        assert found.quotes("CLT-002", 3) == []
        assert found.quote(made[2].quote_id) == made[2]
        assert found.quote("none") is None


def test_unknown_ids_are_left_out(store: Store) -> None:
    """Asking for what is not there is no error: no trade, and no facts of it."""
    assert store.trades(["T-9"]) == {}
    assert store.facts(["T-9"]) == {"T-9": []}
    assert store.trades([]) == {}
    assert store.batch("none") is None


def test_a_write_sees_its_own_and_others_see_it_at_its_end(store: Store) -> None:
    """Screens never see half of what belongs together."""
    one = trade()
    with store.writing() as writer:
        writer.append(Changes([one], landed(one, "2024-03-04 11:00")))
        assert writer.trades(["T-1"]) == {"T-1": one}
        assert len(writer.facts(["T-1"])["T-1"]) == 2
        assert store.transaction_ids() == []
    assert store.transaction_ids() == ["T-1"]


def test_a_write_that_fails_leaves_nothing(store: Store, reopen: Reopen) -> None:
    """An error in the middle of a write undoes all of it; the next write is as if it had never begun."""
    one, two = trade(), trade(transaction_id="T-2")
    mark = store.last_change()
    with pytest.raises(KeyError, match="the importer broke"):
        _broken_import(store, Changes([one], landed(one, "2024-03-04 11:00"), [project(one, (), rules())]))
    assert store.transaction_ids() == []
    assert store.last_change() == mark
    book(store, [(two, [])])
    for found in now_and_after(store, reopen):
        assert found.transaction_ids() == ["T-2"]
        assert found.facts(["T-1"]) == {"T-1": []}


def _broken_import(store: Store, changes: Changes) -> None:
    with store.writing() as writer:
        writer.append(changes)
        raise KeyError("the importer broke")


def test_every_write_of_a_fact_changes_the_mark(store: Store) -> None:
    """Screens ask for the mark alone to know whether what they show still holds."""
    one = trade()
    marks = [store.last_change()]
    book(store, [(one, [])])
    marks.append(store.last_change())
    book(store, [(one, [fact(one, Kind.NOTED)])])
    marks.append(store.last_change())
    assert len(set(marks)) == 3


def test_what_a_store_says_of_itself_is_the_last_word(store: Store, reopen: Reopen) -> None:
    """Label, instant and rules are replaced; a reopened store has the last ones."""
    for number in range(5):
        store.set_meta(Meta(1, "SAMPLE", at("2025-01-02 09:00"), at("2024-01-01 00:00"), f"rules-{number}"))
    for found in now_and_after(store, reopen):
        assert found.meta.rules_id == "rules-4"
        assert found.meta.instant == at("2025-01-02 09:00")


def test_a_closed_store_says_so(store: Store) -> None:
    """After its close each question gets a sentence, never a traceback."""
    store.close()
    with pytest.raises(StoreError, match="cannot be read"):
        store.transaction_ids()
    with pytest.raises(StoreError, match="Nothing was written"), store.writing():
        pass


def test_readers_in_many_threads_never_see_half_a_write(store: Store) -> None:
    """While trades are booked and settled, each answer is whole: the rows of one trade agree, sums are of whole writes."""
    desk, done = desk_on(store, HandClock(at("2024-12-31 00:00"))), Event()
    moments = [desk.moment(), Moment(at("2024-03-05 00:00")), Moment(at("2024-12-31 00:00"), at("2024-06-01 00:00"))]

    def write() -> int:
        try:
            for number in range(8):
                pair = [trade(transaction_id=f"T-{number}-{side}", side=side) for side in Side]
                book(store, [(one, landed(one, "2024-03-04 12:00")) for one in pair])
                late = fact(pair[0], Kind.RETURNED, Leg.CLIENT_FIAT, "2024-03-06 10:00", "2024-07-01 10:00")
                desk.record(replace(late, recorded_at=at("2024-07-01 10:00")))
            return 8
        finally:
            done.set()

    def read(which: int) -> int:
        asked = 0
        while not done.is_set() or asked == 0:
            moment = moments[which % len(moments)]
            traded = desk.pnl("trade", "all", moment)
            assert all(row.trades % 2 == 0 for row in traded), "both trades of a write or neither"
            rows = desk.rows("transactions", moment)
            assert len(rows) % 2 == 0, "no trade is missing because it was revised meanwhile"
            assert len({row["transaction_id"] for row in rows}) == len(rows)
            asked += 1
        return asked

    with ThreadPoolExecutor(5) as threads:
        writer = threads.submit(write)
        readers = [threads.submit(read, number) for number in range(4)]
        assert writer.result() == 8
        assert all(reader.result() for reader in readers)
    counts = {row["status"]: row["trades"] for row in desk.rows("counts", desk.moment())}
    assert counts == {"SETTLED": 8, "FAILED": 8}
    assert {row["status"] for row in desk.rows("counts", moments[2])} == {"SETTLED"}


def test_writers_in_many_threads_book_once_each(store: Store, reopen: Reopen) -> None:
    """Two clicks in two tabs wait for each other; nothing is booked twice and nothing is lost."""
    one = trade()
    book(store, [(one, [])])
    desk = desk_on(store, HandClock(at("2024-03-04 13:00")))
    same = fact(one, Kind.CONFIRMED, Leg.CLIENT_FIAT, "2024-03-04 12:00")
    own = [fact(one, Kind.NOTED, None, "2024-03-04 12:00", note=str(n)) for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(desk.record, [x for note in own for x in (same, note)]))
    for found in now_and_after(store, reopen):
        assert sorted(f.fact_id for f in found.facts(["T-1"])["T-1"]) == sorted(f.fact_id for f in [same, *own])


def test_booking_order_is_the_order_of_the_file(store: Store, reopen: Reopen) -> None:
    """An export gives a file's rows back in the order of its lines."""
    book(store, [(trade(transaction_id=name, source_line=line), []) for line, name in ((2, "T-b"), (3, "T-a"), (4, "T-c"))])
    book(store, [(trade(transaction_id="T-0", recorded_at=at("2024-06-01 00:00")), [])])
    for found in now_and_after(store, reopen):
        assert found.transaction_ids() == ["T-b", "T-a", "T-c", "T-0"]
