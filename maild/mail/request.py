"""The words for what a reply asks for; how it is read is in `intent.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from maild.mail.intent_details import Details


class Request(StrEnum):
    """What a reply asks for, or tells."""

    CANNOT_GET_IN = "cannot_get_in"
    SEND_AGAIN = "send_again"
    STATEMENT = "statement"
    WRONG_PERSON = "wrong_person"
    CONTACT_CHANGE = "contact_change"
    STOP_REMINDERS = "stop_reminders"
    PAID = "paid"
    WILL_PAY = "will_pay"
    DISPUTE = "dispute"
    ACCEPT = "accept"
    DECLINE = "decline"
    QUESTION = "question"
    THANKS = "thanks"
    SEVERAL = "several"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Intent:
    """What a reply asks for.

    `request`: the one request, or SEVERAL, or UNCLEAR. `words`: the evidence, as plain words of
    the reply (lower case, no accents, "can not" for "can't"), one entry per request seen; for
    UNCLEAR what made it so, if anything ("long", "hidden characters", "mixed alphabets").
    `others`: requests seen besides. For SEVERAL all of them (QUESTION stands for a question or a
    long story beside a request), for UNCLEAR those that were only suspected, else those that
    `request` covers. `details`: what is named beside, see `Details`.
    """

    request: Request
    words: tuple[str, ...] = ()
    others: tuple[Request, ...] = ()
    details: Details = field(default_factory=Details)
