"""Who gets a document, and in how many letters: one each, or one that names all of them.

One letter to several is a row for each of them with the same bytes, so that each has a fate of
its own. What stands in it is everybody's: a link that opens the document alone and belongs to
the addressee, whose reply address it bears, and never a password.
"""

from __future__ import annotations

from dataclasses import replace

from maild.access.links import Scope
from maild.model import Contact
from maild.office import Office
from maild.services.parcels import Parcel, Sending, find_scope, mailbox_of, pack_letter


async def pack_document(office: Office, sending: Sending) -> tuple[Parcel, ...]:
    """Return a parcel for each person of a sending, the addressee's first; nothing is kept yet."""
    together = sending.client.copies == "cc" and not sending.password
    if together and len(sending.people) > 1:
        return await _pack_for_all(office, sending)
    return tuple([await pack_for_one(office, sending, contact) for contact in sending.people])


async def pack_for_one(office: Office, sending: Sending, contact: Contact) -> Parcel:
    """Return a letter to one person alone, be it one of a sending or another; nothing is kept."""
    addressee = next(iter(sending.people), contact)
    copied = contact.id != addressee.id
    scope = await find_scope(office, sending.client, sending.document, contact, copied)
    return await pack_letter(office, sending, contact, scope)


async def _pack_for_all(office: Office, sending: Sending) -> tuple[Parcel, ...]:
    addressee, *others = sending.people
    to, *copies = (mailbox_of(office, sending.client, contact) for contact in sending.people)
    if sending.client.dummy:
        # it goes to the operator alone, and tells whom it stands for
        to, copies = replace(to, meant_for=_list(sending)), []
    first = await pack_letter(office, sending, addressee, Scope.DOCUMENT, (to, *copies))
    return first, *(_copy(office, sending, first, contact) for contact in others)


def _copy(office: Office, sending: Sending, first: Parcel, contact: Contact) -> Parcel:
    """Return the same letter for somebody in copy."""
    letter = replace(
        first.frozen.letter,
        id=office.ids.new(),
        occurrence=sending.occurrence(contact),
        contact_id=contact.id,
        recipient=mailbox_of(office, sending.client, contact).address,
        copy_of=first.frozen.letter.id,
    )
    frozen = replace(first.frozen, letter=letter)
    return replace(first, frozen=frozen, contact=contact, holder=True)


def _list(sending: Sending) -> str:
    return ", ".join(contact.address for contact in sending.people)
