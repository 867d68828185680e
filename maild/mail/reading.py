"""One reading of an incoming mail: everything that its bytes alone can tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from maild.mail.absence import Absence, read_absence
from maild.mail.bounce import Bounce, read_bounce
from maild.mail.complaint import Complaint, read_complaint
from maild.mail.parse import Message, parse
from maild.mail.report import Classification, Kind, classify
from maild.mail.request import Intent, Request

# nobody writes a longer answer by hand; the original stays whole
_LONGEST = 64 * 1024
_FARTHEST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail is and says.

    `message` has the header, the text, and what is attached by name and type, without contents.
    `words` are the new ones. `intent` is unclear for what a machine wrote. `bounce` is there for
    bounces, delays and success reports, `complaint` for complaints, `absence` for an automatic
    reply that speaks of one.
    """

    message: Message
    classification: Classification
    words: str
    intent: Intent
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    absence: Absence | None = None

    @property
    def kind(self) -> Kind:
        """Who wrote it: a person, or which kind of machine."""
        return self.classification.kind


def read(content: bytes, sender: str, received: date) -> Reading:
    """Return what a mail says, given its MAIL FROM and the day it arrived; raises `Unparseable`."""
    # whoever holds a reading need not load how it is made: the daemon has it done elsewhere
    from maild.mail.intent import recognise

    message = parse(content)
    classification = classify(message, sender)
    kind = classification.kind
    words = _new_words(message)
    reading = Reading(_without_contents(message), classification, words, Intent(Request.UNCLEAR))
    if kind is Kind.HUMAN:
        return replace(
            reading, intent=recognise(words, message.subject, _written(message, received))
        )
    if kind in (Kind.BOUNCE, Kind.SUCCESS_DSN):
        return replace(reading, bounce=read_bounce(message))
    if kind is Kind.ARF:
        return replace(reading, complaint=read_complaint(message))
    if kind is Kind.AUTOREPLY:
        return replace(reading, absence=read_absence(message, words, _written(message, received)))
    return reading


def _new_words(message: Message) -> str:
    """Return what the sender wrote anew; a mail without a text part is read from its HTML."""
    from maild.mail.reply import extract, extract_html

    written = any(part.media_type == "text/plain" for part in message.parts)
    if message.html and not written:
        return extract_html(message.html[:_LONGEST])
    return extract(message.text[:_LONGEST])


def _written(message: Message, received: date) -> date:
    """Return the day a mail was written: its Date, unless that is far from its arrival."""
    claimed = message.date.date() if message.date else received
    return claimed if abs((claimed - received).days) <= _FARTHEST_DAYS else received


def _without_contents(message: Message) -> Message:
    """Return the message light enough to be handed from one process to another."""
    return replace(
        message,
        html="",
        parts=tuple(replace(part, content=b"") for part in message.parts),
        attachments=tuple(replace(file, content=b"") for file in message.attachments),
    )
