"""What is at fault when a letter comes back: read from its status codes, then from the words."""

from __future__ import annotations

import re
from enum import StrEnum

from maild.mail import bounce_phrases as phrases
from maild.mail.patterns import compiled
from maild.mail.status import RecipientStatus

_STATUS = r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])"
_REPLY_CODE = r"(?<![\d.:/-])([45]\d\d)(?=[ -][^\d]|[ -]\d\.\d)"


class Cause(StrEnum):
    """What is at fault: the address (gone), the full mailbox, the letter or its sender (refused),
    the moment (later), something else on the way (elsewhere); or nothing is said of it.
    """

    GONE = "gone"
    FULL = "full"
    REFUSED = "refused"
    LATER = "later"
    ELSEWHERE = "elsewhere"
    UNSTATED = "unstated"


_BY_STATUS = (
    (Cause.FULL, ("5.2.2", "4.2.2")), (Cause.LATER, ("4.",)), (Cause.REFUSED, ("5.2.0", "5.2.3")),
)  # fmt: skip
_BY_WORDS = (
    (Cause.FULL, phrases.FULL), (Cause.LATER, phrases.LATER), (Cause.REFUSED, phrases.REFUSED),
)  # fmt: skip


def codes_of(status: RecipientStatus) -> list[str]:
    """Return the codes of a block as `codes_in` does, those in the server's own words first."""
    return codes_in(f"{status.diagnostic} {status.status}")


def codes_in(text: str) -> list[str]:
    """Return the enhanced status codes (RFC 3463) in a text, else its SMTP reply codes."""
    return re.findall(_STATUS, text) or re.findall(_REPLY_CODE, text)


def find_cause(codes: list[str], diagnostics: list[str], text: str) -> Cause:
    """Return what is at fault: by codes that say so, then the server's words, then the report's.

    A status of 4 tells of a passing trouble and one of 5.2 of a mailbox that is there, whatever
    the words beside it are (RFC 3463 §3); 5.2.1 is a mailbox that was switched off.
    """
    if not phrases.GONE_STATUS & set(codes):
        for cause, begins in _BY_STATUS:
            if any(code.startswith(begins) for code in codes):
                return cause
    named = cause_in(" ".join(diagnostics), codes) or cause_in(text, codes)
    if named:
        return named
    if (phrases.GONE_STATUS | phrases.HARD_STATUS) & set(codes):
        return Cause.GONE
    return Cause.REFUSED if any(code.startswith("5.7.") for code in codes) else Cause.UNSTATED


def cause_in(said: str, codes: list[str]) -> Cause | None:
    """Return the cause that a text names; the address only where nothing else is named with it."""
    if compiled(phrases.ELSEWHERE).search(said):
        return Cause.ELSEWHERE
    if compiled(phrases.GONE).search(said):
        return Cause.GONE
    is_gone = compiled(phrases.HARD).search(said) is not None
    for cause, family in _BY_WORDS:
        if compiled(family).search(said):
            return Cause.GONE if is_gone and phrases.GONE_STATUS & set(codes) else cause
    return Cause.GONE if is_gone else None


def is_hard(cause: Cause, codes: list[str], text: str) -> bool:
    """Tell whether the address is at fault; where only the failure is stated, it is final."""
    unstated = cause is Cause.UNSTATED and not codes
    return cause is Cause.GONE or (unstated and bool(compiled(phrases.FINAL).search(text)))
