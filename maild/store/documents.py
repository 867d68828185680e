"""Documents, their payments and attachments."""

from __future__ import annotations

from maild.model import Attachment, Contact, StoredDocument
from maild.store.blobs import add_blob
from maild.store.database import (
    Queries,
    Transaction,
    collect,
    columns,
    find,
    insert,
    insert_value,
    only,
)
from maild.store.reach import WITHIN, Reach

_DOCUMENT = columns(StoredDocument)
# a day of issue, an instant, an id: where a page of a list ends; lists begin with the latest
Issue = tuple[str, int, str]
LATEST_ISSUE: Issue = ("9999-99-99", 0, "")


async def add_document(tx: Transaction, document: StoredDocument) -> None:
    """Keep a new document; its number must be free (see `find_document`)."""
    await insert_value(tx, "documents", document)


async def find_document(source: Queries, number: str) -> StoredDocument | None:
    """Return the document of that number, for the operator."""
    sql = f"SELECT {_DOCUMENT} FROM documents WHERE number = $1"
    return await find(source, StoredDocument, sql, number)


async def get_document(source: Queries, document_id: str) -> StoredDocument | None:
    """Return the document of that id."""
    sql = f"SELECT {_DOCUMENT} FROM documents WHERE id = $1"
    return await find(source, StoredDocument, sql, document_id)


async def find_within(
    source: Queries, reach: Reach, kind: str, number: str
) -> StoredDocument | None:
    """Return the document of a type and number if it is within reach; any other is None."""
    return await find(
        source,
        StoredDocument,
        f"SELECT {columns(StoredDocument, 'd')} FROM documents d"
        f" WHERE {WITHIN} AND d.type = $4 AND d.number = $5",
        *reach.values,
        kind,
        number,
    )


async def list_numbers_within(source: Queries, reach: Reach) -> tuple[str, ...]:
    """Return the numbers of all documents within reach, latest first."""
    rows = await source.rows(
        f"SELECT d.number FROM documents d WHERE {WITHIN}"
        " ORDER BY d.issued DESC, d.created_at DESC, d.id",
        *reach.values,
    )
    return tuple(row["number"] for row in rows)


async def find_last_number(source: Queries, least: str, below: str, after: str) -> str | None:
    """Return the last number as long as the least one that lies below a text, and ends so."""
    rows = await source.rows(
        "SELECT number FROM documents WHERE length(number) = $1 AND number >= $2 AND number < $3"
        " AND substr(number, $4) = $5 ORDER BY number DESC LIMIT 1",
        len(least),
        least,
        below,
        len(least) - len(after) + 1,
        after,
    )
    return str(rows[0]["number"]) if rows else None


async def list_client_documents(source: Queries, client_id: str) -> list[StoredDocument]:
    """Return a client's documents, latest first, for the operator."""
    sql = (
        f"SELECT {_DOCUMENT} FROM documents WHERE client_id = $1"
        " ORDER BY issued DESC, created_at DESC, id DESC"
    )
    return await collect(source, StoredDocument, sql, client_id)


async def list_documents(
    source: Queries, client_id: str = "", *, before: Issue = LATEST_ISSUE, most: int = 1000
) -> list[StoredDocument]:
    """Return documents (of a client) before a place, the latest issued first."""
    return await collect(
        source,
        StoredDocument,
        f"SELECT {_DOCUMENT} FROM documents WHERE {only('client_id', '$1', client_id)}"
        " AND (issued, created_at, id) < ($2, $3, $4)"
        " ORDER BY issued DESC, created_at DESC, id DESC LIMIT $5",
        client_id,
        *before,
        most,
    )


async def count_documents(source: Queries) -> int:
    """Return how many documents there are."""
    rows = await source.rows("SELECT COUNT(*) AS n FROM documents")
    return int(rows[0]["n"])


async def save_document(tx: Transaction, document: StoredDocument) -> None:
    """Write a document's changed state, what was paid, and when it was settled."""
    await tx.execute(
        "UPDATE documents SET state = $2, paid_minor = $3, settled_at = $4 WHERE id = $1",
        document.id,
        document.state,
        document.paid_minor,
        document.settled_at,
    )


async def add_payment(
    tx: Transaction, *, payment_id: str, document_id: str, amount_minor: int, paid_on: str, now: int
) -> None:
    """Keep one payment of a document: minor units, ISO date."""
    await insert(
        tx,
        "payments",
        id=payment_id,
        document_id=document_id,
        amount_minor=amount_minor,
        paid_on=paid_on,
        created_at=now,
    )


async def add_attachment(tx: Transaction, attachment: Attachment, content: bytes, now: int) -> None:
    """Keep a document's file; bytes already known under their hash are not stored again."""
    await add_blob(tx, attachment.hash, content)
    await insert(
        tx,
        "attachments",
        id=attachment.id,
        document_id=attachment.document_id,
        hash=attachment.hash,
        name=attachment.name,
        media_type=attachment.media_type,
        created_at=now,
    )


async def list_attachments(source: Queries, document_id: str) -> list[Attachment]:
    """Return a document's files by name, without their bytes."""
    return await collect(
        source,
        Attachment,
        "SELECT a.id, a.document_id, a.name, a.media_type, b.size, a.hash FROM attachments a"
        " JOIN blobs b ON b.hash = a.hash WHERE a.document_id = $1 ORDER BY a.name",
        document_id,
    )


async def list_reached(source: Queries, document_id: str) -> list[Contact]:
    """Return the live contacts whom a letter brought a document, or will: none that came back."""
    return await collect(
        source,
        Contact,
        f"SELECT {columns(Contact, 'c')} FROM contacts c JOIN"
        " (SELECT contact_id, MIN(created_at) AS first FROM letters"
        " WHERE document_id = $1 AND kind = 'document' AND state IN ('queued', 'deferred', 'sent')"
        " GROUP BY contact_id) l ON l.contact_id = c.id"
        " WHERE c.disabled_at IS NULL ORDER BY l.first, c.created_at, c.id",
        document_id,
    )


async def list_recipients(source: Queries, document_id: str) -> list[Contact]:
    """Return the contacts a document's letters went to, in the order they first did.

    Of one that was imported, and so brought by no letter yet, those whom it was meant for; of one
    letter to several the addressee comes before those in copy.
    """
    return await collect(
        source,
        Contact,
        f"SELECT {columns(Contact, 'c')} FROM contacts c JOIN"
        " (SELECT contact_id, MIN(at) AS first, MIN(copied) AS copied FROM (SELECT contact_id,"
        " created_at AS at, CASE WHEN copy_of IS NULL THEN 0 ELSE 1 END AS copied"
        " FROM letters WHERE document_id = $1 AND kind = 'document' UNION ALL"
        " SELECT contact_id, at, 0 FROM events WHERE document_id = $1 AND verb = 'imported') told"
        " GROUP BY contact_id) l ON l.contact_id = c.id"
        " ORDER BY l.first, l.copied, c.created_at, c.id",
        document_id,
    )
