"""The mail door when there are too many, too slow or too much, and on its way out."""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial

import pytest

from maild.errors import Refused
from maild.listen import Listen
from maild.smtpd import SmtpDoor, open_door
from tests.smtp_peer import (
    LETTER,
    SMALL,
    Intake,
    Peer,
    make_reception,
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


async def test_who_has_begun_no_message_for_long_makes_room_for_others() -> None:
    intake = Intake()
    limits = replace(SMALL, connections=2, idle_seconds=0)
    async with standing_door(intake, limits) as door, visit(door) as busy, visit(door) as idle:
        await busy.begin_data()
        await idle.say("NOOP")
        async with visit(door) as third:
            assert (await idle.answer())[0].startswith("421 4.3.2")
            await idle.expect_close()
            await third.begin_data()
            # now both are at work
            async with visit(door, greeting="421 4.7.0"):
                pass
            assert (await third.send(LETTER)).startswith("250")
        assert (await busy.send(LETTER)).startswith("250")
    assert len(intake.taken) == 2


async def test_of_those_who_idle_the_one_goes_that_brought_nothing_for_longest() -> None:
    limits = replace(SMALL, connections=2, idle_seconds=0)
    async with standing_door(Intake(), limits) as door, visit(door) as first, visit(door) as second:
        await first.begin_data()
        assert (await first.send(LETTER)).startswith("250")
        async with visit(door):
            assert (await second.answer())[0].startswith("421 4.3.2")
            await first.begin_data()
            assert (await first.send(LETTER)).startswith("250")


async def test_the_biggest_message_gives_way_when_memory_is_full() -> None:
    intake = Intake()
    limits = replace(SMALL, message_size=50_000, memory=100_000)
    sizes = [40_000, 45_000, 30_000]
    async with standing_door(intake, limits) as door, AsyncExitStack() as visits:
        peers = [await visits.enter_async_context(visit(door)) for _ in sizes]
        for peer, size in zip(peers, sizes, strict=True):
            await peer.begin_data()
            peer.writer.write(b"\r\n" * (size // 2))
        await poll(lambda: sorted(guest.held > 10 for guest in door._guests) == [False, True, True])
        answers = [await peer.send(b"") for peer in peers]
        assert [answer[:9] for answer in answers] == ["250 2.6.0", "452 4.3.1", "250 2.6.0"]
        # as a peer does that was told to try again later
        await peers[1].begin_data()
        assert (await peers[1].send(b"\r\n" * 22_500)).startswith("250")
    assert sorted(len(envelope.content) for envelope in intake.taken) == sorted(sizes)


def has_waiting(door: SmtpDoor, count: int) -> bool:
    return len(door._answers) == count


async def test_messages_that_wait_for_the_store_count_too_even_when_their_peers_are_gone() -> None:
    intake = Intake(gate=asyncio.Event())
    assert intake.gate is not None
    limits = replace(SMALL, message_size=50_000, memory=100_000, connections=3)
    async with standing_door(intake, limits) as door:
        for waiting in (1, 2):
            async with visit(door) as peer:
                await peer.begin_data()
                peer.writer.write(b"\r\n" * 24_000 + b".\r\n")
                await poll(partial(has_waiting, door, waiting))
        await poll(lambda: not door._guests)
        async with visit(door) as peer, visit(door, greeting="421 4.7.0"):
            await peer.begin_data()
            assert (await peer.send(b"\r\n" * 24_000)).startswith("452 4.3.1")
        intake.gate.set()
        await poll(lambda: not door._answers)
        assert (await send_letter(door)).startswith("250")
    assert len(intake.taken) == 3


async def test_a_peer_that_reads_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maild.smtpd.connection.LINGER_SECONDS", 0.1)
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
        place = Listen("127.0.0.1", door.port)
        with pytest.raises(Refused, match=re.escape(f"127.0.0.1:{door.port}")):
            await open_door(place, make_reception(Intake()))


async def test_many_peers_at_once_all_get_their_answer() -> None:
    intake = Intake()
    limits = replace(SMALL, connections=50, connections_per_address=50)
    async with standing_door(intake, limits) as door:
        answers = await asyncio.gather(*(send_letter(door) for _ in range(40)))
    assert set(answers) == {"250 2.6.0 Message taken"}
    assert len(intake.taken) == 40
