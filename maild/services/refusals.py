"""Noting whom maild turned away and why, so that "it won't let me in" can be answered."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from maild.address import address_key
from maild.clock import MINUTE
from maild.errors import StoreUnavailable
from maild.office import Office
from maild.store.database import Transaction
from maild.store.refusals import RefusalReason, RefusalRow, add_refusal, was_refused

_REPEATED = 10 * MINUTE
_SECONDS = 1.0


async def note_refusal(
    office: Office, tx: Transaction, address: str, reason: RefusalReason, subject: str
) -> None:
    """Note in a transaction that an address was refused something, unless it was just noted."""
    now, key = office.clock(), address_key(address)
    if await was_refused(tx, key, reason, subject, now - _REPEATED):
        return
    await add_refusal(tx, RefusalRow(office.ids.ordered(now), now, key, reason, subject))


async def note_turned_away(
    office: Office, address: str, reason: RefusalReason, subject: str
) -> None:
    """Note it in a transaction of its own; a store that cannot be written stops no answer."""
    since = office.clock() - _REPEATED
    if await was_refused(office.db, address_key(address), reason, subject, since):
        # what only reads is seldom made to wait
        return

    async def work(tx: Transaction) -> None:
        await note_refusal(office, tx, address, reason, subject)

    with suppress(StoreUnavailable, TimeoutError):
        async with asyncio.timeout(_SECONDS):
            await office.db.transact(work)
