"""Who is looking, and what they may see: every query for a client's data starts from a visitor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from maild.access.links import LinkedVisit, LinkState, Scope, judge_link, reach_of
from maild.access.sessions import is_session_live
from maild.config import Links
from maild.model import Client, Contact, StoredDocument
from maild.store import clients, documents, links, sessions
from maild.store.database import Queries


@dataclass(frozen=True, slots=True)
class Visitor:
    """A contact who came in by a link or a password, looking at one client.

    With scope `document` nothing but `document_id` is there. `clients` are all (id, name) pairs
    the visitor may switch between.
    """

    contact: Contact
    client: Client
    by: str
    scope: Scope
    document_id: str | None
    clients: tuple[tuple[str, str], ...]

    @property
    def address(self) -> str:
        """The visitor's address."""
        return self.contact.address

    @property
    def client_name(self) -> str:
        """The name of the client looked at."""
        return self.client.name


class Refusal(StrEnum):
    """Why somebody is not let in, in one word."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"
    LOGIN = "login"


async def load_visit(source: Queries, link_id: str) -> LinkedVisit | None:
    """Return a link with everything it leads to, or None if it was never issued."""
    link = await links.get_link(source, link_id)
    contact = await clients.get_contact(source, link.contact_id) if link else None
    client = await clients.get_client(source, contact.client_id) if contact else None
    document = await documents.get_document(source, link.document_id) if link else None
    if link and contact and client and document:
        return LinkedVisit(link, contact, client, document)
    return None


def admit_link(visit: LinkedVisit, rules: Links, now: int) -> Visitor | Refusal:
    """Return the visitor that a link lets in at this moment, or why it does not."""
    state = judge_link(visit, rules, now)
    if state is not LinkState.LIVE:
        return Refusal(state.value)
    if visit.client.enforce_login:
        return Refusal.LOGIN
    return Visitor(
        contact=visit.contact,
        client=visit.client,
        by="link",
        scope=reach_of(visit, rules, now),
        document_id=visit.document.id,
        clients=((visit.client.id, visit.client.name),),
    )


async def admit_session(source: Queries, secret_hash: str, now: int) -> Visitor | Refusal:
    """Return the visitor of a log-in session: any client with that address as a live contact."""
    session = await sessions.find_session(source, secret_hash)
    if session is None or not is_session_live(session, now):
        return Refusal.UNKNOWN
    people = await clients.list_contacts_of_address(source, session.address_key)
    found = [(person, await clients.get_client(source, person.client_id)) for person in people]
    pairs = [(person, client) for person, client in found if client]
    if not pairs:
        return Refusal.REVOKED
    # the client looked at, or any other one where that contact has been ended meanwhile
    contact, client = next((p for p in pairs if p[1].id == session.client_id), pairs[0])
    return Visitor(
        contact=contact,
        client=client,
        by="password",
        scope=Scope.ACCOUNT,
        document_id=None,
        clients=tuple((c.id, c.name) for _, c in pairs),
    )


async def list_visible(
    source: Queries, visitor: Visitor, kind: str | None = None
) -> list[StoredDocument]:
    """Return the documents (of a type) that a visitor may see, latest first."""
    found = await documents.list_client_documents(source, visitor.client.id, kind)
    if visitor.scope is Scope.DOCUMENT:
        return [document for document in found if document.id == visitor.document_id]
    if visitor.client.shared:
        own = await links.list_linked_documents(source, visitor.contact.id)
        return [document for document in found if document.id in own]
    return found


async def find_visible(
    source: Queries, visitor: Visitor, kind: str, number: str
) -> StoredDocument | None:
    """Return a document that a visitor may see; what is not theirs is None, as what is not."""
    found = await documents.find_client_document(source, visitor.client.id, kind, number)
    if found is None:
        return None
    if visitor.scope is Scope.DOCUMENT:
        return found if found.id == visitor.document_id else None
    if visitor.client.shared:
        own = await links.list_linked_documents(source, visitor.contact.id)
        return found if found.id in own else None
    return found
