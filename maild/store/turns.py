"""Turns at what only one node may do at a time: whose each is, and until when."""

from __future__ import annotations

from maild.store.database import Transaction


async def take_turn(
    tx: Transaction, name: str, owner: str, now: int, lease_until: int, latest: int
) -> bool:
    """Take a turn, or keep it for longer; return False while it is another's.

    A turn that would last until after `latest` was taken by a clock that was ahead.
    """
    touched = await tx.execute(
        "INSERT INTO turns (name, owner, lease_until) VALUES ($1, $2, $3)"
        " ON CONFLICT (name) DO UPDATE SET owner = $2, lease_until = $3"
        " WHERE turns.owner = $2 OR turns.lease_until <= $4 OR turns.lease_until > $5",
        name,
        owner,
        lease_until,
        now,
        latest,
    )
    return touched == 1


async def keep_turn(tx: Transaction, name: str, owner: str, lease_until: int) -> bool:
    """Keep a turn for longer; return False if another has taken it meanwhile."""
    sql = "UPDATE turns SET lease_until = $3 WHERE name = $1 AND owner = $2"
    return await tx.execute(sql, name, owner, lease_until) == 1


async def end_turn(tx: Transaction, name: str, owner: str) -> None:
    """Leave a turn to whoever wants it, if it is still ours."""
    await tx.execute("DELETE FROM turns WHERE name = $1 AND owner = $2", name, owner)
