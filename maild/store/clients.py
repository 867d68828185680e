"""Clients and their contacts."""

from __future__ import annotations

from collections.abc import Iterable

from maild.address import address_key
from maild.model import Client, Contact
from maild.store.database import Queries, Transaction, collect, columns, find, insert_value

_CLIENT = columns(Client)
_CONTACT = columns(Contact)
# rather than so many one by one, all are read
_MANY = 1000


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


async def list_clients(source: Queries, after: str = "", most: int = 1000) -> list[Client]:
    """Return clients by reference, from beyond one."""
    return await collect(
        source,
        Client,
        f"SELECT {_CLIENT} FROM clients WHERE ref_key > $1 ORDER BY ref_key LIMIT $2",
        after.strip().casefold(),
        most,
    )


async def list_all_clients(source: Queries) -> list[Client]:
    """Return all clients by reference, read a thousand at a time."""
    found = page = await list_clients(source)
    while page:
        page = await list_clients(source, page[-1].ref)
        found += page
    return found


async def count_clients(source: Queries) -> int:
    """Return how many clients there are."""
    rows = await source.rows("SELECT COUNT(*) AS n FROM clients")
    return int(rows[0]["n"])


async def list_refs(source: Queries, client_ids: Iterable[str | None]) -> dict[str, str]:
    """Return by id the references of the clients that are named."""
    named = {one for one in client_ids if one}
    if len(named) > _MANY:
        return {one.id: one.ref for one in await list_all_clients(source)}
    found = [await get_client(source, one) for one in sorted(named)]
    return {one.id: one.ref for one in found if one}


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


async def list_everyone(source: Queries, after: str = "", most: int = 1000) -> list[Contact]:
    """Return contacts of whatever client, live or disabled, by id from beyond one."""
    sql = f"SELECT {_CONTACT} FROM contacts WHERE id > $1 ORDER BY id LIMIT $2"
    return await collect(source, Contact, sql, after, most)


async def list_everyone_of_address(source: Queries, key: str) -> list[Contact]:
    """Return the contacts, live or disabled, of whatever client, that bear the address key."""
    return await collect(
        source,
        Contact,
        f"SELECT {_CONTACT} FROM contacts WHERE address_key = $1"
        " ORDER BY disabled_at IS NOT NULL, created_at, id",
        key,
    )


async def list_address_keys(source: Queries, after: str = "", most: int = 1000) -> list[str]:
    """Return address keys that contacts bear, in order from beyond one."""
    rows = await source.rows(
        "SELECT DISTINCT address_key FROM contacts WHERE address_key > $1"
        " ORDER BY address_key LIMIT $2",
        after,
        most,
    )
    return [row["address_key"] for row in rows]


async def list_addresses(source: Queries, contact_ids: Iterable[str | None]) -> dict[str, str]:
    """Return by id the addresses of the contacts that are named."""
    named = {one for one in contact_ids if one}
    found = [await get_contact(source, one) for one in sorted(named)]
    return {one.id: one.address for one in found if one}


async def list_contacts_of_address(source: Queries, key: str) -> list[Contact]:
    """Return the live contacts, of whatever client, that bear the address key."""
    return await collect(
        source,
        Contact,
        f"SELECT {_CONTACT} FROM contacts WHERE address_key = $1 AND disabled_at IS NULL"
        " ORDER BY created_at, id",
        key,
    )
