"""Finding what an operator names, or saying that it does not exist and how to list what does."""

from __future__ import annotations

from maild.errors import NotFound
from maild.model import Client, Contact, Letter, StoredDocument
from maild.store import clients, documents, letters
from maild.store.database import Queries


async def need_client(source: Queries, ref: str) -> Client:
    """Return the client of a reference; raises `NotFound`."""
    client = await clients.find_client(source, ref)
    if client is None:
        raise NotFound(
            f'there is no client "{ref}"; see: maild client list, or: maild client add NAME'
        )
    return client


async def need_contact(source: Queries, client: Client, address: str) -> Contact:
    """Return a client's contact, live or disabled; raises `NotFound`."""
    contact = await clients.find_contact(source, client.id, address)
    if contact is None:
        raise NotFound(
            f"{client.ref} has no contact {address}; "
            f"see: maild contact list {client.ref}, or: maild contact add {client.ref} {address}"
        )
    return contact


async def need_document(source: Queries, number: str) -> StoredDocument:
    """Return the document of a number; raises `NotFound`."""
    document = await documents.find_document(source, number)
    if document is None:
        raise NotFound(f"there is no document {number}; see: maild document list")
    return document


async def need_document_of(source: Queries, letter: Letter) -> StoredDocument:
    """Return the document that a letter is about; raises `NotFound`."""
    found = letter.document_id
    document = await documents.get_document(source, found) if found else None
    if document is None:
        raise NotFound(f"the document of letter {letter.id} is gone from the store")
    return document


async def client_of(source: Queries, document: StoredDocument) -> Client:
    """Return the client whose document it is."""
    client = await clients.get_client(source, document.client_id)
    if client is None:
        raise NotFound(f"the client of {document.number} is gone from the store")
    return client


async def latest_reader(source: Queries, key: str) -> tuple[Client, Contact] | None:
    """Return the live contact of an address key, of several the one written to last, or None."""
    found = await clients.list_contacts_of_address(source, key)
    written = {}
    for person in found:
        letter = await letters.latest_letter_to(source, person.id)
        written[person.id] = letter.created_at if letter else 0
    latest = max(found, key=lambda person: written[person.id], default=None)
    client = await clients.get_client(source, latest.client_id) if latest else None
    return (client, latest) if client and latest else None
