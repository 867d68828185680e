"""States of documents, letters and replies, and which may follow which."""

from __future__ import annotations

from enum import StrEnum

from maild.errors import Refused


class DocumentState(StrEnum):
    """Where an invoice or estimate stands, as far as it is a fact and not a date."""

    OPEN = "open"
    PAID = "paid"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    VOID = "void"


class LetterState(StrEnum):
    """An outgoing letter's fate so far; one that bounced had been sent before."""

    QUEUED = "queued"
    DEFERRED = "deferred"
    HELD = "held"
    SENT = "sent"
    BOUNCED = "bounced"
    FAILED = "failed"
    DROPPED = "dropped"


class ReplyState(StrEnum):
    """An incoming reply's way: accepted, then settled by maild, held for a person, or set aside."""

    ACCEPTED = "accepted"
    SETTLED = "settled"
    HELD = "held"
    SET_ASIDE = "set_aside"


class LoginRule(StrEnum):
    """Whether a client's links ask for the password: as the business does, always, or never."""

    DEFAULT = "default"
    YES = "yes"
    NO = "no"


_NEXT: dict[StrEnum, tuple[StrEnum, ...]] = {
    DocumentState.OPEN: (
        DocumentState.PAID,
        DocumentState.ACCEPTED,
        DocumentState.DECLINED,
        DocumentState.VOID,
    ),
    DocumentState.PAID: (DocumentState.VOID,),
    DocumentState.ACCEPTED: (DocumentState.OPEN, DocumentState.VOID),
    DocumentState.DECLINED: (DocumentState.OPEN, DocumentState.VOID),
    DocumentState.VOID: (),
    LetterState.QUEUED: (
        LetterState.DEFERRED,
        LetterState.HELD,
        LetterState.SENT,
        LetterState.FAILED,
        LetterState.DROPPED,
    ),
    LetterState.DEFERRED: (
        LetterState.QUEUED,
        LetterState.HELD,
        LetterState.SENT,
        LetterState.FAILED,
        LetterState.DROPPED,
    ),
    LetterState.HELD: (LetterState.QUEUED, LetterState.DROPPED),
    LetterState.FAILED: (LetterState.QUEUED, LetterState.DROPPED),
    LetterState.SENT: (LetterState.BOUNCED,),
    LetterState.BOUNCED: (),
    LetterState.DROPPED: (),
}


def check_change(name: str, old: StrEnum, new: StrEnum) -> None:
    """Raise `Refused`, naming the thing, unless its state may go from old to new."""
    if new not in _NEXT[old]:
        raise Refused(f"{name} is {old} and cannot become {new}")
