"""Room in memory: what is brought in waits until enough of what came before it has gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class Room:
    """Holds so many bytes at a time, and anything of more than that by itself."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def hold(self, load: Callable[[], Awaitable[bytes]]) -> AsyncIterator[bytes]:
        """Load bytes once there is room for them, in the order of the calls; raises as `load` does.

        Only the next in turn is loaded before there is room: nobody knows its size beforehand.
        """
        async with self._turn:
            content = await load()
            while self._held and self._held + len(content) > self._most:
                self._freed.clear()
                await self._freed.wait()
            self._held += len(content)
        try:
            yield content
        finally:
            self._held -= len(content)
            self._freed.set()
