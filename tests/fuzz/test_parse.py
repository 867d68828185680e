"""Whatever the bytes are, they are read or refused: soon, and as valid Unicode."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.html import to_text
from maild.mail.parse import Message, Unparseable, parse, salvage
from tests.fuzz.mails import anything, made


def texts(message: Message) -> Iterator[str]:
    yield from (message.subject, message.text, message.html, message.content_type)
    for name, value in message.headers:
        yield from (name, value)
    for part in message.parts:
        yield from (part.name, part.media_type, part.text, part.disposition)
        yield from (text for pair in part.parameters.items() for text in pair)
    for mailbox in message.from_:
        yield from (mailbox.name, mailbox.address)


@given(anything)
def test_every_text_is_valid_and_no_header_holds_a_line_end(raw: bytes) -> None:
    started = time.thread_time()
    try:
        message = parse(raw)
    except Unparseable as error:
        assert error.reason in str(error)
        message = salvage(raw)
    assert time.thread_time() - started < 2
    for text in texts(message):
        assert "\0" not in text.encode("utf-8").decode("utf-8")
    for name, value in message.headers:
        assert not set("\r\n") & set(name + value)


@given(anything)
def test_what_is_refused_can_still_be_shown(raw: bytes) -> None:
    over = b"Subject: x\n" + b"X-Odd: y\n" * 600 + raw
    with pytest.raises(Unparseable):
        parse(over)
    shown = salvage(over)
    assert shown.subject == "x"
    for text in texts(shown):
        text.encode("utf-8")


@given(made)
def test_line_ends_make_no_difference(raw: bytes) -> None:
    unix = raw.replace(b"\r\n", b"\n").replace(b"\r", b"")
    one, other = parse(unix), parse(unix.replace(b"\n", b"\r\n"))
    assert one.headers == other.headers
    assert one.subject == other.subject
    assert [part.media_type for part in one.parts] == [part.media_type for part in other.parts]


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=200)
)
def test_what_the_standard_library_writes_is_read_back(words: str) -> None:
    message = message_from_bytes(b"Subject: x\n\n")
    message.set_payload(words, "utf-8")
    assert parse(message.as_bytes()).text.strip() == words.strip()


@given(st.text(alphabet="<>&;\"'=!-/ abdiklopqt\n#x0", max_size=400))
def test_html_of_any_shape_becomes_text_without_its_tags(page: str) -> None:
    assert "<p>" not in to_text("<p>Hello</p>" + page.replace("&", ""))
    assert to_text(f"<p>Hello</p>{page}").startswith("Hello")


@pytest.mark.parametrize("size", [100_000, 1_000_000])
@given(
    piece=st.binary(min_size=1, max_size=12), head=st.sampled_from([b"text/html", b"text/plain"])
)
def test_time_is_bounded_whatever_is_repeated(size: int, piece: bytes, head: bytes) -> None:
    raw = b"Content-Type: " + head + b"\n\n" + (piece * size)[:size]
    started = time.thread_time()
    parse(raw)
    assert time.thread_time() - started < 2
