"""Ids as the operator types them: whole, or so much of the beginning that only one has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from maild.errors import BadInput, NotFound, Refused
from maild.ids import ID_LENGTH

if TYPE_CHECKING:
    from maild.model import Letter, Link, Recurrence, Reply
    from maild.store.database import Queries

T = TypeVar("T")

_LEAST = 4


async def resolve_letter(source: Queries, start: str) -> Letter:
    """Return the letter whose id begins so; raises `NotFound`, `BadInput`, `Refused`."""
    from maild.store.letters import find_letters

    found = await find_letters(source, *_range(start))
    return _only(found, start, "letter", "maild queue list")


async def resolve_reply(source: Queries, start: str) -> Reply:
    """Return the reply whose id begins so; raises `NotFound`, `BadInput`, `Refused`."""
    from maild.store.replies import find_replies

    found = await find_replies(source, *_range(start))
    return _only(found, start, "reply", "maild inbox list")


async def resolve_link(source: Queries, start: str) -> Link:
    """Return the link whose id begins so; raises `NotFound`, `BadInput`, `Refused`."""
    from maild.store.links import find_links

    found = await find_links(source, *_range(start))
    return _only(found, start, "link", "maild link list")


async def resolve_recurrence(source: Queries, start: str) -> Recurrence:
    """Return the recurrence whose id begins so; raises `NotFound`, `BadInput`, `Refused`."""
    from maild.store.recurrences import find_recurrences

    found = await find_recurrences(source, *_range(start))
    return _only(found, start, "recurrence", "maild recur list")


def _range(start: str) -> tuple[str, str]:
    """Return the first and the last id that begin so."""
    first = start.strip().lower()
    if len(first) < _LEAST:
        raise BadInput(f"{start!a} is too short for an id; type its first {_LEAST} letters or more")
    return first, first.ljust(ID_LENGTH, "z")


def _only(found: Sequence[T], start: str, what: str, remedy: str) -> T:
    if not found:
        raise NotFound(f"there is no {what} {start}; see: {remedy}")
    if len(found) > 1:
        raise Refused(f"more than one {what} begins with {start}; type more of its id")
    return found[0]
