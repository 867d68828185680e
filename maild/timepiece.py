"""One clock for all nodes: this machine's, set by that of the server that keeps the store.

Leases, throttles and appointments are written by one node and read by another. A machine whose
clock is wrong goes by the store's time all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from maild.clock import SECOND, Clock, Instant, steady_clock, system_clock
from maild.errors import StoreUnavailable
from maild.store.database import Database

log = structlog.get_logger(__name__)

_SETTING_SECONDS = 60.0
_LOOKS = 3
# what is told is no finer than the way there and back
_SLACK = SECOND // 20
_FAR = 5 * SECOND


class Timepiece:
    """A clock that can be set by a store's; until then it is this machine's."""

    def __init__(self, clock: Clock = system_clock, steady: Clock = steady_clock) -> None:
        self._clock = clock
        self._steady = steady
        self._offset = 0

    def __call__(self) -> Instant:
        """Return the present instant."""
        return self._clock() + self._offset

    @property
    def offset(self) -> int:
        """By how much (microseconds) the store's clock is ahead of this machine's."""
        return self._offset

    async def set_by(self, db: Database) -> None:
        """Go by the clock of a store's server, if there is one; raises `StoreUnavailable`."""
        looks = [await self._look(db) for _ in range(_LOOKS)]
        found = [look for look in looks if look is not None]
        if not found:
            return
        took, offset = min(found)
        change = abs(offset - self._offset)
        if change > _SLACK + took:
            if change > _FAR:
                log.warning("this clock is not the store's", seconds=round(offset / SECOND))
            self._offset = offset

    async def _look(self, db: Database) -> tuple[int, int] | None:
        """Return how long an answer took, and by how much the server's clock is ahead of ours."""
        begun = self._steady()
        told = await db.tell_time()
        took = self._steady() - begun
        return None if told is None else (took, told - (self._clock() - took // 2))


@asynccontextmanager
async def keep_time(db: Database) -> AsyncIterator[Clock]:
    """Yield a clock that is set by the store's server, again and again."""
    if await db.tell_time() is None:
        yield system_clock
        return
    timepiece = Timepiece()
    await timepiece.set_by(db)
    task = asyncio.create_task(_set_for_ever(timepiece, db), name="clock")
    try:
        yield timepiece
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _set_for_ever(timepiece: Timepiece, db: Database) -> None:
    while True:
        await asyncio.sleep(_SETTING_SECONDS)
        with suppress(StoreUnavailable):
            await timepiece.set_by(db)
