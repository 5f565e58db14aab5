"""When legs land: cut-off, calendar, confirmations, handwork."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otc.config import Settings
from otc.model import Side
from otc.sample.deals import Deal
from otc.sample.draws import RANGE, Draws
from otc.sample.landing import Landing, Mechanism, latency_s

DESK = ZoneInfo("Asia/Makassar")
LARGE = 250_000_000
DealAt = Callable[..., Deal]


@pytest.fixture(scope="module")
def mechanism(settings: Settings) -> Mechanism:
    return Mechanism(settings)


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=DESK).astimezone(UTC)


def local(instant: datetime) -> datetime:
    return instant.astimezone(DESK).replace(tzinfo=None)


def landings(mechanism: Mechanism, deal: Deal, count: int = 300) -> list[Landing]:
    return [mechanism.land(deal, Draws(1, "try", n)) for n in range(count)]


def test_a_large_buy_of_31_december_1410_is_januarys(mechanism: Mechanism, deal_at: DealAt) -> None:
    months = {
        local(landing.settled_at).strftime("%Y-%m") for landing in landings(mechanism, deal_at("2024-12-31 14:10", above=LARGE))
    }
    assert months == {"2025-01"}


def test_the_same_at_1330_is_decembers_when_it_is_paid_before_the_cutoff(mechanism: Mechanism, deal_at: DealAt) -> None:
    """Paid in time it is December's without exception; most clients manage, and who does not is January's."""
    lived = landings(mechanism, deal_at("2024-12-31 13:30", above=LARGE))
    in_time = [landing for landing in lived if landing.fiat_at < at("2024-12-31 14:00")]
    late = [landing for landing in lived if landing.fiat_at >= at("2025-01-02 08:00")]
    assert len(in_time) + len(late) == len(lived)
    assert {local(landing.settled_at).strftime("%Y-%m") for landing in in_time} == {"2024-12"}
    assert {local(landing.settled_at).strftime("%Y-%m") for landing in late} == {"2025-01"}
    assert len(in_time) > len(lived) / 2


@pytest.mark.parametrize(
    ("instructed", "amount", "lands_on"),
    [
        ("2024-12-31 13:30", 250_000_001, "2024-12-31"),
        ("2024-12-31 14:10", 250_000_001, "2025-01-02"),
        ("2024-12-31 14:10", 250_000_000, "2024-12-31"),
        ("2024-03-05 13:59:59", 5_000_000_000, "2024-03-05"),
        ("2024-03-05 14:00:00", 5_000_000_000, "2024-03-06"),
        ("2024-08-02 14:10", 5_000_000_000, "2024-08-05"),
        ("2024-04-05 13:30", 5_000_000_000, "2024-04-05"),
        ("2024-04-05 14:10", 5_000_000_000, "2024-04-16"),
        ("2024-11-26 14:10", 5_000_000_000, "2024-11-28"),
    ],
)
def test_rupiah_land_by_cutoff_and_calendar(mechanism: Mechanism, instructed: str, amount: int, lands_on: str) -> None:
    days = {
        local(mechanism.rupiah_credited(Decimal(amount), at(instructed), bank, Draws(1, "rail", n))).date().isoformat()
        for n in range(100)
        for bank in ("BANK-IDR-001", "BANK-IDR-002")
    }
    assert days == {lands_on}


@given(seconds=st.integers(0, 366 * 86400), number=st.integers(0, 10**6))
def test_large_rupiah_are_never_credited_while_the_window_is_shut(settings: Settings, seconds: int, number: int) -> None:
    instructed = at("2024-01-01") + timedelta(seconds=seconds)
    credited = Mechanism(settings).rupiah_credited(Decimal(LARGE + 1), instructed, "BANK-IDR-001", Draws(1, "rail", number))
    assert credited >= instructed
    assert time(8) <= local(credited).time() < time(14)


def test_a_large_bitcoin_sale_waits_for_five_more_blocks(mechanism: Mechanism) -> None:
    """Six confirmations above 10 BTC and one up to 1 BTC: fifty minutes apart."""
    sent = at("2024-05-06 10:00")
    small, large = (mechanism.coins_final(sent, "BTC", Decimal(size), Draws(1, "coins")) for size in ("1", "10.1"))
    assert large - small == timedelta(minutes=50)


@pytest.mark.parametrize("side", list(Side))
def test_gold_is_fixed_by_hand_in_office_hours(mechanism: Mechanism, deal_at: DealAt, side: Side) -> None:
    """Small rupiah land at any hour, 74 minutes after they are sent at the latest; none are sent between 18:00 on 8 May and
    08:00 on 13 May, the first office hour after four days off."""
    deal = deal_at("2024-05-08 15:45", "PAXG/IDR", side)
    small = replace(deal, price=replace(deal.price, client_amount_idr=Decimal(LARGE)))
    credited = [landing.fiat_at for landing in landings(mechanism, small, 100)]
    before = [instant for instant in credited if instant < at("2024-05-08 19:15")]
    after = [instant for instant in credited if instant > at("2024-05-13 08:00")]
    assert before
    assert after
    assert len(before) + len(after) == len(credited)


def test_gold_takes_more_handwork_than_bitcoin_and_bitcoin_more_than_a_stablecoin(mechanism: Mechanism, deal_at: DealAt) -> None:
    def hands(pair: str) -> int:
        return sum(landing.manual_minutes for landing in landings(mechanism, deal_at("2024-05-06 10:00", pair), 200))

    assert hands("PAXG/IDR") > 2 * hands("BTC/IDR") > 4 * hands("USDT/IDR")


def test_latency_meets_its_median_and_95th_percentile() -> None:
    assert latency_s(RANGE // 2, 60, 240) == 60 * 60
    assert abs(latency_s(RANGE * 95 // 100, 60, 240) - 240 * 60) <= 1


@given(word=st.integers(0, RANGE - 2), p50=st.integers(1, 600), more=st.integers(0, 2000))
def test_latency_never_falls_along_its_distribution(word: int, p50: int, more: int) -> None:
    assert 0 <= latency_s(word, p50, p50 + more) <= latency_s(word + 1, p50, p50 + more)
