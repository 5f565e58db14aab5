"""What a hedge does next: never more than remains, on venues that take it, done by the end, the same for the same inputs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.config.hedging import HedgeSettings
from otc.hedging.decide import decide
from otc.market.consolidated import Line
from otc.model.hedge import Child, HedgeState, Parent
from otc.model.market import Book, Instrument, Level
from tests.soak import examples

D = Decimal
NOW = datetime(2025, 1, 2, 1, tzinfo=UTC)
SETTINGS = HedgeSettings()
STILL = {
    "binance": (("59990", "60010", "100"),),
    "coinbase": (("59985", "60015", "60"),),
    "okx": (("59980", "60020", "60"),),
    "kraken": (("59970", "60030", "60"),),
}
"""Scenario E: bid, ask and size on both."""


def parent(**changes: object) -> Parent:
    usual = Parent(
        "hedge-1", "BTC/USD", "buy", D(200), 1200, "twap", "calm", D(10), D(60000), D(0), D(200), NOW, "trader-1"
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]  # fields of Parent


def line(venue: str, levels: Sequence[tuple[str, str, str]], *, fee: str = "0", at: datetime = NOW, **listing: str) -> Line:
    """A line whose levels are (bid, ask, size of both)."""
    terms = {"lot": "0.00001", "tick": "0.01", "min_size": "0.0001", "min_notional": "5", **listing}
    lot, tick, min_size, min_notional = (D(terms[key]) for key in ("lot", "tick", "min_size", "min_notional"))
    instrument = Instrument(venue, "BTC/USD", venue, lot, tick, min_size, min_notional, D(fee))
    bids = tuple(Level(D(bid), D(size)) for bid, _, size in levels)
    asks = tuple(Level(D(ask), D(size)) for _, ask, size in levels)
    return Line(instrument, Book(venue, "BTC/USD", bids, asks, at), D(1))


def still(at: datetime = NOW, **listing: str) -> list[Line]:
    return [line(venue, levels, at=at, **listing) for venue, levels in STILL.items()]


def ask(state: HedgeState, lines: Sequence[Line], now: datetime = NOW, config: HedgeSettings = SETTINGS) -> tuple[Child, ...]:
    return decide(state, lines, D(1), D(1), config, now)


def work_off(order: Parent, lines_at, seconds: int, every: int = 1) -> list[Child]:
    """All children where each is filled whole at once."""
    sent: list[Child] = []
    state = HedgeState(order)
    for second in range(0, seconds, every):
        now = NOW + timedelta(seconds=second)
        children = ask(state, lines_at(now, sent), now)
        for child in children:
            sent.append(child)
            state = replace(state, filled=state.filled + child.size, children=state.children + 1, last_child_at=now)
        assert state.remaining >= 0
    return sent


def consumed(now: datetime, sent: Sequence[Child]) -> list[Line]:
    """Scenario E's books less what was dealt on them."""
    taken = {venue: sum((child.size for child in sent if child.venue == venue), D(0)) for venue in STILL}
    left = {venue: D(levels[0][2]) - taken[venue] for venue, levels in STILL.items()}
    return [line(v, [(*STILL[v][0][:2], str(left[v]))], at=now) for v in STILL if left[v] > 0]


def test_the_source_s_clips_on_still_books_are_twenty_of_ten_at_60013_50_on_average():
    """100 at 60,010, 60 at 60,015 and 40 at 60,020 make 60,013.50 (scenario E)."""
    children = work_off(parent(mode="clips"), consumed, 1200)
    prices = {venue: D(levels[0][1]) for venue, levels in STILL.items()}
    assert [child.size for child in children] == [D(10)] * 20
    assert sum(prices[child.venue] * child.size for child in children) / 200 == D("60013.50")
    gaps = [later.intended_at - child.intended_at for child, later in pairwise(children)]
    assert min(gaps) >= timedelta(seconds=45), "spaced over the horizon, a clip a minute"


@pytest.mark.parametrize("mode", ["clips", "twap", "adaptive"])
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_every_mode_deals_all_of_it_within_the_horizon_and_in_orders_up_to_the_clip(mode, side):
    order = parent(mode=mode, side=side, urgency="normal")
    children = work_off(order, lambda now, _: still(now), 1200)
    assert sum(child.size for child in children) == D(200)
    assert max(child.size for child in children) <= D(10)
    assert len({child.child_id for child in children}) == len(children)
    assert [child.number for child in children] == list(range(1, len(children) + 1))


@pytest.mark.parametrize(("seconds", "every"), [(60, 1), (1200, 5), (1200, 7), (30, 2)])
def test_it_ends_in_time_also_where_it_is_asked_seldom_or_late(seconds, every):
    children = work_off(parent(horizon_s=seconds, size=D(40)), lambda now, _: still(now), seconds + 1, every)
    assert sum(child.size for child in children) == D(40)


