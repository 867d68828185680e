"""Issuing: a document, its links, its letters and its events, in one transaction.

The document's number is the key: the same number with the same content sends nothing twice, and
with other content it is refused with what differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from maild.address import parse_address
from maild.document import Document, describe_differences
from maild.errors import NotFound, Refused
from maild.mail.compose import Attached
from maild.model import Attachment, Client, Contact, StoredDocument
from maild.money import to_minor
from maild.office import Office
from maild.services.attachments import KeptFile, keep_files, load_attached
from maild.services.lookup import client_of, need_client, need_document
from maild.services.parcels import Parcel, Sending, post_parcels
from maild.services.printing import print_enclosure
from maild.services.recipients import pack_document, pack_for_one
from maild.states import DocumentState
from maild.store import clients, documents
from maild.store.database import Queries, Transaction


@dataclass(frozen=True, slots=True)
class Shipment:
    """A document ready to be kept, or (`already`) kept before with the same content.

    It is meant for `people`; without `parcels` nothing is sent to them.
    """

    document: StoredDocument
    client: Client
    people: tuple[Contact, ...]
    files: tuple[KeptFile, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    already: bool = False


async def prepare_issue(
    office: Office, document: Document, files: Sequence[Attached], *, password: bool = False
) -> Shipment:
    """Check a document against the store and write its letters, keeping nothing yet.

    Raises `NotFound` for an unknown client or contact, `Refused` where there is nobody to send it
    to or the number is taken by other content, `BadInput` for a file over the limit.
    """
    shipment = await prepare_shipment(office, document, files)
    client, stored = shipment.client, shipment.document
    if not shipment.people:
        raise Refused(
            f"{client.ref} has no contact to send to; "
            f"add one: maild contact add {client.ref} ADDRESS"
        )
    if shipment.already:
        return shipment
    pdf = await print_enclosure(office, client, stored)
    sending = Sending(client, stored, shipment.people, pdf, tuple(files), password)
    return replace(shipment, parcels=await pack_document(office, sending))


async def prepare_shipment(
    office: Office, document: Document, files: Sequence[Attached]
) -> Shipment:
    """Check a document against the store; without parcels yet, and perhaps meant for nobody.

    Raises `NotFound`, `Refused` and `BadInput` as `prepare_issue` does.
    """
    client = await need_client(office.db, document.client)
    people = tuple(await _find_people(office.db, client, document))
    stored = _store_form(office, document, client)
    kept = keep_files(office, stored.id, files)
    known = await documents.find_document(office.db, document.number)
    if known:
        await _check_same(office.db, known, stored, kept)
        return Shipment(known, client, people, already=True)
    return Shipment(stored, client, people, kept)


async def commit_issue(office: Office, shipment: Shipment, *, actor: str) -> bool:
    """Keep a shipment and queue its letters; return False if its number was issued before.

    Raises `Refused` if other content took the number meanwhile.
    """

    async def work(tx: Transaction) -> bool:
        return await issue_shipment(office, tx, shipment, actor=actor)

    return False if shipment.already else await office.db.transact(work)


async def issue_shipment(
    office: Office, tx: Transaction, shipment: Shipment, *, actor: str
) -> bool:
    """Do as `commit_issue` does, as part of a transaction."""
    if not await keep_shipment(tx, office, shipment):
        return False
    await post_parcels(tx, office, shipment.parcels, "issued", shipment.document, actor)
    return True


async def keep_shipment(tx: Transaction, office: Office, shipment: Shipment) -> bool:
    """Keep the document of a shipment and its files; return False if the number is there already.

    Raises `Refused` if it is there with other content.
    """
    document = shipment.document
    known = await documents.find_document(tx, document.number)
    if known:
        await _check_same(tx, known, document, shipment.files)
        return False
    await documents.add_document(tx, document)
    for attachment, content in shipment.files:
        await documents.add_attachment(tx, attachment, content, office.clock())
    return True


async def resend(
    office: Office, number: str, *, to: str | None = None, actor: str, password: bool = False
) -> tuple[Parcel, ...]:
    """Send a document once more to everyone it went to, with fresh links; the old ones stay good.

    With an address it goes to that contact of the client alone, who may not have had it before.
    Raises `NotFound` for an unknown number or contact, `Refused` when nobody is left to send it
    to.
    """
    document = await need_document(office.db, number)
    client = await client_of(office.db, document)
    past = await documents.list_recipients(office.db, document.id)
    # one that was imported before its client had contacts was meant for nobody yet
    past = past or await clients.list_contacts(office.db, client.id)
    people = [contact for contact in past if contact.disabled_at is None]
    if not people and to is None:
        raise Refused(
            f"nobody whom {number} went to is still a contact; to send it to another one: "
            f"maild contact add {client.ref} ADDRESS, then maild resend {number} --to ADDRESS"
        )
    pdf = await print_enclosure(office, client, document)
    files = tuple(await load_attached(office.db, document))
    sending = Sending(client, document, people, pdf, files, password, again=office.ids.new())
    if to is None:
        parcels = await pack_document(office, sending)
    else:
        one = await _need_live(office.db, client, number, to)
        parcels = (await pack_for_one(office, sending, one),)

    async def work(tx: Transaction) -> None:
        await post_parcels(tx, office, parcels, "sent again", document, actor)

    await office.db.transact(work)
    return parcels


def _store_form(office: Office, document: Document, client: Client) -> StoredDocument:
    ends = document.due or document.valid_until
    content = document.model_copy(update={"client": client.ref, "contacts": (), "attachments": ()})
    stored = StoredDocument(
        id=office.ids.new(),
        client_id=client.id,
        number=document.number,
        type=document.type,
        state=DocumentState.OPEN,
        currency=document.currency,
        issued=document.issued.isoformat(),
        ends=ends.isoformat() if ends else None,
        total_minor=to_minor(document.totals().gross, document.currency),
        paid_minor=0,
        canonical=content.canonical(),
        created_at=office.clock(),
        settled_at=None,
    )
    # what has just been read and checked need not be read back from its own text
    vars(stored)["content"] = content
    return stored


async def _find_people(source: Queries, client: Client, document: Document) -> list[Contact]:
    live = [c for c in await clients.list_contacts(source, client.id) if c.disabled_at is None]
    if not document.contacts:
        return live
    people: dict[str, Contact] = {}
    for address in document.contacts:
        contact = await _need_live(source, client, document.number, address)
        people.setdefault(contact.id, contact)
    return list(people.values())


async def _need_live(source: Queries, client: Client, number: str, address: str) -> Contact:
    contact = await clients.find_contact(source, client.id, parse_address(address))
    if contact is None or contact.disabled_at is not None:
        raise NotFound(
            f"{number}: {address} is not a contact of {client.ref}; "
            f"add it first: maild contact add {client.ref} {address}"
        )
    return contact


async def _check_same(
    source: Queries, known: StoredDocument, new: StoredDocument, files: Sequence[KeptFile]
) -> None:
    """Raise `Refused` with what differs, unless a known document is the same as a new one."""
    differences = list(describe_differences(known.canonical, new.canonical))
    present = {item.name: item for item in await documents.list_attachments(source, known.id)}
    for attachment, _ in files:
        differences += _compare_file(present.get(attachment.name), attachment)
    if differences:
        raise Refused(
            f"{known.number} was issued before with other content; nothing was sent.\n  "
            + "\n  ".join(differences)
            + "\nGive the new document its own number; "
            f"to withdraw the old one: maild void {known.number}"
        )


def _compare_file(known: Attachment | None, new: Attachment) -> list[str]:
    if known is None:
        return [f"attachments: {new.name} is new (to add it: maild attach NUMBER FILE)"]
    return [] if known.hash == new.hash else [f"attachments: {new.name} has other content"]
