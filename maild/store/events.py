"""The append-only log."""

from __future__ import annotations

from maild.model import Event
from maild.store.database import Queries, Transaction, collect, columns, insert_value

_EVENT = columns(Event)


async def add_event(tx: Transaction, event: Event) -> None:
    """Append one event."""
    await insert_value(tx, "events", event)


async def list_events(
    source: Queries, *, client_id: str = "", after: str = "", most: int = 1000
) -> list[Event]:
    """Return the latest events (of one client, later than an event id), oldest first."""
    latest = await collect(
        source,
        Event,
        f"SELECT {_EVENT} FROM events WHERE id > $1 AND ($2 = '' OR client_id = $2)"
        " ORDER BY id DESC LIMIT $3",
        after,
        client_id,
        most,
    )
    return latest[::-1]


async def list_document_events(source: Queries, document_id: str) -> list[Event]:
    """Return a document's events, oldest first."""
    sql = f"SELECT {_EVENT} FROM events WHERE document_id = $1 ORDER BY id"
    return await collect(source, Event, sql, document_id)


async def first_login(source: Queries, key: str, since: int) -> int | None:
    """Return when somebody first logged in with that address key, from an instant on, or None.

    A log-in is written down under one contact, though it opens every client of the address.
    """
    rows = await source.rows(
        "SELECT MIN(e.at) AS at FROM contacts c JOIN events e ON e.contact_id = c.id"
        " WHERE c.address_key = $1 AND e.verb = 'logged in' AND e.at >= $2",
        key,
        since,
    )
    at: int | None = rows[0]["at"]
    return at
