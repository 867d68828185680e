"""A client's account as one person may see it, and the letter that brings a statement of it."""

from __future__ import annotations

from maild.access.links import Scope, scope_for
from maild.clock import to_date
from maild.ids import Purpose
from maild.letters import Order
from maild.mail.compose import Attached
from maild.model import Client, Contact
from maild.office import Office
from maild.services.parcels import Parcel, mailbox_of, make_link
from maild.services.printing import print_statement
from maild.services.statements import Period, draw_up
from maild.store import documents, letters, links
from maild.store.reach import NEVER, Reach


async def find_reach(office: Office, client: Client, contact: Contact) -> Reach:
    """Return what a person may see: one whose links are narrow, what they got a link to."""
    narrow = client.shared or await _is_copied(office, contact)
    return Reach(client.id, NEVER if narrow else contact.history_from or 0, contact.id)


async def write_statement(
    office: Office, client: Client, contact: Contact, occurrence: str, *, asked: bool
) -> Parcel | None:
    """Return a statement of what a person may see, as a letter; None for who sees no account."""
    reach = await find_reach(office, client, contact)
    if reach.since == NEVER:
        return None
    today = to_date(office.clock(), office.zone)
    statement = await draw_up(office, reach, Period(None, today), locale=client.locale)
    pdf = await print_statement(office, client, statement)
    latest = await letters.latest_letter_to(office.db, contact.id)
    found = latest.document_id if latest else None
    document = await documents.get_document(office.db, found) if found else None
    scope = scope_for(client, office.config.links, copied=False)
    link = make_link(office, contact, document, scope) if document else None
    secret = office.letterhead.secret(Purpose.LINK, link.id) if link else None
    order = Order(
        kind="statement",
        occurrence=occurrence,
        recipient=mailbox_of(office, client, contact),
        context={
            "client": client,
            "statement": statement,
            "document": document,
            "link": office.letterhead.link_url(secret) if secret else None,
        },
        answers=asked,
        secrets=(secret,) if secret else (),
        attachments=(Attached(f"statement-{today}.pdf", "application/pdf", pdf),),
        locale=client.locale,
        client_id=client.id,
        contact_id=contact.id,
    )
    frozen = office.letterhead.write(order, office.clock())
    return Parcel(frozen, contact, link, asked=asked)


async def _is_copied(office: Office, contact: Contact) -> bool:
    last = await links.latest_link(office.db, contact.id)
    return last is not None and last.scope == Scope.DOCUMENT
