"""When a bank takes a transfer: the golden cases of the desk's window, 08:00 to 14:00 in UTC+8, above the BI-FAST limit."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from otc.config import DayOverride
from otc.errors import ConfigError, Refused
from otc.settlement.calendars import Calendars
from otc.settlement.rails import Acceptance, Rails
from tests.builders import at, rules, shipped

ABOVE = Decimal(250_000_001)
LIMIT = Decimal(250_000_000)


def accepted(local: str, amount: Decimal = ABOVE, currency: str = "IDR") -> Acceptance:
    """What becomes of a transfer handed in at a local time."""
    return rules().rails.accept(currency, amount, at(local))


@pytest.mark.parametrize(
    ("handed_in", "taken", "why"),
    [
        ("2024-03-05 13:59:59", "2024-03-05 13:59:59", "a second before the close is in time"),
        ("2024-03-05 14:00:00", "2024-03-06 08:00", "at the close it is too late"),
        ("2024-08-02 14:10", "2024-08-05 08:00", "weekend"),
        ("2024-03-08 14:10", "2024-03-13 08:00", "Nyepi and its joint leave"),
        ("2024-02-07 14:10", "2024-02-12 08:00", "Isra Mi'raj and Lunar New Year with its joint leave"),
        ("2024-04-05 13:30", "2024-04-05 13:30", "in time on the last day before Lebaran"),
        ("2024-04-05 14:10", "2024-04-16 08:00", "Lebaran: ten days"),
        ("2024-02-13 14:10", "2024-02-15 08:00", "general election"),
        ("2024-11-26 14:10", "2024-11-28 08:00", "regional election"),
        ("2024-12-24 14:10", "2024-12-27 08:00", "Christmas and its joint leave"),
        ("2024-12-31 14:10", "2025-01-02 08:00", "the new year"),
        ("2024-12-31 13:30", "2024-12-31 13:30", "in time on the last day of the year"),
        ("2025-08-15 14:10", "2025-08-19 08:00", "a closure decreed eleven days before"),
        ("2024-03-05 07:59:59", "2024-03-05 08:00", "before the opening it waits for it"),
        ("2024-03-05 08:00", "2024-03-05 08:00", "at the opening it is taken"),
        ("2024-03-09 10:00", "2024-03-13 08:00", "handed in on a Saturday before Nyepi"),
    ],
)
def test_a_large_rupiah_transfer_is_taken(handed_in: str, taken: str, why: str) -> None:
    """Golden cases: local time handed in, local time taken."""
    found = accepted(handed_in)
    assert found.accepted_at == at(taken), why
    assert found.rail == "RTGS"
    assert found.value_date == date.fromisoformat(taken[:10])
    assert found.rolled is (handed_in[:10] != taken[:10])


@pytest.mark.parametrize("handed_in", ["2024-03-05 14:00", "2024-12-31 23:59:59", "2024-04-10 03:00", "2024-08-04 12:00"])
def test_up_to_the_bi_fast_limit_no_window_binds(handed_in: str) -> None:
    """IDR 250m to the rupiah goes at any hour of any day, holidays too; one rupiah more waits for the window."""
    found = accepted(handed_in, LIMIT)
    assert (found.rail, found.accepted_at, found.rolled) == ("BI-FAST", at(handed_in), False)
    assert accepted(handed_in, LIMIT + 1).accepted_at > at(handed_in)


@pytest.mark.parametrize(
    ("currency", "handed_in", "taken", "value"),
    [
        ("USD", "2024-07-03 15:00", "2024-07-04 08:00", "2024-07-05"),  # Independence Day of the United States
        ("USD", "2024-07-03 14:59:59", "2024-07-03 14:59:59", "2024-07-03"),
        ("SGD", "2024-08-08 12:30", "2024-08-09 08:00", "2024-08-12"),  # National Day of Singapore, then a weekend
        ("SGD", "2024-08-08 11:59", "2024-08-08 11:59", "2024-08-08"),
    ],
)
def test_foreign_money_has_its_value_date_where_both_countries_bank(
    currency: str, handed_in: str, taken: str, value: str
) -> None:
    """The bank takes it on its own days; the value is of the first day on which the currency's country banks as well."""
    found = accepted(handed_in, Decimal(1000), currency)
    assert found.accepted_at == at(taken)
    assert found.value_date == date.fromisoformat(value)


