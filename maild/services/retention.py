"""Retention: letters, replies and events are let go of after their time, a little at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from maild.clock import DAY
from maild.office import Office
from maild.store import retention
from maild.store.appointments import Appointment, find_appointment, keep_appointment
from maild.store.database import Mark, Transaction
from maild.store.news import event_id_of
from maild.store.retention import BEGINNING, Stretch

_BATCH = 100
# looked at in one go; the next hour goes on
_MOST = 5000

_Walk = Callable[[Mark], Awaitable[Stretch]]
_Purge = Callable[[Transaction, Mark, Mark], Awaitable[int]]


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
    async def walk(after: Mark) -> Stretch:
        return await retention.walk_letters(office.db, after, before, _BATCH)

    async def purge(tx: Transaction, after: Mark, until: Mark) -> int:
        return await retention.purge_letters(tx, after, until, office.clock())

    return await _go_on(office, "old letters", walk, purge)


async def _purge_replies(office: Office, before: int) -> int:
    async def walk(after: Mark) -> Stretch:
        return await retention.walk_replies(office.db, after, before, _BATCH)

    async def purge(tx: Transaction, after: Mark, until: Mark) -> int:
        return await retention.purge_replies(tx, after, until, office.clock())

    return await _go_on(office, "old replies", walk, purge)


async def _purge_events(office: Office, before: str) -> int:
    async def walk(after: Mark) -> Stretch:
        return await retention.walk_events(office.db, after, before, _BATCH)

    return await _go_on(office, "old events", walk, retention.purge_events)


async def _go_on(office: Office, name: str, walk: _Walk, purge: _Purge) -> int:
    """Walk on from where the last walk ended, and let go on the way; at the end, begin anew."""
    known = await find_appointment(office.db, name)
    begun = place = (known.due_at, known.note) if known else BEGINNING
    purged = 0
    for _ in range(_MOST // _BATCH):
        stretch = await walk(place)
        if stretch.any_free:
            purged += await _let_go(office, purge, place, stretch.end)
        place = stretch.end if stretch.rows == _BATCH else BEGINNING
        if place == BEGINNING:
            break
    if place != begun:
        here = Appointment(name, *place)
        await office.db.transact(lambda tx: keep_appointment(tx, known, here))
    return purged


async def _let_go(office: Office, purge: _Purge, after: Mark, until: Mark) -> int:
    return await office.db.transact(lambda tx: purge(tx, after, until))
