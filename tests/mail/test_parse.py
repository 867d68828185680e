"""Parsing mail that is ordinary, damaged or hostile."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.html import to_text
from maild.mail.mailboxes import Mailbox, parse_mailboxes
from maild.mail.parse import Caps, Unparseable, parse, salvage

PLAIN = (
    b"From: Jane Doe <jane@Acme.Example>\r\n"
    b"To: billing@example.test\r\n"
    b"Subject: Invoice\r\n INV-7\r\n"
    b"Message-ID: <a1@acme.example>\r\n"
    b"In-Reply-To: <b2@example.test>\r\n"
    b"References: <c3@example.test>\r\n <b2@example.test>\r\n"
    b"Date: Mon, 2 Nov 2026 10:00:00 +0100\r\n"
    b"\r\nHello\r\nthere\r\n"
)


def nested(depth: int) -> bytes:
    head = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(depth)
    )
    return b"From: a@b.example\r\n" + head + b"Content-Type: text/plain\r\n\r\nhi\r\n"


def test_ordinary_mail_is_read_field_by_field() -> None:
    message = parse(PLAIN)
    assert message.from_ == (Mailbox("Jane Doe", "jane@acme.example"),)
    assert message.subject == "Invoice INV-7"
    assert message.message_id == "<a1@acme.example>"
    assert message.in_reply_to == ("<b2@example.test>",)
    assert message.references == ("<c3@example.test>", "<b2@example.test>")
    assert message.date == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert message.text == "Hello\nthere\n"
    assert message.content_type == "text/plain"
    assert message.header("TO") == "billing@example.test"
    assert message.header("cc") is None


def test_every_from_header_and_address_is_reported() -> None:
    message = parse(b"From: a@x.example, b@x.example\nFrom: c@x.example\n\n")
    assert [box.address for box in message.from_] == ["a@x.example", "b@x.example", "c@x.example"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"victim@ok.example" <evil@x.example>', ("victim@ok.example", "evil@x.example")),
        ("alice@ok.example)bob@x.example", ("", "")),
        ("alice@ok.example (Alice)", ("Alice", "alice@ok.example")),
        ("a@[", ("", "")),
        ("<a@b.example> <c@d.example>", ("", "")),
        ('"Doe, Jane" <jane@x.example>', ("Doe, Jane", "jane@x.example")),
    ],
)
def test_address_that_is_not_plainly_one_is_left_empty(
    value: str, expected: tuple[str, str]
) -> None:
    assert parse_mailboxes(value) == (Mailbox(*expected),)


def test_encoded_newline_in_subject_starts_no_header() -> None:
    message = parse(b"Subject: A =?UTF-8?Q?=0ABcc:_x=40y.example?=\n\n")
    assert "\n" not in message.subject
    assert message.header("bcc") is None


def test_encoded_words_split_inside_a_character_are_joined() -> None:
    message = parse(b"Subject: =?utf-8?Q?Gr=C3?=\n =?utf-8?Q?=BC=C3=9Fe?=\n\n")
    assert message.subject == "Grüße"


def test_letter_sent_bare_inside_an_encoded_word_is_read_in_its_charset() -> None:
    assert parse(b"Subject: =?iso-8859-1?Q?Fr\xf6sche?=\n\n").subject == "Frösche"


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        (b"text/plain; charset=x-nobody-knows", "Grüße".encode(), "Grüße"),
        (b"text/plain; charset=us-ascii", "Grüße".encode("cp1252"), "Grüße"),
        (b"text/plain", "naïve – yes".encode("cp1252"), "naïve – yes"),
        (b"text/plain; charset=unicode_escape", rb"\ud800", r"\ud800"),
        (b"text/plain; charset=utf-16-le", b"\x00\xd8a\x00", "\ufffda"),
        (b"text/html", b"<p>Hello</p><p>you</p>", "Hello\n\nyou"),
    ],
)
def test_text_is_decoded_whatever_its_charset_claims(head: bytes, body: bytes, text: str) -> None:
    assert parse(b"Content-Type: " + head + b"\n\n" + body).text == text


def test_damaged_base64_is_decoded_up_to_the_damage() -> None:
    body = base64.b64encode(b"please send it again")[:-3]
    message = parse(b"Content-Transfer-Encoding: base64\n\n" + body + b"!")
    assert message.text.startswith("please send it aga")


def test_attachments_keep_name_type_and_bytes_and_stay_out_of_the_text() -> None:
    message = parse(
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x\n"
        b"Content-Type: application/pdf; name*=utf-8''r%C3%A9cu.pdf\n"
        b"Content-Disposition: attachment\n\n%PDF\n--x--\n"
    )
    assert message.text == "hello"
    assert [(one.name, one.media_type, one.content) for one in message.attachments] == [
        ("récu.pdf", "application/pdf", b"%PDF")
    ]


def test_text_that_goes_on_below_an_inline_picture_is_kept() -> None:
    message = parse(
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nabove\n"
        b"--x\nContent-Type: image/png\n\nPNG\n--x\n\nbelow\n--x--\n"
    )
    assert message.text == "above\nbelow"


def test_returned_message_is_a_leaf_and_never_opened() -> None:
    message = parse(
        b"Content-Type: multipart/report; boundary=x\n\n--x\n\nsorry\n--x\n"
        b"Content-Type: message/rfc822\n\nSubject: mine\n\nsecret words\n--x--\n"
    )
    (returned,) = message.parts_of("message/rfc822")
    assert returned.content.startswith(b"Subject: mine")
    assert message.text == "sorry"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"X: y\n" * 501 + b"\n", "fields"),
        (b"X: " + b"y" * 70_000 + b"\n\n", "header"),
        (b"X: y\n " + b"y\n " * 40_000 + b"\n\n", "header"),
        (nested(1_000), "deeply"),
        (b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 10_000, "parts"),
        (b"From: a@b.example" + b",a@b.example" * 4_000 + b"\n\n", "addresses"),
    ],
)
def test_mail_over_a_limit_is_refused_quickly_with_its_reason(raw: bytes, reason: str) -> None:
    started = time.thread_time()
    with pytest.raises(Unparseable, match=reason):
        parse(raw)
    assert time.thread_time() - started < 2
    assert salvage(raw).from_ == ()


def test_caps_can_be_narrowed() -> None:
    with pytest.raises(Unparseable, match="deeply"):
        parse(nested(3), Caps(depth=2))


def test_salvage_shows_subject_and_text_of_a_refused_mail() -> None:
    raw = b"Subject: help\n" + b"X: y\n" * 600 + b"\nthe words\n"
    message = salvage(raw)
    assert (message.subject, message.text) == ("help", "the words\n")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"Message-ID: <[>\nFrom: a@[\nDate: Mon, 1 Jan 99999999999999999999 00:00:00 +0000\n\n",
        b"Date: Mon, 1 Jan 0001 00:00:00 +1400\n\n",
        b"Content-Type: multipart/mixed\n\nhi",
        b"Content-Type: multipart/mixed; boundary=\n\nhi",
        b"Content-Type: text/plain; charset*=x''%ff; name*0*=a; name*=b\n\nhi",
        b"Content-Type: ;;;;=\n\nhi",
        b"From: " + b"(" * 3_000 + b"\n\n",
        b"Content-Type: text/plain" + b"; a=b" * 10_000 + b"\n\nhi",
        b"Subject: " + b"=?a?q?" * 9_000 + b"\n\n",
    ],
)
def test_odd_mail_is_read_without_complaint(raw: bytes) -> None:
    started = time.thread_time()
    parse(raw)
    assert time.thread_time() - started < 2


@given(st.binary(max_size=400))
def test_any_bytes_give_valid_unicode(junk: bytes) -> None:
    head = b"Subject: " + junk.replace(b"\n", b"") + b"\nContent-Type: multipart/x; boundary=b\n\n"
    message = parse(head + b"--b\nContent-Type: text/plain; charset=" + junk + b"\n\n" + junk)
    for name, value in message.headers:
        (name + value).encode()
    (message.text + message.subject + message.html).encode()


def test_html_marks_quotations_and_hides_what_no_reader_sees() -> None:
    page = (
        "<head><title>T</title></head><p>New</p><blockquote>old<br>words</blockquote>end<!-- x -->"
    )
    assert to_text(page + "<script>alert(1)</script>") == "New\n\n> old\n> words\n\nend"


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "<", '<a b="', "<div><blockquote>", "&#x", "<![CDATA[", "</", "<a 'b"]
)
def test_html_takes_time_in_proportion_to_its_length(piece: str) -> None:
    def seconds(size: int) -> float:
        page = piece * (size // len(piece))
        started = time.thread_time()
        to_text(page)
        return time.thread_time() - started

    assert seconds(400_000) < max(12 * seconds(100_000), 1.0)
