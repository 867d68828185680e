"""Requests of people who cannot get in: an address typed, or a dead link followed."""

from __future__ import annotations

from dataclasses import dataclass

from maild.store.database import SKIP_LOCKED, Queries, Transaction, collect, columns, insert_value


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    """One request: of an address key or, without one, of a link; and the network it came from.

    `reason` is what became of it or, while it waits, what is special about it.
    """

    id: str
    at: int
    address_key: str
    link_id: str
    network: str
    attempts: int
    next_at: int
    reason: str = ""


_RECOVERY = columns(RecoveryRow)


async def add_recovery(tx: Transaction, recovery: RecoveryRow) -> None:
    """Keep a new request."""
    await insert_value(tx, "recoveries", recovery)


async def next_due(source: Queries) -> int | None:
    """Return when the next waiting request is due or its lease runs out, or None."""
    rows = await source.rows(
        "SELECT MIN(CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END) AS due"
        " FROM recoveries WHERE state = 'waiting'"
    )
    due: int | None = rows[0]["due"]
    return due


async def claim_recoveries(
    tx: Transaction, *, owner: str, now: int, lease_until: int, most: int
) -> list[RecoveryRow]:
    """Lease due requests to one process, counting the attempt, oldest first."""
    found = await collect(
        tx,
        RecoveryRow,
        "UPDATE recoveries SET lease_owner = $1, lease_until = $3, attempts = attempts + 1"
        " WHERE id IN (SELECT id FROM recoveries WHERE state = 'waiting'"
        " AND next_at <= $2 AND lease_until <= $2"
        f" ORDER BY next_at, id LIMIT $4 {SKIP_LOCKED})"
        f" RETURNING {_RECOVERY}",
        owner,
        now,
        lease_until,
        most,
    )
    return sorted(found, key=lambda recovery: (recovery.at, recovery.id))


async def settle_recovery(
    tx: Transaction, recovery_id: str, owner: str, state: str, reason: str
) -> bool:
    """Write what became of a request and end its lease; False if the lease was lost meanwhile."""
    touched = await tx.execute(
        "UPDATE recoveries SET state = $3, reason = $4, lease_until = 0, lease_owner = ''"
        " WHERE id = $1 AND lease_owner = $2",
        recovery_id,
        owner,
        state,
        reason,
    )
    return touched == 1


async def postpone_recovery(
    tx: Transaction, recovery_id: str, owner: str, next_at: int, attempts: int
) -> None:
    """End an attempt's lease, say how many attempts count, and look at the request again later."""
    await tx.execute(
        "UPDATE recoveries SET next_at = $3, attempts = $4, lease_until = 0, lease_owner = ''"
        " WHERE id = $1 AND lease_owner = $2",
        recovery_id,
        owner,
        next_at,
        attempts,
    )


async def purge_recoveries(tx: Transaction, before: int) -> int:
    """Forget requests older than an instant that wait no longer; return how many."""
    return await tx.execute("DELETE FROM recoveries WHERE at < $1 AND state <> 'waiting'", before)
