"""What a complaint says (RFC 5965): that somebody called a letter of ours spam, and which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from maild.mail.parse import Message
from maild.mail.returned import read_returned
from maild.mail.status import find_addresses

MAX_FIELDS = 100
_RECIPIENT_FIELDS = ("original-rcpt-to", "removal-recipient")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A feedback report: a claim, like a bounce, that counts only if its letter is proved ours.

    `type` is "abuse", "fraud", "virus", "other", "not-spam" (RFC 6430: the opposite of a
    complaint), or "" where the report has no machine-readable part. `recipients` are those who
    complain, in lower case. `message_ids` and `addresses` are as in a `Bounce`.
    """

    type: str
    recipients: tuple[str, ...]
    message_ids: tuple[str, ...]
    addresses: tuple[str, ...]


def read_complaint(message: Message) -> Complaint:
    """Return what a complaint says; never raises."""
    fields = list(_fields(message))
    returned = read_returned(message)
    named = [
        a for name, value in fields if name in _RECIPIENT_FIELDS for a in find_addresses(value)
    ]
    return Complaint(
        type=next((value.lower() for name, value in fields if name == "feedback-type"), ""),
        recipients=tuple(dict.fromkeys(named)) or returned.recipients,
        message_ids=returned.message_ids,
        addresses=returned.senders,
    )


def _fields(message: Message) -> Iterator[tuple[str, str]]:
    """Yield the fields of the report (RFC 5965 §3): name in lower case, value."""
    for part in message.parts_of("message/feedback-report")[:1]:
        for line in part.text.splitlines()[:MAX_FIELDS]:
            name, colon, value = line.partition(":")
            if colon:
                yield name.strip().lower(), value.strip()[:1_000]
