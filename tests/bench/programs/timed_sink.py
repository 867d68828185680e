"""A mail server that takes everything, and notes when each message's last dot came in.

python -m tests.bench.programs.timed_sink [MILLISECONDS]

Each answer leaves so many milliseconds late, as if the line were that long; it offers PIPELINING.
It says its port, then takes orders as lines of JSON: {"do": "wait", "count": 5} answers once so
many messages are there in all, {"do": "tell", "first": 3} tells of those from the fourth on: the
instant (CLOCK_MONOTONIC, seconds), sender, recipient and content of each.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

_OFFERS = b"250-sink.bench.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 50000000\r\n"
_END = b"\r\n.\r\n"
_POLL = 0.002
_Message = tuple[float, str, str, str]


class Session(asyncio.Protocol):
    """One connection: commands line by line, then a message up to its dot."""

    def __init__(self, taken: list[_Message], delay: float) -> None:
        self._taken = taken
        self._delay = delay
        self._buffer = b""
        self._in_message = False
        self._sender = self._recipient = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._answer(b"220 sink.bench.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answers = b"".join(iter(self._read, b""))
        if answers:
            self._answer(answers)

    def _answer(self, words: bytes) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        asyncio.get_running_loop().call_later(self._delay, self._transport.write, words)

    def _read(self) -> bytes:
        """Return the answer to what has come in whole, or nothing."""
        if self._in_message:
            return self._read_message()
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return b""
        self._buffer = rest
        return self._obey(line)

    def _read_message(self) -> bytes:
        content, found, rest = self._buffer.partition(_END)
        if not found:
            return b""
        self._buffer, self._in_message = rest, False
        words = content.decode("latin-1").replace("\r\n..", "\r\n.")
        self._taken.append((time.monotonic(), self._sender, self._recipient, words))
        return b"250 2.0.0 taken\r\n"

    def _obey(self, line: bytes) -> bytes:
        match line[:4].upper():
            case b"EHLO":
                return _OFFERS
            case b"MAIL":
                self._sender = _read_path(line)
            case b"RCPT":
                self._recipient = _read_path(line)
            case b"DATA":
                self._in_message = True
                return b"354 go on\r\n"
            case b"QUIT":
                return b"221 2.0.0 bye\r\n"
        return b"250 2.0.0 yes\r\n"


def _read_path(line: bytes) -> str:
    return line.partition(b"<")[2].partition(b">")[0].decode()


async def serve(delay: float) -> None:
    """Serve until there are no more orders."""
    taken: list[_Message] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(taken, delay), "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await _carry_out(json.loads(line), taken)), flush=True)


async def _carry_out(order: dict[str, Any], taken: list[_Message]) -> dict[str, Any]:
    if order["do"] == "wait":
        end = time.monotonic() + float(order["deadline"])
        while len(taken) < order["count"] and time.monotonic() < end:
            await asyncio.sleep(_POLL)
        return {"count": len(taken)}
    return {"messages": taken[order["first"] :]}


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) / 1e3 if sys.argv[1:] else 0.0))
