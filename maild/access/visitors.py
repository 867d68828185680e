"""Who is looking, and what they may see: every query for a client's data starts from a visitor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from maild.access.links import (
    LinkedVisit,
    LinkState,
    Scope,
    enforces_login,
    judge_link,
    reach_of,
)
from maild.access.sessions import is_session_live
from maild.address import address_key
from maild.config_sections import Links
from maild.model import Client, Contact, StoredDocument
from maild.store import clients, documents, sessions, visits
from maild.store.database import Queries
from maild.store.reach import NEVER, Reach


@dataclass(frozen=True, slots=True)
class Visitor:
    """A contact who came in by a link or a password, looking at one client.

    With scope `document` nothing but `document_id` is there. `clients` are all (id, name) pairs
    the visitor may switch between. `document` is what the link leads to, read together with it,
    and `has_files` tells whether that has attachments.
    """

    contact: Contact
    client: Client
    by: str
    scope: Scope
    document_id: str | None
    clients: tuple[tuple[str, str], ...]
    document: StoredDocument | None = None
    has_files: bool = True

    @property
    def address(self) -> str:
        """The visitor's address."""
        return self.contact.address

    @property
    def client_name(self) -> str:
        """The name of the client looked at."""
        return self.client.name

    @property
    def sees_account(self) -> bool:
        """Whether what is the client's as a whole is open: its files and its statement."""
        return self.scope is Scope.ACCOUNT and not self.client.shared

    @property
    def reach(self) -> Reach:
        """Which documents an account visitor may see; one of a shared client, those they got."""
        since = NEVER if self.client.shared else self.contact.history_from or 0
        return Reach(self.client.id, since, self.contact.id)


class Refusal(StrEnum):
    """Why somebody is not let in, in one word."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"
    LOGIN = "login"


async def load_visit(source: Queries, link_id: str, cookie_hash: str = "") -> LinkedVisit | None:
    """Return a link with everything it leads to, or None if it was never issued.

    `cookie_hash` is that of the cookie by which a browser comes back to it.
    """
    row = await visits.find_visit(source, link_id, cookie_hash)
    if row is None:
        return None
    return LinkedVisit(row.link, row.contact, row.client, row.document, row.has_files, row.left)


def admit_link(visit: LinkedVisit, rules: Links, now: int) -> Visitor | Refusal:
    """Return the visitor that a link lets in at this moment, or why it does not."""
    state = judge_link(visit, rules, now)
    if state is not LinkState.LIVE:
        return Refusal(state.value)
    if enforces_login(visit.client, rules):
        return Refusal.LOGIN
    return Visitor(
        contact=visit.contact,
        client=visit.client,
        by="link",
        scope=reach_of(visit, rules, now),
        document_id=visit.document.id,
        clients=((visit.client.id, visit.client.name),),
        document=visit.document,
        has_files=visit.has_files,
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


async def list_numbers(source: Queries, contact: Contact, client: Client) -> tuple[str, ...]:
    """Return the numbers of what a contact may see of a client when logged in, latest first."""
    visitor = Visitor(
        contact=contact,
        client=client,
        by="password",
        scope=Scope.ACCOUNT,
        document_id=None,
        clients=((client.id, client.name),),
    )
    return await documents.list_numbers_within(source, visitor.reach)


async def find_visible(
    source: Queries, visitor: Visitor, kind: str, number: str
) -> StoredDocument | None:
    """Return a document that a visitor may see; what is not theirs is None, as what is not."""
    own = visitor.document
    if own and (own.client_id, own.type, own.number) == (visitor.client.id, kind, number):
        # the statement that let the visitor in has read it
        return own
    found = await documents.find_within(source, visitor.reach, kind, number)
    if found and visitor.scope is Scope.DOCUMENT and found.id != visitor.document_id:
        return None
    return found


async def find_owner(source: Queries, visitor: Visitor, kind: str, number: str) -> str | None:
    """Return the id of another client of a visitor's log-in that shows them a document, or None."""
    others = {client_id for client_id, _ in visitor.clients} - {visitor.client.id}
    if not others:
        return None
    people = await clients.list_contacts_of_address(source, address_key(visitor.address))
    for person in people:
        client = await clients.get_client(source, person.client_id)
        if client and client.id in others:
            turned = replace(visitor, contact=person, client=client)
            if await find_visible(source, turned, kind, number):
                return client.id
    return None
