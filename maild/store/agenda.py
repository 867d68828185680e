"""When to look at each open document again, and how far its reminders have come.

A document's own time (`wake_at`) is no appointment: whoever looks at it then decides by the facts
what is to be done, and writes when to look again. Too early a look costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from maild.store.database import Queries, Transaction, collect, columns, only


@dataclass(frozen=True, slots=True)
class Entry:
    """An open document in the calendar: when to look at it, and its last step if there was one."""

    id: str
    client_id: str
    wake_at: int
    reminded_at: int | None
    reminded_by: str


_ENTRY = columns(Entry)


async def next_waking(source: Queries) -> int | None:
    """Return when the next open document is to be looked at, or None."""
    rows = await source.rows("SELECT MIN(wake_at) AS due FROM documents WHERE state = 'open'")
    due: int | None = rows[0]["due"]
    return due


async def list_waking(source: Queries, now: int, most: int) -> list[Entry]:
    """Return open documents that are to be looked at, the longest waiting first, then by age."""
    return await collect(
        source,
        Entry,
        f"SELECT {_ENTRY} FROM documents WHERE state = 'open' AND wake_at <= $1"
        " ORDER BY wake_at, COALESCE(ends, issued), number LIMIT $2",
        now,
        most,
    )


async def list_entries(source: Queries, client_id: str, until: int, most: int) -> list[Entry]:
    """Return open documents (of a client) to be looked at until an instant, the earliest first."""
    return await collect(
        source,
        Entry,
        f"SELECT {_ENTRY} FROM documents WHERE state = 'open'"
        f" AND {only('client_id', '$1', client_id)} AND wake_at <= $2"
        " ORDER BY wake_at, COALESCE(ends, issued), number LIMIT $3",
        client_id,
        until,
        most,
    )


async def find_entry(source: Queries, document_id: str) -> Entry | None:
    """Return an open document's entry; one that is settled has none."""
    found = await collect(
        source,
        Entry,
        f"SELECT {_ENTRY} FROM documents WHERE id = $1 AND state = 'open'",
        document_id,
    )
    return found[0] if found else None


async def rest_until(tx: Transaction, entry: Entry, wake_at: int) -> bool:
    """Look at a document again at an instant; False if somebody else has looked meanwhile."""
    touched = await tx.execute(
        "UPDATE documents SET wake_at = $3 WHERE id = $1 AND wake_at = $2",
        entry.id,
        entry.wake_at,
        wake_at,
    )
    return touched == 1


async def note_step(tx: Transaction, entry: Entry, step: str, at: int, wake_at: int) -> bool:
    """Note that a step was taken; False if somebody else has looked meanwhile."""
    touched = await tx.execute(
        "UPDATE documents SET wake_at = $3, reminded_at = $4, reminded_by = $5"
        " WHERE id = $1 AND wake_at = $2 AND state = 'open'",
        entry.id,
        entry.wake_at,
        wake_at,
        at,
        step,
    )
    return touched == 1


async def wake(tx: Transaction, *, client_id: str = "", document_id: str = "") -> None:
    """Have open documents (of a client; one) looked at with the next sweep."""
    await tx.execute(
        "UPDATE documents SET wake_at = 0 WHERE state = 'open' AND wake_at > 0"
        f" AND {only('client_id', '$1', client_id)} AND {only('id', '$2', document_id)}",
        client_id,
        document_id,
    )
