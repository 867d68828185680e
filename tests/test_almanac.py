"""The business's days and hours, through clock changes, holidays and leap days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.almanac import Almanac, Holiday, parse_holiday, parse_hours, parse_time
from maild.clock import HOUR, from_datetime, to_datetime

LONDON = ZoneInfo("Europe/London")
NIGHT = parse_hours("18:00-08:00")


def almanac(
    zone: str = "Europe/London", *, opens: str = "09:00", quiet: str = "18:00-08:00", **more: object
) -> Almanac:
    holidays = tuple(map(parse_holiday, more.get("holidays", ())))  # type: ignore[call-overload]
    return Almanac(
        ZoneInfo(zone),
        frozenset(more.get("weekdays", range(5))),  # type: ignore[call-overload]
        holidays,
        parse_hours(quiet),
        parse_time(opens),
    )


def next_post(kept: Almanac, local: str) -> str:
    found = kept.next_post(from_datetime(datetime.fromisoformat(local).replace(tzinfo=kept.zone)))
    return to_datetime(found, kept.zone).strftime("%a %d %b %H:%M")


@pytest.mark.parametrize(
    ("now", "goes"),
    [
        ("2026-11-24T07:00", "Tue 24 Nov 09:00"),
        ("2026-11-24T08:30", "Tue 24 Nov 09:00"),
        ("2026-11-24T09:00", "Tue 24 Nov 09:00"),
        ("2026-11-24T17:59", "Tue 24 Nov 17:59"),
        ("2026-11-24T18:00", "Wed 25 Nov 09:00"),
        ("2026-11-27T23:00", "Mon 30 Nov 09:00"),
        ("2026-11-28T10:00", "Mon 30 Nov 09:00"),
        ("2026-12-24T20:00", "Mon 28 Dec 09:00"),
    ],
)
def test_post_goes_on_business_days_outside_the_quiet_hours(now: str, goes: str) -> None:
    assert next_post(almanac(holidays=["12-25"]), now) == goes


def test_quiet_hours_at_noon_end_the_same_day() -> None:
    kept = almanac(quiet="12:00-14:00")
    assert next_post(kept, "2026-11-24T13:00") == "Tue 24 Nov 14:00"
    assert next_post(kept, "2026-11-24T23:00") == "Tue 24 Nov 23:00"


def test_without_quiet_hours_late_post_goes_at_any_hour() -> None:
    assert next_post(almanac(quiet=""), "2026-11-24T23:30") == "Tue 24 Nov 23:30"


def test_hour_that_a_clock_change_skips_is_not_waited_for_in_vain() -> None:
    kept = almanac(opens="01:30", quiet="", weekdays=range(7))
    # on 28 March 2027 clocks in London go from 01:00 to 02:00
    assert next_post(kept, "2027-03-27T23:00") == "Sat 27 Mar 23:00"
    assert next_post(kept, "2027-03-28T00:10") == "Sun 28 Mar 02:30"


def test_hour_that_a_clock_change_repeats_never_leads_back() -> None:
    kept = almanac(opens="01:30", quiet="", weekdays=range(7))
    second = from_datetime(datetime(2027, 10, 31, 1, 10, tzinfo=LONDON, fold=1))
    assert kept.next_post(second) == second


def test_holiday_of_one_year_is_a_business_day_in_the_next() -> None:
    kept = almanac(holidays=["2027-03-26", "02-29"])
    assert not kept.works_on(date(2027, 3, 26))
    assert kept.works_on(date(2029, 3, 26))
    assert not kept.works_on(date(2028, 2, 29))
    assert str(Holiday(2, 29)) == "02-29"


@pytest.mark.parametrize("text", ["25:00", "9", "09.00", "", "noon"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)


@pytest.mark.parametrize("text", ["18:00", "18:00-18:00", "18-08", "evening"])
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_hours(text)


@pytest.mark.parametrize("text", ["2027-02-29", "13-01", "25 December", "2027-1-1"])
def test_what_is_no_holiday_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_holiday(text)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)),
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]),
    st.sampled_from(["00:30", "02:30", "09:00", "17:00"]),
    st.sampled_from(["", "18:00-00:15", "12:00-13:00"]),
)
def test_next_post_is_never_in_the_past_and_always_at_a_good_hour(
    moment: datetime, zone: str, opens: str, quiet: str
) -> None:
    kept = almanac(zone, opens=opens, quiet=quiet)
    now = from_datetime(moment.replace(tzinfo=UTC))
    at = kept.next_post(now)
    assert at >= now
    assert at - now < 4 * 24 * HOUR
    local = to_datetime(at, kept.zone)
    assert kept.works_on(local.date())
    # an hour later where the clock skipped the very time
    assert local.time() >= kept.opens
    assert kept.quiet is None or local.time() not in kept.quiet or local.dst()
    assert kept.next_post(at) == at


def test_workdays_go_on_though_every_day_is_a_holiday() -> None:
    every = [str(date(2028, 1, 1) + timedelta(days=n))[5:] for n in range(366)]
    day = date(2028, 2, 29)
    assert almanac(holidays=every).next_workday(day) == day
    assert NIGHT
    assert time(3) in NIGHT
