"""Personal links; the token itself is derived from the id and never stored."""

from __future__ import annotations

from maild.model import Link
from maild.store.database import Queries, Transaction, collect, columns, find, insert_value

_LINK = columns(Link)


async def add_link(tx: Transaction, link: Link) -> None:
    """Keep a new link."""
    await insert_value(tx, "links", link)


async def get_link(source: Queries, link_id: str) -> Link | None:
    """Return the link of that id, dead or alive."""
    return await find(source, Link, f"SELECT {_LINK} FROM links WHERE id = $1", link_id)


async def latest_link(source: Queries, contact_id: str) -> Link | None:
    """Return the contact's newest link, dead or alive."""
    return await find(
        source,
        Link,
        f"SELECT {_LINK} FROM links WHERE contact_id = $1 ORDER BY created_at DESC, id LIMIT 1",
        contact_id,
    )


async def latest_link_to(source: Queries, contact_id: str, document_id: str) -> Link | None:
    """Return the contact's newest link to a document, dead or alive."""
    return await find(
        source,
        Link,
        f"SELECT {_LINK} FROM links WHERE contact_id = $1 AND document_id = $2"
        " ORDER BY created_at DESC, id LIMIT 1",
        contact_id,
        document_id,
    )


async def list_links(
    source: Queries, *, client_id: str = "", key: str = "", most: int = 1000
) -> list[Link]:
    """Return the latest links (of a client, of an address key), dead or alive, newest first."""
    return await collect(
        source,
        Link,
        f"SELECT {columns(Link, 'l')} FROM links l JOIN contacts c ON c.id = l.contact_id"
        " WHERE ($1 = '' OR c.client_id = $1) AND ($2 = '' OR c.address_key = $2)"
        " ORDER BY l.created_at DESC, l.id LIMIT $3",
        client_id,
        key,
        most,
    )


async def list_unrevoked(source: Queries, *, client_id: str = "", key: str = "") -> list[Link]:
    """Return the links (of a client, of an address key) that nobody has revoked."""
    return await collect(
        source,
        Link,
        f"SELECT {columns(Link, 'l')} FROM links l JOIN contacts c ON c.id = l.contact_id"
        " WHERE ($1 = '' OR c.client_id = $1) AND ($2 = '' OR c.address_key = $2)"
        " AND l.revoked_at IS NULL ORDER BY l.created_at DESC, l.id",
        client_id,
        key,
    )


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
    """End every link of a contact that was not revoked before; return how many."""
    return await tx.execute(
        "UPDATE links SET revoked_at = $2, revoked_why = $3"
        " WHERE contact_id = $1 AND revoked_at IS NULL",
        contact_id,
        now,
        why,
    )
