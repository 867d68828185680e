"""The SMTP door over real sockets: the conversations in `dialogs/`, then what needs code."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pytest
import trustme
from structlog.testing import capture_logs

from maild.errors import Refused, StoreFull, StoreUnavailable
from maild.model import Envelope
from maild.smtpd import SmtpDoor, SmtpLimits, open_door
from maild.smtpd.data import Body, find_fault, has_long_line

DIALOGS = sorted((Path(__file__).parent / "dialogs").glob("*.txt"))
SMALL = SmtpLimits(message_size=65536, recipients=3, hops=3, line_length=2000)
OURS = frozenset(
    f"{name}@ours.example" for name in ("reply+good", "bounce+good", "billing", "accounts")
)
T = TypeVar("T")
LETTER = b"Subject: hello\r\n\r\nHello.\r\n"


@dataclass
class Intake:
    """What stands behind the door in a test; `trouble` is raised, `gate` is waited for."""

    taken: list[Envelope] = field(default_factory=list)
    trouble: Exception | None = None
    gate: asyncio.Event | None = None

    async def accept(self, envelope: Envelope) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.trouble is not None:
            raise self.trouble
        self.taken.append(envelope)


class Peer:
    """The other end of a connection, line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def answer(self) -> list[str]:
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            line = await asyncio.wait_for(self.reader.readuntil(b"\r\n"), 10)
            lines.append(line.decode().removesuffix("\r\n"))
        return lines

    async def say(self, *commands: str) -> str:
        """Send the commands one by one; the last line of the last answer."""
        answer = [""]
        for command in commands:
            self.writer.write(command.encode() + b"\r\n")
            answer = await self.answer()
        return answer[-1]

    async def expect_close(self) -> None:
        with suppress(ConnectionError):
            assert await asyncio.wait_for(self.reader.read(), 10) == b""

    async def begin_data(self) -> None:
        await self.say("EHLO client.example", "MAIL FROM:<jane@client.example>")
        await self.say("RCPT TO:<reply+good@ours.example>")
        assert (await self.say("DATA")).startswith("354")

    async def send(self, content: bytes) -> str:
        self.writer.write(content + b".\r\n")
        return (await self.answer())[-1]


@asynccontextmanager
async def standing_door(
    intake: Intake, limits: SmtpLimits = SMALL, tls: ssl.SSLContext | None = None
) -> AsyncIterator[SmtpDoor]:
    door = await open_door(
        ("127.0.0.1", 0),
        hostname="mx.ours.example",
        knows=OURS.__contains__,
        accept=intake.accept,
        limits=limits,
        tls=tls,
    )
    try:
        yield door
    finally:
        await door.close(0)


@asynccontextmanager
async def visit(door: SmtpDoor, greeting: str = "220") -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection(door.host, door.port)
    peer = Peer(reader, writer)
    try:
        assert (await peer.answer())[0].startswith(greeting)
        yield peer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def poll(true: Callable[[], bool], deadline: float = 10) -> None:
    async with asyncio.timeout(deadline):
        while not true():
            await asyncio.sleep(0.005)


async def send_letter(door: SmtpDoor) -> str:
    async with visit(door) as peer:
        await peer.begin_data()
        return await peer.send(LETTER)


async def hold(peer: Peer, intake: Intake, lines: list[str]) -> None:
    """Go through a conversation; what each line means is in dialogs/README.md."""
    answer: list[str] = []
    for line in lines:
        verb, _, text = line.partition(" ")
        if verb == "C:":
            peer.writer.write(text.encode() + b"\r\n")
        elif verb == "C>":
            peer.writer.write(text.encode().decode("unicode_escape").encode("latin-1"))
        elif verb == "S:":
            answer = await peer.answer()
            assert answer[-1].startswith(text), line
        elif verb in ("S+", "S-"):
            assert (text in answer) is (verb == "S+"), line
        elif verb == "taken":
            assert len(intake.taken) == int(text), line
        else:
            assert verb == "closed", line
            await peer.expect_close()


