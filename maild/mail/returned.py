"""The letter that a report brings back: by what it can be known again as one of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from maild.mail.bounce_phrases import RETURNED_COPY
from maild.mail.parse import Caps, Message, Unparseable, read_headers, split_head
from maild.mail.patterns import compiled
from maild.mail.status import find_addresses

MAX_IDS = 100
MAX_ADDRESSES = 100
MAX_TEXT_CHARS = 40_000

_COPY_TYPES = (
    "message/rfc822", "message/global", "message/partial", "text/rfc822-headers",
    "text/rfc822", "message/rfc822-headers", "message/global-headers",
)  # fmt: skip
_SENDER_FIELDS = ("return-path", "errors-to", "sender", "reply-to", "from", "x-envelope-from")
_ID_LINE = (
    r"message[- ]?id[ \t]{0,3}[:=][ \t]{0,9}\n?[ \t]{0,9}(<?[^\s<>@]{1,200}@[^\s<>]{1,200}>?)"
)
_TAGGED = r"(?<![\w.+-])[\w.-]{1,40}\+[\w=.-]{1,64}@[\w.-]{1,200}\w"


@dataclass(frozen=True, slots=True)
class Returned:
    """What a report tells of the letter that it is about.

    `message_ids` are with their angle brackets, the returned letter's own first, then those that
    the report answers. `senders` are addresses it was sent from or would be answered at, in the
    order return path, reply address, From; `recipients` those it was for. All are mere claims:
    whether an address or an id is ours is for the key ring to tell. Addresses keep their case.
    """

    message_ids: tuple[str, ...]
    senders: tuple[str, ...]
    recipients: tuple[str, ...]


def read_returned(message: Message) -> Returned:
    """Return what the copies and the words of a report tell of the letter; never raises."""
    ids: list[str] = []
    senders: list[str] = []
    recipients: list[str] = []
    for headers in _copies(message):
        ids += [_bracketed(v) for n, v in headers if n == "message-id" and "@" in v]
        for wanted in _SENDER_FIELDS:
            senders += [a for n, v in headers if n == wanted for a in _addresses(v)]
        recipients += [a for n, v in headers if n == "to" for a in find_addresses(v[:2_000])]
    text = "\n".join(part.text[:MAX_TEXT_CHARS] for part in message.parts[:20])
    ids += [_bracketed(found) for found in re.findall(_ID_LINE, text, re.I)[:MAX_IDS]]
    senders += re.findall(_TAGGED, text)[:MAX_ADDRESSES]
    answered = [one for one in (*message.in_reply_to, *message.references) if "@" in one]
    return Returned(
        message_ids=_few([*ids, *answered], MAX_IDS),
        senders=_few(senders, MAX_ADDRESSES),
        recipients=_few(recipients, MAX_ADDRESSES),
    )


def has_copy(message: Message) -> bool:
    """Tell whether a letter comes along, as a part or below the words."""
    in_words = compiled(RETURNED_COPY).search(message.text[:MAX_TEXT_CHARS])
    return bool(message.parts_of(*_COPY_TYPES)) or in_words is not None


def above_copy(text: str) -> str:
    """Return the text above a copy that stands in it."""
    text = text[:MAX_TEXT_CHARS]
    copy = compiled(RETURNED_COPY).search(text)
    return text[: copy.start()] if copy else text


def _copies(message: Message) -> Iterator[tuple[tuple[str, str], ...]]:
    """Yield the header fields of every copy: attached ones, then one inside the text."""
    contents = [part.content for part in message.parts_of(*_COPY_TYPES)[:5]]
    below = message.text[len(above_copy(message.text)) :][:MAX_TEXT_CHARS]
    first = re.search(
        r"^(?:received|return-path|message-id|from|to|date|subject):", below, re.I | re.M
    )
    if first:
        contents.append(below[first.start() :].encode("utf-8", "replace"))
    for content in contents:
        try:
            yield read_headers(split_head(content, Caps())[0], Caps())
        except Unparseable:
            continue


def _addresses(value: str) -> list[str]:
    """Return addresses as written: a token in one of ours is of lower case, but who knows."""
    return re.findall(r"[^\s<>,;:\"()\[\]]{1,100}@[^\s<>,;:\"()\[\]]{1,200}", value[:2_000])


def _bracketed(value: str) -> str:
    return f"<{value.strip().strip('<>').split('>')[0][:400]}>"


def _few(found: list[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:most]
