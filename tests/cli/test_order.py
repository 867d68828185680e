"""`maild inbox act` and `replay`: done on the operator's word, or looked at without doing."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

import pytest

from maild.intake import accept, settle_due
from maild.model import Envelope
from maild.office import Office

from .conftest import Business

JANE, TOM = "jane@acme.example", "tom@acme.example"


def write_to(business: Business, words: str, *, sender: str = JANE) -> str:
    """Let a message reach the business, read it, and return the reply's id."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"] = sender, "billing@example.test"
    message["Message-ID"] = f"<{abs(hash(words))}@mail.example>"
    message.set_content(words + "\n")

    async def work(office: Office) -> str:
        envelope = Envelope(
            "192.0.2.7", "mx", sender, ("billing@example.test",), message.as_bytes()
        )
        reply_id = await accept(office, envelope)
        assert await settle_due(office, "test") == 1
        return reply_id

    return business.in_office(work)


def letters(business: Business, kind: str = "") -> list[str]:
    """Return whom letters (of a kind) wait to go to, the operator left out."""
    found = business.json("queue", "list")
    return [
        one["recipient"] for one in found if one["kind"] != "operator" and kind in {"", one["kind"]}
    ]


@pytest.fixture
def sent(acme: Business) -> Business:
    """The business after it sent ACME an invoice."""
    acme.did("send", acme.invoice())
    return acme


def test_credentials_go_to_the_record_on_the_operators_word(sent: Business) -> None:
    reply_id = write_to(sent, "Could you ring me about it?")
    assert sent.json("inbox", "show", reply_id)["state"] == "held"
    told = sent.did("inbox", "act", reply_id[:6], "reissue")
    assert told == f"{reply_id}: a fresh link and password are on their way\n"
    shown = sent.json("inbox", "show", reply_id)
    assert (shown["state"], shown["action"], shown["reason"]) == ("settled", "reissue", "ordered")
    assert letters(sent, "credentials") == [JANE]
    assert "operator:kim" in sent.did("log")


def test_document_is_sent_again_even_another_one(sent: Business) -> None:
    sent.did("send", sent.invoice("INV-2"))
    reply_id = write_to(sent, "Which one was it?")
    sent.did("inbox", "act", reply_id, "resend", "--document", "INV-1001")
    assert letters(sent, "document") == [JANE] * 3
    assert len(sent.json("document", "show", "INV-1001")["letters"]) == 2


def test_reminders_pause_until_a_day(sent: Business) -> None:
    reply_id = write_to(sent, "Call me next month?")
    sent.did("inbox", "act", reply_id, "pause", "--document", "INV-1001", "--until", "2099-12-31")
    (pause,) = sent.json("document", "show", "INV-1001")["pauses"]
    assert pause["ends_at"].startswith("2100-01-01")
    assert "paused until 31 December 2099" in sent.did("document", "show", "INV-1001")


@pytest.mark.parametrize(("order", "status"), [("accept", "accepted"), ("decline", "declined")])
def test_estimate_is_answered_for_the_client(acme: Business, order: str, status: str) -> None:
    acme.did("send", acme.invoice("EST-1", type="estimate", due=None, valid_until="2099-12-01"))
    reply_id = write_to(acme, "We talked about it on the phone?")
    acme.did("inbox", "act", reply_id, order, "--document", "EST-1")
    assert acme.json("document", "show", "EST-1")["state"] == status
    again = acme("inbox", "act", reply_id, "decline" if order == "accept" else "accept")
    assert again.exit_code == 1
    assert "answered already" in again.stderr


def test_another_person_takes_the_place(sent: Business) -> None:
    reply_id = write_to(sent, "Tom does this now?")
    sent.did("inbox", "act", reply_id, "replace", "--email", TOM, "--letters", "drop")
    people = sent.json("contact", "list", "ACME")
    assert [(one["address"], one["disabled_at"] is None) for one in people] == [
        (TOM, True),
        (JANE, False),
    ]
    assert sent.json("inbox", "show", reply_id)["action"] == "replace"


def test_reply_is_closed_without_doing_anything(sent: Business) -> None:
    reply_id = write_to(sent, "Nice weather?", sender="eve@evil.example")
    sent.did("inbox", "act", reply_id, "ignore")
    shown = sent.json("inbox", "show", reply_id)
    assert (shown["state"], shown["action"]) == ("settled", "ignore")
    assert letters(sent, "credentials") == []


def test_nothing_goes_to_a_stranger_whatever_is_ordered(sent: Business) -> None:
    reply_id = write_to(sent, "can't log in", sender="eve@evil.example")
    for order in ("reissue", "resend", "accept", "pause"):
        result = sent("inbox", "act", reply_id, order)
        assert result.exit_code == 1
        assert "nobody on record" in result.stderr
    assert letters(sent) == [JANE]


def test_nothing_goes_to_one_who_has_left(sent: Business) -> None:
    reply_id = write_to(sent, "What is it?")
    sent.did("contact", "disable", "ACME", JANE)
    result = sent("inbox", "act", reply_id, "resend")
    assert result.exit_code == 1
    assert f"maild inbox act {reply_id} ignore" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("zzzz", "ignore"), "there is no reply zzzz"),
        (("ID", "reissue", "--document", "INV-9"), "there is no document INV-9"),
    ],
)
def test_unknown_things_are_not_found(
    sent: Business, arguments: tuple[str, ...], message: str
) -> None:
    reply_id = write_to(sent, "Hm?")
    result = sent("inbox", "act", *(reply_id if one == "ID" else one for one in arguments))
    assert result.exit_code == 1
    assert message in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("replace",),
        ("resend", "--email", TOM),
        ("resend", "--until", "2026-12-01"),
        ("pause", "--until", "soon"),
        ("burn",),
    ],
)
def test_orders_that_make_no_sense_are_bad_usage(
    sent: Business, arguments: tuple[str, ...]
) -> None:
    reply_id = write_to(sent, "Hm?")
    assert sent("inbox", "act", reply_id, *arguments).exit_code == 2


def test_replay_shows_each_step_and_does_nothing(sent: Business) -> None:
    reply_id = write_to(sent, "I can't log in")
    before = sent.did("queue", "list")
    text = sent.did("inbox", "replay", reply_id)
    for words in ("no-sign", "can't log in", "cannot_get_in", JANE, "INV-1001", "reissue", "L1"):
        assert words in text
    assert sent.did("queue", "list") == before


def test_replay_reads_a_file_as_if_it_had_come_in(sent: Business) -> None:
    path = sent.write(
        "message.eml",
        "From: Jane <jane@acme.example>\r\nTo: billing@example.test\r\n\r\n"
        "please resend the invoice\r\n",
    )
    facts = sent.json("inbox", "replay", path)
    assert facts["What it asks"]["Request"] == "send_again"
    assert facts["What follows"]["Action"] == "resend"
    stranger = sent.write("stranger.eml", "From: eve@evil.example\r\n\r\ncan't log in\r\n")
    facts = sent.json("inbox", "replay", stranger, "--to", "billing@example.test")
    assert facts["What follows"]["Reason"] == "unknown-sender"
    bomb = sent.write("bomb.eml", "X: y\r\n" * 20_000 + "\r\nHello\r\n")
    assert "set aside" in sent.did("inbox", "replay", bomb)
