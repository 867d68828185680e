"""Time as an argument: the clock every other module is handed, and the few conversions it needs.

An instant is an `int`, microseconds since 1970-01-01 UTC; the business's time zone appears only
where a person reads or writes a date.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo

Instant = int
Clock = Callable[[], Instant]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def system_clock() -> Instant:
    """Return the present instant of this machine."""
    return time.time_ns() // 1000


def steady_clock() -> Instant:
    """Return the time since some moment in the past; nobody sets it, and sleep counts."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(clock) // 1000


def to_datetime(instant: Instant, zone: tzinfo = UTC) -> datetime:
    """Return the instant as an aware datetime in `zone`, without loss."""
    seconds, micros = divmod(instant, SECOND)
    return datetime.fromtimestamp(seconds, zone).replace(microsecond=micros)


def to_date(instant: Instant, zone: tzinfo) -> date:
    """Return the calendar day it is in `zone` at that instant."""
    return to_datetime(instant, zone).date()


def from_datetime(moment: datetime) -> Instant:
    """Return an aware datetime as an instant."""
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * SECOND + moment.microsecond
