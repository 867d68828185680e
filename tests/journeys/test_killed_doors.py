"""The daemon is killed again and again while mail pours in by both doors: what it took is kept."""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from maild.listen import parse_listen
from maild.office import open_office
from maild.store import replies
from tests.mail_tools import open_lmtp
from tests.ports import free_port
from tests.smtp_peer import Peer
from tests.world import write_config

KILLS = 4
SENDERS = 4
DEADLINE = 60.0


@asynccontextmanager
async def running(config: Path) -> AsyncIterator[dict[str, tuple[str, int]]]:
    """Run the daemon until the context ends, and kill it then; gives where its doors are."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "maild", "serve"),
        stdout=PIPE,
        stderr=DEVNULL,
        env=os.environ | {"MAILD_CONFIG": str(config)},
    )
    try:
        yield await read_doors(process)
    finally:
        process.kill()
        await process.communicate()


async def read_doors(process: Process) -> dict[str, tuple[str, int]]:
    """Wait for the ready lines of both doors for mail."""
    doors: dict[str, tuple[str, int]] = {}
    assert process.stdout
    async with asyncio.timeout(DEADLINE):
        while doors.keys() != {"smtp", "lmtp"}:
            line = (await process.stdout.readline()).decode()
            found = re.match(r"(\w+) +ready on (\S+)", line)
            assert found, line
            place = parse_listen(found[2])
            doors[found[1]] = (place.host, place.port)
    return doors


class Senders:
    """Senders that remember what they were told was taken; `enough` is set after so many."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.sent = 0
        self.wanted = 0
        self.enough = asyncio.Event()

    async def send_for_ever(self, greeting: str, where: tuple[str, int]) -> None:
        """Send message after message until the door is gone."""
        reader, writer = await asyncio.open_connection(*where)
        with suppress(ConnectionError, EOFError):
            peer = Peer(reader, writer)
            await peer.answer()
            await peer.say(f"{greeting} client.example")
            while True:
                await self._send(peer)
        writer.close()

    async def _send(self, peer: Peer) -> None:
        self.sent += 1
        name = f"<{self.sent}@y.example>"
        await peer.say("MAIL FROM:<x@y.example>", "RCPT TO:<billing@example.test>", "DATA")
        answer = await peer.send(f"From: x@y.example\r\nMessage-ID: {name}\r\n\r\nHi\r\n".encode())
        assert answer.startswith("250")
        self.taken.append(name)
        if len(self.taken) >= self.wanted:
            self.enough.set()


async def pour(senders: Senders, doors: dict[str, tuple[str, int]]) -> list[asyncio.Task[None]]:
    """Send by both doors, and return in the midst of it once so many more were taken."""
    senders.wanted = len(senders.taken) + random.randint(1, 60)
    senders.enough.clear()
    talks = [
        asyncio.create_task(senders.send_for_ever(greeting, doors[door]))
        for door, greeting in (("smtp", "EHLO"), ("lmtp", "LHLO"))
        for _ in range(SENDERS)
    ]
    async with asyncio.timeout(DEADLINE):
        await senders.enough.wait()
    return talks


async def test_what_was_taken_is_there_after_every_kill(tmp_path: Path) -> None:
    config = open_lmtp(write_config(tmp_path, port=free_port()))
    senders = Senders()
    for _ in range(KILLS):
        async with running(config.path) as doors:
            talks = await pour(senders, doors)
        await asyncio.gather(*talks)
    async with open_office(config) as office:
        known = await replies.list_replies(office.db, most=10**6)
        contents = [await replies.read_reply(office.db, reply.id) for reply in known]
    kept = [line for content in contents for line in re.findall(rb"<\d+@y.example>", content)]
    assert len(senders.taken) >= KILLS
    assert {name.encode() for name in senders.taken} <= set(kept)
    # a message is there once, and half a message nowhere
    assert len(kept) == len(set(kept)) == len(contents)
    assert {content.endswith(b"\r\n\r\nHi\r\n") for content in contents} == {True}
