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
from maild.ladder import Step, Tone
from maild.letters import Order
from maild.mail.compose import Attached
from maild.mail.markdown import to_html, to_text
from maild.model import Contact
from maild.office import Office
from maild.services.account import write_statement
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
from maild.services.printing import print_enclosure
from maild.store import agenda, nudges
from maild.store.database import Transaction

Files = tuple[Attached, ...]

ACTOR = "calendar"
# who has had a statement lately needs no other
STATED = 7 * DAY


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
    if outlook.planned is None:
        return []
    document = outlook.document
    pdf = await print_enclosure(office, outlook.client, document)
    files = (Attached(pdf_name(document), "application/pdf", pdf),) if pdf else ()
    written = [
        await _write_to(office, outlook, outlook.planned.step, contact, files, copied=place > 0)
        for place, contact in enumerate(outlook.people)
    ]
    return [parcel for parcel in written if parcel]


async def _write_to(
    office: Office,
    outlook: Outlook,
    step: Step,
    contact: Contact,
    files: Files,
    *,
    copied: bool,
) -> Parcel | None:
    """Return the letter of a step to one person; None for who has had a statement lately.

    Who sees no account is reminded in words, in the place of a statement.
    """
    client, occurrence = outlook.client, f"{outlook.document.id} {contact.id} {step.name}"
    if step.tone is Tone.STATEMENT:
        if await nudges.was_stated(office.db, contact.id, office.clock() - STATED):
            return None
        occasion = f"reminder {occurrence}"
        statement = await write_statement(office, client, contact, occasion, asked=False)
        if statement:
            return statement
    return await _write(office, outlook, step, contact, files, copied=copied)


async def _write(
    office: Office,
    outlook: Outlook,
    step: Step,
    contact: Contact,
    files: Files,
    *,
    copied: bool,
) -> Parcel:
    document, client = outlook.document, outlook.client
    scope = await find_scope(office, client, document, contact, copied)
    link = make_link(office, contact, document, scope)
    secret = office.letterhead.secret(Purpose.LINK, link.id)
    kind = "chase" if step.tone is Tone.CHASE else "reminder"
    order = Order(
        kind=kind,
        occurrence=f"{kind} {document.id} {contact.id} {step.name}",
        recipient=mailbox_of(office, client, contact),
        context={
            **_context(office, outlook, step),
            "link": office.letterhead.link_url(secret),
            "attached": bool(files),
        },
        thread=await thread_of(office, document, contact),
        secrets=(secret,),
        attachments=files,
        locale=client.locale,
        client_id=client.id,
        document_id=document.id,
        contact_id=contact.id,
    )
    return Parcel(office.letterhead.write(order, office.clock()), contact, link, asked=False)


def _context(office: Office, outlook: Outlook, step: Step) -> dict[str, object]:
    document, today = outlook.document, office.almanac.day_of(office.clock())
    payment = to_html(office.config.business.payment)
    return {
        "document": document,
        "client": outlook.client,
        "tone": Tone.FIRM if step.tone is Tone.STATEMENT else step.tone,
        "late": today > outlook.course.ends,
        "days": abs(today - outlook.course.ends) // timedelta(days=1),
        "ends": outlook.course.ends,
        "enforce_login": enforces_login(outlook.client, office.config.links),
        "payment": to_text(office.config.business.payment),
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
