"""Personal links; the token itself is derived from the id and never stored."""

from __future__ import annotations

from maild.model import Link
from maild.store.database import Queries, Transaction, columns, find, insert_value

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


async def revoke_links(tx: Transaction, contact_id: str, now: int) -> int:
    """End every living link of a contact; return how many."""
    return await tx.execute(
        "UPDATE links SET revoked_at = $2 WHERE contact_id = $1 AND revoked_at IS NULL",
        contact_id,
        now,
    )


async def list_linked_documents(source: Queries, contact_id: str) -> frozenset[str]:
    """Return the ids of the documents a contact was ever given a link to."""
    rows = await source.rows(
        "SELECT DISTINCT document_id FROM links WHERE contact_id = $1", contact_id
    )
    return frozenset(row["document_id"] for row in rows)
