"""Rhythms: every so many weeks or months from a first day on, the last day of a month kept."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from maild.errors import BadInput

_SPOKEN = re.compile(r"(?:(\d{1,3}) )?(week|month|quarter|year)s?", re.ASCII)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
LAST = 31


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Every `count` weeks, or months of which `day` is the day; a shorter month has its last."""

    count: int
    unit: str
    first: date
    day: int

    def __str__(self) -> str:
        """Say it as people do: every 2 weeks, every month on the last day."""
        many = f"{self.count} {self.unit}s" if self.count > 1 else self.unit
        if self.unit == "week":
            return f"every {many}"
        return f"every {many} on {'the last day' if self.day == LAST else f'day {self.day}'}"

    def date_of(self, turn: int) -> date:
        """Return the day of a turn, counted from 0; each counts from the first, so none drifts."""
        if self.unit == "week":
            return self.first + timedelta(weeks=self.count * turn)
        month = self.first.year * 12 + self.first.month - 1 + self.count * turn
        year, index = divmod(month, 12)
        return date(year, index + 1, min(self.day, monthrange(year, index + 1)[1]))


def make_rhythm(every: str, start: date, on: str = "") -> Rhythm:
    """Return the rhythm that begins on or after a day: "2 weeks", "1 month", "quarter", "1 year".

    `on` is the day of the month, "1" to "31" or "last"; without it, the day of `start`. Raises
    `BadInput`.
    """
    found = _SPOKEN.fullmatch(" ".join(every.lower().split()))
    if not found or not int(found[1] or 1):
        raise BadInput(f'"{every}" is no rhythm; write one such as "1 month", "2 weeks", "1 year"')
    count, unit = int(found[1] or 1), found[2]
    if unit == "week":
        if on:
            raise BadInput('"on" is a day of the month; weeks begin with the day of "from"')
        return Rhythm(count, unit, start, 0)
    rhythm = Rhythm(count * _MONTHS[unit], "month", start, _read_day(on) if on else start.day)
    # the first such day on or after the start may be in the month after
    days = (Rhythm(1, "month", start, rhythm.day).date_of(turn) for turn in range(2))
    first = next(day for day in days if day >= start)
    return Rhythm(rhythm.count, "month", first, rhythm.day)


def _read_day(on: str) -> int:
    if on.strip().lower() == "last":
        return LAST
    if on.isdecimal() and on.isascii() and 1 <= int(on) <= LAST:
        return int(on)
    raise BadInput(f'"{on}" is no day of the month; write "last", or 1 to 31')
