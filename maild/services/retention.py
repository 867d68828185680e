"""Retention: letters, replies and events are let go of after their time, a little at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from maild.clock import DAY
from maild.office import Office
from maild.store import retention
from maild.store.database import Transaction
from maild.store.news import event_id_of

_BATCH = 100
# in one go; the next hour goes on
_MOST = 5000

_Look = Callable[[], Awaitable[bool]]
_Purge = Callable[[Transaction], Awaitable[int]]


async def purge(office: Office) -> int:
    """Let go of what is past its time, and return of how much; nothing of an open document is.

    Each batch is a transaction of its own, and where there is nothing to do none is made. Raises
    `StoreUnavailable`.
    """
    keep, now = office.config.store, office.clock()
    purged = 0
    if keep.letters_days:
        purged += await _purge_letters(office, now - keep.letters_days * DAY)
    if keep.replies_days:
        purged += await _purge_replies(office, now - keep.replies_days * DAY)
    if keep.events_days:
        purged += await _purge_events(office, event_id_of(max(0, now - keep.events_days * DAY)))
    return purged


async def _purge_letters(office: Office, before: int) -> int:
    async def work(tx: Transaction) -> int:
        return await retention.purge_letters(tx, before, _BATCH, office.clock())

    return await _go_on(office, lambda: retention.has_old_letters(office.db, before), work)


async def _purge_replies(office: Office, before: int) -> int:
    async def work(tx: Transaction) -> int:
        return await retention.purge_replies(tx, before, _BATCH, office.clock())

    return await _go_on(office, lambda: retention.has_old_replies(office.db, before), work)


async def _purge_events(office: Office, before: str) -> int:
    async def work(tx: Transaction) -> int:
        return await retention.purge_events(tx, before, _BATCH)

    return await _go_on(office, lambda: retention.has_old_events(office.db, before), work)


async def _go_on(office: Office, look: _Look, work: _Purge) -> int:
    purged = 0
    while purged < _MOST and await look():
        purged += await office.db.transact(work)
    return purged
