"""A wire of some length: passes TCP on, each way late by half of the round trip.

python -m tests.bench.programs.delay TARGET_PORT ROUND_TRIP_MS
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop


class _End(asyncio.Protocol):
    """One end of a connection through the wire; what it hears leaves late by the other end."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.other: _End
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        for data in self._early:
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        # timers of the same delay come in the order in which they were set
        self._loop.call_later(self._delay, self.other.write, data)

    def connection_lost(self, error: Exception | None) -> None:
        self._loop.call_later(self._delay, self.other.close)

    def write(self, data: bytes) -> None:
        if self.transport is None:
            self._early.append(data)
        else:
            self.transport.write(data)

    def close(self) -> None:
        if self.transport:
            self.transport.close()


class _Near(_End):
    """The end at the client: as soon as it is there it dials the target."""

    def __init__(self, target: int, delay: float) -> None:
        super().__init__(delay)
        self._target = target
        self.other = _End(delay)
        self.other.other = self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._dialling = self._loop.create_task(
            self._loop.create_connection(lambda: self.other, "127.0.0.1", self._target)
        )


async def serve(target: int, round_trip: float) -> None:
    """Serve until killed, and say the port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Near(target, round_trip / 2), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
