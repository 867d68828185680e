"""A fresh link and a fresh password for a contact, to the address on record and to no other.

What worked before goes on working: the old password until the new one is first used, the old
link until it expires or is revoked.
"""

from __future__ import annotations

from dataclasses import dataclass

from maild.access.links import Scope, enforces_login, scope_for
from maild.access.throttle import REISSUE, reissue_name
from maild.errors import Refused
from maild.ids import Purpose
from maild.letters import Order
from maild.model import Client, Contact, StoredDocument
from maild.office import Office
from maild.services.automatic import check_limits, count_letter
from maild.services.parcels import (
    Parcel,
    generate_password,
    mailbox_of,
    make_link,
    post_parcel,
    thread_of,
)
from maild.store import documents, letters, links
from maild.store.database import Queries, Transaction


@dataclass(frozen=True, slots=True)
class Reissue:
    """Whom new credentials are for, and why: `occasion` is unique, so that none go twice."""

    client: Client
    contact: Contact
    document: StoredDocument | None
    occasion: str
    asked: bool
    actor: str
    reason: str


async def prepare_reissue(office: Office, wanted: Reissue) -> Parcel:
    """Write the letter with the new link and password, keeping nothing yet.

    Raises `Refused` when the contact has been disabled.
    """
    contact = wanted.contact
    if contact.disabled_at is not None:
        raise Refused(f"{contact.address} is no longer a contact of {wanted.client.ref}")
    document = wanted.document or await _latest_document(office, contact)
    made = await generate_password(office, contact.address)
    scope = await _find_scope(office, wanted)
    link = make_link(office, contact, document, scope) if document else None
    link_secret = office.letterhead.secret(Purpose.LINK, link.id) if link else None
    order = Order(
        kind="credentials",
        occurrence=f"credentials {contact.id} {wanted.occasion}",
        recipient=mailbox_of(office, wanted.client, contact),
        context={
            "link": office.letterhead.link_url(link_secret) if link_secret else None,
            "document": document,
            "client": wanted.client,
            "enforce_login": enforces_login(wanted.client, office.config.links),
            "password": made.secret.placeholder,
            "address": contact.address,
            "login_url": f"{office.config.web.base_url}/login",
            "lapse_hours": office.config.passwords.lapse_hours,
            "asked": wanted.asked,
        },
        answers=wanted.asked,
        thread=await thread_of(office, document, contact) if document else (),
        secrets=(made.secret, link_secret) if link_secret else (made.secret,),
        locale=wanted.client.locale,
        client_id=wanted.client.id,
        document_id=document.id if document else None,
        contact_id=contact.id,
        credential_id=made.credential.id,
    )
    frozen = office.letterhead.write(order, office.clock())
    return Parcel(frozen, contact, link, made.credential)


async def commit_reissue(office: Office, tx: Transaction, wanted: Reissue, parcel: Parcel) -> None:
    """Queue the letter within the limits; raises `Throttled`, having kept nothing.

    What the operator orders counts against the limits but is never stopped by them.
    """
    contact = wanted.contact
    if wanted.asked:
        await check_reissue(office, tx, contact)
    if not await post_parcel(tx, parcel):
        return
    await count_letter(office, tx, contact, reissue_name(contact.id))
    await office.record(
        tx,
        "reissued",
        contact.address,
        actor=wanted.actor,
        reason=wanted.reason,
        client_id=wanted.client.id,
        document_id=parcel.frozen.letter.document_id,
        contact_id=contact.id,
    )


async def check_reissue(office: Office, source: Queries, contact: Contact) -> None:
    """Raise `Throttled` while a contact who asks for new credentials must wait.

    Asked before the letter is prepared as well: a flood is not to cost a password's hash each.
    """
    await check_limits(office, source, contact, {reissue_name(contact.id): REISSUE})


async def _find_scope(office: Office, wanted: Reissue) -> Scope:
    """Return how far the new link reaches: no farther than the last one this person was sent."""
    last = await links.latest_link(office.db, wanted.contact.id)
    copied = last is not None and last.scope == Scope.DOCUMENT
    return scope_for(wanted.client, office.config.links, copied=copied)


async def _latest_document(office: Office, contact: Contact) -> StoredDocument | None:
    """Return the document this person was written to about last."""
    letter = await letters.latest_letter_to(office.db, contact.id)
    found = letter.document_id if letter else None
    return await documents.get_document(office.db, found) if found else None
