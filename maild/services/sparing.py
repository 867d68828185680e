"""Contacts that are spared: what they did not ask for is held, and why, and until when.

Letters come back from their address, or the operator has put them on hold. What a person asks for,
by reply or on the website, still goes out: nobody is locked out.
"""

from __future__ import annotations

import shlex
from dataclasses import replace

from maild.errors import Refused
from maild.model import Client, Contact
from maild.office import Office
from maild.services.customers import check_name
from maild.services.lookup import need_contact
from maild.store import clients, letters
from maild.store.database import Transaction

# how the outcome begins of a letter that is held for whom it goes to, and not for itself
COMES_BACK = "letters to this address come back: "
ON_HOLD = "this contact is on hold: "


def why_spared(contact: Contact) -> str:
    """Return why letters that a person did not ask for are held, or nothing if they are not."""
    if contact.held_at is not None:
        return f"{ON_HOLD}{contact.held_why}"
    return f"{COMES_BACK}{contact.bounced_why}" if contact.bounced_at is not None else ""


async def hold_contact(
    office: Office, client: Client, contact: Contact, reason: str, *, actor: str
) -> int:
    """Put a contact on hold, or give the hold another reason; return how many letters wait now.

    Raises `NotFound`, `BadInput` for a reason that is not one line, `Refused` for one who left.
    """
    why = check_name(reason, "a reason")

    async def work(tx: Transaction) -> int:
        current = await need_contact(tx, client, contact.address)
        if current.disabled_at is not None:
            raise Refused(f"{current.address} was disabled, and gets no letters as it is")
        held = replace(current, held_at=current.held_at or office.clock(), held_why=why)
        await clients.save_contact(tx, held)
        # those on hold already take the new reason along
        await letters.release_held(tx, held.id, ON_HOLD, office.clock())
        waiting = await letters.hold_waiting(tx, held.id, why_spared(held))
        await _record(office, tx, held, "contact held", actor, why)
        return waiting

    return await office.db.transact(work)


async def release_contact(office: Office, client: Client, contact: Contact, *, actor: str) -> int:
    """End a contact's hold; return how many letters go out now.

    Raises `NotFound`, and `Refused`, with what would help, for one who is not on hold.
    """

    async def work(tx: Transaction) -> int:
        current = await need_contact(tx, client, contact.address)
        if current.held_at is None:
            raise _nothing_to_release(client, current)
        free = replace(current, held_at=None, held_why="")
        await clients.save_contact(tx, free)
        released = await let_go(office, tx, free, ON_HOLD)
        await _record(office, tx, free, "contact released", actor, "")
        return released

    return await office.db.transact(work)


async def let_go(office: Office, tx: Transaction, contact: Contact, because: str) -> int:
    """Release what was held for a reason; what is held for another one still is not counted."""
    released = await letters.release_held(tx, contact.id, because, office.clock())
    another = why_spared(contact)
    if another:
        await letters.hold_waiting(tx, contact.id, another)
    return 0 if another else released


def say_remedy(client: Client, contact: Contact) -> str:
    """Return the command that lets letters go to a spared contact again."""
    change = f"maild contact set {client.ref} {shlex.quote(contact.address)}"
    if contact.held_at is not None:
        return f"{change} --release"
    return f"{change} --email NEW-ADDRESS, or --deliverable if it is good after all"


def _nothing_to_release(client: Client, contact: Contact) -> Refused:
    if contact.bounced_at is None:
        return Refused(f"{contact.address} is not on hold; there is nothing to release")
    return Refused(
        f"{contact.address} is not on hold, but letters to it come back ({contact.bounced_why}); "
        f"to mend that: {say_remedy(client, contact)}"
    )


async def _record(
    office: Office, tx: Transaction, contact: Contact, verb: str, actor: str, reason: str
) -> None:
    await office.record(
        tx,
        verb,
        contact.address,
        actor=actor,
        reason=reason,
        client_id=contact.client_id,
        contact_id=contact.id,
    )
