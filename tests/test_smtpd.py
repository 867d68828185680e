"""The mail door over real sockets: what a conversation in `dialogs/` cannot show."""

from __future__ import annotations

import asyncio
import socket
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

import pytest
from structlog.testing import capture_logs

from maild.errors import StoreFull, StoreUnavailable
from maild.model import Envelope
from maild.smtpd import SmtpLimits, open_door
from maild.smtpd.data import Body, has_long_line
from tests.smtp_peer import (
    ANYWHERE,
    LETTER,
    SMALL,
    Intake,
    make_reception,
    poll,
    send_letter,
    standing_door,
    visit,
)

T = TypeVar("T")


async def test_envelope_says_who_sent_what_to_whom() -> None:
    intake = Intake()
    async with standing_door(intake) as door, visit(door) as peer:
        await peer.say("EHLO client.example", "MAIL FROM:<jane@client.example>")
        await peer.say(*2 * ["RCPT TO:<reply+good@ours.example>"], "RCPT TO:<billing@ours.example>")
        await peer.say("DATA")
        await peer.send(b"Subject: a\r\n\r\n..dot\r\n...\r\nend\r\n")
        await peer.say("MAIL FROM:<>", "RCPT TO:<bounce+good@ours.example>", "DATA")
        await peer.send(b"")
    first, second = intake.taken
    assert first == Envelope(
        peer="127.0.0.1",
        helo="client.example",
        sender="jane@client.example",
        recipients=("reply+good@ours.example", "billing@ours.example"),
        content=b"Subject: a\r\n\r\n.dot\r\n..\r\nend\r\n",
    )
    assert (second.sender, second.content) == ("", b"")


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_message_is_found_however_the_bytes_are_cut(size: int) -> None:
    wire = b".dot\r\n..\r\n. .\r\n\r\n..\r\n.\r\nNOOP\r\n"
    body, rest = in_loop(lambda: feed_all(wire, size))
    assert body.fault == ""
    assert body.arrived == len(wire) - len(rest)
    assert body.take() == b"dot\r\n.\r\n .\r\n\r\n.\r\n"
    assert rest == b"NOOP\r\n"
    assert body.held == 2


def feed_all(wire: bytes, size: int) -> tuple[Body, bytes]:
    body, start = Body(SmtpLimits(line_length=20)), 0
    while not body.complete.done():
        rest = body.feed(wire[start : start + size])
        start += size
    return body, rest + wire[start:]


def in_loop(make: Callable[[], T]) -> T:
    async def run() -> T:
        return make()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("content", "limit", "long"),
    [
        (b"", 5, False),
        (b"123\r\n" * 9, 5, False),
        (b"123\r\n1234\r\n", 5, True),
        (b"1234\r\n123\r\n", 5, True),
        (b"1\r\n\r\n123\r\n123456", 5, True),
        (b"\n" * 99, 5, False),
    ],
)
def test_a_long_line_is_seen_wherever_it_stands(content: bytes, limit: int, long: bool) -> None:
    assert has_long_line(content, limit) is long
    assert any(len(line) > limit for line in content.splitlines(keepends=True)) is long


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (b"Subject: hello\r\n\r\nHello.\r\n", ""),
        (b"", ""),
        (b"\r\n" * 9, ""),
        (b"x" * 18 + b"\r\n", ""),
        (b"x" * 19 + b"\r\n", "550 5.6.0 Line too long"),
        (b"x" * 99, "550 5.6.0 Line too long"),
        (b"a\nb\r\n", "550 5.6.0 Bare"),
        (b"a\rb\r\n", "550 5.6.0 Bare"),
        (b"a\r\r\n", "550 5.6.0 Bare"),
        (b"a\0\r\n", "550 5.6.0 Bare"),
        (b"a\n" * 99, "550 5.6.0 Bare"),
        (b"\r\n\na\r\n", "550 5.6.0 Bare"),
        (b"Received: x\r\n" * 3 + b"\r\n" + b"Received: x\r\n" * 9, ""),
        (b"Received: x\r\n" * 4 + b"\r\n", "554 5.4.6"),
        (b"A: b\r\n" * 8 + b"\r\nA: b\r\n", ""),
        (b"A: b\r\n" * 9 + b"\r\nA: b\r\n", "552 5.3.4 Too large a message header"),
        (b"A: b\r\n" + b" 56789012345678\r\n" * 16, "552 5.3.4 Too large a message header"),
        (b"A: b\r\n" + b" 56789012345678\r\n" * 15 + b"\r\n" + b"6789\r\n" * 4, ""),
        (b"\r\n" * 250, ""),
        (b"\r\n" * 250 + b"x", "552 5.3.4 Message too big"),
        (b"\r\n" * 251, "552 5.3.4 Message too big"),
    ],
)
def test_a_message_is_judged_alike_however_the_bytes_are_cut(
    message: bytes, fault: str, size: int
) -> None:
    limits = SmtpLimits(message_size=500, line_length=20, hops=3, header_fields=8, header_size=265)

    def judge() -> Body:
        body = Body(limits)
        wire = message.removesuffix(b"\r\n") + b"\r\n.\r\n" if message else b".\r\n"
        for start in range(0, len(wire), size):
            assert body.feed(wire[start : start + size]) == b""
        return body

    body = in_loop(judge)
    assert body.complete.done()
    assert body.fault.startswith(fault)
    assert bool(body.fault) is bool(fault)
    assert body.take() == (b"" if fault else message)


