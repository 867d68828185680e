"""Reminders: a step of the ladder taken, once, for whoever has the document.

The letters, the note that the step was taken and its event are one transaction, and it looks at
everything once more: what was paid, paused or came back since the letters were written is spared.
"""

from __future__ import annotations

from datetime import timedelta

from markupsafe import Markup

from maild.access.links import enforces_login
from maild.clock import DAY
from maild.ids import Purpose
from maild.ladder import Tone
from maild.letters import Order
from maild.mail.compose import Attached
from maild.mail.markdown import to_html
from maild.model import Contact
from maild.office import Office
from maild.services.outlook import Outlook, look_ahead
from maild.services.parcels import (
    Parcel,
    find_scope,
    mailbox_of,
    make_link,
    pdf_name,
    post_parcel,
    thread_of,
)
from maild.services.printing import print_document
from maild.store import agenda, nudges
from maild.store.database import Transaction

ACTOR = "calendar"
# who has had a statement lately needs no other
_STATED = 7 * DAY


async def take_step(office: Office, outlook: Outlook) -> int:
    """Take a document's next step and return how many letters that made.

    None are made where somebody else took it, or things have changed since it was looked at; then
    the next look decides. Raises `BadTemplate`, `Busy`.
    """
    parcels = await write_step(office, outlook)

    async def work(tx: Transaction) -> int:
        now = office.clock()
        entry = await agenda.find_entry(tx, outlook.entry.id)
        if entry is None or not outlook.agrees_with(await look_ahead(office, tx, entry, now)):
            return 0
        step = outlook.planned.step.name if outlook.planned else ""
        if not await agenda.note_step(tx, entry, step, now, office.almanac.post_after(now)):
            return 0
        document = outlook.document
        await nudges.drop_nudges(tx, "a later reminder takes its place", document_id=document.id)
        posted = [parcel for parcel in parcels if await post_parcel(tx, parcel)]
        await _record(office, tx, outlook, posted)
        return len(posted)

    return await office.db.transact(work)


async def write_step(office: Office, outlook: Outlook) -> list[Parcel]:
    """Return the letters of a document's next step, one to each person; nothing is kept yet."""
    pdf = await print_document(office, outlook.client, outlook.document)
    return [
        await _write(office, outlook, contact, pdf, copied=place > 0)
        for place, contact in enumerate(outlook.people)
    ]


async def _write(
    office: Office, outlook: Outlook, contact: Contact, pdf: bytes, *, copied: bool
) -> Parcel:
    document, client, planned = outlook.document, outlook.client, outlook.planned
    if planned is None:
        raise ValueError("there is no step to take")
    scope = await find_scope(office, client, document, contact, copied)
    link = make_link(office, contact, document, scope)
    secret = office.letterhead.secret(Purpose.LINK, link.id)
    kind = "chase" if planned.step.tone is Tone.CHASE else "reminder"
    order = Order(
        kind=kind,
        occurrence=f"{kind} {document.id} {contact.id} {planned.step.name}",
        recipient=mailbox_of(office, client, contact),
        context={**_context(office, outlook), "link": office.letterhead.link_url(secret)},
        thread=await thread_of(office, document, contact),
        secrets=(secret,),
        attachments=(Attached(pdf_name(document), "application/pdf", pdf),),
        client_id=client.id,
        document_id=document.id,
        contact_id=contact.id,
    )
    return Parcel(office.letterhead.write(order, office.clock()), contact, link, asked=False)


def _context(office: Office, outlook: Outlook) -> dict[str, object]:
    document, today = outlook.document, office.almanac.day_of(office.clock())
    payment = to_html(office.config.business.payment)
    return {
        "document": document,
        "client": outlook.client,
        "tone": outlook.planned.step.tone if outlook.planned else Tone.FRIENDLY,
        "late": today > outlook.course.ends,
        "days": abs(today - outlook.course.ends) // timedelta(days=1),
        "ends": outlook.course.ends,
        "enforce_login": enforces_login(outlook.client, office.config.links),
        "payment_html": Markup(payment),  # noqa: S704 - to_html sanitises
    }


async def _record(office: Office, tx: Transaction, outlook: Outlook, posted: list[Parcel]) -> None:
    step = outlook.planned.step if outlook.planned else None
    document = outlook.document
    for parcel in posted:
        await office.record(
            tx,
            "chased" if document.type == "estimate" else "reminded",
            document.number,
            actor=ACTOR,
            reason=f"{step}, to {parcel.contact.address}",
            client_id=document.client_id,
            document_id=document.id,
            contact_id=parcel.contact.id,
        )
