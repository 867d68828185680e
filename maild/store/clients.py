"""Clients and their contacts."""

from __future__ import annotations

from maild.address import address_key
from maild.model import Client, Contact
from maild.store.database import Queries, Transaction, collect, columns, find, insert_value

_CLIENT = columns(Client)
_CONTACT = columns(Contact)


async def add_client(tx: Transaction, client: Client) -> None:
    """Keep a new client; its reference must be free (see `find_client`)."""
    await insert_value(tx, "clients", client, ref_key=client.ref.casefold())


async def save_client(tx: Transaction, client: Client) -> None:
    """Write a client's changed name and switches."""
    await tx.execute(
        "UPDATE clients SET name = $2, login = $3, shared = $4, link_scope = $5, link_days = $6,"
        " copies = $7, pdf = $8, locale = $9, reminders = $10 WHERE id = $1",
        client.id,
        client.name,
        client.login,
        int(client.shared),
        client.link_scope,
        client.link_days,
        client.copies,
        client.pdf,
        client.locale,
        client.reminders,
    )


async def find_client(source: Queries, ref: str) -> Client | None:
    """Return the client of that reference, in any letter case."""
    sql = f"SELECT {_CLIENT} FROM clients WHERE ref_key = $1"
    return await find(source, Client, sql, ref.strip().casefold())


async def get_client(source: Queries, client_id: str) -> Client | None:
    """Return the client of that id."""
    return await find(source, Client, f"SELECT {_CLIENT} FROM clients WHERE id = $1", client_id)


async def list_clients(source: Queries) -> list[Client]:
    """Return all clients by reference."""
    return await collect(source, Client, f"SELECT {_CLIENT} FROM clients ORDER BY ref_key")


async def add_contact(tx: Transaction, contact: Contact) -> None:
    """Keep a new contact; its address must be new to the client (see `find_contact`)."""
    await insert_value(tx, "contacts", contact, address_key=address_key(contact.address))


async def save_contact(tx: Transaction, contact: Contact) -> None:
    """Write a contact's changed name and address, and how it stands."""
    await tx.execute(
        "UPDATE contacts SET name = $2, disabled_at = $3, address = $4, address_key = $5,"
        " history_from = $6, bounced_at = $7, bounced_why = $8, held_at = $9, held_why = $10"
        " WHERE id = $1",
        contact.id,
        contact.name,
        contact.disabled_at,
        contact.address,
        address_key(contact.address),
        contact.history_from,
        contact.bounced_at,
        contact.bounced_why,
        contact.held_at,
        contact.held_why,
    )


async def find_contact(source: Queries, client_id: str, address: str) -> Contact | None:
    """Return the client's contact with that address, live or disabled."""
    return await find(
        source,
        Contact,
        f"SELECT {_CONTACT} FROM contacts WHERE client_id = $1 AND address_key = $2",
        client_id,
        address_key(address),
    )


async def get_contact(source: Queries, contact_id: str) -> Contact | None:
    """Return the contact of that id."""
    sql = f"SELECT {_CONTACT} FROM contacts WHERE id = $1"
    return await find(source, Contact, sql, contact_id)


async def list_contacts(source: Queries, client_id: str) -> list[Contact]:
    """Return a client's contacts, live ones first, oldest first."""
    return await collect(
        source,
        Contact,
        f"SELECT {_CONTACT} FROM contacts WHERE client_id = $1"
        " ORDER BY disabled_at IS NOT NULL, created_at, id",
        client_id,
    )


async def list_everyone(source: Queries) -> list[Contact]:
    """Return the contacts of all clients, live or disabled."""
    return await collect(source, Contact, f"SELECT {_CONTACT} FROM contacts ORDER BY id")


async def list_everyone_of_address(source: Queries, key: str) -> list[Contact]:
    """Return the contacts, live or disabled, of whatever client, that bear the address key."""
    return await collect(
        source,
        Contact,
        f"SELECT {_CONTACT} FROM contacts WHERE address_key = $1"
        " ORDER BY disabled_at IS NOT NULL, created_at, id",
        key,
    )


async def list_address_keys(source: Queries) -> list[str]:
    """Return every address key that a contact bears."""
    rows = await source.rows("SELECT DISTINCT address_key FROM contacts ORDER BY address_key")
    return [row["address_key"] for row in rows]


async def list_concerned(source: Queries, first: str, last: str) -> dict[str, str]:
    """Return by id the addresses of the contacts whom events concern, between two event ids."""
    rows = await source.rows(
        "SELECT DISTINCT c.id, c.address FROM events e JOIN contacts c ON c.id = e.contact_id"
        " WHERE e.id BETWEEN $1 AND $2",
        first,
        last,
    )
    return {row["id"]: row["address"] for row in rows}


async def list_contacts_of_address(source: Queries, key: str) -> list[Contact]:
    """Return the live contacts, of whatever client, that bear the address key."""
    return await collect(
        source,
        Contact,
        f"SELECT {_CONTACT} FROM contacts WHERE address_key = $1 AND disabled_at IS NULL"
        " ORDER BY created_at, id",
        key,
    )
