"""Out-of-office notices: the day they name, who stands in, and what is left open."""

from __future__ import annotations

import time
from datetime import date

import pytest

from maild.mail.absence import Absence, Delegate, find_end, read_absence
from maild.mail.days import find_days
from maild.mail.parse import parse

MONDAY = date(2026, 11, 23)


def absence(words: str, subject: str = "Automatic reply", written: date | None = MONDAY) -> Absence:
    head = f"From: Jane <jane@acme.example>\nTo: reply@example.test\nSubject: {subject}\n\n"
    found = read_absence(parse(head.encode()), words, written)
    assert found
    return found


def delegate(words: str) -> Delegate | None:
    return absence("I am out of the office. " + words).delegate


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("until Friday, 4 December", date(2026, 12, 4)),
        ("until December 4th", date(2026, 12, 4)),
        ("until the 4th of December 2026", date(2026, 12, 4)),
        ("through Dec. 4, 2026", date(2026, 12, 4)),
        ("until 2026-12-04", date(2026, 12, 4)),
        ("until 13/01/2027 and you may write", date(2027, 1, 13)),
        ("until 1/13/2027 and you may write", date(2027, 1, 13)),
        ("until 12/12/2026 and you may write", date(2026, 12, 12)),
        ("bis 04.12.26", date(2026, 12, 4)),
        ("bis zum 4.12.", date(2026, 12, 4)),
        ("from 24/11 to 30/11 and you may write", date(2026, 11, 30)),
        ("vom 24. bis 30. November", date(2026, 11, 30)),
        ("du 24 au 30 novembre", date(2026, 11, 30)),
        ("del 24 al 30 de noviembre", date(2026, 11, 30)),
        ("on leave December 10-31", date(2026, 12, 31)),
        ("back on Wednesday", date(2026, 11, 25)),
        ("back on Monday", date(2026, 11, 30)),
        ("back tomorrow", date(2026, 11, 24)),
        ("ab Montag, 30. November, bin ich wieder da", date(2026, 11, 30)),
        ("op 7 december ben ik weer aanwezig", date(2026, 12, 7)),
        ("until Monday 30 November and back on 1 December", date(2026, 12, 1)),
        ("back on 4 January", date(2027, 1, 4)),
        ("12月7日から出社します", date(2026, 12, 7)),
    ],
)
def test_day_is_taken_where_it_can_be_read_in_one_way(words: str, day: date) -> None:
    assert find_end(words, MONDAY) == day


@pytest.mark.parametrize(
    "words",
    [
        "until 01/02/2027 and you may write",
        "until 20 November",
        "until 20 November 2026",
        "until 4 December 2031",
        "until 31 February",
        "until 40/40/2026",
        "until Tuesday 4 December",
        "until next Friday",
        "back on 7 December or 9 December",
        "until 4 December, well, until 5 December",
        "I was born on 4 December",
        "call 04.12.26.11.22 or see version 4.12.1",
        "until further notice",
        "",
    ],
)
def test_day_is_left_open_where_it_is_not_certain(words: str) -> None:
    assert find_end(words, MONDAY) is None


def test_days_without_a_day_of_writing_are_left_open() -> None:
    assert absence("I am away until 4 December 2026.", written=None).until is None


def test_subject_counts_for_what_the_notice_says_itself_and_not_for_what_it_answers() -> None:
    said = "Out of office until 4 December: Invoice valid until 5 December"
    assert absence("I am away.", said).until == date(2026, 12, 4)
    assert absence("I am away.", "Re: valid until 5 December").until is None


@pytest.mark.parametrize(
    ("words", "name", "address"),
    [
        ("Please contact Tom Brown at tom@acme.example.", "Tom Brown", "tom@acme.example"),
        ("If urgent: Tom Brown <Tom@Acme.example>", "Tom Brown", "tom@acme.example"),
        ("Contact Tom Brown<mailto:tom@acme.example>.", "Tom Brown", ""),
        ("Write to tom@acme.example instead.", "", "tom@acme.example"),
        ("Wenden Sie sich an Herrn Weber (weber@acme.example).", "Weber", "weber@acme.example"),
        ("Bitte kontaktieren Sie Herrn Max Weber.", "Max Weber", ""),
        ("Neem contact op met Jan de Vries.", "Jan de Vries", ""),
        ("Please call Tom Brown instead.", "Tom Brown", ""),
    ],
)
def test_delegate_is_named_with_what_is_known_of_them(words: str, name: str, address: str) -> None:
    assert delegate(words) == Delegate(name, address)


@pytest.mark.parametrize(
    "words",
    [
        "Regards, Jane jane@acme.example",
        "Please contact jane@acme.example again when I am back.",
        "Please contact us at the office.",
        "Visit us at www.acme.example.",
        "Your mail to reply@example.test is urgent, contact nobody.",
    ],
)
def test_nobody_is_named_where_no_other_person_is(words: str) -> None:
    assert delegate(words) is None


def test_automatic_reply_that_speaks_of_no_absence_is_none() -> None:
    message = parse(b"From: help@acme.example\nSubject: Ticket 7\n\n")
    assert read_absence(message, "We have received your message.", MONDAY) is None


@pytest.mark.parametrize(
    "words",
    [
        "Jane no longer works here.",
        "Frau Doe ist nicht mehr in unserem Unternehmen.",
        "Jane ne travaille plus chez nous.",
        "Jane ya no trabaja en la empresa.",
        "Jane non lavora più qui.",
        "Jane werkt hier niet meer.",
        "A Jane já não trabalha na empresa.",
    ],
)
def test_person_who_left_is_told_from_one_who_is_away(words: str) -> None:
    assert absence(words).left
    assert not absence("I am on holiday and no longer at my desk today.").left


@pytest.mark.parametrize(
    "piece", ["bis 4. ", "may 5 ", "Contact Aa ", "a@b.cc contact ", "back ", "1/2/"]
)
def test_hostile_text_takes_little_time(piece: str) -> None:
    text = (piece * 100_000)[:400_000]
    started = time.thread_time()
    absence("I am away " + text)
    find_days(text, MONDAY)
    assert time.thread_time() - started < 3
