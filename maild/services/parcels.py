"""A parcel: one letter together with the link and the password it brings, posted as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from maild.access.links import Scope, enforces_login, scope_for
from maild.address import address_key
from maild.clock import to_date
from maild.errors import Refused
from maild.ids import Purpose
from maild.letters import Frozen, Order, Secret, find_message_id
from maild.mail.compose import Attached, Mailbox
from maild.mail.markdown import to_html, to_text
from maild.mail.markup import invoice_markup
from maild.model import Client, Contact, Credential, Link, StoredDocument
from maild.office import Office
from maild.services.sparing import why_spared
from maild.states import LetterState
from maild.store import clients, credentials, letters, links
from maild.store.database import Queries, Transaction


@dataclass(frozen=True, slots=True)
class Parcel:
    """A frozen letter to a contact, and the rows that make its link and password good.

    One that nobody asked for (not `asked`) is held while the contact is spared. A copy brings a
    link of which the contact is only a `holder`.
    """

    frozen: Frozen
    contact: Contact
    link: Link | None = None
    credential: Credential | None = None
    asked: bool = True
    holder: bool = False

    @property
    def held(self) -> bool:
        """Whether it waits for the operator, for the contact is spared."""
        return bool(why_spared(self.contact)) and not self.asked


@dataclass(frozen=True, slots=True)
class Password:
    """A generated password: its row, and the secret that stands for it in a letter."""

    credential: Credential
    secret: Secret


@dataclass(frozen=True, slots=True)
class Sending:
    """A document on its way to people: the first is the addressee, the others get a copy each.

    `again` names the occasion when it was sent before, `instead_of` a letter whose place this
    one takes; `pdf` is None where the client does without, `files` are the other attachments;
    `asked` tells that the reader asked for it.
    """

    client: Client
    document: StoredDocument
    people: Sequence[Contact]
    pdf: bytes | None
    files: tuple[Attached, ...]
    password: bool = False
    again: str = ""
    instead_of: str = ""
    asked: bool = False

    def occurrence(self, contact: Contact) -> str:
        """Return what there is at most one letter of."""
        occasion = self.instead_of or self.again or "first"
        return f"document {self.document.id} {contact.id} {occasion}"


def mailbox_of(office: Office, client: Client, contact: Contact) -> Mailbox:
    """Return a contact as a letter's recipient; a dummy client's is the operator, on trial."""
    if client.dummy:
        return Mailbox(contact.name, office.config.operator.email, meant_for=contact.address)
    return Mailbox(contact.name, contact.address)


async def generate_password(office: Office, address: str) -> Password:
    """Return a new password for an address; older ones stay good until it is first used."""
    credential_id = office.ids.new()
    secret = office.letterhead.secret(Purpose.PASSWORD, credential_id)
    hashed = await office.hasher.hash(office.keys.make(Purpose.PASSWORD, credential_id))
    credential = Credential(
        id=credential_id,
        address_key=address_key(address),
        hash=hashed,
        generated=True,
        created_at=office.clock(),
        delivered_at=None,
        first_used_at=None,
        retired_at=None,
    )
    return Password(credential, secret)


def make_link(office: Office, contact: Contact, document: StoredDocument, scope: Scope) -> Link:
    """Return a new personal link of a contact to a document."""
    return Link(
        id=office.ids.new(),
        contact_id=contact.id,
        document_id=document.id,
        scope=scope,
        created_at=office.clock(),
        revoked_at=None,
    )


async def find_scope(
    office: Office, client: Client, document: StoredDocument, contact: Contact, copied: bool
) -> Scope:
    """Return how far a contact's next link to a document reaches; `copied` holds for a first one.

    A copy stays a copy, even when whoever stood before it has left.
    """
    last = await links.latest_link_to(office.db, contact.id, document.id)
    narrow = last.scope == Scope.DOCUMENT if last else copied
    return scope_for(client, office.config.links, copied=narrow)


async def pack_letter(
    office: Office,
    sending: Sending,
    contact: Contact,
    scope: Scope,
    named: tuple[Mailbox, ...] = (),
) -> Parcel:
    """Return the letter for one person of a sending, with a link of a scope; nothing is kept.

    It is addressed to the person, unless others are `named`: the first in To, the rest in Cc.
    """
    document = sending.document
    recipient, *copies = named or (mailbox_of(office, sending.client, contact),)
    link = make_link(office, contact, document, scope)
    link_secret = office.letterhead.secret(Purpose.LINK, link.id)
    made = await generate_password(office, contact.address) if sending.password else None
    attached = _fit_attachments(sending, office.config.limits.letter_size)
    order = Order(
        kind="document",
        occurrence=sending.occurrence(contact),
        recipient=recipient,
        copies=tuple(copies),
        context={
            **_document_context(office, sending, contact, office.letterhead.link_url(link_secret)),
            "password": made.secret.placeholder if made else None,
            "too_large": any(file not in attached for file in sending.files),
        },
        answers=sending.asked,
        thread=await thread_of(office, document, contact),
        secrets=(link_secret, made.secret) if made else (link_secret,),
        attachments=attached,
        locale=sending.client.locale,
        client_id=sending.client.id,
        document_id=document.id,
        contact_id=contact.id,
        credential_id=made.credential.id if made else None,
    )
    frozen = office.letterhead.write(order, office.clock())
    credential = made.credential if made else None
    return Parcel(frozen, contact, link, credential, asked=sending.asked)


async def post_parcel(tx: Transaction, parcel: Parcel) -> bool:
    """Queue a parcel; return False, keeping nothing, if its occurrence was posted before.

    Raises `Refused` when the contact was disabled, or changed address, while it was packed.
    """
    letter = parcel.frozen.letter
    if await letters.find_occurrence(tx, letter.occurrence):
        return False
    contact = await clients.get_contact(tx, parcel.contact.id)
    if contact is None or contact.disabled_at is not None:
        raise Refused(f"{parcel.contact.address} is no longer a contact; nothing was sent")
    if contact.address != parcel.contact.address:
        raise Refused(
            f"{parcel.contact.address} has just become {contact.address}; nothing was sent, "
            "try once more"
        )
    if parcel.link and parcel.holder:
        await links.add_holder(tx, parcel.link.id, contact.id)
    elif parcel.link:
        await links.add_link(tx, parcel.link)
    if parcel.credential:
        await credentials.add_credential(tx, parcel.credential)
    if replace(parcel, contact=contact).held:
        letter = replace(letter, state=LetterState.HELD, outcome=why_spared(contact))
    return await letters.add_letter(tx, letter, parcel.frozen.message, parcel.frozen.secrets)


async def post_parcels(
    tx: Transaction,
    office: Office,
    parcels: Sequence[Parcel],
    verb: str,
    document: StoredDocument,
    actor: str,
) -> None:
    """Queue a document's letters, each with its event."""
    for parcel in parcels:
        if await post_parcel(tx, parcel):
            await office.record(
                tx,
                verb,
                document.number,
                actor=actor,
                reason=f"to {parcel.contact.address}",
                client_id=document.client_id,
                document_id=document.id,
                contact_id=parcel.contact.id,
            )


