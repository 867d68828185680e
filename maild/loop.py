"""The shape of maild's loops: work while there is work, then sleep until a commit or a due time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from maild.clock import MINUTE, SECOND, Clock
from maild.errors import StoreUnavailable
from maild.store.database import Database

log = structlog.get_logger(__name__)


async def run_loop(
    db: Database,
    clock: Clock,
    work: Callable[[], Awaitable[int]],
    next_due: Callable[[], Awaitable[int | None]],
    stop: asyncio.Event,
) -> None:
    """Call `work` while it finds something to do, until `stop` is set; then return.

    `next_due` says when the next item is due (an instant, or None). A store that cannot be used
    is asked again every second; after a fault of ours the loop goes on in a minute.
    """
    while not stop.is_set():
        # taken before looking, so that a commit between looking and waiting is not missed
        change = db.watch()
        try:
            if await work():
                continue
            due = await next_due()
        except StoreUnavailable as error:
            log.warning("waiting for the store", error=str(error))
            due = clock() + SECOND
        except Exception:
            # a loop that ends would stop all mail until somebody notices
            log.exception("a loop stumbled")
            due = clock() + MINUTE
        # a clock that jumps is noticed within a minute
        pause = None if due is None else min(max(0, due - clock()), MINUTE) / SECOND
        await _rest(change, stop, pause)


async def _rest(change: asyncio.Event, stop: asyncio.Event, seconds: float | None) -> None:
    waits = [asyncio.create_task(event.wait()) for event in (change, stop)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
