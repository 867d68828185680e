"""People come and go: disabling a contact, and putting another in their place.

Links, sessions and reply rights in that client end in the same transaction; letters that still
wait for the one who left are dropped.
"""

from __future__ import annotations

from dataclasses import replace

from maild.address import address_key
from maild.errors import Refused
from maild.model import Client, Contact
from maild.office import Office
from maild.services.customers import new_contact
from maild.services.lookup import need_client, need_contact
from maild.store import clients, credentials, letters, links, sessions
from maild.store.database import Transaction


async def disable_contact(office: Office, ref: str, address: str, *, actor: str) -> Contact:
    """End a contact's access to a client at once; doing it twice changes nothing."""
    client = await need_client(office.db, ref)

    async def work(tx: Transaction) -> Contact:
        return await _disable(office, tx, client, address, actor)

    return await office.db.transact(work)


async def replace_contact(
    office: Office, ref: str, old: str, new: str, *, name: str = "", actor: str
) -> Contact:
    """Put a new contact in an old one's place and return it.

    Raises `NotFound`, `BadInput` for a bad new address, `Refused` when it is a live contact.
    """
    client = await need_client(office.db, ref)
    await need_contact(office.db, client, old)
    successor = new_contact(office, client, new, name)

    async def work(tx: Transaction) -> Contact:
        known = await clients.find_contact(tx, client.id, successor.address)
        if known and known.disabled_at is None:
            raise Refused(
                f"{successor.address} is a contact of {client.ref} already; "
                f"to end the old one's access: maild contact disable {client.ref} {old}"
            )
        await _disable(office, tx, client, old, actor)
        kept = replace(known, disabled_at=None, name=name or known.name) if known else successor
        await (clients.save_contact if known else clients.add_contact)(tx, kept)
        await office.record(
            tx,
            "contact replaced",
            kept.address,
            actor=actor,
            reason=f"in place of {old}",
            client_id=client.id,
            contact_id=kept.id,
        )
        return kept

    return await office.db.transact(work)


async def _disable(
    office: Office, tx: Transaction, client: Client, address: str, actor: str
) -> Contact:
    contact = await need_contact(tx, client, address)
    if contact.disabled_at is not None:
        return contact
    now = office.clock()
    gone = replace(contact, disabled_at=now)
    key = address_key(contact.address)
    await clients.save_contact(tx, gone)
    await links.revoke_links(tx, contact.id, now)
    await letters.drop_waiting(tx, contact.id, "the contact was disabled")
    await sessions.end_sessions_of(tx, key, client.id)
    if not await clients.list_contacts_of_address(tx, key):
        await credentials.retire_credentials(tx, key, now)
    await office.record(
        tx,
        "contact disabled",
        contact.address,
        actor=actor,
        client_id=client.id,
        contact_id=contact.id,
    )
    return gone
