"""What goes with a message: files, the pictures that its HTML shows, another message whole."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from maild.errors import BadInput
from maild.mail.compose import Attached, Inline, compose
from tests.mail.test_compose import BOUNDARY, PLAIN, parts, read


@pytest.mark.parametrize(
    "name",
    [
        "a.pdf",
        "Rechnung für Müller.pdf",
        "请款单" * 60 + ".pdf",
        'a"b\\c;.pdf',
        "=?utf-8?q?x?=.pdf",
    ],
)
def test_attachment_comes_back_with_its_name_and_bytes(name: str) -> None:
    content = bytes(range(256)) * 40
    message = read(replace(PLAIN, attachments=(Attached(name, "application/pdf", content),)))
    *_, attached = parts(message)
    assert message.get_content_type() == "multipart/mixed"
    assert attached.get_content_disposition() == "attachment"
    assert attached.get_filename() == name
    assert str(attached.get_param("name")).isascii()
    assert attached.get_payload(decode=True) == content


PICTURE = Inline("logo.png", "image/png", b"\x89PNG" * 99, "logo.1@example.test")


def test_picture_stands_beside_the_html_that_shows_it_and_is_no_attachment() -> None:
    file = Attached("a.pdf", "application/pdf", b"%PDF")
    raw = compose(replace(PLAIN, pictures=(PICTURE,), attachments=(file,)), BOUNDARY)
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    types = [part.get_content_type() for part in message.walk()]
    assert types == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    *_, related, _, picture, _ = message.walk()
    assert related.get_param("type") == "text/html"
    assert picture["Content-ID"] == "<logo.1@example.test>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_payload(decode=True) == PICTURE.content
    assert [part.get_filename() for part in message.iter_attachments()] == ["a.pdf"]
    assert not message.defects


def test_letter_without_html_brings_no_picture() -> None:
    assert "image/png" not in str(read(replace(PLAIN, html="", pictures=(PICTURE,))))


@pytest.mark.parametrize(
    "changes",
    [
        {"content_id": "a> <b"},
        {"content_id": "a\r\nBcc: x@y"},
        {"media_type": "image/png; x=y"},
        {"name": "a\nb"},
    ],
)
def test_picture_that_cannot_be_written_safely_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        compose(replace(PLAIN, pictures=(replace(PICTURE, **changes),)), BOUNDARY)  # type: ignore[arg-type]


ORIGINAL = b"From: jane@acme.example\r\nSubject: Hi\r\n\r\nI cannot get in.\r\n"


def test_original_message_is_carried_unencoded() -> None:
    file = Attached("original.eml", "message/rfc822", ORIGINAL)
    raw = compose(replace(PLAIN, attachments=(file,)), BOUNDARY)
    attached = [p for p in message_from_bytes(raw).walk() if p.get_filename()]
    assert ORIGINAL in raw
    assert attached[0].get_content_type() == "message/rfc822"
    assert attached[0]["Content-Transfer-Encoding"] == "7bit"


@pytest.mark.parametrize(
    "content",
    [
        ORIGINAL + "é".encode(),
        ORIGINAL + b"x" * 999,
        ORIGINAL + b"bare\nfeed",
        ORIGINAL + b"bare\rreturn",
        ORIGINAL + b"\0",
        ORIGINAL + f"--=_m{BOUNDARY}--\r\n".encode(),
    ],
)
def test_unsafe_original_is_attached_as_bytes(content: bytes) -> None:
    file = Attached("original.eml", "message/rfc822", content)
    *_, attached = parts(read(replace(PLAIN, attachments=(file,))))
    assert attached.get_content_type() == "application/octet-stream"
    assert attached.get_filename() == "original.eml"
    assert attached.get_payload(decode=True) == content
