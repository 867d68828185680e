"""The business's own calendar: the days it works, its quiet hours, and when a day's post goes out.

Days and times of day are the business's; an instant comes of them only here, so that the hour
that a clock change skips or repeats is dealt with in one place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from maild.clock import Instant, from_datetime, to_datetime

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# who has closed every day for longer than this has given up
_LONGEST_CLOSED = 400
# holds every day that a year may have
_LEAP_YEAR = 2000
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of the day, which may go past midnight; its end is no longer part of it."""

    start: time
    end: time

    def __contains__(self, at: time) -> bool:
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day off, every year or in one year only; written 12-25 or 2027-03-26."""

    month: int
    day: int
    year: int | None = None

    def __str__(self) -> str:
        year = f"{self.year:04}-" if self.year else ""
        return f"{year}{self.month:02}-{self.day:02}"

    def falls_on(self, day: date) -> bool:
        """Tell whether that day is this holiday."""
        return (self.month, self.day) == (day.month, day.day) and self.year in (None, day.year)


@dataclass(frozen=True, slots=True)
class Almanac:
    """When the business works: on which weekdays (Monday is 0), and from when on its post goes."""

    zone: ZoneInfo
    weekdays: frozenset[int]
    holidays: tuple[Holiday, ...]
    quiet: Hours | None
    opens: time

    def works_on(self, day: date) -> bool:
        """Tell whether a day is a business day."""
        return day.weekday() in self.weekdays and not any(h.falls_on(day) for h in self.holidays)

    def next_workday(self, day: date) -> date:
        """Return that day, else the next one that is a business day."""
        days = (day + timedelta(days=n) for n in range(_LONGEST_CLOSED))
        return next((one for one in days if self.works_on(one)), day)

    def instant(self, day: date, at: time = time()) -> Instant:
        """Return when a day's clock shows a time; one that a clock change skips comes after it."""
        return from_datetime(datetime.combine(day, at, self.zone))

    def day_of(self, instant: Instant) -> date:
        """Return the day it is for the business at an instant."""
        return to_datetime(instant, self.zone).date()

    def post_of(self, day: date) -> Instant:
        """Return when the post of a day goes out, be it a business day or not."""
        return self.instant(day, self.opens)

    def next_post(self, instant: Instant) -> Instant:
        """Return the first instant, from that one on, at which post may go out."""
        moment = to_datetime(instant, self.zone)
        day, at = moment.date(), moment.time()
        if self.works_on(day):
            if at < self.opens:
                return max(instant, self.post_of(day))
            if self.quiet is None or at not in self.quiet:
                return instant
            if at < self.quiet.end:
                return max(instant, self.instant(day, self.quiet.end))
        return self.post_of(self.next_workday(day + _ONE_DAY))

    def post_after(self, instant: Instant) -> Instant:
        """Return when the post of the next business day after an instant's goes out."""
        return self.post_of(self.next_workday(self.day_of(instant) + _ONE_DAY))


def parse_time(text: str) -> time:
    """Return a time of day written 09:00; raises `ValueError`."""
    found = re.fullmatch(r"(\d\d?):(\d\d)", text.strip(), re.ASCII)
    if not found:
        raise ValueError(text)
    return time(int(found[1]), int(found[2]))


def parse_hours(text: str) -> Hours | None:
    """Return a stretch of the day written 18:00-08:00, or None for an empty text.

    Raises `ValueError`.
    """
    if not text.strip():
        return None
    start, dash, end = text.replace("–", "-").partition("-")
    hours = Hours(parse_time(start), parse_time(end))
    if not dash or hours.start == hours.end:
        raise ValueError(text)
    return hours


def parse_holiday(text: str) -> Holiday:
    """Return a holiday written 2027-03-26, or 12-25 for one of every year; raises `ValueError`."""
    found = re.fullmatch(r"(?:(\d{4})-)?(\d\d)-(\d\d)", text.strip(), re.ASCII)
    if not found:
        raise ValueError(text)
    year = int(found[1]) if found[1] else None
    day = date(year or _LEAP_YEAR, int(found[2]), int(found[3]))
    return Holiday(day.month, day.day, year)
