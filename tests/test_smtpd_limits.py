"""The SMTP door when there are too many, too slow, under TLS, and on its way out."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest
import trustme
from structlog.testing import capture_logs

from maild.errors import Refused
from maild.model import Envelope
from maild.smtpd import open_door
from tests.smtp_peer import (
    LETTER,
    OURS,
    SMALL,
    Intake,
    Peer,
    poll,
    send_letter,
    standing_door,
    visit,
)


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
