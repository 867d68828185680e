"""Any bytes in any pieces: the mail door against a model of it that takes its time."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from maild.smtpd import SmtpLimits
from maild.smtpd.data import Body
from tests.smtp_peer import OURS, Intake, send_letter, standing_door

LIMITS = SmtpLimits(
    message_size=300, line_length=30, header_size=120, header_fields=5, hops=2, bad_commands=4
)
PIECES = [b"\r\n", b"\r\n.\r\n", b"\r", b"\n", b"\0", b".", b"..", b" ", b"\t", b"x" * 17]
WORDS = [b"Received: a", b"RECEIVED:", b"Subject: b", b"\xff\xfe", b"\r\n\r\n"]
wires = st.lists(st.sampled_from(PIECES + WORDS), max_size=40).map(b"".join)


@dataclass(frozen=True)
class Judged:
    """What becomes of a message: its refusal or its content, and what came after its end."""

    refused: bool
    content: bytes
    rest: bytes


def judge_slowly(wire: bytes) -> Judged | None:
    """Judge by the whole of it, line by line; None while there is no end."""
    text, end, rest = (b"\r\n" + wire).partition(b"\r\n.\r\n")
    if not end:
        return None
    text = (text + b"\r\n")[2:]
    lines = text.split(b"\r\n")[:-1]
    plain = [line[1:] if line[:1] == b"." else line for line in lines]
    content = b"".join(line + b"\r\n" for line in plain)
    header = lines[: lines.index(b"")] if b"" in lines else lines
    fields = [line for line in header if line[:1] not in (b" ", b"\t")]
    refused = (
        len(content) > LIMITS.message_size
        or any(re.search(rb"[\r\n\0]", line) for line in lines)
        or any(len(line) + 2 > LIMITS.line_length for line in lines)
        or sum(len(line) + 2 for line in header) > LIMITS.header_size
        or len(fields) > LIMITS.header_fields
        or sum(line.lower().startswith(b"received:") for line in header) > LIMITS.hops
    )
    return Judged(bool(refused), b"" if refused else content, rest)


async def judge_in_pieces(wire: bytes, cuts: list[int]) -> Judged | None:
    body = Body(LIMITS)
    edges = [0, *sorted(cut % (len(wire) + 1) for cut in cuts), len(wire)]
    for start, stop in pairwise(edges):
        rest = body.feed(wire[start:stop])
        assert body.held <= LIMITS.message_size + 4 + len(rest)
        if body.complete.done():
            return Judged(bool(body.fault), body.take(), rest + wire[stop:])
    return None


@given(wires, st.lists(st.integers(0, 700), max_size=20))
def test_a_message_is_what_the_model_says_however_it_is_cut(wire: bytes, cuts: list[int]) -> None:
    found = asyncio.run(judge_in_pieces(wire, cuts))
    expected = judge_slowly(wire)
    if expected is None and found is not None:
        # cut off: as much again as the biggest message has come, and no end
        assert found.refused
        assert len(wire) > 2 * LIMITS.message_size
    else:
        assert found == expected


COMMANDS = [
    b"EHLO client.example",
    b"HELO client.example",
    b"LHLO client.example",
    b"MAIL FROM:<a@client.example>",
    b"MAIL FROM:<> SIZE=10 BODY=8BITMIME",
    b"MAIL FROM:<a@client.example> SIZE=999",
    b"RCPT TO:<billing@ours.example>",
    b"RCPT TO:<nobody@ours.example>",
    b"DATA",
    b"Subject: x",
    b".",
    b"",
    b"RSET",
    b"NOOP x",
    b"VRFY a",
    b"STARTTLS",
    b"HELP",
    b"AUTH PLAIN AAAA",
    b"EXPN \xff",
    b"x" * 40,
]
ENDS = st.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r", b"\0\r\n"])
talks = st.lists(st.tuples(st.sampled_from(COMMANDS), ENDS).map(b"".join), max_size=30)
ANSWER = re.compile(
    r"(?:220 |250[ -])mx\.ours\.example.*|250[ -][A-Z0-9]+( \d+)?|354 .*"
    r"|([245])\d\d \2\.\d+\.\d+ .+"
)


async def talk(lines: list[bytes], lmtp: bool) -> None:
    intake = Intake()
    limits = replace(LIMITS, line_length=100)
    async with standing_door(intake, limits, lmtp=lmtp) as door:
        reader, writer = await asyncio.open_connection(door.host, door.port)
        writer.write(b"".join(lines) + b"\r\n.\r\nQUIT\r\n")
        heard = (await asyncio.wait_for(reader.read(), 10)).decode()
        writer.close()
        taken = len(intake.taken)
        assert await send_letter(door) == "250 2.6.0 Message taken"
    answers = heard.removesuffix("\r\n").split("\r\n")
    assert [answer for answer in answers if not ANSWER.fullmatch(answer)] == []
    assert answers[-1][:3] in ("221", "421")
    told = sum(answer.startswith("250 2.6.0") for answer in answers)
    assert told >= taken if lmtp else told == taken
    for envelope in intake.taken:
        assert OURS.issuperset(envelope.recipients)
        assert not re.search(rb"\0|(?<!\r)\n|\r(?!\n)", envelope.content)


@given(talks, st.booleans(), st.sampled_from([0, 1, 2, 3, 4]))
def test_the_door_answers_whatever_is_said_and_goes_on(
    lines: list[bytes], lmtp: bool, orderly: int
) -> None:
    opening = [COMMANDS[2 if lmtp else 0], COMMANDS[3], COMMANDS[6], COMMANDS[8]]
    with capture_logs() as logs:
        asyncio.run(talk([line + b"\r\n" for line in opening[:orderly]] + lines, lmtp))
    assert [entry for entry in logs if entry["log_level"] in ("warning", "error")] == []
