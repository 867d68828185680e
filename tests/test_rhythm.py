"""Rhythms: months that are too short, leap days, weeks through clock changes."""

from __future__ import annotations

from datetime import date

import pytest

from maild.errors import BadInput
from maild.rhythm import Rhythm, make_rhythm


def days(every: str, start: str, on: str = "", many: int = 4) -> list[str]:
    rhythm = make_rhythm(every, date.fromisoformat(start), on)
    return [str(rhythm.date_of(turn)) for turn in range(many)]


def test_last_day_of_the_month_stays_the_last() -> None:
    assert days("1 month", "2027-01-31") == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]
    assert days("month", "2027-11-10", "last") == [
        "2027-11-30",
        "2027-12-31",
        "2028-01-31",
        "2028-02-29",
    ]


def test_thirtieth_is_the_last_of_february_alone() -> None:
    assert days("1 month", "2028-01-30") == ["2028-01-30", "2028-02-29", "2028-03-30", "2028-04-30"]


def test_leap_day_comes_every_year() -> None:
    assert days("1 year", "2028-02-29", many=5) == [
        "2028-02-29",
        "2029-02-28",
        "2030-02-28",
        "2031-02-28",
        "2032-02-29",
    ]


def test_first_day_is_the_next_that_fits() -> None:
    assert days("1 month", "2026-11-20", "15", 2) == ["2026-12-15", "2027-01-15"]
    assert days("quarter", "2026-11-20", "30", 2) == ["2026-11-30", "2027-02-28"]
    assert days("3 months", "2026-12-01", "1", 2) == ["2026-12-01", "2027-03-01"]


def test_weeks_go_on_over_months_and_years() -> None:
    assert days("2 weeks", "2026-12-21", many=3) == ["2026-12-21", "2027-01-04", "2027-01-18"]


@pytest.mark.parametrize("every", ["", "daily", "0 weeks", "1.5 months", "-1 month", "1000 weeks"])
def test_what_is_no_rhythm_is_refused(every: str) -> None:
    with pytest.raises(BadInput, match="is no rhythm; write one such as"):
        make_rhythm(every, date(2026, 11, 1))


@pytest.mark.parametrize("on", ["0", "32", "first", "²"])
def test_what_is_no_day_of_the_month_is_refused(on: str) -> None:
    with pytest.raises(BadInput, match="is no day of the month"):
        make_rhythm("1 month", date(2026, 11, 1), on)


def test_weeks_have_no_day_of_the_month() -> None:
    with pytest.raises(BadInput, match="weeks begin"):
        make_rhythm("1 week", date(2026, 11, 1), "last")


@pytest.mark.parametrize(
    ("rhythm", "words"),
    [
        (Rhythm(1, "month", date(2026, 11, 30), 31), "every month on the last day"),
        (Rhythm(3, "month", date(2026, 11, 1), 1), "every 3 months on day 1"),
        (Rhythm(2, "week", date(2026, 11, 1), 0), "every 2 weeks"),
    ],
)
def test_rhythm_is_said_as_people_say_it(rhythm: Rhythm, words: str) -> None:
    assert str(rhythm) == words
