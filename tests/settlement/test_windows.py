"""The windows of a trade's legs: from rail, amount, calendars and terms at booking; moved by facts alone."""

import pytest

from otc.model import Cover, Fact, Kind, Leg, Side, Trade, Window
from otc.pnl.recognition import turns_of
from otc.settlement.legs import booking_windows, order_of
from otc.settlement.status import project
from tests.builders import LARGE, MONDAY, SMALL, at, fact, landed, minutes, rules, trade

FIAT, COINS = Leg.CLIENT_FIAT, Leg.CLIENT_CRYPTO


def window(of: Trade, leg: Leg, *facts: Fact) -> Window:
    """A leg's window after some facts."""
    progress = project(of, facts, rules()).state.leg(leg)
    assert progress.expected_at is not None
    assert progress.due_at is not None
    return Window(progress.expected_at, progress.due_at)


def test_a_buy_waits_for_the_rupiah_then_sends_the_coins() -> None:
    """RTGS takes it at once and credits within 240 minutes; TRC20 then needs 5 minutes, 90 at most."""
    found = booking_windows(trade(MONDAY), rules())
    assert found[FIAT] == Window(at(MONDAY), at("2024-03-04 14:00"))
    assert found[COINS] == Window(at("2024-03-04 10:05"), at("2024-03-04 15:30"))


def test_a_sell_waits_for_the_coins_then_sends_the_rupiah() -> None:
    """The rupiah are instructed when the coins should land; the window counts from the latest they may."""
    found = booking_windows(trade(MONDAY, Side.SELL), rules())
    assert found[COINS] == Window(at("2024-03-04 10:05"), at("2024-03-04 11:30"))
    assert found[FIAT] == Window(at("2024-03-04 10:05"), at("2024-03-04 15:30"))


def test_a_sell_whose_coins_may_land_after_the_cut_off_may_roll() -> None:
    """At 13:00 the coins are expected in time, yet if they take their 90 minutes the rupiah go on Tuesday at 08:00."""
    found = booking_windows(trade("2024-03-04 13:00", Side.SELL), rules())
    assert found[FIAT] == Window(at("2024-03-04 13:05"), at("2024-03-05 12:00"))


@pytest.mark.parametrize(
    ("traded", "rolled"), [("2024-03-04 13:59", False), ("2024-03-04 14:00", True), ("2024-03-09 10:00", True)]
)
def test_a_missed_cut_off_is_marked(traded: str, rolled: bool) -> None:
    """A large BUY after 14:00, or on a weekend, has rolled; ops see it before its window passes."""
    one = trade(traded)
    assert booking_windows(one, rules())[FIAT].rolled is rolled
    state = project(one, [], rules()).state
    assert (state.rolled_at is not None) is rolled
    small = trade(traded, amount=SMALL)
    assert not booking_windows(small, rules())[FIAT].rolled


def test_a_rolled_leg_that_landed_is_rolled_no_more() -> None:
    """The alert is over when the rupiah are there."""
    one = trade("2024-03-04 14:10")
    assert project(one, [fact(one, Kind.CONFIRMED, FIAT, "2024-03-05 09:00")], rules()).state.rolled_at is None


def test_terms_may_let_the_desk_go_first() -> None:
    """For such a client a BUY's coins go at once and the rupiah come after; a SELL's rupiah go at once."""
    desk_first = rules("CLT-001")
    buy, sell = (booking_windows(trade(MONDAY, side), desk_first) for side in (Side.BUY, Side.SELL))
    assert buy[COINS] == Window(at("2024-03-04 10:05"), at("2024-03-04 11:30"))
    assert buy[FIAT] == Window(at("2024-03-04 10:05"), at("2024-03-04 15:30"))
    assert sell[FIAT] == Window(at(MONDAY), at("2024-03-04 14:00"))
    assert sell[COINS] == Window(at("2024-03-04 10:05"), at("2024-03-04 15:30"))
    other = trade(MONDAY, client_id="CLT-002")
    assert booking_windows(other, desk_first) == booking_windows(other, rules())


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("terms", [(), ("CLT-001",)])
def test_each_leg_is_worked_out_after_those_it_waits_for(side: Side, terms: tuple[str, ...]) -> None:
    """All four legs, none before one it depends on."""
    seen: list[Leg] = []
    for leg, before in order_of(trade(MONDAY, side, cover=Cover.MARKET_MAKER), rules(*terms)).items():
        assert set(before) <= set(seen)
        seen.append(leg)
    assert sorted(seen) == sorted(Leg)


def test_a_covered_trade_has_four_legs_and_an_imported_one_two() -> None:
    """What is not tracked has no window and cannot be late."""
    assert len(booking_windows(trade(cover=Cover.MARKET_MAKER), rules())) == 4
    for cover in (Cover.UNTRACKED, Cover.VENUES):
        assert set(booking_windows(trade(cover=cover), rules())) == {FIAT, COINS}


