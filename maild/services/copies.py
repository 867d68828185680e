"""Sent again because its reader asks: a document, the one they name, or an account statement.

It goes to the address on record, reaches no farther than what the person may see anyway, and
brings a fresh link.
"""

from __future__ import annotations

from maild.mail.request import Request
from maild.model import Client, Contact, StoredDocument
from maild.office import Office
from maild.services.account import find_reach, write_statement
from maild.services.attachments import load_attached
from maild.services.automatic import check_limits, post_answer
from maild.services.parcels import Parcel, Sending, find_scope, pack_letter
from maild.services.printing import print_enclosure
from maild.services.settlement import Case, Deed, Unfit
from maild.states import DocumentState
from maild.store import documents
from maild.store.database import Transaction
from maild.store.reach import Reach


async def prepare_copy(office: Office, case: Case) -> Deed:
    """Write again what a reply asks for, and return the posting of it.

    Raises `Unfit` where it is not to be had, `Throttled` when too much was asked for.
    """
    client, contact = case.people
    limited = not case.orders
    if limited:
        await check_limits(office, office.db, contact)
    if case.intent.request is Request.STATEMENT:
        occurrence = f"statement {contact.id} {case.occasion}"
        statement = await write_statement(office, client, contact, occurrence, asked=True)
        if statement is None:
            raise Unfit("document-scope")
        parcels = [statement]
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
    reach = await find_reach(office, client, contact)
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


async def _write_copy(
    office: Office, case: Case, client: Client, contact: Contact, document: StoredDocument
) -> Parcel:
    sending = Sending(
        client,
        document,
        (contact,),
        await print_enclosure(office, client, document),
        tuple(await load_attached(office.db, document)),
        again=case.occasion,
        asked=True,
    )
    scope = await find_scope(office, client, document, contact, copied=False)
    return await pack_letter(office, sending, contact, scope)
