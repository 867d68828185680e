"""Visitors of a site, over connections that are kept.

python -m tests.bench.programs.visitors PORT

Orders are lines of JSON: {"do": "fetch", "path": P, "cookie": C, "count": 1000, "connections": 8}
answers with the `seconds` that took, the `times` of all in milliseconds, and the `bodies` that
came, each once; {"do": "flood", "clients": 50, "cookie": C, "csrf": T} has so many clients try
passwords without a pause until {"do": "calm"}, which answers how often each `status` came.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import urlencode


class Connection(asyncio.Protocol):
    """One request at a time, written and read as it comes."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if found and len(body) >= (size := _read_length(head)):
            self._buffer = body[size:]
            if self._answer and not self._answer.done():
                self._answer.set_result((int(head[9:12]), body[:size]))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the site hung up"))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Return status and body; raises `ConnectionError` when the site hangs up."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._transport.close()


def _read_length(head: bytes) -> int:
    after = head.lower().partition(b"\r\ncontent-length:")[2]
    return int(after.partition(b"\r\n")[0])


class Visitors:
    """All who visit one site."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._statuses: Counter[str] = Counter()
        self._flood: list[asyncio.Task[None]] = []
        self._names = count()
        self._started = 0.0

    async def do_fetch(
        self, path: str, cookie: str, count: int, connections: int
    ) -> dict[str, Any]:
        """Fetch a page again and again; raises when one is refused."""
        request = self._write("GET", path, cookie)
        bodies: set[bytes] = set()
        times: list[float] = []
        numbers = iter(range(count))
        open_ones = [await self._connect() for _ in range(connections)]
        started = time.perf_counter()
        await asyncio.gather(*(_read(one, request, numbers, bodies, times) for one in open_ones))
        seconds = time.perf_counter() - started
        for one in open_ones:
            one.close()
        return {
            "seconds": seconds,
            "times": times,
            "bodies": [body.decode() for body in bodies],
        }

    async def do_flood(self, clients: int, cookie: str, csrf: str) -> dict[str, Any]:
        """Begin to try passwords, each of another address, so that no throttle spares the site.

        Returns when it is in full spate.
        """
        self._flood = [asyncio.create_task(self._try(cookie, csrf)) for _ in range(clients)]
        while self._statuses.total() < clients:
            await asyncio.sleep(0.01)
        self._statuses.clear()
        self._started = time.perf_counter()
        return {}

    async def do_calm(self) -> dict[str, Any]:
        """End the flood, and tell what it was answered and how long it went on."""
        seconds = time.perf_counter() - self._started
        for task in self._flood:
            task.cancel()
        await asyncio.gather(*self._flood, return_exceptions=True)
        statuses, self._statuses = dict(self._statuses), Counter()
        return {"statuses": statuses, "seconds": seconds}

    async def _try(self, cookie: str, csrf: str) -> None:
        while True:
            one = await self._connect()
            try:
                while True:
                    address = f"jane{next(self._names)}@acme.example"
                    fields = {"address": address, "password": "not-my-password", "csrf": csrf}
                    status, _ = await one.ask(self._write("POST", "/login", cookie, fields))
                    self._statuses[str(status)] += 1
            except ConnectionError:
                self._statuses["hung up"] += 1
            finally:
                one.close()

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", self._port)
        return connection

    def _write(
        self, method: str, path: str, cookie: str, fields: dict[str, str] | None = None
    ) -> bytes:
        body = urlencode(fields) if fields else ""
        kind = "Content-Type: application/x-www-form-urlencoded\r\n" if fields else ""
        return (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nCookie: {cookie}\r\n"
            f"{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


async def _read(
    one: Connection,
    request: bytes,
    numbers: Iterator[int],
    bodies: set[bytes],
    times: list[float],
) -> None:
    for _ in numbers:
        started = time.perf_counter()
        status, body = await one.ask(request)
        times.append(1e3 * (time.perf_counter() - started))
        bodies.add(body)
        if status != 200:
            raise ConnectionError(f"the site answered {status}")


async def serve(port: int) -> None:
    """Carry out orders until there are no more."""
    visitors = Visitors(port)
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        answer = await getattr(visitors, "do_" + order.pop("do"))(**order)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
