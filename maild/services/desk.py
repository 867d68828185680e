"""The desk: what the operator answers to a held reply goes on to the client.

Only words from the operator's own address to the reply's own desk address go on, in the name of
the business, into the conversation in the client's mailbox, and only what stands above the
letter they answer: nothing that maild told the operator may reach the client.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from maild.letters import Order
from maild.mail.compose import Attached
from maild.mail.parse import Message, parse
from maild.mail.policy import Action
from maild.model import Client, Contact, Reply
from maild.office import Office
from maild.services.attachments import clean_name
from maild.services.handoff import DESK_MARKER
from maild.services.holding import hold
from maild.services.parcels import Parcel, mailbox_of, post_parcel, thread_of
from maild.services.settlement import Case, Unfit, settle
from maild.states import ReplyState
from maild.store import clients, documents, letters, replies
from maild.store.database import Transaction

# words that only maild's own letter holds
_OURS = ("maild inbox ", "maild contact ", "maild document ", "original.eml", DESK_MARKER)
_LONGEST = 64 * 1024


async def forward_answer(office: Office, case: Case) -> Reply:
    """Send the operator's words on to whom they answer, and return their message as settled.

    What cannot be sent on is handed back to the operator with the reason.
    """
    answered = case.answers
    try:
        if answered is None:
            raise Unfit("unknown-reply")
        client, contact = await _find_reader(office, answered)
        message = await asyncio.to_thread(parse, case.original)
        parcel = await _write(office, case, message, answered, client, contact)
    except Unfit as error:
        return await hold(office, case, error.reason)
    closed = replace(
        answered, state=ReplyState.SETTLED, reason="answered", settled_at=office.clock()
    )

    async def send(tx: Transaction) -> None:
        await post_parcel(tx, parcel)
        await replies.close_reply(tx, closed)

    return await settle(office, case, ReplyState.SETTLED, Action.FORWARD, send)


def read_words(message: Message) -> str:
    """Return what the operator wrote above maild's letter; raises `Unfit` if that is nothing.

    Never a line of the letter itself: where the two cannot be told apart nothing is returned.
    """
    from maild.mail.reply import cut_history, cut_history_html

    written = any(part.media_type == "text/plain" for part in message.parts)
    if written or not message.html:
        above = message.text[:_LONGEST].partition(DESK_MARKER)[0]
        words = cut_history(above)
    else:
        words = cut_history_html(message.html[:_LONGEST]).partition(DESK_MARKER)[0]
    words = words.rstrip("> \n")
    if not words.strip():
        raise Unfit("empty-answer")
    if any(ours in words for ours in _OURS):
        raise Unfit("unseparated-answer")
    return words.strip()


async def _find_reader(office: Office, answered: Reply) -> tuple[Client, Contact]:
    """Return to whom an answer to a reply goes: the contact on record, who must be one still."""
    contact_id, client_id = answered.contact_id, answered.client_id
    contact = await clients.get_contact(office.db, contact_id) if contact_id else None
    client = await clients.get_client(office.db, client_id) if client_id else None
    if contact is None or client is None:
        raise Unfit("unknown-reply")
    if contact.disabled_at is not None:
        raise Unfit("disabled")
    return client, contact


async def _write(
    office: Office,
    case: Case,
    message: Message,
    answered: Reply,
    client: Client,
    contact: Contact,
) -> Parcel:
    letter = await letters.get_letter(office.db, answered.letter_id) if answered.letter_id else None
    document_id = answered.document_id
    document = await documents.get_document(office.db, document_id) if document_id else None
    subject = letter.subject if letter else f"Your message to {office.config.business.name}"
    order = Order(
        kind="desk",
        occurrence=f"desk {case.fingerprint}",
        recipient=mailbox_of(office, client, contact),
        context={"words": read_words(message), "subject": subject.removeprefix("Re: ")},
        written_by_hand=True,
        thread=await thread_of(office, document, contact) if document else (),
        in_reply_to=answered.message_id,
        attachments=_files(message),
        locale=client.locale,
        client_id=client.id,
        document_id=document_id,
        contact_id=contact.id,
    )
    return Parcel(office.letterhead.write(order, office.clock()), contact)


def _files(message: Message) -> tuple[Attached, ...]:
    """Return what the operator attached, under safe names, without the letter they answer."""
    return tuple(
        Attached(clean_name(file.name), file.media_type, file.content)
        for file in message.attachments
        if file.name and file.media_type != "message/rfc822"
    )
