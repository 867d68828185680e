"""The domain's values: clients, documents, letters, replies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from hashlib import sha256

from maild.document import Document
from maild.money import Totals, from_minor
from maild.rhythm import Rhythm
from maild.states import DocumentState

# every week for ten years
_FORESEEN = 522


@dataclass(frozen=True, slots=True)
class Envelope:
    """One incoming message as a door took it: who handed it over, to whom, and its bytes.

    `sender` is the bare reverse-path (empty for the null sender, RFC 5321 section 4.5.5);
    `recipients` are bare forward-paths; `content` ends its lines with CRLF.
    """

    peer: str
    helo: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """A customer: a short reference the operator types, a name, and how its people get in.

    `login` is its own choice only; whether it asks for the password tells `access.links`. A
    `dummy`'s letters go to the operator. Its links live `link_days`, None is the business's choice.
    `copies` is "individual" or "cc", one letter for all; `pdf` is "attach" or "link". `locale` is
    how it writes numbers and dates, empty for as the business does. `reminders` is "default",
    "off", or a ladder of its own.
    """

    id: str
    ref: str
    name: str
    login: str
    shared: bool
    link_scope: str
    created_at: int
    dummy: bool = False
    link_days: int | None = None
    copies: str = "individual"
    pdf: str = "attach"
    locale: str = ""
    reminders: str = "default"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of one client; the same address may be a contact of several clients.

    `history_from` is set for one who sees only what was sent to the client from then on. Letters to
    one found dead at `bounced_at`, or put on hold at `held_at`, are held for the reason beside it.
    """

    id: str
    client_id: str
    address: str
    name: str
    created_at: int
    disabled_at: int | None
    history_from: int | None = None
    bounced_at: int | None = None
    bounced_why: str = ""
    held_at: int | None = None
    held_why: str = ""

    @property
    def greeting(self) -> str:
        """What to call this person: the name, or the address where none is known."""
        return self.name or self.address


@dataclass(frozen=True)
class StoredDocument:
    """A document as the store holds it: the frozen content, and what has happened since.

    `issued`, `ends` (due or valid until) are ISO dates, amounts are minor units, instants UTC
    microseconds.
    """

    id: str
    client_id: str
    number: str
    type: str
    state: str
    currency: str
    issued: str
    ends: str | None
    total_minor: int
    paid_minor: int
    canonical: str
    created_at: int
    settled_at: int | None

    @cached_property
    def content(self) -> Document:
        """The document as its author wrote it."""
        return Document.model_validate_json(self.canonical)

    @property
    def reference(self) -> str:
        """The client's own reference; of a list of documents nothing else need be read."""
        reference: str = json.loads(self.canonical)["reference"]
        return reference

    @cached_property
    def totals(self) -> Totals:
        """Line amounts, net, tax per rate, gross."""
        return self.content.totals()

    @property
    def version(self) -> str:
        """A short name for this very content, to which an answer is bound."""
        return sha256(self.canonical.encode()).hexdigest()[:16]

    @property
    def issued_on(self) -> date:
        """The date of issue."""
        return date.fromisoformat(self.issued)

    @property
    def ends_on(self) -> date | None:
        """The due date of an invoice, the last day of an estimate, or None."""
        return date.fromisoformat(self.ends) if self.ends else None

    @cached_property
    def total(self) -> Decimal:
        """The gross amount."""
        return from_minor(self.total_minor, self.currency)

    @cached_property
    def paid(self) -> Decimal:
        """What has been paid so far."""
        return from_minor(self.paid_minor, self.currency)

    @cached_property
    def balance(self) -> Decimal:
        """What is still owed: nothing for a void document or an estimate."""
        if self.type == "estimate" or self.state == DocumentState.VOID:
            return from_minor(0, self.currency)
        return from_minor(self.total_minor - self.paid_minor, self.currency)

    def status(self, today: date) -> str:
        """Return in one word or two how the document stands on that day, as a client reads it."""
        if self.state != DocumentState.OPEN:
            return self.state.capitalize()
        late = self.ends_on is not None and self.ends_on < today
        if self.type == "estimate":
            return "Expired" if late else "Open"
        owed = self.total_minor - self.paid_minor
        if owed <= 0:
            return "Credit" if owed < 0 else "Nothing due"
        if late:
            return "Overdue"
        return "Part paid" if self.paid_minor else "Due"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a contact said to an estimate (`kind`: accepted or declined), typing their name.

    It is bound to the version they saw, and stands until the operator undoes it. `address` is
    the contact's at that time.
    """

    id: str
    document_id: str
    contact_id: str
    address: str
    kind: str
    name: str
    order_number: str
    reason: str
    version: str
    at: int
    undone_at: int | None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a document: its bytes are stored once, under their SHA-256."""

    id: str
    document_id: str
    name: str
    media_type: str
    size: int
    hash: str


