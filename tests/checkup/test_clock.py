"""Our clock and those of others."""

from __future__ import annotations

import pytest

from maild.checkup.clock import judge_clock
from maild.checkup.verdicts import Grade, Reading
from maild.clock import SECOND
from tests.fakes import START


@pytest.mark.parametrize(
    ("seconds", "grade", "words"),
    [
        (0, Grade.OK, "agrees with that of the relay"),
        (-9, Grade.OK, "agrees"),
        (45, Grade.WARNING, "45 seconds ahead of that of the relay"),
        (-45, Grade.WARNING, "45 seconds behind that of the relay"),
        (3600, Grade.FAULT, "3600 seconds ahead"),
    ],
)
def test_clock_is_held_against_that_of_a_server(seconds: int, grade: Grade, words: str) -> None:
    found = judge_clock([Reading("the relay", START, START + seconds * SECOND)])
    assert (found.grade, words in found.text) == (grade, True)


def test_clock_that_differs_most_is_told_of() -> None:
    near = Reading("the base URL", START, START)
    far = Reading("the relay", START, START + 60 * SECOND)
    assert "that of the relay" in judge_clock([near, far, near]).text


def test_clock_that_nobody_told_of_is_not_seen() -> None:
    assert judge_clock([]).grade == Grade.UNSEEN
