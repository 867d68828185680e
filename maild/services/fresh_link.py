"""A fresh link in a dead one's place: to the same document, as far as the old one reached."""

from __future__ import annotations

from maild.access.links import LinkedVisit, Scope, enforces_login, scope_for
from maild.ids import Purpose
from maild.letters import Order
from maild.office import Office
from maild.services.parcels import Parcel, mailbox_of, make_link, thread_of


async def prepare_fresh_link(office: Office, visit: LinkedVisit, occasion: str) -> Parcel:
    """Write the letter with the new link and no password, keeping nothing yet."""
    contact, client, document = visit.contact, visit.client, visit.document
    copied = visit.link.scope == Scope.DOCUMENT
    link = make_link(
        office, contact, document, scope_for(client, office.config.links, copied=copied)
    )
    secret = office.letterhead.secret(Purpose.LINK, link.id)
    order = Order(
        kind="fresh_link",
        occurrence=f"fresh link {contact.id} {occasion}",
        recipient=mailbox_of(office, client, contact),
        context={
            "link": office.letterhead.link_url(secret),
            "document": document,
            "enforce_login": enforces_login(client, office.config.links),
            "recover_url": f"{office.config.web.base_url}/recover",
        },
        answers=True,
        thread=await thread_of(office, document, contact),
        secrets=(secret,),
        locale=client.locale,
        client_id=client.id,
        document_id=document.id,
        contact_id=contact.id,
    )
    return Parcel(office.letterhead.write(order, office.clock()), contact, link, None)