def test_an_override_stands_above_the_library_and_the_latest_decree_above_earlier_ones() -> None:
    """A day decreed closed, then open again: what was decreed last holds, in whatever order the table lists them."""
    day = date(2025, 8, 20)
    closed = DayOverride("ID", day, True, date(2025, 8, 7), "joint leave")
    opened = DayOverride("ID", day, False, date(2025, 8, 10), "called off")
    lines = shipped().rails.rails
    for overrides, taken in (((), 20), ((closed,), 21), ((closed, opened), 20), ((opened, closed), 20)):
        found = Rails(lines, Calendars(overrides)).accept("IDR", ABOVE, at("2025-08-19 14:10"))
        assert found.accepted_at == at(f"2025-08-{taken} 08:00")


def test_an_override_opens_a_holiday_and_even_a_weekend() -> None:
    """A working Saturday by decree is a working day."""
    saturday = date(2024, 8, 3)
    assert not Calendars().is_open("ID", saturday)
    assert Calendars([DayOverride("ID", saturday, False, date(2024, 7, 1), "catch-up day")]).is_open("ID", saturday)


def test_an_override_concerns_its_own_country_alone() -> None:
    """Jakarta's joint leave closes no bank in Singapore."""
    closed = Calendars([DayOverride("ID", date(2024, 8, 6), True, date(2024, 8, 1), "flood")])
    assert not closed.is_open("ID", date(2024, 8, 6))
    assert closed.is_open("SG", date(2024, 8, 6))


def test_joint_leave_counts_as_closed() -> None:
    """Cuti bersama of 2024 on weekdays: without them the windows of ten days would be wrong."""
    leave = ["02-09", "03-12", "04-08", "04-09", "04-12", "04-15", "05-10", "05-24", "06-18", "12-26"]
    calendars = Calendars()
    assert [day for day in leave if calendars.is_open("ID", date.fromisoformat(f"2024-{day}"))] == []


def test_the_year_2024_has_its_weekday_closures() -> None:
    """A year of 262 weekdays less the closures the decrees name: the library with joint leave gives 24."""
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]
    calendars = Calendars()
    assert sum(1 for day in days if day.weekday() < 5 and not calendars.is_open("ID", day)) == 24


def test_a_closure_without_end_is_refused() -> None:
    """A calendar on which no day is ever open is a fault of the table, not an endless search."""
    start = date(2024, 3, 4)
    shut = [DayOverride("ID", start + timedelta(days=n), True, start, "shut") for n in range(90)]
    with pytest.raises(Refused, match="No day within 60 days"):
        Calendars(shut).next_open(("ID",), start)


def test_an_unknown_calendar_names_the_file() -> None:
    """`calendars: [XX]` is a slip in rails.yaml."""
    with pytest.raises(ConfigError, match=r"rails.yaml: calendar 'XX'"):
        Calendars().is_open("XX", date(2024, 3, 4))


@pytest.mark.parametrize(("currency", "amount"), [("EUR", Decimal(100)), ("IDR", Decimal(0)), ("IDR", Decimal(-5))])
def test_a_transfer_that_no_rail_takes_is_refused(currency: str, amount: Decimal) -> None:
    """No rail for the currency, or nothing to send."""
    with pytest.raises(Refused, match=f"No rail takes {currency}"):
        rules().rails.accept(currency, amount, at("2024-03-04 10:00"))


def test_the_next_cut_off_is_that_of_the_day_of_acceptance() -> None:
    """After the close of Friday the next one is Monday's; BI-FAST has none."""
    rails = rules().rails
    assert rails.next_cutoff("IDR", ABOVE, at("2024-08-02 13:59")) == at("2024-08-02 14:00")
    assert rails.next_cutoff("IDR", ABOVE, at("2024-08-02 14:00")) == at("2024-08-05 14:00")
    assert rails.next_cutoff("IDR", LIMIT, at("2024-08-02 14:00")) is None
