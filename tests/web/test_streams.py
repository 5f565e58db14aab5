"""The stream of prices: told as it changes, worked out once for all who listen, ended when either side goes."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal

import pytest

from otc.web.streams import told_of_stop
from tests.web.served import Served, next_event

PATH = "/api/prices?pair=BTC/USD&size=3"


def names_of_topics(desk: Served) -> list[str]:
    """What is being worked out."""
    return list(desk.streams._topics)


def test_a_stream_tells_the_price_again_when_it_changes_and_only_then(fresh: Served):
    with fresh.stream(PATH) as stream:
        assert (stream.status, stream.headers.get_content_type()) == (200, "text/event-stream")
        event, first = next_event(stream)
        assert (event, first["pair"], first["size"], first["firm"]) == ("prices", "BTC/USD", "3", True)
        assert Decimal(first["bid"]) < Decimal(first["fair"]) < Decimal(first["ask"])
        assert first["fair"] == "95005", "halfway between 95,000 and 95,010, whose books are equally deep"
        asked = fresh.market.asked
        assert stream.readline() == b": still here\n", "looks at the same market say nothing but that the line is open"
        assert fresh.market.asked > asked + 5
        assert stream.readline() == b"\n"
        fresh.market.mids["kraken", "BTC/USD"] = Decimal(95_020)
        _, second = next_event(stream)
        assert second["fair"] == "95015"


def test_a_feed_that_goes_down_is_told(fresh: Served):
    with fresh.stream(PATH) as stream:
        assert {feed["state"] for feed in next_event(stream)[1]["venues"]} == {"live"}
        fresh.market.out.add(("kraken", "BTC/USD"))
        _, told = next_event(stream)
        assert {feed["venue"]: feed["state"] for feed in told["venues"]} == {"kraken": "down", "coinbase": "live"}
        assert told["firm"] is False
        fresh.market.out.add(("coinbase", "BTC/USD"))
        event, told = next_event(stream)
        assert (event, "No venue prices BTC/USD now" in told["error"]) == ("problem", True)


def test_forty_listeners_share_one_computation(fresh: Served):
    with ExitStack() as opened:
        streams = [opened.enter_context(fresh.stream(path)) for path in (PATH, f"{PATH}.0") * 20]
        with ThreadPoolExecutor(40) as pool:
            heard = list(pool.map(next_event, streams))
        assert len({told["fair"] for _, told in heard}) == 1
        assert names_of_topics(fresh) == ["BTC/USD 3"]
        before, since = fresh.market.asked, time.monotonic()
        time.sleep(0.5)
        looks, ticks = fresh.market.asked - before, (time.monotonic() - since) / 0.05
        assert looks <= ticks + 2, "each tick looks once at the market, however many listen"
    fresh.market.mids["kraken", "BTC/USD"] = Decimal(95_020)


def test_what_nobody_listens_to_any_more_is_not_worked_out(fresh: Served):
    with fresh.stream(PATH) as stream:
        next_event(stream)
        assert names_of_topics(fresh) == ["BTC/USD 3"]
    until = time.monotonic() + 5
    while names_of_topics(fresh) and time.monotonic() < until:
        time.sleep(0.02)
    assert names_of_topics(fresh) == []


def test_a_stream_ends_when_the_app_stops(fresh: Served):
    with fresh.stream(PATH) as stream:
        next_event(stream)
        fresh.streams.close()
        assert stream.read() == b"", "the end comes as an end, not as a broken line"


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("", "pair"),
        ("pair=BTC/USD", "size"),
        ("pair=BTC/USD&size=x", "size"),
        ("pair=BTC/USD&size=-1", "size"),
        ("pair=A/B&size=1", "pair"),
    ],
)
def test_a_stream_of_nothing_is_refused_at_once(desk: Served, question: str, field: str):
    status, told = desk.ask("GET", f"/api/prices?{question}")
    assert (status, told["field"]) == (422, field)


def test_whoever_asks_the_process_to_end_is_heard_by_the_streams_and_by_the_server():
    heard: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("server"))
    try:
        with told_of_stop(lambda: heard.append("streams")):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == ["streams", "server", "server"]


def test_outside_the_main_thread_signals_are_left_alone():
    before, inside = signal.getsignal(signal.SIGTERM), []

    def elsewhere() -> None:
        with told_of_stop(lambda: None):
            inside.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert inside == [before]
