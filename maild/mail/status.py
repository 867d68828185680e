"""What became of each recipient, in the fields of a delivery status notification (RFC 3464)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from maild.mail.parse import Message

MAX_RECIPIENTS = 100
MAX_BLOCK_CHARS = 8_000
STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")

# What a delivery that succeeded is called (RFC 3464 §2.3.3), and by whom it is misspelt.
DONE = frozenset({"delivered", "relayed", "expanded", "deliverable"})

_ADDRESS_CHARS = r"\w.+=/'~%&#*!?$-"
_RECIPIENT_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient")
_FIELD_LINE = r"(?:final|original)-recipient[ \t]{0,3}:"


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """One recipient's block: the address in lower case, and what is said of it.

    `action` is one word in lower case ("failed", "delayed", "delivered", "relayed", "expanded"),
    `status` and `diagnostic` are as written, the latter without its type. Any may be empty.
    """

    recipient: str
    action: str
    status: str
    diagnostic: str


def read_statuses(message: Message) -> tuple[RecipientStatus, ...]:
    """Return a block for each recipient: of the report's own part, else as the text holds them.

    (Some mail systems write the fields into the text, or break the MIME structure around them.)
    """
    parts = [part.text for part in message.parts_of(*STATUS_TYPES)]
    if not parts and re.search(_FIELD_LINE, message.text[:MAX_BLOCK_CHARS], re.I):
        parts = [message.text[:MAX_BLOCK_CHARS]]
    found = [_read_block(fields) for text in parts for fields in _blocks(text)]
    return tuple(found[:MAX_RECIPIENTS])


def find_addresses(text: str) -> list[str]:
    """Return the addresses in a text, in lower case and in order, each once."""
    pattern = (
        rf"(?<![{_ADDRESS_CHARS}])([{_ADDRESS_CHARS}]{{1,64}}@"
        r"(?:[^\W_](?:[^\W_]|-){0,62}\.){1,10}[^\W\d_]{2,24})"
    )
    found = (a.lower().lstrip("'").removeprefix("smtp=") for a in re.findall(pattern, text))
    return list(dict.fromkeys(found))


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields of each recipient's block, the first of each name."""
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))[: MAX_RECIPIENTS + 1]:
        fields = _read_fields(block[:MAX_BLOCK_CHARS].split("\n"))
        if "action" in fields or fields.keys() & set(_RECIPIENT_FIELDS):
            yield fields


def _read_fields(lines: Iterable[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    last = ""
    for line in lines:
        if line[:1] in (" ", "\t") and last:
            fields[last] += " " + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            last = "" if name in fields else name
            fields.setdefault(name, value.strip())
    return fields


def _read_block(fields: dict[str, str]) -> RecipientStatus:
    values = (fields.get(name, "").rpartition(";")[2] for name in _RECIPIENT_FIELDS)
    addresses = [found for value in values for found in find_addresses(value[:400])[:1]]
    kind, divided, said = fields.get("diagnostic-code", "")[:2_000].partition(";")
    is_typed = bool(divided) and len(kind) < 20 and " " not in kind.strip()
    return RecipientStatus(
        recipient=next(iter(addresses), ""),
        action=next(iter(fields.get("action", "").lower().split()), ""),
        status=fields.get("status", "")[:200],
        diagnostic=(said if is_typed else kind + divided + said).strip(),
    )
