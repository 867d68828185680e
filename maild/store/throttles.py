"""Hits against named limits; kept in the store so that they outlive a restart."""

from __future__ import annotations

from maild.store.database import Queries, Transaction, end_of, insert


async def add_hit(tx: Transaction, hit_id: str, name: str, now: int) -> None:
    """Note one hit against a limit."""
    await insert(tx, "throttle_hits", id=hit_id, name=name, at=now)


async def list_hits(source: Queries, name: str, since: int, most: int) -> list[int]:
    """Return when the latest hits of a limit were, newest first, no older than `since`."""
    rows = await source.rows(
        "SELECT at FROM throttle_hits WHERE name = $1 AND at > $2 ORDER BY at DESC LIMIT $3",
        name,
        since,
        most,
    )
    return [row["at"] for row in rows]


async def list_names(source: Queries, start: str, since: int) -> list[str]:
    """Return the limits hit after an instant whose names begin so."""
    rows = await source.rows(
        "SELECT DISTINCT name FROM throttle_hits WHERE name >= $1 AND name < $2 AND at > $3"
        " ORDER BY name",
        start,
        end_of(start),
        since,
    )
    return [row["name"] for row in rows]


async def clear_hits(tx: Transaction, name: str) -> None:
    """Forget the hits of a limit, as a log-in that succeeds does."""
    await tx.execute("DELETE FROM throttle_hits WHERE name = $1", name)


async def remove_hit(tx: Transaction, hit_id: str) -> None:
    """Take one hit back: what it stood for was never tried."""
    await tx.execute("DELETE FROM throttle_hits WHERE id = $1", hit_id)


async def forget_hits(tx: Transaction, name: str, before: int, after: int) -> None:
    """Forget the hits of a limit that are older than an instant, or of a clock that was ahead."""
    await tx.execute(
        "DELETE FROM throttle_hits WHERE name = $1 AND (at < $2 OR at > $3)", name, before, after
    )


async def purge_hits(tx: Transaction, before: int, most: int) -> int:
    """Forget so many hits older than an instant; return how many."""
    return await tx.execute(
        "DELETE FROM throttle_hits WHERE id IN (SELECT id FROM throttle_hits WHERE at < $1"
        " ORDER BY at LIMIT $2)",
        before,
        most,
    )
