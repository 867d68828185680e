"""Letters: written once and frozen, with placeholders where secrets will stand.

A frozen letter holds no usable secret: where a link, an address token or a password goes stands a
placeholder of the same length, and the real thing is derived from the key ring at the moment of
sending. The bytes are therefore the same at every attempt.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from maild.clock import to_datetime
from maild.config import Config
from maild.errors import BadInput
from maild.ids import Ids, KeyRing, Purpose, token_length
from maild.mail.compose import Attached, Draft, Mailbox, compose
from maild.mail.lines import wrap_lines
from maild.mail.logo import Logo, make_logo
from maild.mail.styles import inline_styles
from maild.model import Letter
from maild.states import LetterState
from maild.templating import Templates

# letters to the operator: news that one of them failed would not arrive either
TO_OPERATOR = frozenset({"operator", "digest"})


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret by what it is derived from: its purpose, a row id, and the key that makes it."""

    purpose: Purpose
    row_id: str
    key: str

    @property
    def placeholder(self) -> str:
        """What stands in the frozen bytes: as long as the secret, and never a valid one."""
        return (self.row_id + self.purpose[:3]).ljust(token_length(self.purpose), "0")


@dataclass(frozen=True, slots=True)
class Order:
    """What a letter is to be: its template and context, to whom, in which thread, about what.

    `answers` tells that maild answers somebody, `written_by_hand` that a person did; `in_reply_to`
    is the Message-ID of a message from outside, without brackets, that it answers; `copies` are
    who is named in Cc, to each of whom the same bytes go. `locale` is how its reader writes
    numbers and dates, empty for as the business does.
    """

    kind: str
    occurrence: str
    recipient: Mailbox
    context: Mapping[str, object]
    answers: bool = False
    written_by_hand: bool = False
    in_reply_to: str = ""
    reply_to: str | None = None
    thread: tuple[Secret, ...] = ()
    secrets: tuple[Secret, ...] = ()
    attachments: tuple[Attached, ...] = ()
    copies: tuple[Mailbox, ...] = ()
    locale: str = ""
    client_id: str | None = None
    document_id: str | None = None
    contact_id: str | None = None
    credential_id: str | None = None


@dataclass(frozen=True, slots=True)
class Frozen:
    """A letter ready to be queued: its row, its bytes, and the secrets to fill in, as JSON."""

    letter: Letter
    message: bytes
    secrets: str


