"""Whatever a machine, or somebody who plays one, writes: it is told apart, and read in bounds."""

from __future__ import annotations

import pickle
import time
from contextlib import suppress
from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from maild.mail.absence import find_end, read_absence
from maild.mail.bounce import Bounce, read_bounce
from maild.mail.complaint import read_complaint
from maild.mail.parse import Message, Unparseable, parse
from maild.mail.reading import Reading, read
from maild.mail.report import Kind, classify
from tests.fuzz.mails import anything, damaged

MONDAY = date(2026, 11, 23)
SENDERS = st.sampled_from(["", "<>", "jane@acme.example"])
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
WORDS = """
    until back on return bis zum wieder ab du au jusqu'au hasta el tot en met até 4 31 . , / - 12
    December Dezember décembre 2026 2027 Monday Montag lundi or to 4.12. 12/04/2026 2026-12-04
    12月4日 まで next tomorrow contact Tom Brown tom@acme.example Frau (
"""
NOTICE = st.lists(st.sampled_from(WORDS.split()), max_size=30).map(" ".join)


def parsed(raw: bytes) -> Message:
    try:
        return parse(raw)
    except Unparseable:
        assume(False)
        raise


def check(bounce: Bounce) -> None:
    assert len(bounce.recipients) <= 100
    assert all("@" in one and one == one.lower() for one in bounce.recipients)
    assert len(bounce.reason) <= 300
    assert "\n" not in bounce.reason
    assert all(one[0] == "<" and one[-1] == ">" and "@" in one for one in bounce.message_ids)
    assert len(bounce.message_ids) <= 100
    assert len(bounce.addresses) <= 100


@given(anything, SENDERS)
def test_any_mail_is_read_in_bounds_and_can_be_handed_on(raw: bytes, sender: str) -> None:
    started = time.thread_time()
    with suppress(Unparseable):
        reading = read(raw, sender, MONDAY)
        if reading.bounce:
            check(reading.bounce)
        again: Reading = pickle.loads(pickle.dumps(reading))
        assert again == reading
        assert not any(part.content for part in again.message.parts)
    assert time.thread_time() - started < 2


@given(anything)
def test_readers_of_reports_read_anything(raw: bytes) -> None:
    message = parsed(raw)
    check(read_bounce(message))
    found = read_complaint(message)
    assert len(found.recipients) <= 100
    read_absence(message, message.text, MONDAY)


@given(anything, SENDERS)
def test_our_own_mark_comes_before_every_other_sign(raw: bytes, sender: str) -> None:
    assume(b"x-maild-loop" not in raw.lower())
    message = parsed(b"X-Maild-Loop: 1\n" + raw)
    assert classify(message, sender).kind is Kind.OWN


@given(anything)
def test_null_sender_is_never_a_person(raw: bytes) -> None:
    assert classify(parsed(b"Subject: x\n" + raw), "").kind is not Kind.HUMAN


@given(damaged())
def test_servers_on_the_way_change_nothing(raw: bytes) -> None:
    hop = b"Received: from a.example by b.example; Mon, 23 Nov 2026 09:30:00 +0000\n"
    assert classify(parsed(hop + raw)).kind is classify(parsed(raw)).kind


@given(st.text(alphabet="abcdefghijklm nop,.\n", max_size=300))
def test_words_of_a_person_stay_a_persons(words: str) -> None:
    head = "From: Jane <jane@acme.example>\nSubject: Re: Invoice\nIn-Reply-To: <a@b.example>\n\n"
    assert classify(parse((head + words).encode()), "jane@acme.example").kind is Kind.HUMAN


@given(NOTICE, DAYS)
def test_day_of_return_is_never_before_the_day_of_writing_nor_years_off(
    words: str, written: date
) -> None:
    found = find_end(words, written)
    assert found is None or written <= found <= written + timedelta(days=730)
