"""A visit by a link: everything that judges it, read with one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar, cast

from maild.model import Client, Contact, Link, StoredDocument
from maild.store.database import Queries, Row, columns

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A link, whose it is, and what it leads to.

    `has_files`: the document has attachments; `left`: whoever came by the link has logged out.
    """

    link: Link
    contact: Contact
    client: Client
    document: StoredDocument
    has_files: bool
    left: bool


class _Part(Generic[T]):
    """Where in a row of several tables one of them begins, and what its columns make.

    Columns are taken by their place: by name each is looked for among all of them.
    """

    def __init__(self, kind: type[T], table: str, start: int = 0) -> None:
        told = fields(kind)  # type: ignore[arg-type]
        self.columns = columns(kind, table)
        self.end = start + len(told)
        self._kind = kind
        self._place = slice(start, self.end)
        self._flags = [place for place, one in enumerate(told) if one.type == "bool"]

    def read(self, row: Row) -> T:
        values = list(cast(Sequence[Any], row)[self._place])
        for place in self._flags:
            values[place] = bool(values[place])
        return self._kind(*values)


_LINK = _Part(Link, "l")
_CONTACT = _Part(Contact, "c", _LINK.end)
_CLIENT = _Part(Client, "k", _CONTACT.end)
_DOCUMENT = _Part(StoredDocument, "o", _CLIENT.end)
_VISIT = (
    f"SELECT {_LINK.columns}, {_CONTACT.columns}, {_CLIENT.columns}, {_DOCUMENT.columns},"
    " EXISTS (SELECT 1 FROM attachments a WHERE a.document_id = o.id) AS has_files,"
    " e.hash AS left_hash FROM links l"
    " JOIN contacts c ON c.id = l.contact_id JOIN clients k ON k.id = c.client_id"
    " JOIN documents o ON o.id = l.document_id LEFT JOIN ended_visits e ON e.hash = $2"
    " WHERE l.id = $1"
)


async def find_visit(source: Queries, link_id: str, cookie_hash: str = "") -> VisitRow | None:
    """Return the visit by a link, dead or alive, or None if the link was never issued.

    `cookie_hash` is that of the cookie by which a browser comes back to it.
    """
    rows = await source.rows(_VISIT, link_id, cookie_hash)
    if not rows:
        return None
    row = rows[0]
    return VisitRow(
        _LINK.read(row),
        _CONTACT.read(row),
        _CLIENT.read(row),
        _DOCUMENT.read(row),
        bool(row["has_files"]),
        row["left_hash"] is not None,
    )
