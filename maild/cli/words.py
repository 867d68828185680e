"""Text on its way to a terminal: other people's words made harmless, instants spelt for machines.

Subjects, names and excerpts come from strangers; an escape sequence in one could rewrite what the
operator sees.
"""

from __future__ import annotations

import unicodedata

from maild.clock import Instant, to_datetime

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# joins letters in some scripts and pictures in others
_JOINERS = frozenset("\u200c\u200d")


def plain(text: str) -> str:
    """Return text with every character replaced that a terminal might obey."""
    return "".join(char if _is_plain(char) else "\ufffd" for char in text)


def one_line(text: str) -> str:
    """Return text as one harmless line."""
    return plain(" ".join(text.split()))


def iso(instant: Instant | None) -> str | None:
    """Return an instant as ISO 8601 in UTC: 2026-11-01T09:30:00.000000Z."""
    if instant is None:
        return None
    return to_datetime(instant).isoformat(timespec="microseconds").replace("+00:00", "Z")


def count(number: int, thing: str) -> str:
    """Return a number of things: 1 file, 2 files."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _is_plain(char: str) -> bool:
    return char in "\n\t" or char in _JOINERS or unicodedata.category(char) not in _UNSAFE