def test_a_line_is_refused_before_it_has_ended() -> None:
    def pour() -> Body:
        body = Body(SmtpLimits())
        for _ in range(5):
            body.feed(b"x" * 4096)
        return body

    body = in_loop(pour)
    assert (body.fault, body.held) == ("550 5.6.0 Line too long", 4)


def test_the_end_of_data_may_take_the_message_to_its_limit() -> None:
    def fill() -> Body:
        body = Body(SmtpLimits(message_size=500))
        for byte in b"\r\n" * 249 + b"..\r\n.\r\n":
            body.feed(bytes([byte]))
        return body

    body = in_loop(fill)
    assert (body.fault, len(body.take())) == ("552 5.3.4 Message too big", 0)


async def test_a_refusal_in_the_log_names_the_peer_and_the_reason() -> None:
    intake = Intake()
    with capture_logs() as logs:
        async with standing_door(intake) as door, visit(door) as peer:
            await peer.begin_data()
            assert (await peer.send(b"a\nb\r\n")).startswith("550 5.6.0 Bare")
    assert [(entry["event"], entry["peer"]) for entry in logs] == [("mail refused", "127.0.0.1")]
    assert "Bare" in logs[0]["answer"]


async def test_an_undeclared_oversize_is_refused_and_the_talk_goes_on() -> None:
    intake = Intake()
    async with standing_door(intake) as door, visit(door) as peer:
        await peer.begin_data()
        assert (await peer.send(b"x" * 998 + b"\r\n" * 33_000)).startswith("552 5.3.4")
        await peer.begin_data()
        assert (await peer.send(b"\r\n" * 32_768)).startswith("250")
    assert [len(envelope.content) for envelope in intake.taken] == [65536]


@pytest.mark.parametrize("chunk", [b"x" * 65536, b"\r\n" * 32768])
async def test_endless_data_is_cut_off_and_memory_stays_small(chunk: bytes) -> None:
    intake = Intake()
    limits = SmtpLimits(message_size=2**20)
    async with standing_door(intake, limits) as door:
        loop = asyncio.get_running_loop()
        with socket.create_connection((door.host, door.port)) as sock:
            sock.setblocking(False)
            opening = b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<reply+good@ours.example>\r\nDATA\r\n"
            await loop.sock_sendall(sock, opening)
            tracemalloc.start()
            sent = 0
            with suppress(ConnectionError):
                while sent < 50 * 2**20:
                    await loop.sock_sendall(sock, chunk)
                    sent += len(chunk)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            heard = b""
            with suppress(ConnectionError):
                while more := await asyncio.wait_for(loop.sock_recv(sock, 65536), 10):
                    heard += more
        assert b"\r\n552 5.3.4" in heard
        assert sent < 20 * 2**20
        assert peak < 8 * 2**20
        assert await send_letter(door) == "250 2.6.0 Message taken"


