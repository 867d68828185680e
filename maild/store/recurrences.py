"""Documents that recur: their patterns, their files, and when each is due next."""

from __future__ import annotations

from collections.abc import Sequence

from maild.model import Recurrence
from maild.store.blobs import add_blob
from maild.store.database import (
    Queries,
    Transaction,
    collect,
    columns,
    find,
    insert,
    insert_value,
    only,
)

_RECURRENCE = columns(Recurrence)
# a file by its name, media type, hash and bytes
File = tuple[str, str, str, bytes]


async def add_recurrence(tx: Transaction, recurrence: Recurrence, files: Sequence[File]) -> None:
    """Keep a new recurrence with the files that go with each of its documents."""
    await insert_value(tx, "recurrences", recurrence)
    for name, media_type, digest, content in files:
        await add_blob(tx, digest, content)
        await insert(
            tx,
            "recurrence_files",
            recurrence_id=recurrence.id,
            hash=digest,
            name=name,
            media_type=media_type,
        )


async def list_files(source: Queries, recurrence_id: str) -> list[File]:
    """Return the files of a recurrence by name, with their bytes."""
    rows = await source.rows(
        "SELECT f.name, f.media_type, f.hash, b.content FROM recurrence_files f"
        " JOIN blobs b ON b.hash = f.hash WHERE f.recurrence_id = $1 ORDER BY f.name",
        recurrence_id,
    )
    return [(r["name"], r["media_type"], r["hash"], bytes(r["content"])) for r in rows]


async def get_recurrence(source: Queries, recurrence_id: str) -> Recurrence | None:
    """Return the recurrence of that id."""
    sql = f"SELECT {_RECURRENCE} FROM recurrences WHERE id = $1"
    return await find(source, Recurrence, sql, recurrence_id)


async def list_recurrences(source: Queries, client_id: str = "") -> list[Recurrence]:
    """Return what still recurs (of a client), the next first."""
    return await collect(
        source,
        Recurrence,
        f"SELECT {_RECURRENCE} FROM recurrences WHERE stopped_at IS NULL"
        f" AND {only('client_id', '$1', client_id)} ORDER BY wake_at, created_at, id",
        client_id,
    )


async def list_due(source: Queries, now: int, most: int) -> list[Recurrence]:
    """Return recurrences that are due at an instant, the longest due first."""
    return await collect(
        source,
        Recurrence,
        f"SELECT {_RECURRENCE} FROM recurrences WHERE stopped_at IS NULL AND wake_at <= $1"
        " ORDER BY wake_at, created_at, id LIMIT $2",
        now,
        most,
    )


async def find_recurrences(source: Queries, first: str, last: str) -> list[Recurrence]:
    """Return up to two recurrences whose ids lie between two texts."""
    sql = f"SELECT {_RECURRENCE} FROM recurrences WHERE id BETWEEN $1 AND $2 ORDER BY id LIMIT 2"
    return await collect(source, Recurrence, sql, first, last)


async def save_recurrence(tx: Transaction, old: Recurrence, new: Recurrence) -> bool:
    """Write how far a recurrence has come; False if somebody else has moved it meanwhile."""
    touched = await tx.execute(
        "UPDATE recurrences SET turn = $2, wake_at = $3, stopped_at = $4"
        " WHERE id = $1 AND turn = $5 AND wake_at = $6 AND stopped_at IS NULL",
        old.id,
        new.turn,
        new.wake_at,
        new.stopped_at,
        old.turn,
        old.wake_at,
    )
    return touched == 1
