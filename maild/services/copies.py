"""Sent again because its reader asks: a document, the one they name, or an account statement.

It goes to the address on record, reaches no farther than what the person may see anyway, and
brings a fresh link.
"""

from __future__ import annotations

from maild.access.links import Scope, scope_for
from maild.clock import to_date
from maild.ids import Purpose
from maild.letters import Order
from maild.mail.compose import Attached
from maild.mail.intent import Request
from maild.model import Client, Contact, DocumentState, StoredDocument
from maild.office import Office
from maild.services.attachments import load_attached
from maild.services.automatic import check_limits, post_answer
from maild.services.parcels import (
    Parcel,
    Sending,
    find_scope,
    mailbox_of,
    make_link,
    pack_letter,
)
from maild.services.printing import print_document, print_statement
from maild.services.settlement import Case, Deed, Unfit
from maild.services.statements import Period, draw_up
from maild.store import documents, letters, links
from maild.store.database import Transaction
from maild.store.reach import NEVER, Reach


async def prepare_copy(office: Office, case: Case) -> Deed:
    """Write again what a reply asks for, and return the posting of it.

    Raises `Unfit` where it is not to be had, `Throttled` when too much was asked for.
    """
    client, contact = case.people
    limited = not case.orders
    if limited:
        await check_limits(office, office.db, contact)
    if case.intent.request is Request.STATEMENT:
        parcels = [await _write_statement(office, case, client, contact)]
    else:
        wanted = await _find_documents(office, case, client, contact)
        parcels = [await _write_copy(office, case, client, contact, one) for one in wanted]

    async def post(tx: Transaction) -> None:
        for parcel in parcels:
            await post_answer(office, tx, parcel, "sent again", actor=case.actor, limited=limited)

    return post


async def _find_documents(
    office: Office, case: Case, client: Client, contact: Contact
) -> list[StoredDocument]:
    """Return the documents that are named, else the one that the reply is about."""
    reach = await _reach(office, client, contact)
    named = case.intent.details.numbers
    found = [await _find_within(office, reach, number) for number in named]
    if named and None in found:
        raise Unfit("unknown-document")
    about = case.match.document
    wanted = [one for one in found if one] or ([about] if about else [])
    if not wanted:
        raise Unfit("no-document")
    if any(one.state == DocumentState.VOID for one in wanted):
        raise Unfit("void")
    return wanted


async def _find_within(office: Office, reach: Reach, number: str) -> StoredDocument | None:
    for kind in ("invoice", "estimate"):
        found = await documents.find_within(office.db, reach, kind, number)
        if found:
            return found
    return None


async def _reach(office: Office, client: Client, contact: Contact) -> Reach:
    """Return what a person may see: one whose links are narrow, what they got a link to."""
    narrow = client.shared or await _is_copied(office, contact)
    return Reach(client.id, NEVER if narrow else contact.history_from or 0, contact.id)


async def _is_copied(office: Office, contact: Contact) -> bool:
    last = await links.latest_link(office.db, contact.id)
    return last is not None and last.scope == Scope.DOCUMENT


async def _write_copy(
    office: Office, case: Case, client: Client, contact: Contact, document: StoredDocument
) -> Parcel:
    sending = Sending(
        client,
        document,
        (contact,),
        await print_document(office, client, document),
        tuple(await load_attached(office.db, document)),
        again=case.occasion,
        asked=True,
    )
    scope = await find_scope(office, client, document, contact, copied=False)
    return await pack_letter(office, sending, contact, scope)


async def _write_statement(office: Office, case: Case, client: Client, contact: Contact) -> Parcel:
    reach = await _reach(office, client, contact)
    if reach.since == NEVER:
        raise Unfit("document-scope")
    today = to_date(office.clock(), office.zone)
    statement = await draw_up(office, reach, Period(None, today))
    pdf = await print_statement(office, client, statement)
    latest = await letters.latest_letter_to(office.db, contact.id)
    found = latest.document_id if latest else None
    document = await documents.get_document(office.db, found) if found else None
    scope = scope_for(client, office.config.links, copied=False)
    link = make_link(office, contact, document, scope) if document else None
    secret = office.letterhead.secret(Purpose.LINK, link.id) if link else None
    order = Order(
        kind="statement",
        occurrence=f"statement {contact.id} {case.occasion}",
        recipient=mailbox_of(office, client, contact),
        context={
            "client": client,
            "statement": statement,
            "document": document,
            "link": office.letterhead.link_url(secret) if secret else None,
        },
        answers=True,
        secrets=(secret,) if secret else (),
        attachments=(Attached(f"statement-{today}.pdf", "application/pdf", pdf),),
        client_id=client.id,
        contact_id=contact.id,
    )
    return Parcel(office.letterhead.write(order, office.clock()), contact, link)
