"""The append-only log."""

from __future__ import annotations

from dataclasses import dataclass

from maild.model import Event
from maild.store.database import Queries, Transaction, collect, columns, end_of, insert_value, only

_EVENT = columns(Event)


@dataclass(frozen=True, slots=True)
class AddressRow:
    """What address a contact had from an instant on."""

    contact_id: str
    address: str
    at: int


async def add_event(tx: Transaction, event: Event) -> None:
    """Append one event."""
    await insert_value(tx, "events", event)


async def list_events(
    source: Queries, *, client_id: str = "", before: str = "", most: int = 1000
) -> list[Event]:
    """Return the latest events (of one client, earlier than an event id), oldest first."""
    latest = await collect(
        source,
        Event,
        f"SELECT {_EVENT} FROM events WHERE id < $1 AND {only('client_id', '$2', client_id)}"
        " ORDER BY id DESC LIMIT $3",
        before or end_of(""),
        client_id,
        most,
    )
    return latest[::-1]


async def list_document_events(source: Queries, document_id: str) -> list[Event]:
    """Return a document's events, oldest first."""
    sql = f"SELECT {_EVENT} FROM events WHERE document_id = $1 ORDER BY id"
    return await collect(source, Event, sql, document_id)


async def list_changed_addresses(source: Queries) -> list[AddressRow]:
    """Return what addresses contacts have had who ever changed theirs, each contact's in order."""
    return await collect(
        source,
        AddressRow,
        "SELECT contact_id, subject AS address, at FROM events"
        " WHERE verb IN ('contact added', 'contact replaced', 'contact enabled', 'address changed')"
        " AND contact_id IN (SELECT contact_id FROM events WHERE verb = 'address changed')"
        " ORDER BY contact_id, id",
    )


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


async def last_login(source: Queries, key: str) -> int | None:
    """Return when somebody last logged in with that address key, or None."""
    rows = await source.rows(
        "SELECT MAX(e.at) AS at FROM contacts c JOIN events e ON e.contact_id = c.id"
        " WHERE c.address_key = $1 AND e.verb = 'logged in' AND e.subject = c.address",
        key,
    )
    at: int | None = rows[0]["at"]
    return at
