"""Volatility: what the last minutes did, never below the day's or the configured floor."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otc.market.volatility import Candle, Moves, garman_klass_bps, moved, volatility_bps

START = datetime(2026, 1, 5, tzinfo=UTC)
NO_FLOOR = Decimal(0)
DAY_S = 86_400


def lived(returns_bps: list[float], every_s: int = 5, moves: Moves | None = None, start: datetime = START) -> Moves:
    """Mids that move by these log returns, one every so many seconds."""
    moves, mid = moves or moved(Moves(), Decimal(60_000), start), 60_000.0
    for number, bps in enumerate(returns_bps, 1):
        mid *= exp(bps / 1e4)
        moves = moved(moves, Decimal(mid), start + timedelta(seconds=number * every_s))
    return moves


def test_returns_of_the_same_size_are_their_size_over_the_root_of_the_time() -> None:
    """3 bps every 9 seconds are 1 bp per square root of a second, from the first return on."""
    for count in (1, 2, 50, 500):
        assert volatility_bps(lived([3.0, -3.0] * count, 9), NO_FLOOR) == Decimal("1.0000")


def test_after_five_quiet_minutes_half_of_the_variance_is_left() -> None:
    """2 bps per root second for hours, then nothing for 300 s: 2 / sqrt(2)."""
    busy = [2 * 5**0.5, -2 * 5**0.5] * 3000
    moves = lived(busy + [0.0] * 60)
    assert volatility_bps(moves, NO_FLOOR) == pytest.approx(Decimal(2) / Decimal(2).sqrt(), abs=Decimal("0.001"))


def test_mids_that_come_every_second_are_sampled_every_five() -> None:
    """A mid that bounces by 4 bps between seconds and stays where it is does not look volatile for it."""
    moves = moved(Moves(), Decimal(60_000), START)
    for second in range(1, 301):
        mid = Decimal(60_000) if second % 5 == 0 else Decimal(60_024)
        moves = moved(moves, mid, START + timedelta(seconds=second))
    assert volatility_bps(moves, NO_FLOOR) == 0


def test_a_gap_is_one_return_over_the_time_it_took() -> None:
    """30 bps in 900 seconds are 1 bp per root second."""
    moves = moved(Moves(), Decimal(60_000), START)
    moves = moved(moves, Decimal(60_000 * exp(0.003)), START + timedelta(seconds=900))
    assert volatility_bps(moves, NO_FLOOR) == Decimal("1.0000")


def test_a_day_of_one_candle_is_garman_and_klass() -> None:
    """100, 110, 95, 105 by hand: .0214925 / 2 - .3862944 x .0023805 = .0098267, its root .09913 over that of 86,400."""
    candle = Candle(Decimal(100), Decimal(110), Decimal(95), Decimal(105), DAY_S)
    assert garman_klass_bps([candle]) == pytest.approx(3.3725, abs=0.0005)
    assert garman_klass_bps([candle, candle]) == pytest.approx(3.3725, abs=0.0005), "per second, not per candle"
    assert garman_klass_bps([]) == 0


def test_the_day_and_the_config_are_floors() -> None:
    calm = lived([0.1, -0.1] * 50)
    candle = Candle(Decimal(100), Decimal(110), Decimal(95), Decimal(105), DAY_S)
    assert volatility_bps(calm, NO_FLOOR, [candle]) == Decimal("3.3725")
    assert volatility_bps(calm, Decimal("0.5")) == Decimal("0.5")
    assert volatility_bps(Moves(), Decimal("0.5")) == Decimal("0.5"), "also before anything was seen"
    assert volatility_bps(lived([20.0, -20.0] * 50), Decimal("0.5"), [candle]) == Decimal("8.9443"), "20 / sqrt(5)"


@given(returns=st.lists(st.floats(-50, 50), min_size=1, max_size=40), floor=st.decimals(0, 5, places=4))
def test_it_is_a_decimal_of_four_places_and_never_below_its_floor(returns: list[float], floor: Decimal) -> None:
    found = volatility_bps(lived(returns), floor)
    assert found >= floor
    assert found == found.quantize(Decimal("0.0001"))
    assert found <= max(Decimal(50), floor)
