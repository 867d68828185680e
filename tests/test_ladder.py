"""The ladder: which step comes next, on which day, and which are over."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.errors import BadInput
from maild.ladder import (
    REST,
    Course,
    Ladder,
    Step,
    Tone,
    find_next,
    foresee,
    parse_ladder,
    parse_step,
)

LADDER = parse_ladder("-3 friendly, +3 friendly, +10 firm, +24 final")
DUE = date(2026, 12, 1)


def any_day(day: date) -> date:
    return day


def workday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def next_of(
    today: str, *, begun: str = "2026-11-01", reminded: str = "", ladder: Ladder = LADDER
) -> str:
    course = Course(
        DUE, date.fromisoformat(begun), date.fromisoformat(reminded) if reminded else None
    )
    found = find_next(ladder, course, date.fromisoformat(today), any_day)
    return f"{found.step.name} {found.day:%d %b}" if found else "none"


def test_steps_come_one_by_one() -> None:
    assert next_of("2026-11-02") == "-3 28 Nov"
    assert next_of("2026-11-28", reminded="2026-11-28") == "+3 04 Dec"
    assert next_of("2026-12-04", reminded="2026-12-04") == "+10 11 Dec"
    assert next_of("2026-12-11", reminded="2026-12-11") == "+24 25 Dec"
    assert next_of("2026-12-25", reminded="2026-12-25") == "none"


def test_of_several_missed_steps_only_the_latest_is_taken() -> None:
    assert next_of("2026-12-13") == "+10 13 Dec"
    assert next_of("2027-03-01") == "+24 01 Mar"
    assert next_of("2027-03-01", reminded="2026-12-04") == "+24 01 Mar"


def test_step_before_the_last_day_lapses_with_it() -> None:
    assert next_of("2026-11-30") == "-3 30 Nov"
    assert next_of("2026-12-01") == "-3 01 Dec"
    assert next_of("2026-12-02") == "+3 04 Dec"


def test_late_step_is_followed_by_a_rest() -> None:
    assert next_of("2026-12-10", reminded="2026-12-10") == "+10 13 Dec"
    closer = parse_ladder("+3 friendly, +4 firm")
    assert next_of("2026-12-04", reminded="2026-12-04", ladder=closer) == "+4 05 Dec"


def test_document_that_came_late_is_not_recalled_at_once() -> None:
    assert next_of("2027-03-01", begun="2027-03-01") == "+24 04 Mar"
    assert next_of("2026-11-29", begun="2026-11-29") == "+3 04 Dec"
    assert next_of("2026-11-26", begun="2026-11-26") == "-3 29 Nov"


def test_step_that_falls_on_a_weekend_waits_and_a_later_one_takes_its_place() -> None:
    course = Course(DUE, date(2026, 11, 1))
    # 5 December 2026 is a Saturday
    found = find_next(parse_ladder("+4 friendly"), course, date(2026, 11, 2), workday)
    assert found
    assert found.day == date(2026, 12, 7)
    both = find_next(parse_ladder("+4 friendly, +6 firm"), course, date(2026, 11, 2), workday)
    assert both
    assert (both.step.tone, both.day) == (Tone.FIRM, date(2026, 12, 7))


def test_foreseen_steps_are_the_whole_ladder() -> None:
    course = Course(DUE, date(2026, 11, 1))
    seen = [(one.step.name, one.day) for one in foresee(LADDER, course, DUE, workday)]
    assert seen == [
        ("-3", date(2026, 12, 1)),
        ("+3", date(2026, 12, 4)),
        ("+10", date(2026, 12, 11)),
        ("+24", date(2026, 12, 25)),
    ]


@pytest.mark.parametrize(
    ("text", "offset", "tone"),
    [
        ("3 days before: friendly", -3, Tone.FRIENDLY),
        ("1 day after: firm", 1, Tone.FIRM),
        ("2 weeks after : final", 14, Tone.FINAL),
        ("On the due day: friendly", 0, Tone.FRIENDLY),
        ("on the day firm", 0, Tone.FIRM),
        ("+30 statement", 30, Tone.STATEMENT),
        ("-7 friendly", -7, Tone.FRIENDLY),
    ],
)
def test_steps_are_read_as_people_write_them(text: str, offset: int, tone: Tone) -> None:
    step = parse_step(text)
    assert (step.offset, step.tone) == (offset, tone)
    assert parse_step(str(step)) == step


@pytest.mark.parametrize(
    "text",
    [
        "soon: friendly",
        "3 days after",
        "3 days after: rude",
        "3 firm",
        "+3 chase",
        "9999 weeks after: firm",
    ],
)
def test_what_is_no_step_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInput, match=r"is not a step; write one such as|ten years"):
        parse_step(text)


def test_two_steps_on_one_day_are_refused() -> None:
    with pytest.raises(BadInput, match="fall on the same day"):
        parse_ladder("+7 firm, 1 week after: final")


@given(
    st.lists(st.integers(-60, 120), unique=True, max_size=6),
    st.integers(-30, 30),
    st.lists(st.integers(0, 40), max_size=60),
)
def test_no_step_is_taken_twice_nor_an_earlier_one_after_a_later(
    offsets: list[int], begun: int, pauses: list[int]
) -> None:
    """Whatever days nobody looks, each step comes at most once, in order, with a rest between."""
    ladder = tuple(Step(offset, Tone.FIRM) for offset in sorted(offsets))
    course = Course(DUE, DUE - timedelta(days=begun))
    today, taken = course.begun, []
    for pause in pauses:
        today += timedelta(days=pause)
        found = find_next(ladder, course, today, workday)
        if found and found.day <= today:
            taken.append((found.step.offset, today))
            course = course.after(found)
    steps = [offset for offset, _ in taken]
    assert steps == sorted(set(steps))
    days = [day for _, day in taken]
    closest = min((b - a for a, b in pairwise(sorted(offsets))), default=REST)
    for one, other in pairwise(days):
        assert (other - one).days >= min(REST, closest)
    assert all(day.weekday() < 5 for day in days)