def test_coins_of_a_covered_buy_wait_for_the_later_of_client_and_cover() -> None:
    """The cover's coins are due at 11:30, the client's rupiah at 14:00: the coins out are due 90 minutes after these."""
    found = booking_windows(trade(MONDAY, cover=Cover.MARKET_MAKER), rules())
    assert found[Leg.COVER_CRYPTO].due_at == at("2024-03-04 11:30")
    assert found[COINS].due_at == at("2024-03-04 15:30")
    small = booking_windows(trade(MONDAY, amount=SMALL, cover=Cover.MARKET_MAKER), rules())
    assert small[FIAT].due_at == at("2024-03-04 11:00")
    assert small[COINS].due_at == at("2024-03-04 13:00")  # the cover's coins at 11:30, and 90 minutes


def test_a_waiting_leg_moves_only_when_the_one_before_lands_after_its_window() -> None:
    """Rupiah at any time up to their end leave the coins' window alone; a minute later the coins get their time from then."""
    one = trade(MONDAY)
    planned = window(one, COINS)
    for time in ("2024-03-04 10:01", "2024-03-04 14:00"):
        assert window(one, COINS, fact(one, Kind.CONFIRMED, FIAT, time)) == planned
    late = fact(one, Kind.CONFIRMED, FIAT, "2024-03-04 14:01")
    assert window(one, COINS, late) == Window(at("2024-03-04 14:06"), at("2024-03-04 15:31"))


def test_an_agreed_date_moves_a_leg_and_those_behind_it() -> None:
    """The client asks for Thursday: the rupiah are due then, and the coins 90 minutes later."""
    one = trade(MONDAY)
    agreed = fact(one, Kind.EXPECTED, FIAT, "2024-03-04 13:00", due_at=at("2024-03-07 12:00"))
    assert window(one, FIAT, agreed) == Window(at("2024-03-07 12:00"), at("2024-03-07 12:00"))
    assert window(one, COINS, agreed).due_at == at("2024-03-07 13:30")


def test_a_transfer_handed_in_has_its_window_from_then() -> None:
    """Instructed at 14:10 the bank takes it on Tuesday at 08:00, credited by 12:00; instructed at 11:00, by 15:00."""
    one = trade(MONDAY)
    assert window(one, FIAT, fact(one, Kind.INSTRUCTED, FIAT, "2024-03-04 14:10")) == Window(
        at("2024-03-05 08:00"), at("2024-03-05 12:00")
    )
    assert window(one, FIAT, fact(one, Kind.INSTRUCTED, FIAT, "2024-03-04 11:00")).due_at == at("2024-03-04 15:00")
    assert project(one, [fact(one, Kind.INSTRUCTED, FIAT, "2024-03-04 14:10")], rules()).state.rolled_at is not None


@pytest.mark.parametrize("stage", [Kind.ACCEPTED, Kind.CORRESPONDENT])
def test_a_transfer_on_its_way_has_its_window_from_its_last_stage(stage: Kind) -> None:
    """The bank took it at 13:00: 240 minutes from then, whatever the cut-off."""
    one = trade(MONDAY)
    assert window(one, FIAT, fact(one, stage, FIAT, "2024-03-04 13:00")).due_at == at("2024-03-04 17:00")


def test_the_last_recorded_word_sets_the_window_and_a_withdrawn_one_none() -> None:
    """Agreed for Thursday, then for Wednesday: Wednesday; withdrawn again: Thursday."""
    one = trade(MONDAY)
    thursday = fact(one, Kind.EXPECTED, FIAT, "2024-03-04 12:00", due_at=at("2024-03-07 12:00"))
    wednesday = fact(one, Kind.EXPECTED, FIAT, "2024-03-04 13:00", due_at=at("2024-03-06 12:00"))
    withdrawn = fact(one, Kind.REVERSED, None, "2024-03-04 13:30", evidence=wednesday.fact_id)
    assert window(one, FIAT, thursday, wednesday).due_at == at("2024-03-06 12:00")
    assert window(one, FIAT, wednesday, thursday).due_at == at("2024-03-06 12:00")
    assert window(one, FIAT, thursday, wednesday, withdrawn).due_at == at("2024-03-07 12:00")


@pytest.mark.parametrize(("traded", "month"), [("2024-12-31 14:10", "2025-01"), ("2024-12-31 13:30", "2024-12")])
def test_the_cut_off_decides_the_month_of_the_profit(traded: str, month: str) -> None:
    """A BUY of 31 December at 14:10 above IDR 250m lands on 2 January and is January's; the same at 13:30 is December's."""
    one = trade(traded)
    planned = booking_windows(one, rules())[FIAT]
    rupiah = planned.expected_at + minutes(60)
    history = landed(one, rupiah, rupiah + minutes(5))
    (turn,) = turns_of(project(one, history, rules()), at("2025-02-01 00:00"))
    assert turn.recognised_on.strftime("%Y-%m") == month
    assert turn.recognised_at == rupiah + minutes(5)
    assert one.client_amount_idr == LARGE
