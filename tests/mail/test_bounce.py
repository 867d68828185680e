"""What a bounce says: whom it is about, final or not, why, and which letter it was."""

from __future__ import annotations

import pytest

from maild.mail.bounce import Bounce, Outcome, read_bounce
from maild.mail.cause import Cause
from maild.mail.complaint import read_complaint
from maild.mail.parse import parse
from maild.mail.status import find_addresses
from tests.mail.test_report import report


def bounce(raw: bytes) -> Bounce:
    return read_bounce(parse(raw))


def free(words: str, *, head: str = "") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\nTo: bounce+x@example.test\nSubject: failure notice\n"
        f"{head}\n{words}\n"
    ).encode()


def test_status_report_names_recipient_status_reason_and_letter() -> None:
    assert bounce(report()) == Bounce(
        outcome=Outcome.FAILED,
        recipients=("jane@acme.example",),
        hard=True,
        cause=Cause.GONE,
        status="5.1.1",
        reason="550 5.1.1 no such mailbox",
        message_ids=("<a@example.test>",),
        addresses=(),
    )


@pytest.mark.parametrize(
    ("raw", "hard", "cause"),
    [
        (report(), True, Cause.GONE),
        (report(status="5.1.2", diagnostic="smtp; 550 host unknown"), True, Cause.GONE),
        (report(action="delayed", status="4.4.1", diagnostic="smtp; 450 x"), False, Cause.LATER),
        (report(status="4.4.7", diagnostic="smtp; expired"), False, Cause.LATER),
        (report(status="5.2.2", diagnostic="smtp; 552 5.2.2 full"), False, Cause.FULL),
        (report(status="5.7.1", diagnostic="smtp; 554 5.7.1 spam"), False, Cause.REFUSED),
        (report(status="5.7.26", diagnostic="smtp; 550 5.7.26 no"), False, Cause.REFUSED),
        (report(status="4.7.1", diagnostic="smtp; 451 greylisted"), False, Cause.LATER),
        (report(status="5.1.8", diagnostic="smtp; 553 sender rejected"), False, Cause.ELSEWHERE),
        (report(status="5.1.6", diagnostic="smtp; 551 5.1.6 gone away"), True, Cause.GONE),
        (report(status="5.0.0", diagnostic="smtp; 550 disk quota"), False, Cause.FULL),
        (free("<jane@acme.example>: delivery failed"), True, Cause.UNSTATED),
    ],
)
def test_bounce_is_hard_only_when_the_address_is_at_fault(
    raw: bytes, hard: bool, cause: Cause
) -> None:
    found = bounce(raw)
    assert (found.hard, found.cause) == (hard, cause)


def test_report_of_a_success_is_read_as_one() -> None:
    found = bounce(report(action="delivered", status="2.0.0", diagnostic="smtp; 250 ok"))
    assert (found.outcome, found.hard, found.status) == (Outcome.DELIVERED, False, "2.0.0")


def test_free_form_bounce_names_its_recipient_in_its_own_words() -> None:
    found = bounce(
        free(
            "I could not deliver your message. This is a permanent error.\n\n"
            "<Jane@acme.example>:\n550 no such user\n\n--- Below this line is a copy\n\n"
            "Message-ID: <m@example.test>\nReply-To: reply+T1@example.test\n"
            "From: other@example.test\nTo: wrong@elsewhere.example\n"
        )
    )
    assert found.recipients == ("jane@acme.example",)
    assert found.reason == "<Jane@acme.example>: 550 no such user"
    assert found.message_ids == ("<m@example.test>",)
    assert found.addresses == ("reply+T1@example.test", "other@example.test")


def test_letter_whose_address_stands_nowhere_else_is_known_by_its_to() -> None:
    copy = "--- Below this line is a copy\n\nTo: Jane <jane@acme.example>\n"
    assert bounce(free("It failed.\n\n" + copy)).recipients == ("jane@acme.example",)


def test_parties_of_the_bounce_are_not_its_recipients() -> None:
    words = "bounce+x@example.test wrote; mailer-daemon@mx.example failed; ask help@mx.example"
    assert bounce(free(words)).recipients == ("help@mx.example",)
    assert bounce(free(words + "\njane@acme.example")).recipients == ("jane@acme.example",)


def test_reason_is_one_short_line() -> None:
    diagnostic = "smtp; 550 " + "very " * 200
    assert len(bounce(report(diagnostic=diagnostic)).reason) == 300
    assert bounce(report(diagnostic="smtp; 550 a\n  b\n  c")).reason == "550 a b c"


def test_lists_are_bounded() -> None:
    many = "\n".join(f"u{n}@acme.example <m{n}@x.example>" for n in range(3_000))
    found = bounce(free(many + "\n" + "\n".join(f"Message-ID: <{n}@x>" for n in range(3_000))))
    assert 0 < len(found.recipients) <= 100
    assert len(found.message_ids) <= 100
    assert len(found.addresses) <= 100


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<Jane@Acme.Example>", ["jane@acme.example"]),
        ("rfc822;a+b@c.example, a+b@c.example", ["a+b@c.example"]),
        ("SMTP=jane@acme.example", ["jane@acme.example"]),
        ("'jane@acme.example'", ["jane@acme.example"]),
        ("jürgen@grün.example", ["jürgen@grün.example"]),
        ("jane@localhost jane@1.2.3.4 @x.example a@b", []),
    ],
)
def test_addresses_are_found_in_running_text(text: str, found: list[str]) -> None:
    assert find_addresses(text) == found


def test_complaint_without_a_letter_names_who_complains() -> None:
    found = read_complaint(
        parse(
            b"Content-Type: multipart/report; report-type=feedback-report; boundary=x\n\n--x\n"
            b"Content-Type: message/feedback-report\n\nFeedback-Type: Abuse\n"
            b"Original-Rcpt-To: <Jane@acme.example>\n--x--\n"
        )
    )
    assert (found.type, found.recipients) == ("abuse", ("jane@acme.example",))
    assert found.message_ids == found.addresses == ()
