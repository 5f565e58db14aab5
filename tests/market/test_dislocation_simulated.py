"""Dislocations on the simulated market: found in time, and hardly anything found that is not there."""

import sys
from datetime import timedelta

import pytest

from otc.sample.market_faults import CALM, USUAL, Incident, IncidentKind
from tests.market.drill import VENUES, Desk, Score
from tests.soak import examples


def test_of_injected_dislocations_98_percent_are_found_within_three_seconds() -> None:
    """Eight per venue and hour, on every symbol, 15 to 40 bps either way, 10 to 60 seconds long.

    Much oftener would be another market: where two of three leave together, the third one is the odd one out.
    """
    score = Score()
    for seed in range(examples(1)):
        score.add(Desk(seed + 1, {"dislocation": 8.0}).live(1500))
    sys.stdout.write(f"{score}\n")
    assert len(score.delays_s) > 10
    assert score.share_in_time >= 0.98
    assert score.alarms_per_venue_hour <= 0.1


def test_a_market_with_all_its_usual_trouble_gives_no_alarm_but_for_dislocations() -> None:
    """Outages, frozen, thin and broken books, twenty times as often as usual, are none."""
    score = Score()
    trouble: dict[IncidentKind, float] = {kind: rate * 20 for kind, rate in USUAL.items() if kind != "dislocation"}
    desks = [Desk(seed + 1, trouble).live(700) for seed in range(examples(1))]
    for desk in desks:
        score.add(desk)
    assert sum(len(desk.market.labels) for desk in desks) >= 4 * len(desks)
    assert score.alarms_per_venue_hour <= 0.1


@pytest.mark.parametrize(("asset", "bps"), [("BTC", 60.0), ("USDT", -30.0), ("IDR", 35.0)])
def test_a_jump_of_the_whole_market_is_no_dislocation(asset: str, bps: float) -> None:
    desk = Desk(3, CALM).live(100)
    desk.market.prices.jump(asset, bps)
    desk.live(20)
    assert desk.begun == []


@pytest.mark.parametrize("venue", list(VENUES))
def test_a_dead_venue_is_no_dislocation(venue: str) -> None:
    """Neither while it is silent, with the market moving on, nor when it comes back."""
    desk = Desk(4, CALM).live(80)
    desk.market.strike(Incident("outage", venue, "", desk.market.now, desk.market.now + timedelta(seconds=30)))
    desk.live(15)
    desk.market.prices.jump("BTC", 80.0)
    desk.live(22)
    assert {feed.state for feed in desk.judgement.health if feed.venue == venue} == {"excluded"}, (
        "back, but not clean for ten seconds"
    )
    assert desk.begun == []
