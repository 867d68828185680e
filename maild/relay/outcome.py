"""How the hand-over of a letter ends, whoever takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from maild.address import parse_address
from maild.errors import BadInput

State = Literal["sent", "deferred", "failed", "unknown", "unreachable"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a hand-over ended: `sent`; not yet (`deferred`) or never (`failed`), as the relay says.

    `unknown`: all of the letter was handed over and the answer got lost, so it may have arrived.
    `unreachable`: the relay takes no letter at all just now, and this one is as good as any.
    `code` is the relay's answer, 0 if none came; `text` is one printable line, in its words.
    """

    state: State
    code: int
    text: str


class Relay(Protocol):
    """Where letters go."""

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Hand over `message` (CRLF lines) with this envelope; `sender` may be empty.

        Raises nothing but `Busy`, if it could not be begun for all the others.
        """

    async def close(self) -> None:
        """Let go of what is kept open; deliveries under way come to their end."""


def find_fault(sender: str, recipient: str) -> Outcome | None:
    """Return why no relay could take this envelope, or None: nothing else may reach a command."""
    try:
        for address in (sender, recipient) if sender else (recipient,):
            parse_address(address)
    except (BadInput, UnicodeError) as error:
        return Outcome("failed", 0, clean(str(error)))
    return None


def clean(text: str) -> str:
    """Return a stranger's words as one printable line of at most 500 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:500]
