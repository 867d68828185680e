"""Days that a text names, in many languages, as dates: relative to the day it was written.

A day that may be read in two ways, does not exist or lies too far off has no date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from maild.mail.absence_phrases import MONTHS, SHORT_WEEKDAYS, TOMORROW, WEEKDAYS

MAX_CHARS = 4_000
# A day without a year is the next of its kind, unless that is so far off that the last is meant.
NEAREST_DAYS = 200
FARTHEST_DAYS = 730

_ENGLISH = r"\b(?:the|and|you|your)\b"
_ORDINAL = r"(?:st|nd|rd|th|er|º|ª|°|:[ae]|\.)?"
_OF = r"(?:of |de |del |di |d['’]|the )?"
_YEAR = r"(?:,?\s{1,2}(?:de |del )?(?P<y>20\d\d))?(?!\d)"


@dataclass(frozen=True, slots=True)
class NamedDay:
    """Where in the text a day is named, and which it is; None when that is not certain.

    `ends_range`: it is the second of two that are written as one ("July 10-31").
    """

    start: int
    end: int
    day: date | None
    ends_range: bool


def find_days(text: str, written: date) -> list[NamedDay]:
    """Return the days named in `text`, in order, as of the day it was written."""
    text = text[:MAX_CHARS]
    day_first = not re.search(_ENGLISH, text, re.I)
    found: list[NamedDay] = []
    for place in _pattern().finditer(text):
        fields = {n.rstrip("0123456789"): v for n, v in place.groupdict().items() if v}
        day = _resolve(fields, written, day_first)
        found.append(NamedDay(place.start(), place.end(), day, "r" in fields))
    return found


def _resolve(fields: dict[str, str], written: date, day_first: bool) -> date | None:
    """Return the one day that the fields can mean: w(eekday), d(ay), m(onth), y(ear), a/b, t."""
    if "t" in fields:
        return written + timedelta(days=1)
    weekday = _weekdays()[fields["w"].lower()] if "w" in fields else None
    if "d" in fields:
        month = _month(fields["m"])
        return _only(_candidates(fields, [(int(fields["d"]), month)], written, weekday))
    if "a" in fields:
        first, second = int(fields["a"]), int(fields["b"])
        orders = [(first, second)]
        if fields["s"] != "." and not day_first:
            orders.append((second, first))
        return _only(_candidates(fields, orders, written, weekday))
    if "next" in fields:
        # "next Friday" said on a Tuesday may be this week's or that of the next
        return _next(written, weekday) if (weekday or 0) <= written.weekday() else None
    return _next(written, weekday)


def _candidates(
    fields: dict[str, str], orders: list[tuple[int, int]], written: date, weekday: int | None
) -> Iterator[date]:
    """Yield each day that is possible: on or after the writing, and of the weekday named."""
    year = int(fields.get("y", "0"))
    year += 2000 if 0 < year < 100 else 0
    years = [year] if year else [written.year, written.year + 1]
    farthest = written + timedelta(days=FARTHEST_DAYS if year else NEAREST_DAYS)
    for number, month in orders:
        for one in years:
            try:
                day = date(one, month, number)
            except ValueError:
                continue
            if written <= day <= farthest and weekday in (None, day.weekday()):
                yield day


def _only(days: Iterator[date]) -> date | None:
    found = set(days)
    return found.pop() if len(found) == 1 else None


def _next(written: date, weekday: int | None) -> date | None:
    """Return the first such weekday after the day of writing."""
    if weekday is None:
        return None
    return written + timedelta(days=(weekday - written.weekday() - 1) % 7 + 1)


def _month(name: str) -> int:
    return int(name) if name.isdigit() else _months()[name.lower()]


@cache
def _months() -> dict[str, int]:
    return {name: number for number, names in MONTHS.items() for name in names.split()}


@cache
def _weekdays() -> dict[str, int]:
    return {name: number for number, names in WEEKDAYS.items() for name in names.split()}


@cache
def _pattern() -> re.Pattern[str]:
    """Return one pattern for every way to name a day; numbers tell its groups apart."""
    month = _either(_months())
    weekday = _either(_weekdays())
    alone = _either(name for name in _weekdays() if name not in SHORT_WEEKDAYS)
    before = (
        rf"(?:\b(?P<w>{weekday})\.?,?\s{{1,3}}(?:the |den |der |dem |le |el |il |o |dia |dne )?)?"
    )
    ways = [
        r"(?<!\d)(?P<y>20\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)",
        r"(?:(?P<y>20\d\d)年)?(?<!\d)(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]",
        rf"{before}(?<!\d)(?P<d>\d{{1,2}}){_ORDINAL}\s{{0,2}}{_OF}(?P<m>{month})\b\.?{_YEAR}",
        rf"{before}\b(?P<m>{month})\b\.?\s{{1,2}}(?:the )?(?P<r>\d{{1,2}}\s?[-–]\s?)?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b{_YEAR}",  # noqa: E501
        rf"{before}(?<![\d.,:/-])(?P<a>\d{{1,2}})(?P<s>[./-])(?P<b>\d{{1,2}})(?P=s)(?P<y>20\d\d|\d\d)(?![\d:])",
        rf"{before}(?<![\d.,:/-])(?P<a>\d{{1,2}})(?P<s>[./])(?P<b>\d{{1,2}})(?!\d)(?![./:%]\d)\.?",
        rf"\b(?P<next>next |this coming |coming )?(?P<w>{alone})\b",
        rf"\b(?P<t>{_either(TOMORROW)})\b",
    ]  # fmt: skip
    numbered = [
        re.sub(r"\?P(<|=)([a-z]+)", rf"?P\g<1>\g<2>{number}", way)
        for number, way in enumerate(ways)
    ]
    return re.compile("|".join(f"(?:{way})" for way in numbered), re.I)


def _either(names: object) -> str:
    """Return alternatives, the longest first, so that no name hides behind its beginning."""
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))  # type: ignore[call-overload]