@pytest.mark.parametrize("dialog", DIALOGS, ids=[path.stem for path in DIALOGS])
async def test_conversation(dialog: Path) -> None:
    intake = Intake()
    lines = [line for line in dialog.read_text().splitlines() if line and line[0] != "#"]
    async with standing_door(intake) as door:
        reader, writer = await asyncio.open_connection(door.host, door.port)
        await hold(Peer(reader, writer), intake, lines)
        writer.close()
        assert await send_letter(door) == "250 2.6.0 Message taken"


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
    wire = b".dot\r\n..\r\n.\r.\r\n\r\n..\r\n.\r\nNOOP\r\n"
    body, rest = in_loop(lambda: feed_all(wire, size))
    assert body.take() == b"dot\r\n.\r\n\r.\r\n\r\n.\r\n"
    assert rest == b"NOOP\r\n"


def feed_all(wire: bytes, size: int) -> tuple[Body, bytes]:
    body, start = Body(1000), 0
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


def test_a_harmless_message_has_no_fault() -> None:
    assert find_fault(LETTER, 2000, 30) == ""
    assert find_fault(b"Received: x\r\n" * 30 + b"\r\n", 2000, 30) == ""
    assert find_fault(b"Received: x\r\n" * 31 + b"\r\n", 2000, 30).startswith("554 5.4.6")


async def test_a_long_line_is_refused_after_the_end_of_data() -> None:
    intake = Intake()
    async with standing_door(intake) as door, visit(door) as peer:
        await peer.begin_data()
        assert (await peer.send(b"x" * 1999 + b"\r\n")).startswith("550 5.6.0 Line too long")
        assert (await peer.say("NOOP")).startswith("250")
    assert intake.taken == []


async def test_an_undeclared_oversize_is_refused_and_the_talk_goes_on() -> None:
    intake = Intake()
    async with standing_door(intake) as door, visit(door) as peer:
        await peer.begin_data()
        assert (await peer.send(b"x" * 998 + b"\r\n" * 33_000)).startswith("552 5.3.4")
        await peer.begin_data()
        assert (await peer.send(b"x\r\n" * 21_845)).startswith("250")
    assert [len(envelope.content) for envelope in intake.taken] == [65535]


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

    door = await open_door(
        ("127.0.0.1", 0), hostname="mx", knows=knows, accept=Intake().accept, limits=SMALL
    )
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


async def test_too_many_connections_in_all_are_turned_away() -> None:
    limits = replace(SMALL, connections=2)
    async with standing_door(Intake(), limits) as door, visit(door), visit(door) as second:
        async with visit(door, greeting="421 4.7.0") as third:
            await third.expect_close()
        await second.say("QUIT")
        await second.expect_close()
        assert (await send_letter(door)).startswith("250")


async def test_a_crowd_of_one_address_leaves_room_for_others() -> None:
    intake = Intake()
    limits = replace(SMALL, connections=30, connections_per_address=20)
    async with standing_door(intake, limits) as door:
        crowd = [Peer(*await asyncio.open_connection(door.host, door.port)) for _ in range(100)]
        greetings = [(await peer.answer())[0][:9] for peer in crowd]
        assert greetings == ["220 mx.ou"] * 20 + ["421 4.7.0"] * 80
        reader, writer = await asyncio.open_connection(
            door.host, door.port, local_addr=("127.0.0.2", 0)
        )
        other = Peer(reader, writer)
        await other.answer()
        await other.begin_data()
        assert (await other.send(LETTER)).startswith("250")
        for peer in (*crowd, other):
            peer.writer.close()
    assert intake.taken[0].peer == "127.0.0.2"


async def test_an_idle_connection_is_closed() -> None:
    limits = replace(SMALL, command_seconds=0.3)
    async with standing_door(Intake(), limits) as door, visit(door) as peer:
        assert (await peer.answer())[0].startswith("421 4.4.2")
        await peer.expect_close()


async def test_a_message_that_takes_too_long_is_cut() -> None:
    intake = Intake()
    limits = replace(SMALL, data_seconds=0.3)
    async with standing_door(intake, limits) as door, visit(door) as peer:
        await peer.begin_data()
        drip = asyncio.ensure_future(drip_bytes(peer.writer))
        assert (await peer.answer())[0].startswith("421 4.4.2")
        await peer.expect_close()
        drip.cancel()
    assert intake.taken == []


async def drip_bytes(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.01)


async def test_a_peer_that_reads_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maild.smtpd.session.LINGER_SECONDS", 0.1)
    limits = replace(SMALL, command_seconds=0.5)
    async with standing_door(Intake(), limits) as door:
        # Small buffers, so that little is needed to fill them.
        door._server.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        loop = asyncio.get_running_loop()
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.connect((door.host, door.port))
            sock.setblocking(False)
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(1):
                    while True:
                        await loop.sock_sendall(sock, b"EHLO x\r\n" * 1000)
            await poll(lambda: not door._guests)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("mx.ours.example").configure_cert(context)
    return context


