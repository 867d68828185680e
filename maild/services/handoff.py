"""Handing a thing to a person: one letter to the operator with all that is known about it.

A letter about a reply is answered to the desk: an address that only the operator holds, from
which the answer goes on to the client in the business's name.
"""

from __future__ import annotations

from dataclasses import dataclass

from maild.ids import Purpose
from maild.letters import Frozen, Order
from maild.mail.compose import Attached, Mailbox
from maild.model import Letter
from maild.office import Office
from maild.store import letters
from maild.store.database import Transaction

# stands first in the letter, so that all that is above it in an answer is the operator's own
DESK_MARKER = "=== Write your answer above this line ==="


@dataclass(frozen=True, slots=True)
class Handoff:
    """What the operator is told: a headline, facts, the client's words, advice and commands.

    `answers` is the reply that an answer to this letter goes on to, `answered` its writer's name.
    """

    occasion: str
    headline: str
    facts: tuple[tuple[str, str], ...]
    excerpt: str = ""
    advice: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    original: bytes = b""
    reply_to: str = ""
    answers: str = ""
    answered: str = ""
    client_id: str | None = None
    document_id: str | None = None


def write_handoff(office: Office, handoff: Handoff) -> Frozen:
    """Return the letter to the operator, with the original message attached as it came."""
    attached = (Attached("original.eml", "message/rfc822", handoff.original),)
    desk = office.letterhead.secret(Purpose.DESK, handoff.answers) if handoff.answers else None
    order = Order(
        kind="operator",
        occurrence=f"operator {handoff.occasion}",
        recipient=Mailbox("", office.config.operator.email),
        context={
            "headline": handoff.headline,
            "facts": handoff.facts,
            "excerpt": handoff.excerpt,
            "advice": handoff.advice,
            "commands": handoff.commands,
            "answered": handoff.answered if desk else "",
            "marker": DESK_MARKER,
        },
        reply_to=office.letterhead.desk_address(desk) if desk else handoff.reply_to,
        secrets=(desk,) if desk else (),
        attachments=attached if handoff.original else (),
        client_id=handoff.client_id,
        document_id=handoff.document_id,
    )
    return office.letterhead.write(order, office.clock())


async def post_handoff(tx: Transaction, frozen: Frozen) -> bool:
    """Queue the letter; return False if the operator was told of this occasion before."""
    return await letters.add_letter(tx, frozen.letter, frozen.message, frozen.secrets)


def describe_failure(letter: Letter, occasion: str) -> Handoff:
    """Return what the operator is told about a letter that the relay will not take."""
    return Handoff(
        occasion=occasion,
        headline=f"Not delivered: {letter.subject}",
        facts=(("To", letter.recipient), ("The mail server says", letter.outcome)),
        advice=(
            "The letter waits where it is; nothing else was sent.",
            "If the address is wrong, put the right one in its place and send it again.",
        ),
        commands=(f"maild queue show {letter.id}", f"maild queue retry {letter.id}"),
        client_id=letter.client_id,
        document_id=letter.document_id,
    )
