"""Which letter a message answers, and whether it comes from whom that letter went to.

A token in the address is checked by arithmetic alone, so the SMTP door can refuse a stranger at
RCPT without asking the store; a Message-ID of ours counts only when its own code is genuine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from maild.address import address_key, split_tag
from maild.ids import KeyRing, Purpose
from maild.mail.parse import Message
from maild.model import Client, Contact, Letter, StoredDocument
from maild.store import clients, documents, letters
from maild.store.database import Queries

_TAGGED = {
    "reply": Purpose.REPLY,
    "bounce": Purpose.BOUNCE,
    "desk": Purpose.DESK,
}


@dataclass(frozen=True, slots=True)
class Target:
    """What an inbound address stands for: a token's purpose and row id, or the business itself."""

    purpose: Purpose | None
    row_id: str


@dataclass(frozen=True, slots=True)
class Match:
    """Whose reply this seems to be, and what speaks for it: T the token, F the From address.

    `letter` is the one that it proves to answer.
    """

    token: bool
    sender: bool
    contact: Contact | None = None
    client: Client | None = None
    document: StoredDocument | None = None
    letter: Letter | None = None

    @property
    def live(self) -> bool:
        """Whether there is a contact on record who may still ask for things."""
        return self.contact is not None and self.contact.disabled_at is None


class Addresses:
    """The inbound addresses of one business."""

    def __init__(self, domain: str, own: Iterable[str], keys: KeyRing) -> None:
        self._domain = domain.lower()
        # a server that takes mail has a postmaster (RFC 5321 section 4.5.1)
        postmaster = ("postmaster", f"postmaster@{domain}")
        self._own = frozenset(address_key(address) for address in (*own, *postmaster))
        self._keys = keys

    def recognise(self, recipient: str) -> Target | None:
        """Return what a recipient stands for, or None if it is not ours; asks no store."""
        prefix, token, domain = split_tag(recipient)
        purpose = _TAGGED.get(prefix) if token and domain == self._domain else None
        if purpose is not None:
            row_id = self._keys.check(purpose, token)
            return Target(purpose, row_id) if row_id else None
        return Target(None, "") if address_key(recipient) in self._own else None

    def bounced_letters(self, recipients: Iterable[str]) -> list[str]:
        """Return the ids of our letters whose return path a message was sent to."""
        targets = (self.recognise(recipient) for recipient in recipients)
        found = (t.row_id for t in targets if t and t.purpose is Purpose.BOUNCE)
        return list(dict.fromkeys(found))

    def answered_replies(self, recipients: Iterable[str]) -> list[str]:
        """Return the ids of the replies that the operator answers with a message."""
        targets = (self.recognise(recipient) for recipient in recipients)
        return list(dict.fromkeys(t.row_id for t in targets if t and t.purpose is Purpose.DESK))

    def answered_letters(self, recipients: Iterable[str], message: Message) -> list[str]:
        """Return the ids of our letters that a message proves to answer, the surest first."""
        targets = (self.recognise(recipient) for recipient in recipients)
        found = [t.row_id for t in targets if t and t.purpose is Purpose.REPLY]
        found += self.named_letters((*message.in_reply_to, *reversed(message.references)))
        return list(dict.fromkeys(found))

    def named_letters(self, message_ids: Iterable[str]) -> list[str]:
        """Return the ids of our letters whose Message-IDs, genuine in every letter, are named."""
        found = []
        for message_id in message_ids:
            local, _, domain = message_id.strip("<>").rpartition("@")
            row_id = self._keys.check(Purpose.MESSAGE, local)
            if row_id and domain.lower() == self._domain:
                found.append(row_id)
        return list(dict.fromkeys(found))


async def match_reply(source: Queries, letter_ids: list[str], message: Message) -> Match:
    """Return whose reply a message is, by token first, else by its one From address.

    What stands in one letter to several is the addressee's: one of the others who answers it is
    known by From alone.
    """
    senders = [address_key(mailbox.address) for mailbox in message.from_]
    # several names in From contradict each other: then none of them speaks for anybody
    sender = senders[0] if len(senders) == 1 else ""
    for letter_id in letter_ids:
        original = await letters.get_letter(source, letter_id)
        copy = await letters.find_copy(source, letter_id, sender) if sender else None
        letter = copy or original
        contact = await _contact(source, letter.contact_id if letter else None)
        if letter and contact:
            client = await clients.get_client(source, contact.client_id)
            given = contact.disabled_at is None and _went_to(letter, contact, client)
            heir = None if given else await _find_heir(source, contact, sender)
            # whoever is not to see the past is not led back to it by an old letter
            kept = None if heir and heir.history_from is not None else letter.document_id
            return Match(
                # the reply address was given to who got the letter: it proves nothing of another
                token=given and copy is None,
                sender=sender == address_key((heir or contact).address),
                contact=heir or contact,
                client=client,
                document=await _document(source, kept),
                letter=letter,
            )
        if letter and letter.contact_id is None:
            # one to the operator: whoever holds its token proves nothing about a client
            return Match(token=True, sender=False, letter=letter)
    if not sender:
        return Match(token=False, sender=False)
    return await _match_sender(source, sender)


def _went_to(letter: Letter, contact: Contact, client: Client | None) -> bool:
    """Tell whether a letter went to the contact's present address; a dummy's is the operator's."""
    return (client is not None and client.dummy) or (
        address_key(letter.recipient) == address_key(contact.address)
    )


async def _find_heir(source: Queries, gone: Contact, sender: str) -> Contact | None:
    """Return who on record answers a letter that went to an address which has left, or None."""
    heir = await clients.find_contact(source, gone.client_id, sender) if sender else None
    return heir if heir and heir.disabled_at is None else None


async def _match_sender(source: Queries, key: str) -> Match:
    """Return the contact of that address who was written to last: one address may have several."""
    found = await clients.list_contacts_of_address(source, key)
    latest = {c.id: await letters.latest_letter_to(source, c.id) for c in found}
    contact = max(found, key=lambda c: getattr(latest[c.id], "created_at", 0), default=None)
    letter = latest[contact.id] if contact else None
    return Match(
        token=False,
        sender=contact is not None,
        contact=contact,
        client=await clients.get_client(source, contact.client_id) if contact else None,
        document=await _document(source, letter.document_id if letter else None),
    )


async def _contact(source: Queries, contact_id: str | None) -> Contact | None:
    return await clients.get_contact(source, contact_id) if contact_id else None


async def _document(source: Queries, document_id: str | None) -> StoredDocument | None:
    return await documents.get_document(source, document_id) if document_id else None