class Letterhead:
    """Writes letters in the business's name."""

    def __init__(self, config: Config, templates: Templates, keys: KeyRing, ids: Ids) -> None:
        self._config = config
        self._templates = templates
        self._keys = keys
        self._ids = ids

    def secret(self, purpose: Purpose, row_id: str) -> Secret:
        """Return the secret of a row under the current key."""
        return Secret(purpose, row_id, self._keys.current)

    def link_url(self, link: Secret) -> str:
        """Return the personal URL, with a placeholder for its token."""
        return f"{self._config.web.base_url}/l/{link.placeholder}"

    def desk_address(self, desk: Secret) -> str:
        """Return where the operator's answer to a reply goes, with a placeholder for its token."""
        return f"desk+{desk.placeholder}@{self._config.inbound.domain}"

    def write(self, order: Order, now: int) -> Frozen:
        """Return the order as a frozen letter; raises `BadTemplate` or `BadInput`."""
        letter_id = self._ids.new()
        own = self.secret(Purpose.MESSAGE, letter_id)
        reply = self.secret(Purpose.REPLY, letter_id)
        secrets = (own, reply, *order.thread, *order.secrets)
        subject, text, html = self._render(order)
        logo = self._logo.part if self._logo else None
        domain = self._config.inbound.domain
        reply_to = f"reply+{reply.placeholder}@{domain}"
        draft = Draft(
            sender=Mailbox(self._config.business.name, self._config.business.email),
            recipient=order.recipient,
            reply_to=reply_to if order.reply_to is None else order.reply_to,
            subject=subject,
            text=text,
            html=html,
            message_id=f"{own.placeholder}@{domain}",
            references=(
                *(f"{secret.placeholder}@{domain}" for secret in order.thread),
                *filter(None, (order.in_reply_to,)),
            ),
            date=to_datetime(now),
            automatic=_mark(order),
            # a head of its own, as the operator's letters have, shows none
            pictures=(logo,) if logo and f"cid:{logo.content_id}" in html else (),
            attachments=order.attachments,
            copies=order.copies,
            unbroken=tuple(secret.placeholder for secret in secrets),
        )
        message = compose(draft, f"b{self._ids.new()}{self._ids.new()}")
        letter = self._row(order, letter_id, subject, now)
        return Frozen(letter, message, _list_secrets(secrets))

    @cached_property
    def _logo(self) -> Logo | None:
        """The logo, if mail programs can show it; `maild check` tells why not."""
        name = self._config.business.logo
        try:
            content = self._config.resolve(name).read_bytes() if name else b""
            return make_logo(content, self._config.inbound.domain) if content else None
        except (OSError, BadInput):
            return None

    def _render(self, order: Order) -> tuple[str, str, str]:
        to = order.recipient
        greeting = to.name or to.meant_for or to.address
        context = {
            "greeting": greeting,
            "meant_for": to.meant_for,
            "logo": self._logo,
            "markup": None,
            "subject_total": self._config.letters.subject_total,
            **order.context,
        }
        templates = self._templates.for_locale(order.locale)
        head, _, text = templates.render(f"mail/{order.kind}.txt", context).partition("\n\n")
        subject = " ".join(head.removeprefix("Subject:").split())
        if to.meant_for:
            subject = f"[Test for {to.meant_for}] {subject}"
        html = templates.render(f"mail/{order.kind}.html", context)
        return subject, wrap_lines(text), inline_styles(html)

    def _row(self, order: Order, letter_id: str, subject: str, now: int) -> Letter:
        return Letter(
            id=letter_id,
            kind=order.kind,
            occurrence=order.occurrence,
            client_id=order.client_id,
            document_id=order.document_id,
            contact_id=order.contact_id,
            credential_id=order.credential_id,
            recipient=order.recipient.address,
            subject=subject,
            state=LetterState.QUEUED,
            attempts=0,
            created_at=now,
            next_at=now,
            sent_at=None,
            outcome="",
        )


def _mark(order: Order) -> Literal["auto-generated", "auto-replied", "no"]:
    """Return how a letter came about (RFC 3834 section 5), so that no machine answers it."""
    if order.written_by_hand:
        return "no"
    return "auto-replied" if order.answers else "auto-generated"


def fill(message: bytes, secrets: str, keys: KeyRing) -> bytes:
    """Return the frozen bytes with every placeholder replaced by its secret, of equal length.

    Raises `BadInput` when a key that made one of them has left the ring.
    """
    for purpose, row_id, key in json.loads(secrets):
        secret = Secret(Purpose(purpose), row_id, key)
        made = keys.make(secret.purpose, row_id, key)
        message = message.replace(secret.placeholder.encode(), made.encode())
    return message


def find_message_id(letter_id: str, secrets: str) -> Secret:
    """Return the secret in a frozen letter's Message-ID, under the key that made it then."""
    listed = (Secret(Purpose(purpose), row_id, key) for purpose, row_id, key in json.loads(secrets))
    return next(s for s in listed if s.purpose is Purpose.MESSAGE and s.row_id == letter_id)


def find_link(secrets: str) -> str | None:
    """Return the id of the link that a frozen letter brings, or None."""
    listed = (row_id for purpose, row_id, _ in json.loads(secrets) if purpose == Purpose.LINK)
    return next(listed, None)


def return_path(keys: KeyRing, letter_id: str, domain: str) -> str:
    """Return the personal bounce address of a letter."""
    return f"bounce+{keys.make(Purpose.BOUNCE, letter_id)}@{domain}"


def _list_secrets(secrets: Iterable[Secret]) -> str:
    unique = dict.fromkeys(secrets)
    return json.dumps([[secret.purpose, secret.row_id, secret.key] for secret in unique])