@pytest.mark.parametrize("command", ["EHLO ", "MAIL FROM:<", "NOOP ", "VRFY "])
async def test_a_long_command_is_refused(command: str) -> None:
    async with standing_door(Intake()) as door, visit(door) as peer:
        assert (await peer.say(command + "x" * 2000)).startswith("500 5.5.2")
        assert (await peer.say("NOOP")).startswith("250")


async def test_a_command_without_end_is_cut_off() -> None:
    limits = replace(SMALL, command_seconds=0.3)
    async with standing_door(Intake(), limits) as door, visit(door) as peer:
        peer.writer.write(b"EHLO " + b"x" * 2**20)
        with suppress(ConnectionError):
            assert (await peer.answer())[0].startswith("421 4.4.2")
        await peer.expect_close()


@pytest.mark.parametrize(
    ("trouble", "answer"),
    [
        (StoreFull("disk /secret is full"), "452 4.3.1"),
        (StoreUnavailable("secret"), "451 4.3.0"),
        (OSError("secret"), "451 4.3.0"),
        (KeyError("secret"), "451 4.3.0"),
    ],
)
async def test_trouble_behind_the_door_is_temporary_and_nobodys_business(
    trouble: Exception, answer: str
) -> None:
    intake = Intake(trouble=trouble)
    with capture_logs() as logs:
        async with standing_door(intake) as door, visit(door) as peer:
            await peer.begin_data()
            heard = await peer.send(LETTER)
            assert heard.startswith(answer)
            assert "secret" not in heard
            intake.trouble = None
            await peer.begin_data()
            assert (await peer.send(LETTER)).startswith("250")
    assert "secret" not in str(logs)
    assert [entry["log_level"] in ("warning", "error") for entry in logs] == [True]


async def test_a_crash_at_rcpt_is_temporary() -> None:
    def knows(address: str) -> bool:
        raise RuntimeError(address)

    door = await open_door(ANYWHERE, replace(make_reception(Intake()), knows=knows))
    with capture_logs() as logs:
        async with visit(door) as peer:
            await peer.say("EHLO client.example", "MAIL FROM:<>")
            answer = await peer.say("RCPT TO:<reply+token@ours.example>")
    await door.close(0)
    assert answer == "451 4.3.0 Try again later"
    assert "RuntimeError" in str(logs)
    assert "token" not in str(logs)


async def test_addresses_never_reach_the_librarys_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with standing_door(Intake()) as door:
        await send_letter(door)
    assert "reply+good" not in caplog.text


async def test_250_comes_only_after_accept_returned() -> None:
    intake = Intake(gate=asyncio.Event())
    async with standing_door(intake) as door, visit(door) as peer:
        await peer.begin_data()
        answer = asyncio.ensure_future(peer.send(LETTER))
        done, _ = await asyncio.wait([answer], timeout=0.1)
        assert not done
        assert intake.gate is not None
        intake.gate.set()
        assert (await answer).startswith("250")


async def test_accept_runs_on_when_the_peer_is_gone() -> None:
    intake = Intake(gate=asyncio.Event())
    assert intake.gate is not None
    async with standing_door(intake) as door:
        async with visit(door) as peer:
            await peer.begin_data()
            peer.writer.write(LETTER + b".\r\n")
            await poll(lambda: bool(door._answers))
        await poll(lambda: not door._guests)
        intake.gate.set()
        await poll(lambda: len(intake.taken) == 1)


async def test_a_message_without_end_is_not_kept() -> None:
    intake = Intake()
    async with standing_door(intake) as door:
        async with visit(door) as peer:
            await peer.begin_data()
            peer.writer.write(LETTER)
        await poll(lambda: not door._guests)
    assert intake.taken == []
