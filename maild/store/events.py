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
