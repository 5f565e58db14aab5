"""Two-way quotes, the steps of their requests and the rates people typed: kept by every store as they were said."""

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from otc.codec import to_json
from otc.errors import StoreError
from otc.model.market import DeskRate
from otc.model.rfq import RfqEvent, TwoWay
from otc.ports import Changes, Store
from otc.quoting.rfq import price
from tests.builders import ROOT, at, opened, place_of
from tests.quoting.two_way_cases import inputs

Reopen = Callable[[], Store]
NOW = at("2024-03-05 13:12")


def quote_of(number: int) -> TwoWay:
    """The two-way quote that was made `number` seconds after the first."""
    return price(inputs(quoted_at=NOW + timedelta(seconds=number)))


def steps_of(quote: TwoWay, *states: str) -> list[RfqEvent]:
    """The steps of a quote's request, all at one instant."""
    made = quote.inputs.quoted_at
    return [RfqEvent(f"{quote.quote_id}-{s}", f"rfq-{quote.quote_id}", s, made, "trader-1", quote.quote_id) for s in states]  # type: ignore[arg-type]  # known states


def test_a_two_way_quote_comes_back_to_the_byte(store: Store, reopen: Reopen) -> None:
    """With all its inputs, so that it can be made again; unknown ids give nothing."""
    quote = quote_of(0)
    with store.writing() as writer:
        writer.append(Changes(two_ways=[quote]))
    assert store.two_way(quote.quote_id) == quote
    found = reopen()
    assert to_json(found.two_way(quote.quote_id)) == to_json(quote)
    assert found.two_way("none") is None


def test_the_steps_of_a_request_come_in_the_order_of_its_life(store: Store, reopen: Reopen) -> None:
    """Also where the clock gives them one instant and they were written the other way round."""
    quote = quote_of(0)
    steps = steps_of(quote, "accepted", "quoted", "requested")
    with store.writing() as writer:
        writer.append(Changes(two_ways=[quote], rfq_events=steps))
        assert [step.state for step in writer.rfq_events(steps[0].rfq_id)] == ["requested", "quoted", "accepted"]
    found = reopen()
    assert found.rfq_events(steps[0].rfq_id) == steps[::-1]
    assert found.rfq_of(quote.quote_id) == steps[0].rfq_id
    assert found.rfq_of("none") == ""


def test_the_outcome_of_a_quote_is_what_its_request_has_come_to(store: Store) -> None:
    """Newest first, as many as asked for; one that nobody answered is still quoted."""
    quotes = [quote_of(number) for number in range(3)]
    ends = ("accepted", "refused", "quoted")
    steps = [step for quote, end in zip(quotes, ends, strict=True) for step in steps_of(quote, *{"quoted", end})]
    with store.writing() as writer:
        writer.append(Changes(two_ways=quotes, rfq_events=steps))
    assert store.outcomes(2) == [(quotes[2], "quoted"), (quotes[1], "refused")]
    assert [state for _, state in store.outcomes(10)] == ["quoted", "refused", "accepted"]


def test_of_the_rates_people_typed_the_last_one_stands(store: Store, reopen: Reopen) -> None:
    """By name; an older one that is written later does not take its place."""
    new = DeskRate("r-2", "USD/IDR", Decimal("15850.5"), NOW, "trader-1")
    old = DeskRate("r-1", "USD/IDR", Decimal("15800"), NOW - timedelta(hours=1), "trader-1")
    gold = DeskRate("r-3", "XAU/USD", Decimal("2650.25"), NOW, "trader-1")
    for rate in (new, gold, old):
        with store.writing() as writer:
            writer.append(Changes(desk_rates=[rate]))
    assert store.desk_rates() == {"USD/IDR": new, "XAU/USD": gold}
    assert reopen().desk_rates() == {"USD/IDR": new, "XAU/USD": gold}


def test_a_quote_on_its_way_is_seen_by_whoever_reads(store: Store) -> None:
    """It is in no table yet, and everybody who asks finds it."""
    quote = quote_of(0)
    steps = steps_of(quote, "requested", "quoted")
    store.keep([quote], steps)
    assert store.two_way(quote.quote_id) == quote
    assert store.rfq_events(steps[0].rfq_id) == steps


def test_many_quotes_on_their_way_are_all_there_after_the_store_was_closed(store: Store, reopen: Reopen) -> None:
    """More than are put away at once, given out from several threads."""
    quotes = [quote_of(number) for number in range(150)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda quote: store.keep([quote], steps_of(quote, "quoted")), quotes))
    assert {kept.quote_id for kept, _ in reopen().outcomes(1000)} == {quote.quote_id for quote in quotes}


def test_a_quote_given_out_outlives_the_death_of_the_process(kind: str, tmp_path: Path) -> None:
    """Killed right after it was given out, before any table had it; a line without its end was never given out."""
    place = place_of(kind, tmp_path)
    opened(kind, tmp_path).close()
    died = subprocess.run([sys.executable, "-c", DYING, kind, str(tmp_path)], cwd=ROOT, check=False)
    assert died.returncode == -signal.SIGKILL
    found = opened(kind, tmp_path)
    try:
        assert [kept for kept, _ in found.outcomes(10)] == [quote_of(1), quote_of(0)]
    finally:
        found.close()
    journal = place / "arriving.quotes" if place.is_dir() else place.with_name(place.name + ".quotes")
    assert not journal.exists()
    again = opened(kind, tmp_path)
    try:
        assert len(again.outcomes(10)) == 2
    finally:
        again.close()


DYING = """
import os, signal, sys
from pathlib import Path
from tests.builders import opened
from tests.contract.test_rfqs_kept import quote_of, steps_of
store = opened(sys.argv[1], Path(sys.argv[2]))
for number in range(2):
    store.keep([quote_of(number)], steps_of(quote_of(number), "quoted"))
store._journal._file.write('{"two_ways": [')
store._journal._file.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""
"""A process that gives two quotes out, begins a third, and is gone."""


def test_where_nothing_can_be_written_no_quote_is_given_out(store: Store, kind: str, tmp_path: Path) -> None:
    """A folder in the journal's place; the sentence names the store."""
    place = place_of(kind, tmp_path)
    (place / "arriving.quotes" if place.is_dir() else place.with_name(place.name + ".quotes")).mkdir()
    with pytest.raises(StoreError, match="Nothing was written to"):
        store.keep([quote_of(0)], [])
    assert store.outcomes(10) == []


def test_a_journal_that_somebody_wrote_into_is_told_and_left_as_it_is(kind: str, tmp_path: Path) -> None:
    place = place_of(kind, tmp_path)
    opened(kind, tmp_path).close()
    journal = place / "arriving.quotes" if place.is_dir() else place.with_name(place.name + ".quotes")
    journal.write_text("by hand\n")
    with pytest.raises(StoreError, match=r"quotes was changed by hand .*; restore it from a backup, or set it aside"):
        opened(kind, tmp_path)
    assert journal.read_text() == "by hand\n"
