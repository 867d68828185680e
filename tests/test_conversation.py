"""Whatever a mail server says, a letter ends in one of four ways, and is written only on a 354."""

from __future__ import annotations

import asyncio
import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from maild.relay.conversation import (
    Answer,
    Broken,
    Conversation,
    Envelope,
    Patience,
    Refused,
    Unanswered,
)

PATIENCE = Patience(command=5, data=5, block=5, letter=5, answer=5, quit=0.1)
LETTER = b"Subject: Invoice\r\n\r\n.Hello\r\n"
ON_THE_WIRE = b"Subject: Invoice\r\n\r\n..Hello\r\n.\r\n"
CODES = [b"220", b"250", b"251", b"354", b"421", b"450", b"550", b"99", b"600", b"abc", b""]

lines = st.tuples(
    st.sampled_from(CODES),
    st.sampled_from([b" ", b"-", b"", b"\t"]),
    st.binary(max_size=8),
    st.sampled_from([b"\r\n", b"\n", b"", b"\r"]),
).map(b"".join)
speeches = st.lists(lines, max_size=8).map(b"".join)


async def talk(speech: bytes, features: set[str]) -> tuple[object, bytes]:
    """Let a server say all it has to say at once and close; return the end, and what it heard."""
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    theirs.sendall(speech)
    theirs.shutdown(socket.SHUT_WR)
    conversation = Conversation(transport, features, PATIENCE)
    try:
        end: object = await conversation.hand_over(
            Envelope("<us@ours.example>", "jane@acme.example"), LETTER, loop.time() + 5
        )
    except (Refused, Broken, Unanswered) as error:
        end = error
    conversation.abort()
    await asyncio.sleep(0)
    heard = bytearray()
    while chunk := theirs.recv(65536):
        heard += chunk
    theirs.close()
    return end, bytes(heard)


@pytest.mark.parametrize("features", [set(), {"pipelining"}], ids=["step by step", "pipelined"])
@given(speech=speeches)
@example(speech=b"250 a\r\n250 b\r\n354 c\r\n250 d\r\n")
@example(speech=b"250 a\r\n550 b\r\n354 c\r\n250 d\r\n")
@example(speech=b"250-a\r\n")
def test_letter_is_written_only_after_it_was_asked_for(speech: bytes, features: set[str]) -> None:
    end, heard = asyncio.run(talk(speech, features))
    written = ON_THE_WIRE in heard
    assert written <= (b"354" in speech)
    assert heard.count(b"Subject: Invoice") <= 1
    if isinstance(end, Answer):
        assert written
        assert 200 <= end.code < 300
    if isinstance(end, Broken):
        assert not written
    if isinstance(end, Unanswered):
        assert b"354" in speech
    if isinstance(end, Refused):
        assert end.answer.code >= 400
        assert written == (end.step == "message")
