"""The daemon is killed while mail pours in: all that it answered with 250 has its row."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from tests.bench.house import ADDRESS, House, open_house
from tests.bench.machine import cpu_seconds
from tests.bench.scenario import Contender, Goal, Mismatch, Outcome, Round, Scenario
from tests.smtp_peer import Peer

_SENDERS = 20
_BODY = b"Please find the invoice of this month below.\r\n" * 178
_CONTENTS = "SELECT content FROM replies"
_NAME = re.compile(rb"^Message-ID: <([^>]+)>", re.M)


class _Senders:
    """Senders with a new connection for each mail, who remember what was taken."""

    def __init__(self, kill: int) -> None:
        self._kill = kill
        self._sent = 0
        self.taken: list[str] = []

    async def pour(self, port: int) -> None:
        """Send until the door is gone."""
        talks = (self._talk(port) for _ in range(_SENDERS))
        for end in await asyncio.gather(*talks, return_exceptions=True):
            if not isinstance(end, ConnectionError | EOFError):
                raise end

    async def _talk(self, port: int) -> NoReturn:
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await self._send(Peer(reader, writer))
            finally:
                writer.close()

    async def _send(self, peer: Peer) -> None:
        self._sent += 1
        name = f"{self._kill}.{self._sent}@y.example"
        await peer.answer()
        await peer.say("EHLO y.example", "MAIL FROM:<x@y.example>", f"RCPT TO:<{ADDRESS}>", "DATA")
        head = f"From: x@y.example\r\nMessage-ID: <{name}>\r\n\r\n".encode()
        answer = await peer.send(head + _BODY)
        if not answer.startswith("250"):
            raise Mismatch(f"answered {answer}")
        self.taken.append(name)


@contextmanager
def _maild(folder: Path) -> Iterator[Round]:
    kills, taken = 0, set[str]()

    def play(items: int) -> Outcome:
        nonlocal kills
        kills += 1
        senders = _Senders(kills)
        with open_house(folder) as house:
            started, computed = time.perf_counter(), cpu_seconds(house.child.pid)
            cpu = asyncio.run(_pour_and_kill(senders, house, items)) - computed
            seconds = time.perf_counter() - started
        taken.update(senders.taken)
        return Outcome(items, seconds, cpu, _compare(house, taken))

    yield play


async def _pour_and_kill(senders: _Senders, house: House, items: int) -> float:
    """Kill the daemon in the midst of it, once enough were taken; return what it had computed."""
    pouring = asyncio.create_task(senders.pour(house.smtp_port))
    while len(senders.taken) < items and not pouring.done():
        await asyncio.sleep(0.001)
    computed = cpu_seconds(house.child.pid)
    house.child.kill()
    await pouring
    return computed


def _compare(house: House, taken: set[str]) -> dict[str, float]:
    """Count what is lost of all that was ever taken here, and what is there twice."""
    with open_house(house.folder, held=("intake",)) as again:
        rows = again.query(_CONTENTS)
    names = Counter(found[1].decode() for (content,) in rows if (found := _NAME.search(content)))
    if lost := taken - names.keys():
        raise Mismatch(f"{len(lost)} of {len(taken)} mails answered with 250 are lost")
    doubles = sum(names.values()) - len(names)
    return {"taken": len(taken), "lost": len(lost), "doubles": doubles}


SCENARIOS = (
    Scenario(
        name="kill",
        about="kill -9 while 20 senders pour; every mail answered with 250, ever, has its row",
        items=500,
        contenders=(Contender("maild", _maild),),
        goals=(
            Goal("mails lost", "maild", measure="lost", most=0),
            Goal("mails there twice", "maild", measure="doubles", most=0),
        ),
    ),
)
