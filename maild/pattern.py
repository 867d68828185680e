"""A document that recurs: a document file with placeholders, and days in the place of dates.

`{year}` `{month}` `{day}` are those of the day of issue, `{period}` its month in words, and `{seq}`
(or `{seq:4}`, with zeros before it) the next number that is free.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from maild.document import Document, check_document
from maild.errors import BadInput

_PLACE = re.compile(r"\{(year|month|day|period|seq)(?::(\d))?\}")
_DAYS = {"invoice": ("due_days", "due"), "estimate": ("valid_days", "valid_until")}
_FIXED = ("issued", "due", "valid_until")
_MOST_DAYS = 3650
_SAMPLE = 1


@dataclass(frozen=True, slots=True)
class Turn:
    """One time that a document comes: the day it bears, the day its terms count from, its month."""

    day: date
    counted: date
    period: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """The fields of a document that recurs, as its author wrote them."""

    fields: Mapping[str, Any]
    currency: str
    source: str = "the template"

    def to_json(self) -> str:
        """Return the pattern as text for the store."""
        # a number that TOML or JSON holds without quotes is exact, and is kept so
        return json.dumps({**self.fields, "currency": self.currency}, default=str)

    @property
    def number(self) -> str:
        """The pattern of its number."""
        return str(self.fields.get("number", ""))

    def number_parts(self, turn: Turn) -> tuple[str, str] | None:
        """Return what stands before and after `{seq}` in a turn's number, or None without one."""
        before, found, after = _cut(self.number)
        return (_fill(before, turn, 0), _fill(after, turn, 0)) if found else None

    def write(self, turn: Turn, seq: int) -> Document:
        """Return the document of a turn; raises `BadInput` that lists its faults."""
        fields = {**self.fields, "number": _fill(self.number, turn, seq)}
        name, ends = _DAYS.get(str(fields.get("type")), _DAYS["invoice"])
        days = fields.pop(name, None)
        fields["issued"] = turn.day.isoformat()
        if days is not None:
            fields[ends] = (turn.counted + timedelta(days=days)).isoformat()
        for name in ("reference", "notes"):
            if isinstance(fields.get(name), str):
                fields[name] = _fill(fields[name], turn, seq)
        if isinstance(fields.get("lines"), list):
            fields["lines"] = [_fill_line(line, turn, seq) for line in fields["lines"]]
        return check_document(fields, self.currency, self.source)


def make_pattern(fields: Mapping[str, Any], currency: str, source: str) -> Pattern:
    """Return a pattern of a file's fields; raises `BadInput` for what cannot recur."""
    given = dict(fields)
    name = _DAYS.get(str(given.get("type")), _DAYS["invoice"])[0]
    for fixed in _FIXED:
        if fixed in given:
            instead = "" if fixed == "issued" else f"; put {name} in its place, in days"
            raise BadInput(f"{source}: {fixed} would be the same day every time{instead}")
    days = given.get(name, 0)
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= _MOST_DAYS:
        raise BadInput(f"{source}: {name} must be a whole number of days, such as 30")
    named = str(given.pop("currency", currency))
    return Pattern(given, named, source)


def read_pattern(text: str) -> Pattern:
    """Return a pattern as it was kept."""
    fields = json.loads(text)
    currency = fields.pop("currency")
    return Pattern(fields, currency)


def check_numbers(pattern: Pattern, turns: Iterable[Turn]) -> None:
    """Raise `BadInput` where two turns would have one number, or a number is no number."""
    seen = set()
    for seq, turn in enumerate(turns, _SAMPLE):
        number = pattern.write(turn, seq).number
        if "{" in number or "}" in number:
            raise BadInput(
                f"{pattern.source}: number {pattern.number} has an unknown placeholder; known are "
                "{year} {month} {day} {seq} {seq:4}"
            )
        if number in seen:
            raise BadInput(
                f"{pattern.source}: number {pattern.number} would be the same twice; "
                "put {seq} into it, or {year} and {month}"
            )
        seen.add(number)


def _cut(number: str) -> tuple[str, str, str]:
    """Return what stands before, is, and stands after the place of the running number."""
    found = next((one for one in _PLACE.finditer(number) if one[1] == "seq"), None)
    return (number[: found.start()], found[0], number[found.end() :]) if found else (number, "", "")


def _fill(text: str, turn: Turn, seq: int) -> str:
    values = {
        "year": f"{turn.day.year:04}",
        "month": f"{turn.day.month:02}",
        "day": f"{turn.day.day:02}",
        "period": turn.period,
        "seq": str(seq),
    }
    return _PLACE.sub(lambda found: values[found[1]].zfill(int(found[2] or 0)), text)


def _fill_line(line: object, turn: Turn, seq: int) -> object:
    if not isinstance(line, dict) or not isinstance(line.get("description"), str):
        return line
    return {**line, "description": _fill(line["description"], turn, seq)}
