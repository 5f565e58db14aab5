"""Hedges through the real ccxt classes, at a venue that fails, in processes that die: each order once, each fill once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from otc.config.execution import ArmingSettings
from otc.desk.hedges import Hedges
from otc.hedging.executor import standings
from otc.model.hedge import Hedge
from otc.sample.exchange import Fault, LoopbackExchange
from tests.builders import ROOT, opened
from tests.hedging.dealing import REQUEST, Killed, Market, MemoryStore, Reaper, Ticking, hedges_on, mortal
from tests.soak import SOAK
from tests.venues.floor import set_books
from tests.venues.ordering import SYMBOLS, child_of, orders_at

RUNS = 60 if SOAK else 2
FAULTS = (
    Fault.TAKEN_RESET, Fault.TAKEN_ERROR, Fault.TAKEN_HTML, Fault.TAKEN_NULL, Fault.TAKEN_EMPTY, Fault.TRUNCATED, Fault.RESET,
    Fault.HTML, Fault.NULL, Fault.EMPTY, Fault.SERVER_ERROR, Fault.UNKNOWN_ERROR, Fault.TOO_MANY, Fault.POOR, Fault.TWICE,
    Fault.PARTIAL, Fault.NOTHING, Fault.UNLISTED,
)  # fmt: skip


@pytest.fixture
def floor() -> Iterator[LoopbackExchange]:
    """An exchange with ten thousand coins on its best levels."""
    with LoopbackExchange() as running:
        set_books(running)
        yield running


def market_of(venue: str, clock: Ticking) -> Market:
    """The one book of a venue, as its loopback twin has it, and USDT at par."""
    sides = ([("63999", "100")], [("64001", "100")])
    return Market(clock, {(venue, SYMBOLS[venue]): sides, ("kraken", "USDT/USD"): ([("0.9999", "9")], [("1.0001", "9")])})


def agrees(whole: Hedge, floor: LoopbackExchange, venue: str) -> None:
    """Not over- or under-filled, nothing doubled, lost or invented, held against the venue's own ledger."""
    ours = {child.child_id for child in whole.children}
    orders = [order for order in floor.ledger.orders(venue) if order.client_id in ours]
    told = sorted((order.client_id, fill.price, fill.size) for order in orders for fill in order.fills)
    assert sorted((fill.child_id, fill.price, fill.size) for fill in whole.fills) == told, "lost or invented"
    assert sum(size for _, _, size in told) == whole.parent.size, "over- or under-filled"
    assert len({order.client_id for order in orders}) == len(orders), "doubled"
    assert all(one.ended for one in standings(whole))


@pytest.mark.parametrize("venue", SYMBOLS)
def test_hedges_through_ccxt_deal_what_was_asked_once(floor: LoopbackExchange, venue: str) -> None:
    """Over a venue of which two answers in five are bad, killed at instants by chance."""
    deaths = 0
    for seed in range(RUNS):
        chance, clock, store = Random(f"{venue} {seed}"), Ticking(), MemoryStore()  # noqa: S311 - accidents
        with orders_at(floor, venue, clock=clock) as (orders, _):
            assert orders.look_up(child_of(venue, 900), "").state == "not_found"  # what the venue lists is known from here on
            arming = ArmingSettings(10**6, Decimal(10**9), (venue,))
            hedges = hedges_on(store, clock, {}, market_of(venue, clock), live={venue: orders}, arming=arming)
            hedges.arm(10**6, "trader-1")
            parent = hedges.start(replace(REQUEST, paper=False, transaction_id=f"{venue}-{seed}"), "trader-1")
            floor.fail_next(venue, [chance.choice(FAULTS) if chance.random() < 0.4 else None for _ in range(300)])
            deaths += brought_to_its_end(hedges, parent.parent_id, clock, chance)
        floor.fail(venue, None)
        whole = store.hedge(parent.parent_id)
        assert whole is not None
        assert whole.events[-1].state == "done"
        agrees(whole, floor, venue)
    assert deaths > 0, "the harness has to kill"


def brought_to_its_end(hedges: Hedges, parent_id: str, clock: Ticking, chance: Random) -> int:
    """Step a hedge in processes that die until it is done; how many died."""
    deaths = 0
    for _ in range(60):
        process = mortal(hedges, Reaper(at=chance.randrange(1, 15) if deaths == 0 or chance.random() < 0.4 else 0))
        try:
            process.take_up()
            for _ in range(10):
                clock.now += timedelta(seconds=chance.uniform(1, 12))
                process.step(parent_id)
        except Killed:
            deaths += 1
        if not hedges.store.open_hedges():
            return deaths
    raise AssertionError("It never came to its end.")


DYING = """
import sys, time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from otc.clock import system_clock
from otc.config.execution import ArmingSettings
from otc.config.markets import VenueSettings
from otc.venues.ccxt_orders import CcxtOrders
from otc.venues.ccxt_orders_dialects import DIALECTS
from tests.builders import opened
from tests.hedging.dealing import REQUEST, hedges_on
from tests.venues.ordering import KEYS
from tests.venues.test_orders_after_crashes import market_of
store = opened("duckdb", Path(sys.argv[1]), create=False)
settings = VenueSettings("binance", {"BTC/USDT": "BTCUSDT"}, Decimal(10), urls={"api": {"public": sys.argv[2], "private": sys.argv[2]}},
                         options={"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchMargins": False})
class Near(CcxtOrders):
    expiry = timedelta(seconds=1)  # nothing is late on one machine
orders = Near("binance", settings, KEYS, enableRateLimit=False)
clock = system_clock
hedges = hedges_on(store, clock, {}, market_of("binance", clock), live={"binance": orders},
                   arming=ArmingSettings(10**6, Decimal(10**9), ("binance",)))
hedges.arm(10**6, "trader-1")
parent = hedges.start(replace(REQUEST, size=Decimal(3), clip=Decimal("0.5"), paper=False, transaction_id="T-9"), "trader-1")
hedges.take_up()
print("alive", flush=True)
while store.open_hedges():
    hedges.step(parent.parent_id)
    print("step", flush=True)
    time.sleep(0.02)
"""  # noqa: E501
"""A process that hedges until it is done or killed."""


def test_a_process_that_is_killed_in_the_middle_of_a_hedge_is_no_loss(floor: LoopbackExchange, tmp_path: Path) -> None:
    """SIGKILL at an instant by chance, then another process that goes on: dealt to the last lot, each order once."""
    opened("duckdb", tmp_path).close()
    address, chance, killed = f"{floor.url}/binance/api/v3", Random(3), 0  # noqa: S311 - accidents
    last = 5 if SOAK else 1
    for turn in range(last + 1):
        process = subprocess.Popen(
            [sys.executable, "-c", DYING, str(tmp_path), address],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said == "alive\n"
        if turn < last:
            for _ in range(chance.randrange(0, 2)):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        process.stdout.read()
        process.stdout.close()
        process.wait()
    store = opened("duckdb", tmp_path, create=False)
    try:
        whole = store.hedge(store.parents(1)[0].parent_id)
    finally:
        store.close()
    assert whole is not None
    assert killed > 0
    assert whole.events[-1].state == "done"
    agrees(whole, floor, "binance")
    assert sum(fill.size for fill in whole.fills) == Decimal(3)
