"""Every composed message is read back by the standard library: names, values and bytes agree."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maild.errors import BadInput
from maild.mail.compose import Attached, Draft, Mailbox, compose
from maild.mail.styles import inline_styles

SECRET = "bcdfghjklmnpqrst-vwxz23456789bcdfghjklmnpqr"
BOUNDARY = "k3v9"
PLAIN = Draft(
    sender=Mailbox("Example Ltd", "billing@example.test"),
    recipient=Mailbox("Jane Smith", "jane@acme.example"),
    reply_to="reply+abc@example.test",
    subject="Invoice INV-1001",
    text="Hello Jane,\n\nhere it is.\n",
    html="<p>Hello Jane</p>\n",
    message_id="m1@example.test",
    references=("m0@example.test",),
    date=datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
    automatic="auto-generated",
)
NAMES = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"]
NAMES += ["Auto-Submitted", "X-Maild-Loop", "MIME-Version", "Content-Type"]
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LINES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300
) | st.sampled_from(
    ["=?utf-8?q?x=0ABcc:_x?=", 'a "b" \\c', "x" * 2000, "  two  spaces ", "é" * 600]
)
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=120).map(
    lambda text: text.replace("\r\n", "\n").replace("\r", "\n")
)


def read(draft: Draft) -> Message:
    raw = compose(draft, BOUNDARY)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", raw)
    return message_from_bytes(raw)


def header(message: Message, name: str) -> str:
    unfolded = str(message[name]).replace("\r\n", "").replace("\n", "")
    return str(make_header(decode_header(unfolded)))


def mailbox(message: Message, name: str) -> tuple[str, str]:
    phrase, address = parseaddr(str(message[name]).replace("\r\n", "").replace("\n", ""))
    return str(make_header(decode_header(phrase))), address


def parts(message: Message) -> list[Message]:
    return [part for part in message.walk() if not part.is_multipart()]


def body(part: Message) -> str:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data.decode().replace("\r\n", "\n")


def test_copies_are_named_in_cc_each_on_a_line_of_its_own() -> None:
    copies = (
        Mailbox("Tom, of Acme", "tom@acme.example"),
        Mailbox("", "ann@acme.example"),
        Mailbox("Zoë", "zoe@acme.example"),
    )
    raw = compose(replace(PLAIN, copies=copies), BOUNDARY)
    message = message_from_bytes(raw, policy=default)
    assert [(one.display_name, one.addr_spec) for one in message["Cc"].addresses] == [
        (one.name, one.address) for one in copies
    ]
    assert read(PLAIN)["Cc"] is None
    with pytest.raises(BadInput, match="copy address"):
        compose(replace(PLAIN, copies=(Mailbox("", "tom@acme.example\r\nBcc: x@y"),)), BOUNDARY)


def test_plain_message_has_exactly_the_fields_that_were_set() -> None:
    message = read(PLAIN)
    assert message.keys() == NAMES
    assert message["From"] == '"Example Ltd" <billing@example.test>'
    assert message["Message-ID"] == "<m1@example.test>"
    assert message["In-Reply-To"] == message["References"] == "<m0@example.test>"
    assert parsedate_to_datetime(message["Date"]) == PLAIN.date
    assert not message.defects


def test_what_is_empty_is_left_out() -> None:
    message = read(replace(PLAIN, reply_to="", references=(), automatic="no", html=""))
    gone = {"Reply-To", "In-Reply-To", "References", "Auto-Submitted"}
    assert set(message.keys()) == {*NAMES, "Content-Transfer-Encoding"} - gone
    assert message.get_content_type() == "text/plain"


def test_last_reference_is_the_message_answered() -> None:
    ids = tuple(f"{n:0>200}@example.test" for n in range(30))
    message = read(replace(PLAIN, references=ids))
    assert message["References"].split() == [f"<{one}>" for one in ids]
    assert message["In-Reply-To"] == f"<{ids[-1]}>"


def test_reference_beyond_ascii_from_a_strange_program_is_left_out() -> None:
    message = read(replace(PLAIN, references=("a@b", "schön@b", "x y@b")))
    assert message["References"] == "<a@b>"


@pytest.mark.parametrize(
    "subject",
    [
        "Rechnung für Müller: 300,00 €, fällig am 1. Dezember 2026",
        "请款单 " * 40,
        "🧾" * 50,
        "=?utf-8?q?Bcc=0A?= is what she typed",
        "A =?UTF-8?Q?=0A?=Bcc: x@y",
        "word " * 60 + "end",
        "w" * 3000,
        " padded  twice ",
        "",
    ],
)
def test_subject_comes_back_as_it_was_typed(subject: str) -> None:
    message = read(replace(PLAIN, subject=subject))
    assert header(message, "Subject") == subject
    assert message.keys() == NAMES


@pytest.mark.parametrize("text", ["é" * 200, "日本語の件名" * 20, "👩‍👩‍👧" * 30])
def test_encoded_words_are_short_and_never_split_a_character(text: str) -> None:
    raw = compose(replace(PLAIN, subject=text), BOUNDARY)
    words = re.findall(rb"=\?[^ ]*\?=", raw)
    assert len(words) > 1
    assert all(len(word) <= 75 for word in words)
    assert "".join(str(make_header(decode_header(word.decode()))) for word in words) == text
    assert all(len(line) <= 76 for line in raw.split(b"\r\nDate:")[0].split(b"\r\n"))


@pytest.mark.parametrize(
    "name", ["Jane Smith", 'Smith, "Jane" \\ <x@y>', "Jané, (Acme)", "شركة المثال", "", "N" * 600]
)
def test_name_and_address_come_back_apart(name: str) -> None:
    raw = compose(replace(PLAIN, recipient=Mailbox(name, "jane@acme.example")), BOUNDARY)
    strict = message_from_bytes(raw, policy=default)
    assert isinstance(strict, EmailMessage)
    (address,) = strict["To"].addresses
    assert address.addr_spec == "jane@acme.example"
    # older parsers add a space where an encoded word ends inside a word
    assert address.display_name.replace(" ", "") == name.replace(" ", "")


def test_domain_beyond_ascii_is_written_as_the_dns_has_it() -> None:
    raw = compose(replace(PLAIN, recipient=Mailbox("", "jane@exämple.test")), BOUNDARY)
    assert b"To: jane@xn--exmple-cua.test\r\n" in raw
    assert raw.partition(b"\r\n\r\n")[0].isascii()


def test_name_before_the_at_beyond_ascii_stays_as_it_is() -> None:
    raw = compose(replace(PLAIN, recipient=Mailbox("Jané", "jané@exämple.test")), BOUNDARY)
    assert "<jané@exämple.test>\r\n".encode() in raw


@pytest.mark.parametrize(
    "bad", ["\r", "\n", "\0", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"]
)
@pytest.mark.parametrize(
    ("field", "draft"),
    [
        ("subject", lambda text: replace(PLAIN, subject=text)),
        ("sender name", lambda text: replace(PLAIN, sender=Mailbox(text, "a@b.test"))),
        ("sender address", lambda text: replace(PLAIN, sender=Mailbox("", text))),
        ("recipient name", lambda text: replace(PLAIN, recipient=Mailbox(text, "a@b.test"))),
        ("recipient address", lambda text: replace(PLAIN, recipient=Mailbox("", text))),
        ("reply_to", lambda text: replace(PLAIN, reply_to=text)),
        ("message_id", lambda text: replace(PLAIN, message_id=text)),
        ("references", lambda text: replace(PLAIN, references=(text,))),
        (
            "attachment name",
            lambda text: replace(PLAIN, attachments=(Attached(text, "text/csv", b""),)),
        ),
    ],
)
def test_control_character_in_a_header_is_refused_by_field(
    field: str, draft: object, bad: str
) -> None:
    assert callable(draft)
    with pytest.raises(BadInput, match=f"^{field}: "):
        compose(draft(f"a@b.test{bad}Bcc: x@y"), BOUNDARY)


@pytest.mark.parametrize(
    "address", ["", "jane", "a@b, c@d", "a@b> <c@d", "a@b;c@d", '"a b"@c', "a@b c", "a@@b"]
)
def test_malformed_address_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="recipient address"):
        compose(replace(PLAIN, recipient=Mailbox("", address)), BOUNDARY)


@pytest.mark.parametrize(
    ("draft", "boundary"),
    [
        (PLAIN, "not/safe"),
        (replace(PLAIN, message_id=""), BOUNDARY),
        (replace(PLAIN, message_id="a> <b"), BOUNDARY),
        (replace(PLAIN, date=datetime(2026, 11, 1)), BOUNDARY),
        (replace(PLAIN, attachments=(Attached("x", 'a/b"; c', b""),)), BOUNDARY),
        (replace(PLAIN, subject=f"é{SECRET}", unbroken=(SECRET,)), BOUNDARY),
    ],
)
def test_what_cannot_be_written_safely_is_refused(draft: Draft, boundary: str) -> None:
    with pytest.raises(BadInput):
        compose(draft, boundary)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain\n", "7bit"),
        ("l" * 78 + "\n", "7bit"),
        ("l" * 79, "quoted-printable"),
        ("naïve = 1\n", "quoted-printable"),
        (f"--=_a{BOUNDARY}--\n", "quoted-printable"),
        ("nul \0 and escape \x1b\n", "quoted-printable"),
        ("trailing é \n tab\t\nend ", "quoted-printable"),
        ("", "7bit"),
    ],
)
def test_text_is_sent_as_it_is_when_it_can_be(text: str, encoding: str) -> None:
    plain, html = parts(read(replace(PLAIN, text=text)))
    assert plain["Content-Transfer-Encoding"] == encoding
    assert body(plain) == text
    assert body(html) == PLAIN.html


@settings(deadline=None)
@given(st.integers(0, 160), st.sampled_from(["", "é", "=", "x" * 80, " "]), st.integers(1, 43))
def test_placeholder_is_never_broken_wherever_it_stands(
    before: int, after: str, length: int
) -> None:
    secret = SECRET[:length]
    text = f"{'é' * (before // 2)}{'=' * (before % 2)}{'.' * before}{secret}{after}{secret}é"
    draft = replace(PLAIN, text=text, html=text, unbroken=(SECRET, secret))
    raw = compose(draft, BOUNDARY)
    assert raw.count(secret.encode()) >= 4
    assert [body(part) for part in parts(message_from_bytes(raw))] == [text, text]


@pytest.mark.parametrize("secret", ["A9" * 20, "C3-A9", "3D"])
def test_placeholder_that_looks_like_an_escape_breaks_nothing(secret: str) -> None:
    text = "é=" * 200 + secret + "é" * 200
    plain, _ = parts(read(replace(PLAIN, text=text, unbroken=(secret,))))
    assert body(plain) == text
    assert all(len(line) <= 76 for line in str(plain.get_payload()).splitlines())


def test_placeholder_stays_verbatim_in_every_header() -> None:
    draft = replace(
        PLAIN,
        subject=f"Für dich {SECRET} schön",
        sender=Mailbox(f"Jané {SECRET}", "a@b.test"),
        reply_to=f"reply+{SECRET}@example.test",
        message_id=f"{SECRET}@example.test",
        attachments=(Attached(f"{'ü' * 30}{SECRET}{'ü' * 30}.pdf", "application/pdf", b"x"),),
        unbroken=(SECRET,),
    )
    raw = compose(draft, BOUNDARY)
    message = message_from_bytes(raw)
    assert raw.count(SECRET.encode()) >= 5
    assert header(message, "Subject") == draft.subject
    assert parts(message)[-1].get_filename() == draft.attachments[0].name


def test_filling_a_placeholder_in_place_keeps_the_message_whole() -> None:
    draft = replace(PLAIN, text=f"é https://x.test/l/{SECRET}", unbroken=(SECRET,))
    filled = compose(draft, BOUNDARY).replace(SECRET.encode(), b"z" * len(SECRET))
    plain, _ = parts(message_from_bytes(filled))
    assert body(plain) == f"é https://x.test/l/{'z' * len(SECRET)}"


@settings(deadline=None)
@given(subject=LINES, sender=LINES, recipient=LINES, file=LINES, text=ANYTHING, html=ANYTHING)
def test_nothing_typed_into_any_field_adds_a_header_or_changes_another(
    subject: str, sender: str, recipient: str, file: str, text: str, html: str
) -> None:
    draft = replace(
        PLAIN,
        subject=subject,
        sender=Mailbox(sender, "a@b.test"),
        recipient=Mailbox(recipient, "c@d.test"),
        text=text,
        html=html,
        attachments=(Attached(file, "application/pdf", b"%PDF"),),
    )
    message = read(draft)
    assert message.keys() == NAMES
    assert header(message, "Subject") == subject
    assert mailbox(message, "From") == (sender, "a@b.test")
    assert mailbox(message, "To") == (recipient, "c@d.test")
    *bodies, attached = parts(message)
    assert [body(part) for part in bodies] == ([text, html] if html else [text])
    assert attached.get_payload(decode=True) == b"%PDF"
    # the standard library strips a file's name
    assert (attached.get_filename() or "") == file.strip()


@settings(deadline=None)
@given(st.text(max_size=40), st.integers(0, 6))
def test_any_text_in_any_header_is_either_refused_or_carried(text: str, field: int) -> None:
    drafts = (
        replace(PLAIN, subject=text),
        replace(PLAIN, sender=Mailbox(text, "a@b.test")),
        replace(PLAIN, recipient=Mailbox("", text)),
        replace(PLAIN, reply_to=text or "a@b.test"),
        replace(PLAIN, message_id=text),
        replace(PLAIN, references=(text or "m@x",)),
        replace(PLAIN, attachments=(Attached(text, "text/csv", b""),)),
    )
    try:
        message = read(drafts[field])
    except BadInput as error:
        assert FORBIDDEN.search(text) or field in {2, 3, 4}, error
    else:
        assert not FORBIDDEN.search(text)
        assert set(NAMES) - {"References", "In-Reply-To"} <= set(message.keys()) <= set(NAMES)


def test_styles_are_inlined_and_nothing_is_fetched() -> None:
    page = (
        '<html><head><link rel="stylesheet" href="http://127.0.0.1:9/x.css"><style>'
        "p { color: #112233 } @media (prefers-color-scheme: dark) { p { color: #fff !important } }"
        "</style></head><body><p>x</p></body></html>"
    )
    styled = inline_styles(page)
    assert '<p style="color: #112233;">x</p>' in styled
    assert "prefers-color-scheme" in styled
