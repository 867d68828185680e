"""A word of thanks: the letter that a payment which settles an invoice is answered with.

It goes to those whom the invoice reached and who are still contacts, once, since an invoice is
settled once; nobody is thanked for a credit, or in a client that is for trying out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from maild.access.links import Scope, enforces_login, scope_for
from maild.ids import Purpose
from maild.letters import Order
from maild.model import Client, Contact, StoredDocument
from maild.office import Office
from maild.services.lookup import client_of
from maild.services.parcels import (
    Parcel,
    mailbox_of,
    make_link,
    mark_up,
    post_parcels,
    thread_of,
)
from maild.store import documents, letters, links
from maild.store.database import Queries, Transaction

_KIND = "paid"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment that came in: the invoice as it stands with it, how much, and on which day."""

    payment_id: str
    invoice: StoredDocument
    amount: Decimal
    paid_on: date


async def post_thanks(office: Office, tx: Transaction, receipt: Receipt, *, actor: str) -> None:
    """Queue a letter to everybody whom the invoice reached, with its event."""
    client = await client_of(tx, receipt.invoice)
    if client.dummy or not office.config.letters.thank_for_payment:
        return
    people = await documents.list_reached(tx, receipt.invoice.id)
    parcels = [await _write(office, tx, receipt, client, contact) for contact in people]
    await post_parcels(tx, office, parcels, "thanked", receipt.invoice, actor)


async def list_thanked(source: Queries, invoice: StoredDocument) -> list[str]:
    """Return the addresses that were thanked for an invoice."""
    written = await letters.list_document_letters(source, invoice.id)
    return [letter.recipient for letter in written if letter.kind == _KIND]


async def _write(
    office: Office, tx: Transaction, receipt: Receipt, client: Client, contact: Contact
) -> Parcel:
    invoice = receipt.invoice
    last = await links.latest_link_to(tx, contact.id, invoice.id)
    copied = last is not None and last.scope == Scope.DOCUMENT
    scope = scope_for(client, office.config.links, copied=copied)
    link = make_link(office, contact, invoice, scope)
    secret = office.letterhead.secret(Purpose.LINK, link.id)
    url = office.letterhead.link_url(secret)
    order = Order(
        kind=_KIND,
        occurrence=f"paid {receipt.payment_id} {contact.id}",
        recipient=mailbox_of(office, client, contact),
        context={
            "document": invoice,
            "client": client,
            "amount": receipt.amount,
            "paid_on": receipt.paid_on,
            "link": url,
            "markup": mark_up(office, invoice, client, url),
            "enforce_login": enforces_login(client, office.config.links),
        },
        thread=await thread_of(office, invoice, contact, tx),
        secrets=(secret,),
        locale=client.locale,
        client_id=client.id,
        document_id=invoice.id,
        contact_id=contact.id,
    )
    return Parcel(office.letterhead.write(order, office.clock()), contact, link, asked=False)
