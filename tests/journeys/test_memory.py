"""The daemon's memory while strangers send it more than it can hold."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path

from maild.config import load
from maild.office import open_office
from maild.store import replies
from tests.journeys.test_daemon import Daemon, running
from tests.smtp_peer import Peer, poll

MIB = 2**20
DEADLINE = 100.0


def look_up(daemon: Daemon, name: str) -> int:
    """Return a figure of the daemon's memory in MiB: VmRSS now, VmHWM at most so far."""
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    found = re.search(rf"{name}:\s+(\d+) kB", status)
    assert found
    return int(found[1]) // 1024


async def begin(daemon: Daemon) -> Peer:
    """Get as far as DATA."""
    peer = Peer(*await asyncio.open_connection("127.0.0.1", daemon.smtp_port))
    peer.patience = DEADLINE
    await peer.answer()
    await peer.say("EHLO client.example", "MAIL FROM:<x@y.example>")
    assert (await peer.say("RCPT TO:<billing@example.test>")).startswith("250")
    assert (await peer.say("DATA")).startswith("354")
    return peer


async def pour(daemon: Daemon, chunk: bytes) -> int:
    """Send a chunk again and again until cut off; how much went."""
    peer, sent = await begin(daemon), 0
    with suppress(ConnectionError):
        while sent < 300 * MIB:
            peer.writer.write(chunk)
            await peer.writer.drain()
            sent += len(chunk)
    peer.writer.close()
    return sent


async def test_300_megabytes_without_a_line_end_cost_no_memory(tmp_path: Path) -> None:
    async with running(tmp_path, "maildir:sent") as daemon:
        peer = await begin(daemon)
        await peer.send(b"\r\n")
        peer.writer.close()
        before, sent = look_up(daemon, "VmRSS"), 0
        while sent < 300 * MIB:
            went = await pour(daemon, b"x" * 65536)
            # it is cut off soon after the biggest message that could have been
            assert went < 100 * MIB
            sent += went
        assert look_up(daemon, "VmHWM") - before < 50
        assert await daemon.stop() == 0


async def insist(daemon: Daemon, number: int, line: asyncio.Semaphore) -> None:
    """Send a message of nearly the biggest size, as often as it is put off."""
    content = b"From: x@y.example\r\nMessage-ID: <%d@y.example>\r\n\r\n" % number
    content += (b"x" * 70 + b"\r\n") * (int(9.9 * MIB) // 72)
    answer = ""
    while not answer.startswith("250"):
        async with line:
            peer = await begin(daemon)
            answer = await peer.send(content)
            peer.writer.close()
        assert answer.startswith(("250", "452 4.3.1"))


async def test_a_flood_of_the_biggest_messages_is_taken_in_small_memory(tmp_path: Path) -> None:
    async with running(tmp_path, "maildir:sent") as daemon:
        line = asyncio.Semaphore(4)
        await asyncio.gather(*(insist(daemon, number, line) for number in range(8)))
        async with open_office(load(tmp_path / "config.toml", {})) as office:
            async with asyncio.timeout(DEADLINE):
                while await replies.list_replies(office.db, "accepted"):
                    await office.db.watch().wait()
            assert len(await replies.list_replies(office.db, "held")) == 8
        await poll(lambda: len(list((tmp_path / "sent/new").iterdir())) == 8, DEADLINE)
        assert look_up(daemon, "VmHWM") < 300
        assert await daemon.stop() == 0
