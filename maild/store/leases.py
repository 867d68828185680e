"""Leases that nobody will keep: those of a daemon that is no more."""

from __future__ import annotations

from maild.store.database import Database, Transaction

# each by the index on what waits
_WAITING = {
    "letters": "state NOT IN ('held', 'sent', 'bounced', 'failed', 'dropped')",
    "replies": "state = 'accepted'",
    "recoveries": "state = 'waiting'",
}


async def end_leases(db: Database) -> int:
    """End every lease; return how many there were.

    Only for whoever has the store to himself: what was leased is claimed at once by whoever asks.
    """

    async def work(tx: Transaction) -> int:
        ended = 0
        for table, waiting in _WAITING.items():
            ended += await tx.execute(
                f"UPDATE {table} SET lease_until = 0, lease_owner = ''"
                f" WHERE {waiting} AND lease_until > 0"
            )
        return ended

    return await db.transact(work)
