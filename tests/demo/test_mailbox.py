"""Reading the maildir, and answering what is in it as a mail program would."""

from __future__ import annotations

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

from maild.demo.mailbox import Mailboxes, OpenLetter
from maild.demo.post import write_answer
from maild.errors import NotFound, Refused
from maild.mail.mailboxes import Mailbox
from maild.mail.parse import parse
from maild.mail.reply import extract
from maild.relay import MaildirRelay

LETTER = b"""From: "Harbour & Pine" <billing@hp.example>\r
To: =?utf-8?q?Zo=C3=AB?= <zoe@cafe.example>\r
Reply-To: reply+abc@hp.example\r
Subject: =?utf-8?q?Caf=C3=A9?=: your invoice\r
Date: Mon, 02 Nov 2026 09:30:00 +0000\r
Message-ID: <two@hp.example>\r
References: <one@hp.example>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
Hello Zo\xc3\xab,\r
\r
here is your invoice.\r
"""
HOSTILE = (
    b"",
    b"\xff\xfe\x00 no header at all",
    b'From: <<<>>>@,,;:"\r\nTo: =?x?q?=?=\r\nSubject: =?utf-8?b?////?=\r\nDate: soon\r\n\r\n',
    b"Content-Type: text/plain; charset=no-such-thing\r\n\r\ntext",
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
    b"Content-Type: multipart/mixed\r\n\r\nno boundary",
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n",
    b"Content-Type: message/rfc822\r\n\r\n\r\n",
    b"Message-ID: <\r\nReferences: [\r\nIn-Reply-To: \xe9\r\nReply-To: @\r\n\r\nx",
)


async def fill(folder: Path, *messages: bytes) -> Mailboxes:
    relay = MaildirRelay(folder)
    for message in messages:
        outcome = await relay.deliver("", "zoe@cafe.example", message)
        assert outcome.state == "sent"
    return Mailboxes(folder)


async def open_one(folder: Path, message: bytes) -> OpenLetter:
    mailboxes = await fill(folder, message)
    return mailboxes.open_letter(mailboxes.list_letters()[0].id)


async def test_letters_are_listed_newest_first_and_unread_until_opened(tmp_path: Path) -> None:
    mailboxes = await fill(tmp_path, LETTER, LETTER.replace(b"your invoice", b"and again"))
    newest, oldest = mailboxes.list_letters()
    assert (newest.subject, oldest.subject) == ("Café: and again", "Café: your invoice")
    assert newest.recipient == Mailbox("Zoë", "zoe@cafe.example")
    assert newest.unread
    assert mailboxes.open_letter(newest.id).summary.id == newest.id
    assert [letter.unread for letter in mailboxes.list_letters()] == [False, True]


async def test_a_letter_opens_a_second_time(tmp_path: Path) -> None:
    mailboxes = await fill(tmp_path, LETTER)
    (one,) = mailboxes.list_letters()
    assert mailboxes.open_letter(one.id).text == mailboxes.open_letter(one.id).text


@pytest.mark.parametrize("letter_id", ["", "..", "../new", "no-such-letter"])
async def test_what_is_no_letter_is_not_found(tmp_path: Path, letter_id: str) -> None:
    mailboxes = await fill(tmp_path, LETTER)
    with pytest.raises(NotFound):
        mailboxes.open_letter(letter_id)


@pytest.mark.parametrize("message", HOSTILE)
async def test_a_broken_message_is_still_shown(tmp_path: Path, message: bytes) -> None:
    letter = await open_one(tmp_path, message)
    assert letter.summary.subject
    assert letter.source.startswith("Return-Path: <>\nDelivered-To: zoe@cafe.example\n")


async def test_an_attached_message_keeps_its_bytes(tmp_path: Path) -> None:
    outer = EmailMessage(policy=policy.SMTP)
    outer.set_content("see below")
    outer.add_attachment(BytesParser(EmailMessage, policy=policy.SMTP).parsebytes(LETTER))
    letter = await open_one(tmp_path, outer.as_bytes())
    (file,) = letter.enclosures
    assert file.name == "attachment.eml"
    assert b"reply+abc@hp.example" in file.content


async def test_an_answer_goes_to_reply_to_in_the_thread_with_the_letter_quoted(
    tmp_path: Path,
) -> None:
    letter = await open_one(tmp_path, LETTER)
    now = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
    raw = write_answer(letter, "I can't log in\n", now, "m1").as_bytes(policy=policy.SMTP)
    answer = parse(raw)
    assert extract(answer.text) == "I can't log in"
    assert [mailbox.address for mailbox in answer.from_] == ["zoe@cafe.example"]
    assert answer.subject == "Re: Café: your invoice"
    read = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
    assert read["To"] == "reply+abc@hp.example"
    assert read["In-Reply-To"] == "<two@hp.example>"
    assert read["References"] == "<one@hp.example> <two@hp.example>"
    assert read["Message-ID"] == "<m1@cafe.example>"
    assert "wrote:\r\n> Hello Zoë,\r\n>\r\n> here is your invoice." in read.get_content()


async def test_a_letter_from_nobody_cannot_be_answered(tmp_path: Path) -> None:
    letter = await open_one(tmp_path, b"Subject: hello\r\n\r\nhello")
    with pytest.raises(Refused, match="cannot be answered"):
        write_answer(letter, "hello", datetime(2026, 11, 3, tzinfo=UTC), "m1")
