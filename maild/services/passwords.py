"""Choosing one's own password: it takes the place of all others at once, and of all log-ins."""

from __future__ import annotations

from dataclasses import replace

from maild.access.chosen import find_fault
from maild.access.passwords import normalise_chosen
from maild.access.sessions import hash_secret, new_secret
from maild.access.throttle import (
    AUTOMATIC_ALL,
    PASSWORD_NOTICES,
    automatic_name,
    find_wait,
    notice_name,
)
from maild.access.visitors import Visitor
from maild.address import address_key
from maild.clock import to_datetime
from maild.letters import Frozen, Order
from maild.model import Credential
from maild.office import Office
from maild.services.parcels import mailbox_of
from maild.store import credentials, letters, sessions, throttles
from maild.store.database import Transaction


def find_password_fault(office: Office, visitor: Visitor, typed: str, again: str) -> str:
    """Return what is wrong with the password that a visitor typed twice, or ""."""
    business, local = office.config.business, visitor.address.partition("@")[0]
    clients = [name for _, name in visitor.clients]
    names = (business.name, business.email, visitor.address, local, visitor.contact.name, *clients)
    return find_fault(typed, again, names)


async def choose_password(
    office: Office, visitor: Visitor, password: str, secret: str
) -> str | None:
    """Keep a visitor's own password and return the new secret of their log-in session.

    Every older password and every other session of the address end, and a letter tells the
    address. Returns None, having changed nothing, if the session itself has ended meanwhile.
    Raises `Busy` under a flood.
    """
    hashed = await office.hasher.hash(normalise_chosen(password))
    made = _make_credential(office, visitor, hashed)
    letter = _write_notice(office, visitor, made)
    rotated = new_secret(office.random_bytes)

    async def work(tx: Transaction) -> str | None:
        session = await sessions.find_session(tx, hash_secret(secret))
        if session is None:
            return None
        await credentials.retire_credentials(tx, made.address_key, made.created_at)
        await credentials.add_credential(tx, made)
        await sessions.end_all_sessions_of(tx, made.address_key)
        await sessions.add_session(tx, replace(session, hash=hash_secret(rotated)))
        await _post_notice(office, tx, visitor, letter)
        return rotated

    return await office.db.transact(work)


def _make_credential(office: Office, visitor: Visitor, hashed: str) -> Credential:
    now = office.clock()
    return Credential(
        id=office.ids.new(),
        address_key=address_key(visitor.address),
        hash=hashed,
        generated=False,
        created_at=now,
        delivered_at=None,
        # typed by its owner a moment ago: nothing that is mailed later may push it out
        first_used_at=now,
        retired_at=None,
    )


async def _post_notice(office: Office, tx: Transaction, visitor: Visitor, letter: Frozen) -> None:
    """Log the change, and tell the address unless five letters of a day have told it already.

    They count among the automatic letters, but only their own number stops them: whoever has other
    letters sent must not be able to keep this one back.
    """
    contact, now = visitor.contact, office.clock()
    await office.record(
        tx,
        "password chosen",
        visitor.address,
        actor=f"contact {visitor.address}",
        client_id=visitor.client.id,
        contact_id=contact.id,
    )
    own = notice_name(address_key(visitor.address))
    if await find_wait(tx, own, PASSWORD_NOTICES, now):
        return
    await letters.add_letter(tx, letter.letter, letter.message, letter.secrets)
    for name in (own, automatic_name(contact.id), AUTOMATIC_ALL):
        await throttles.add_hit(tx, office.ids.new(), name, now)


def _write_notice(office: Office, visitor: Visitor, made: Credential) -> Frozen:
    order = Order(
        kind="password_changed",
        occurrence=f"password changed {made.id}",
        recipient=mailbox_of(office, visitor.client, visitor.contact),
        context={"address": visitor.address, "at": to_datetime(made.created_at)},
        locale=visitor.client.locale,
        client_id=visitor.client.id,
        contact_id=visitor.contact.id,
    )
    return office.letterhead.write(order, made.created_at)
