"""What a bounce says: whom it is about, whether that is final, and why, in its own words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from maild.mail import bounce_phrases as phrases
from maild.mail.cause import Cause, cause_in, codes_in, codes_of, find_cause, is_hard
from maild.mail.parse import Message, Unparseable, parse
from maild.mail.patterns import compiled
from maild.mail.returned import Returned, above_copy, read_returned
from maild.mail.second_opinion import failed_recipients
from maild.mail.status import (
    DONE,
    MAX_RECIPIENTS,
    STATUS_TYPES,
    RecipientStatus,
    find_addresses,
    read_statuses,
)

MAX_REASON_CHARS = 300
MAX_OPENING_CHARS = 4_000


class Outcome(StrEnum):
    """What became of the letter: the report of a success is no bounce, but reads the same."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail system reports of a letter. All of it is a claim that anybody may forge.

    `recipients` are addresses in lower case. `hard`: the address itself is at fault, so that
    writing to it again is no use; False for a delay and a success. `status` is the enhanced code
    ("5.1.1", RFC 3463), else the SMTP reply code ("550"), or "". `reason` is quoted from the
    report: one line of at most 300 characters, or "". `message_ids` (with angle brackets) and
    `addresses` (of the letter's sender) are what it may be known by as one of ours.
    """

    outcome: Outcome
    recipients: tuple[str, ...]
    hard: bool
    cause: Cause
    status: str
    reason: str
    message_ids: tuple[str, ...]
    addresses: tuple[str, ...]


def read_bounce(message: Message) -> Bounce:
    """Return what a bounce, a delay or a success report says; never raises."""
    message = _unwrap(message)
    statuses = read_statuses(message)
    text = opening_of(message)
    outcome = _outcome(statuses, text)
    told = _of_outcome(statuses, outcome)
    returned = read_returned(message)
    codes = [code for one in told for code in codes_of(one)]
    cause = find_cause(codes, [one.diagnostic for one in told], text)
    if outcome is Outcome.DELIVERED:
        cause = Cause.UNSTATED
    elif outcome is Outcome.DELAYED and cause is not Cause.FULL:
        cause = Cause.LATER
    return Bounce(
        outcome=outcome,
        recipients=_recipients(message, told, returned)[:MAX_RECIPIENTS],
        hard=outcome is Outcome.FAILED and is_hard(cause, codes, text),
        cause=cause,
        status=next(iter(codes or codes_in(text)), ""),
        reason=_quote_reason(told, above_copy(message.text)),
        message_ids=returned.message_ids,
        addresses=returned.senders,
    )


def opening_of(message: Message) -> str:
    """Return the words above the returned letter, where a bounce says what it is, as one line."""
    return " ".join(above_copy(message.text)[: 4 * MAX_OPENING_CHARS].split())[:MAX_OPENING_CHARS]


def _unwrap(message: Message) -> Message:
    """Return the report itself where a mail scanner has put it into a message of its own."""
    for part in message.parts_of("message/rfc822")[:1] if not read_statuses(message) else ():
        try:
            inner = parse(part.content)
        except Unparseable:
            continue
        if inner.parts_of(*STATUS_TYPES):
            return inner
    return message


def _outcome(statuses: Iterable[RecipientStatus], text: str) -> Outcome:
    """Return the worst of what became of the recipients; what is not said has failed."""
    actions = {status.action for status in statuses}
    if not actions:
        delayed = compiled(phrases.DELAYED).search(text)
        return Outcome.DELAYED if delayed else Outcome.FAILED
    if actions <= DONE:
        return Outcome.DELIVERED
    return Outcome.DELAYED if actions <= DONE | {"delayed"} else Outcome.FAILED


def _of_outcome(
    statuses: tuple[RecipientStatus, ...], outcome: Outcome
) -> tuple[RecipientStatus, ...]:
    """Leave out the recipients who fared better than the worst."""
    spared = {
        Outcome.FAILED: DONE | {"delayed"},
        Outcome.DELAYED: DONE,
        Outcome.DELIVERED: frozenset[str](),
    }
    return tuple(one for one in statuses if one.action not in spared[outcome])


def _recipients(
    message: Message, told: Iterable[RecipientStatus], returned: Returned
) -> tuple[str, ...]:
    """Return whom it is about, by the surest place that names anybody."""
    parties = {box.address.lower() for box in message.from_}
    parties |= {found for value in message.all("to") for found in find_addresses(value[:4_000])}
    places = (
        [one.recipient for one in told],
        [a for v in message.all("x-failed-recipients") for a in find_addresses(v[:4_000])],
        _written_recipients(message, parties),
        [address for address in returned.recipients if address not in parties],
    )
    for found in places:
        named = dict.fromkeys(address for address in found if address)
        if named:
            return tuple(named)
    return failed_recipients(message)


def _written_recipients(message: Message, parties: set[str]) -> list[str]:
    """Return the addresses in the bounce's own words, but for the parties that exchange it."""
    lines = above_copy(message.text)[:MAX_OPENING_CHARS].splitlines()
    sender_line, lesser_line = compiled(phrases.SENDER_LINE), compiled(phrases.LESSER_LINE)
    about = [line for line in lines if not sender_line.match(line)]
    surest = [line for line in about if not lesser_line.match(line)]
    for kept in (surest, about):
        found = [a for a in find_addresses("\n".join(kept)) if a not in parties]
        named = [a for a in found if not is_daemon(a)]
        if named:
            return named
    return []


def is_daemon(address: str) -> bool:
    """Tell whether an address is a mail system's own, by the part before the @."""
    local = re.sub(r"[\W_]", "", address.partition("@")[0].lower())
    return local in phrases.DAEMON_LOCAL_PARTS


def _quote_reason(told: Iterable[RecipientStatus], text: str) -> str:
    """Return why, in the words of the server, else in those that look most like them."""
    said = next((one.diagnostic for one in told if one.diagnostic), "")
    if not said:
        paragraphs = re.split(r"\n[ \t]*\n", text[:MAX_OPENING_CHARS])
        # the report's own introduction may speak of causes in general
        said = max(paragraphs, key=lambda one: (bool(codes_in(one)), _names_cause(one)))
        said = said if codes_in(said) or cause_in(said, []) else ""
    return " ".join(said.split())[:MAX_REASON_CHARS]


def _names_cause(paragraph: str) -> int:
    if not cause_in(paragraph, []):
        return 0
    return 2 if find_addresses(paragraph) else 1
