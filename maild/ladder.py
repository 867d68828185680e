"""The reminder ladder: which reminder comes how many days before or after the last day to pay.

All of it is about days: what a day is, and whether it is a business day, others say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from maild.errors import BadInput

# two letters about one document are so many days apart, unless the ladder itself has them closer
REST = 3
_FARTHEST = 3650

_SPOKEN = re.compile(
    r"(?:(?P<number>\d{1,4}) (?P<unit>day|week)s? (?P<side>before|after)"
    r"|(?P<same>on the (?:due )?day)|(?P<short>[+-]\d{1,4}))(?: ?: ?| )(?P<tone>[a-z]+)",
    re.ASCII,
)


class Tone(StrEnum):
    """How a reminder speaks; a statement lets the account speak instead, a chase asks for a yes."""

    FRIENDLY = "friendly"
    FIRM = "firm"
    FINAL = "final"
    STATEMENT = "statement"
    CHASE = "chase"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: so many days after the last day to pay (negative: before), in which tone."""

    offset: int
    tone: Tone

    @property
    def name(self) -> str:
        """The rung's short name: -3, 0, +10."""
        return f"{self.offset:+}" if self.offset else "0"

    def __str__(self) -> str:
        if not self.offset:
            return f"on the day: {self.tone}"
        days, side = abs(self.offset), "before" if self.offset < 0 else "after"
        return f"{days} day{'' if days == 1 else 's'} {side}: {self.tone}"


Ladder = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A step and the business day on which it is to be taken."""

    step: Step
    day: date


@dataclass(frozen=True, slots=True)
class Course:
    """How far a document has come: its last day, when it came, and when it last was reminded of."""

    ends: date
    begun: date
    reminded: date | None = None

    def after(self, taken: Planned) -> Course:
        """Return the course once a step has been taken."""
        return Course(self.ends, self.begun, taken.day)


def parse_step(text: str) -> Step:
    """Return a step written "3 days before: friendly" or "+10 firm"; raises `BadInput`."""
    plain = " ".join(text.lower().split())
    found = _SPOKEN.fullmatch(plain)
    # a chase is of estimates only, and has an option of its own
    if not found or found["tone"] not in set(Tone) - {Tone.CHASE}:
        raise BadInput(
            f'"{text}" is not a step; write one such as "3 days before: friendly", '
            '"10 days after: firm", "on the day: friendly", "30 days after: statement"'
        )
    days = int(found["short"] or found["number"] or 0) * (7 if found["unit"] == "week" else 1)
    if abs(days) > _FARTHEST:
        raise BadInput(f'"{text}" is more than ten years away')
    return Step(-days if found["side"] == "before" else days, Tone(found["tone"]))


def parse_ladder(text: str) -> Ladder:
    """Return a ladder whose steps stand between commas; raises `BadInput`."""
    return sort_ladder(tuple(parse_step(one) for one in text.split(",") if one.strip()))


def sort_ladder(steps: Ladder) -> Ladder:
    """Return steps from the earliest to the latest; raises `BadInput` for two on one day."""
    ladder = tuple(sorted(steps, key=lambda step: step.offset))
    for one, other in pairwise(ladder):
        if one.offset == other.offset:
            raise BadInput(f'"{one}" and "{other}" fall on the same day; keep one of them')
    return ladder


def find_next(
    ladder: Ladder, course: Course, earliest: date, next_workday: Callable[[date], date]
) -> Planned | None:
    """Return the next step of a course, on a business day not before `earliest`, or None.

    Of several that are due only the latest is taken: those before it are over. A step planned for
    before the last day lapses once that is past. After each letter comes a rest (`REST`), after
    the one that brought the document, too.
    """
    steps = _place(ladder, course, earliest, next_workday)
    for place, found in enumerate(steps):
        later = (one.step.offset for one in steps[place + 1 :])
        overtaken = any(course.ends + timedelta(days=offset) <= found.day for offset in later)
        lapsed = found.step.offset < 0 and found.day > course.ends
        if not overtaken and not lapsed:
            return found
    return None


def foresee(
    ladder: Ladder, course: Course, earliest: date, next_workday: Callable[[date], date]
) -> Iterator[Planned]:
    """Yield every step still to come, each as if those before it had been taken in time."""
    while found := find_next(ladder, course, earliest, next_workday):
        yield found
        course, earliest = course.after(found), found.day


def _place(
    ladder: Ladder, course: Course, earliest: date, next_workday: Callable[[date], date]
) -> list[Planned]:
    """Return the steps that are not over yet, each on the first day on which it could be taken."""
    steps = []
    for place, step in enumerate(ladder):
        planned = course.ends + timedelta(days=step.offset)
        rested = course.begun + timedelta(days=REST)
        if course.reminded is not None:
            # a rest is shorter only where the ladder itself has two steps closer
            apart = step.offset - ladder[place - 1].offset if place else REST
            rested = max(rested, course.reminded + timedelta(days=min(REST, apart)))
        if course.reminded is None or planned > course.reminded:
            steps.append(Planned(step, next_workday(max(planned, rested, earliest))))
    return steps
