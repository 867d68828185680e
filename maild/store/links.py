"""Personal links; the token itself is derived from the id and never stored."""

from __future__ import annotations

from maild.model import Link
from maild.store.database import (
    LATEST,
    Mark,
    Queries,
    Transaction,
    collect,
    columns,
    find,
    insert,
    insert_value,
)

_LINK = columns(Link)


# the links `l` of a contact $1 that tell how far they see: those sent to them alone, and as a copy
# (a union, as an engine would rather read all links than go along two indexes for an OR)
_PERSONAL = (
    "l.id IN (SELECT o.id FROM links o WHERE o.contact_id = $1"
    " AND NOT EXISTS (SELECT 1 FROM link_holders h WHERE h.link_id = o.id)"
    " UNION ALL SELECT h.link_id FROM link_holders h WHERE h.contact_id = $1)"
)
# the links `l` that an address key $2 has
_HELD = (
    "l.id IN (SELECT o.id FROM links o JOIN contacts p ON p.id = o.contact_id"
    " WHERE p.address_key = $2"
    " UNION ALL SELECT h.link_id FROM link_holders h JOIN contacts p ON p.id = h.contact_id"
    " WHERE p.address_key = $2)"
)


async def add_link(tx: Transaction, link: Link) -> None:
    """Keep a new link."""
    await insert_value(tx, "links", link)


async def add_holder(tx: Transaction, link_id: str, contact_id: str) -> None:
    """Note that somebody holds a link beside its owner: it stood in a letter to both."""
    await insert(tx, "link_holders", link_id=link_id, contact_id=contact_id)


async def get_link(source: Queries, link_id: str) -> Link | None:
    """Return the link of that id, dead or alive."""
    return await find(source, Link, f"SELECT {_LINK} FROM links WHERE id = $1", link_id)


async def latest_link(source: Queries, contact_id: str) -> Link | None:
    """Return the newest link of a contact, or that they hold as a copy, dead or alive.

    One of theirs that others hold too is passed over: it says nothing of how far they see.
    """
    return await find(
        source,
        Link,
        f"SELECT {columns(Link, 'l')} FROM links l WHERE {_PERSONAL}"
        " ORDER BY l.created_at DESC, l.id LIMIT 1",
        contact_id,
    )


async def latest_link_to(source: Queries, contact_id: str, document_id: str) -> Link | None:
    """Return the newest link to a document, as `latest_link`."""
    return await find(
        source,
        Link,
        f"SELECT {columns(Link, 'l')} FROM links l WHERE {_PERSONAL} AND l.document_id = $2"
        " ORDER BY l.created_at DESC, l.id LIMIT 1",
        contact_id,
        document_id,
    )


async def list_links(
    source: Queries,
    *,
    client_id: str = "",
    key: str = "",
    most: int = 1000,
    before: Mark = LATEST,
) -> list[Link]:
    """Return the latest links (of a client, of an address key) before a place, newest first.

    They may be dead or alive.
    """
    return await collect(
        source,
        Link,
        f"SELECT {columns(Link, 'l')} FROM links l WHERE {_which(client_id, key)}"
        " AND (l.created_at, l.id) < ($3, $4) ORDER BY l.created_at DESC, l.id DESC LIMIT $5",
        client_id,
        key,
        *before,
        most,
    )


async def list_unrevoked(source: Queries, *, client_id: str = "", key: str = "") -> list[Link]:
    """Return the links (of a client, of an address key) that nobody has revoked."""
    return await collect(
        source,
        Link,
        f"SELECT {columns(Link, 'l')} FROM links l WHERE {_which(client_id, key)}"
        " AND l.revoked_at IS NULL ORDER BY l.created_at DESC, l.id",
        client_id,
        key,
    )


def _which(client_id: str, key: str) -> str:
    """Return the condition for the links `l` of a client $1 and of an address key $2, if given."""
    owned = "l.contact_id IN (SELECT c.id FROM contacts c WHERE c.client_id = $1)"
    return " AND ".join((owned if client_id else "$1 = ''", _HELD if key else "$2 = ''"))


async def find_links(source: Queries, first: str, last: str) -> list[Link]:
    """Return up to two links whose ids lie between two texts: enough to tell if it is one."""
    sql = f"SELECT {_LINK} FROM links WHERE id BETWEEN $1 AND $2 ORDER BY id LIMIT 2"
    return await collect(source, Link, sql, first, last)


async def save_link(tx: Transaction, link: Link) -> None:
    """Write a link's changed scope and end, and whether and why it was revoked."""
    await tx.execute(
        "UPDATE links SET scope = $2, expires_at = $3, revoked_at = $4, revoked_why = $5"
        " WHERE id = $1",
        link.id,
        link.scope,
        link.expires_at,
        link.revoked_at,
        link.revoked_why,
    )


async def revoke_links(tx: Transaction, contact_id: str, now: int, why: str = "") -> int:
    """End every link that a contact has, held with others or not; return how many."""
    return await tx.execute(
        "UPDATE links SET revoked_at = $2, revoked_why = $3 WHERE revoked_at IS NULL AND id IN"
        " (SELECT o.id FROM links o WHERE o.contact_id = $1"
        " UNION ALL SELECT h.link_id FROM link_holders h WHERE h.contact_id = $1)",
        contact_id,
        now,
        why,
    )
