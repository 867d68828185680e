"""Impersonations: an operator's look through a contact's eyes, from its start to its end.

The one-time token is derived from the id and the session's secret is random; neither is stored.
"""

from __future__ import annotations

from dataclasses import dataclass

from maild.store.database import Queries, Transaction, columns, find, insert_value


@dataclass(frozen=True, slots=True)
class ImpersonationRow:
    """One impersonation as stored; `session_hash` is set once its URL has been redeemed."""

    id: str
    contact_id: str
    actor: str
    reason: str
    created_at: int
    redeemed_at: int | None
    session_hash: str | None
    ended_at: int | None


_IMPERSONATION = columns(ImpersonationRow)


async def add_impersonation(tx: Transaction, row: ImpersonationRow) -> None:
    """Keep a new impersonation."""
    await insert_value(tx, "impersonations", row)


async def get_impersonation(source: Queries, row_id: str) -> ImpersonationRow | None:
    """Return the impersonation of that id."""
    sql = f"SELECT {_IMPERSONATION} FROM impersonations WHERE id = $1"
    return await find(source, ImpersonationRow, sql, row_id)


async def find_impersonation(source: Queries, session_hash: str) -> ImpersonationRow | None:
    """Return the impersonation whose session's secret has that hash."""
    sql = f"SELECT {_IMPERSONATION} FROM impersonations WHERE session_hash = $1"
    return await find(source, ImpersonationRow, sql, session_hash)


async def claim_impersonation(tx: Transaction, row_id: str, session_hash: str, now: int) -> bool:
    """Redeem an impersonation; tell whether this call did it: of many at once, one does."""
    touched = await tx.execute(
        "UPDATE impersonations SET redeemed_at = $3, session_hash = $2"
        " WHERE id = $1 AND redeemed_at IS NULL",
        row_id,
        session_hash,
        now,
    )
    return touched == 1


async def end_impersonation(tx: Transaction, row_id: str, now: int) -> bool:
    """End an impersonation; tell whether this call did it."""
    touched = await tx.execute(
        "UPDATE impersonations SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", row_id, now
    )
    return touched == 1