async def thread_of(
    office: Office, document: StoredDocument, contact: Contact, source: Queries | None = None
) -> tuple[Secret, ...]:
    """Return the Message-ID of the letter that first brought the document, to refer to.

    None is returned when the key that made it has left the ring: nobody could write it again.
    `source` is the transaction that asks, where there is one.
    """
    source = source or office.db
    first = await letters.first_letter_to(source, document.id, contact.id)
    if first is None:
        return ()
    secret = find_message_id(
        first.copy_of or first.id, await letters.read_secrets(source, first.id)
    )
    return (secret,) if office.keys.holds(secret.key) else ()


def mark_up(
    office: Office, document: StoredDocument, client: Client, url: str
) -> dict[str, object] | None:
    """Return what an invoice's letter tells mail programs; nothing of one that is on trial."""
    if client.dummy:
        return None
    today = to_date(office.clock(), office.zone)
    return invoice_markup(document, client, office.config.business, url, today)


def pdf_name(document: StoredDocument) -> str:
    """Return the file name of a document's PDF."""
    return f"{document.number.replace('/', '-')}.pdf"


def _fit_attachments(sending: Sending, most: int) -> tuple[Attached, ...]:
    """Return PDF and files, or the PDF alone where all would make the letter too large."""
    name, pdf = pdf_name(sending.document), sending.pdf
    first = (Attached(name, "application/pdf", pdf),) if pdf is not None else ()
    everything = (*first, *sending.files)
    # base64 adds a third
    return everything if sum(len(f.content) for f in everything) * 4 // 3 < most else first


def _document_context(
    office: Office, sending: Sending, contact: Contact, link: str
) -> dict[str, object]:
    return {
        "link": link,
        "markup": mark_up(office, sending.document, sending.client, link),
        "document": sending.document,
        "client": sending.client,
        "enforce_login": enforces_login(sending.client, office.config.links),
        "address": contact.address,
        "login_url": f"{office.config.web.base_url}/login",
        "lapse_hours": office.config.passwords.lapse_hours,
        "attachment_names": tuple(file.name for file in sending.files),
        "notes": to_text(sending.document.content.notes),
        "notes_html": _markdown(sending.document.content.notes),
        "payment": to_text(office.config.business.payment),
        "payment_html": _markdown(office.config.business.payment),
        "again": bool(sending.again),
    }


def _markdown(text: str) -> Markup:
    return Markup(to_html(text))  # noqa: S704 - to_html sanitises