def test_the_same_arguments_give_the_same_children():
    state = HedgeState(parent(mode="adaptive", urgency="normal"))
    assert ask(state, still()) == ask(state, list(reversed(still())))
    assert ask(state, still())


def test_what_is_in_flight_is_not_sent_again():
    """Past the horizon all but what may still fill is swept; where all may, nothing is sent."""
    late = NOW + timedelta(seconds=1300)
    state = HedgeState(parent(), filled=D(150), in_flight=D(45), children=9, last_child_at=NOW)
    assert sum(child.size for child in ask(state, still(late), late)) == D(5)
    assert ask(replace(state, in_flight=D(50)), still(late), late) == ()


@pytest.mark.parametrize("word", ["paused", "cancelled", "done"])
def test_a_hedge_that_does_not_run_sends_nothing(word):
    state = HedgeState(parent())
    assert ask(replace(state, state=word), still()) == ()
    assert ask(state, still())


def test_volatility_makes_clips_come_sooner_and_adaptive_slices_larger_within_limits():
    clips = HedgeState(parent(mode="clips", urgency="normal"), filled=D(10), children=1, last_child_at=NOW)
    after = NOW + timedelta(seconds=45)
    assert decide(clips, still(after), D("0.5"), D(1), SETTINGS, after) == ()
    assert decide(clips, still(after), D(3), D(1), SETTINGS, after) != ()
    first = NOW + timedelta(seconds=20)
    assert decide(clips, still(first), D(300), D(1), SETTINGS, first) == (), "at most twice as fast"
    state = HedgeState(parent(mode="adaptive", urgency="normal"), filled=D(10), children=4, last_child_at=NOW)
    then = NOW + timedelta(seconds=10)
    calm, wild = (sum(c.size for c in decide(state, still(then), sigma, D(1), SETTINGS, then)) for sigma in (D("0.3"), D(3)))
    assert wild > calm > 0


def test_urgency_in_one_word():
    sizes = []
    for word in ("calm", "normal", "now"):
        state = HedgeState(parent(mode="adaptive", urgency=word), filled=D(10), children=4, last_child_at=NOW)
        then = NOW + timedelta(seconds=10)
        sizes.append(sum(child.size for child in ask(state, still(then), then)))
    assert sizes == sorted(set(sizes)), "calm below normal below now"


def test_deep_books_are_dealt_on_more_than_thin_ones():
    state = HedgeState(parent(), filled=D(24), children=4, last_child_at=NOW)
    then = NOW + timedelta(seconds=100)
    thin, deep = (sum(c.size for c in decide(state, still(then), D(1), ratio, SETTINGS, then)) for ratio in (D("0.7"), D("1.4")))
    assert deep == pytest.approx(2 * thin, rel=D("0.001"), abs=D("0.00002"))


SIZES = st.decimals(D("0.0002"), D(60), places=5)
PARTS = st.lists(st.sampled_from([D(0), D("0.37"), D("0.5"), D(1), D(1)]), min_size=8, max_size=8)


@settings(max_examples=examples(25), deadline=None)
@given(
    SIZES, st.sampled_from(["clips", "twap", "adaptive"]), st.sampled_from(["calm", "normal", "now"]), PARTS, st.integers(0, 3)
)
def test_whatever_fills_nothing_is_overfilled_and_nothing_dealable_is_left(size, mode, urgency, parts, wait):
    """Fills of any part, answers that come late, one venue down and back: at the end less than the smallest order remains."""
    order = parent(size=size, mode=mode, urgency=urgency, horizon_s=120, clip=D(7))
    waiting: list[tuple[int, Child, Decimal]] = []
    state, second = HedgeState(order), 0
    while second < 400 and (state.remaining > 0 or waiting):
        now = NOW + timedelta(seconds=second)
        for due, child, fill in [one for one in waiting if one[0] <= second]:
            waiting.remove((due, child, fill))
            state = replace(state, filled=state.filled + fill, in_flight=state.in_flight - child.size)
        lines = still(now)[1:] if second % 60 < 20 else still(now)
        for child in ask(state, lines, now):
            part = parts[child.number % len(parts)] if second < 300 else D(1)
            waiting.append((second + wait, child, (child.size * part).quantize(D("0.00001"), "ROUND_FLOOR")))
            flying = state.in_flight + child.size
            state = replace(state, in_flight=flying, children=state.children + 1, last_child_at=now)
            assert D("0.0001") <= child.size <= D(7)
        assert state.filled + state.in_flight <= size
        second += 1
    assert state.remaining < D("0.0001"), "the smallest order that a venue takes"
