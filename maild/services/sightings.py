"""Honest views: what was fetched, what was probably read, and what else a contact has shown.

A GET proves nothing, for mail scanners follow links; only a page that was in view and touched is
taken for read (see `templates/web/seen.js`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from maild.address import address_key
from maild.clock import MINUTE, Instant
from maild.mail.report import Kind
from maild.model import Contact, Letter, Reply, StoredDocument
from maild.office import Office
from maild.store import clients, documents, events, letters, replies, sightings
from maild.store.database import Queries, Transaction
from maild.store.sightings import Sighting, SightingKind


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of a document with one contact; instants are the first of their kind."""

    contact: Contact
    sent_at: Instant | None
    fetched: Sighting | None
    read: Sighting | None
    logged_in_at: Instant | None
    replied_at: Instant | None


async def note_fetch(office: Office, document_id: str, contact_id: str) -> Instant:
    """Note that a contact's link or page was asked for, writing at most once a minute.

    The first time is an event. Returns until when there is nothing more to note. Raises
    `StoreUnavailable`.
    """
    now, kind = office.clock(), SightingKind.FETCHED
    known = await sightings.find_sighting(office.db, document_id, contact_id, kind)
    if known and now < known.last_at + MINUTE:
        return known.last_at + MINUTE

    async def work(tx: Transaction) -> None:
        document = await documents.get_document(tx, document_id)
        contact = await clients.get_contact(tx, contact_id)
        first = await sightings.add_sighting(tx, document_id, contact_id, kind, now)
        if first and document and contact:
            await office.record(
                tx,
                "fetched",
                document.number,
                actor="visitor",
                reason=f"for {contact.address}, perhaps by a machine",
                client_id=document.client_id,
                document_id=document.id,
                contact_id=contact.id,
            )

    await office.db.transact(work)
    return now + MINUTE


async def note_read(office: Office, document: StoredDocument, contact: Contact) -> None:
    """Note that a contact probably looked at a document; the first time is an event."""

    async def work(tx: Transaction) -> None:
        if await sightings.add_sighting(
            tx, document.id, contact.id, SightingKind.READ, office.clock()
        ):
            await office.record(
                tx,
                "probably read",
                document.number,
                actor=f"contact {contact.address}",
                client_id=document.client_id,
                document_id=document.id,
                contact_id=contact.id,
            )

    await office.db.transact(work)


async def trace_document(source: Queries, document: StoredDocument) -> list[Trace]:
    """Return what became of a document with each contact it reached or who came to it."""
    written = await letters.list_document_letters(source, document.id)
    seen = await sightings.list_sightings(source, document.id)
    answered = [
        reply
        for reply in await replies.list_document_replies(source, document.id)
        if reply.kind == Kind.HUMAN
    ]
    traces: tuple[Letter | Sighting | Reply, ...] = (*written, *seen, *answered)
    ids = dict.fromkeys(one.contact_id for one in traces if one.contact_id)
    people = [await clients.get_contact(source, contact_id) for contact_id in ids]
    return [
        await _trace(source, document, person, written, seen, answered)
        for person in people
        if person
    ]


async def _trace(
    source: Queries,
    document: StoredDocument,
    contact: Contact,
    written: Iterable[Letter],
    seen: Iterable[Sighting],
    answered: Iterable[Reply],
) -> Trace:
    kinds = {one.kind: one for one in seen if one.contact_id == contact.id}
    sent = [one.sent_at for one in written if one.contact_id == contact.id and one.sent_at]
    replied = (one.received_at for one in answered if one.contact_id == contact.id)
    return Trace(
        contact=contact,
        sent_at=min(sent, default=None),
        fetched=kinds.get(SightingKind.FETCHED),
        read=kinds.get(SightingKind.READ),
        logged_in_at=await events.first_login(
            source, address_key(contact.address), document.created_at
        ),
        replied_at=min(replied, default=None),
    )