@dataclass(frozen=True, slots=True)
class ClientFile:
    """A file in a client's area that belongs to no document."""

    id: str
    client_id: str
    name: str
    media_type: str
    size: int
    hash: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Link:
    """A personal way in: one contact, one document, a scope; dead once expired or revoked.

    `expires_at` is an end of its own, in the place of the one that the rules give it.
    """

    id: str
    contact_id: str
    document_id: str
    scope: str
    created_at: int
    revoked_at: int | None
    expires_at: int | None = None
    revoked_why: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """A password of an address: its argon2id hash, and how far it has come in life."""

    id: str
    address_key: str
    hash: str
    generated: bool
    created_at: int
    delivered_at: int | None
    first_used_at: int | None
    retired_at: int | None


@dataclass(frozen=True, slots=True)
class Letter:
    """One outgoing email to one recipient, without its bytes; a copy is another's, in Cc."""

    id: str
    kind: str
    occurrence: str
    client_id: str | None
    document_id: str | None
    contact_id: str | None
    credential_id: str | None
    recipient: str
    subject: str
    state: str
    attempts: int
    created_at: int
    next_at: int
    sent_at: int | None
    outcome: str
    copy_of: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One incoming email, without its bytes, and what was made of it.

    `authentication` is what SPF, DKIM, DMARC and ARC said, empty where nobody asked; `letter_id`
    is the letter of ours that it answers, `message_id` its own, without brackets; `words` are
    those that showed the request; its bytes are gone since `purged_at`.
    """

    id: str
    received_at: int
    peer: str
    sender: str
    recipients: str
    state: str
    attempts: int
    kind: str
    request: str
    action: str
    reason: str
    level: int | None
    subject: str
    excerpt: str
    client_id: str | None
    document_id: str | None
    contact_id: str | None
    settled_at: int | None
    authentication: str = ""
    letter_id: str | None = None
    message_id: str = ""
    words: str = ""
    purged_at: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Reminders that wait: of a document, or of all a client has where that is None.

    `ends_at` is when they go on, None for when the operator says so.
    """

    id: str
    client_id: str
    document_id: str | None
    reply_id: str | None
    reason: str
    created_at: int
    ends_at: int | None


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A document that comes again and again: its pattern as JSON, its rhythm, its next turn.

    `first_on` and `last_on` are ISO dates, the last empty where there is no end; `count`, `unit`
    and `day` are those of a `Rhythm`. `turn` counts from 0.
    """

    id: str
    client_id: str
    template: str
    count: int
    unit: str
    first_on: str
    day: int
    last_on: str
    turn: int
    wake_at: int
    created_at: int
    stopped_at: int | None = None

    @property
    def rhythm(self) -> Rhythm:
        """Its rhythm."""
        return Rhythm(self.count, self.unit, date.fromisoformat(self.first_on), self.day)

    @property
    def next_day(self) -> date | None:
        """The day of its next turn, or None where it is over."""
        return self.day_of(self.turn)

    def days(self) -> Iterator[date]:
        """Yield the days still to come, of which there may be no end, for ten years."""
        for turn in range(self.turn, self.turn + _FORESEEN):
            day = self.day_of(turn)
            if day is None:
                return
            yield day

    def day_of(self, turn: int) -> date | None:
        """Return the day of a turn, or None where that would be after its end."""
        day = self.rhythm.date_of(turn)
        over = self.stopped_at is not None or (self.last_on and day.isoformat() > self.last_on)
        return None if over else day


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the append-only log: who did what to what, and why."""

    id: str
    at: int
    actor: str
    verb: str
    subject: str
    reason: str
    client_id: str | None
    document_id: str | None
    contact_id: str | None
