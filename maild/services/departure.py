"""An address leaves a client: what ends with it, in the transaction that lets it go.

Links, log-ins and reply rights in that client end, and the password unless the address is a live
contact elsewhere; letters that still wait are dropped, and a password that one of them would have
brought goes with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from maild.address import address_key
from maild.model import Client, Contact
from maild.office import Office
from maild.store import clients, credentials, letters, links, sessions
from maild.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Ended:
    """What ended with an address: how many links and log-ins, letters dropped, the password."""

    links: int = 0
    sessions: int = 0
    password: bool = False
    letters: int = 0

    def __str__(self) -> str:
        parts = [
            _count(self.links, "link") + " revoked" if self.links else "",
            _count(self.sessions, "log-in") + " ended" if self.sessions else "",
            "the password ended" if self.password else "",
            _count(self.letters, "waiting letter") + " dropped" if self.letters else "",
        ]
        return ", ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Leave:
    """Whose access to a client ends, at the address of before, by whose order and why.

    With `links_end` false the links that were sent to the address go on.
    """

    client: Client
    contact: Contact
    why: str
    actor: str
    links_end: bool = True


async def disable(office: Office, tx: Transaction, leave: Leave) -> tuple[Contact, Ended]:
    """Let a contact leave, unless they have left before; return them as they are now."""
    contact = leave.contact
    if contact.disabled_at is not None:
        return contact, Ended()
    gone = replace(contact, disabled_at=office.clock())
    await clients.save_contact(tx, gone)
    ended = await end_access(office, tx, leave)
    await office.record(
        tx,
        "contact disabled",
        gone.address,
        actor=leave.actor,
        reason=str(ended),
        client_id=gone.client_id,
        contact_id=gone.id,
    )
    return gone, ended


async def end_access(office: Office, tx: Transaction, leave: Leave) -> Ended:
    """End what an address has in a client; the contact's row says already that it has left."""
    key, now, contact = address_key(leave.contact.address), office.clock(), leave.contact
    ended_links = 0
    if leave.links_end:
        ended_links = await links.revoke_links(tx, contact.id, now, leave.why)
    ended_sessions = await sessions.end_sessions_of(tx, key, leave.client.id)
    passwords = 0
    if not await clients.list_contacts_of_address(tx, key):
        passwords = await credentials.retire_credentials(tx, key, now)
    dropped = await _drop_letters(office, tx, leave)
    return Ended(ended_links, ended_sessions, passwords > 0, dropped)


async def _drop_letters(office: Office, tx: Transaction, leave: Leave) -> int:
    waiting = await letters.list_waiting(tx, leave.contact.id)
    await letters.drop_waiting(tx, leave.contact.id, leave.why)
    await credentials.retire_untold(tx, office.clock(), contact_id=leave.contact.id)
    for letter in waiting:
        await office.record(
            tx,
            "letter dropped",
            letter.id,
            actor=leave.actor,
            reason=f"to {letter.recipient}: {leave.why}",
            client_id=letter.client_id,
            document_id=letter.document_id,
            contact_id=letter.contact_id,
        )
    return len(waiting)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