async def start_tls(peer: Peer, authority: trustme.CA) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    await peer.writer.start_tls(context, server_hostname="mx.ours.example")


async def test_starttls_protects_what_follows(authority: trustme.CA) -> None:
    intake = Intake()
    async with standing_door(intake, tls=server_context(authority)) as door, visit(door) as peer:
        peer.writer.write(b"EHLO client.example\r\n")
        assert "250 STARTTLS" in await peer.answer()
        assert (await peer.say("STARTTLS")).startswith("220")
        await start_tls(peer, authority)
        assert (await peer.say("MAIL FROM:<>")).startswith("503")
        peer.writer.write(b"EHLO client.example\r\n")
        assert not any("STARTTLS" in line for line in await peer.answer())
        assert (await peer.say("STARTTLS")).startswith("503")
        await peer.begin_data()
        assert (await peer.send(LETTER)).startswith("250")
        assert (await peer.say("QUIT")).startswith("221")
    assert [envelope.tls for envelope in intake.taken] == [True]


async def test_commands_sneaked_in_before_tls_are_forgotten(authority: trustme.CA) -> None:
    async with standing_door(Intake(), tls=server_context(authority)) as door, visit(door) as peer:
        await peer.say("EHLO client.example")
        peer.writer.write(b"STARTTLS\r\nEHLO sneaked\r\nMAIL FROM:<evil@client.example>\r\n")
        assert (await peer.answer())[0].startswith("220")
        await start_tls(peer, authority)
        assert (await peer.say("NOOP")).startswith("250")
        assert (await peer.say("RCPT TO:<reply+good@ours.example>")).startswith("503")


async def test_a_failed_tls_handshake_ends_the_connection_quietly(authority: trustme.CA) -> None:
    with capture_logs() as logs:
        async with standing_door(Intake(), tls=server_context(authority)) as door:
            async with visit(door) as peer:
                await peer.say("EHLO client.example", "STARTTLS")
                peer.writer.write(b"this is not TLS\r\n" * 10)
                await asyncio.wait_for(peer.reader.read(), 10)
            await poll(lambda: not door._guests)
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("smtp_tls_failed", "info")]


async def test_closing_lets_a_begun_message_finish() -> None:
    intake = Intake()
    async with standing_door(intake) as door, visit(door) as idle, visit(door) as busy:
        await busy.begin_data()
        closing = asyncio.ensure_future(door.close(10))
        assert (await idle.answer())[0].startswith("421 4.3.2")
        await idle.expect_close()
        with pytest.raises(ConnectionError):
            await asyncio.open_connection(door.host, door.port)
        assert not closing.done()
        assert (await busy.send(LETTER)).startswith("250")
        assert (await busy.answer())[0].startswith("421 4.3.2")
        await asyncio.wait_for(closing, 5)
    assert len(intake.taken) == 1


@pytest.mark.parametrize("ended", [False, True])
async def test_closing_cuts_what_outlasts_the_grace(ended: bool) -> None:
    intake = Intake(gate=asyncio.Event())
    async with standing_door(intake) as door, visit(door) as peer:
        await peer.begin_data()
        peer.writer.write(LETTER + b".\r\n" * ended)
        await poll(lambda: bool(door._answers) is ended)
        await asyncio.wait_for(door.close(0.1), 5)
        await peer.expect_close()
        assert not door._answers
    assert intake.taken == []


async def test_an_address_in_use_is_named() -> None:
    async with standing_door(Intake()) as door:
        accept: Callable[[Envelope], Awaitable[None]] = Intake().accept
        with pytest.raises(Refused, match=re.escape(f"127.0.0.1:{door.port}")):
            await open_door(
                ("127.0.0.1", door.port),
                hostname="mx",
                knows=OURS.__contains__,
                accept=accept,
                limits=SMALL,
            )


async def test_many_peers_at_once_all_get_their_answer() -> None:
    intake = Intake()
    limits = replace(SMALL, connections=50, connections_per_address=50)
    async with standing_door(intake, limits) as door:
        answers = await asyncio.gather(*(send_letter(door) for _ in range(40)))
    assert set(answers) == {"250 2.6.0 Message taken"}
    assert len(intake.taken) == 40
