"""Instants are zoned and kept in UTC; a time without a zone is the desk's."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otc.clock import age_hours, at_local, iso, month_of, parse_instant, ticking_from
from otc.errors import Refused

DESK = ZoneInfo("Asia/Makassar")
INSTANTS = st.integers(-2_000_000_000, 32_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-12-31T14:10:00", "2024-12-31T06:10:00"),
        ("2024-12-31 14:10", "2024-12-31T06:10:00"),
        ("2024-12-31", "2024-12-30T16:00:00"),
        ("2024-12-31T14:10:00+07:00", "2024-12-31T07:10:00"),
        ("2024-12-31T14:10:00Z", "2024-12-31T14:10:00"),
        (" 2024-12-31T14:10:00.5 ", "2024-12-31T06:10:00.500000"),
    ],
)
def test_a_time_without_an_offset_is_the_desks(text, utc):
    read = parse_instant(text, DESK)
    assert read == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024-13-01",
        "2024-02-30",
        "31/12/2024",
        "14:10",
        "2024-12-31T25:00",
        "0001-01-01",
        "9999-12-31T23:00:00Z",
    ],
)
def test_what_is_no_time_of_the_desks_years_is_refused_with_a_sentence(text):
    with pytest.raises(Refused) as refused:
        parse_instant(text, DESK)
    assert str(refused.value).endswith(".")


@given(INSTANTS)
def test_a_written_instant_is_read_back_the_same(instant):
    assert parse_instant(iso(instant, DESK), ZoneInfo("Europe/London")) == instant


def test_the_month_is_that_of_the_zone_asked():
    """17:00 in London on 31 December is January in Makassar."""
    instant = datetime(2024, 12, 31, 17, 0, tzinfo=UTC)
    assert month_of(instant, DESK) == "2025-01"
    assert month_of(instant, ZoneInfo("UTC")) == "2024-12"


def test_a_local_time_of_a_day_is_an_instant():
    assert at_local(date(2024, 12, 31), time(14), DESK) == datetime(2024, 12, 31, 6, 0, tzinfo=UTC)


def test_a_sample_clock_stands_at_its_instant_and_ticks_on():
    started, stood = datetime(2026, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, 1, 0, tzinfo=UTC)
    machine = [started]
    clock = ticking_from(stood, started, lambda: machine[0])
    assert clock() == stood
    machine[0] += timedelta(minutes=90)
    assert clock() == stood + timedelta(minutes=90)
    assert age_hours(stood, clock()) == 1.5
