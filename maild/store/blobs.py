"""Bytes under their SHA-256: stored once, whatever refers to them, and gone with the last of it."""

from __future__ import annotations

from maild.store.database import Queries, Transaction


async def add_blob(tx: Transaction, content_hash: str, content: bytes) -> None:
    """Keep bytes under their hash, unless they are known already."""
    await tx.execute(
        "INSERT INTO blobs (hash, size, content) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING",
        content_hash,
        len(content),
        content,
    )


async def read_blob(source: Queries, content_hash: str) -> bytes:
    """Return the bytes stored under a hash."""
    rows = await source.rows("SELECT content FROM blobs WHERE hash = $1", content_hash)
    return bytes(rows[0]["content"])


async def drop_unused_blob(tx: Transaction, content_hash: str) -> None:
    """Forget bytes that nothing refers to any more: no attachment, no file, nothing that recurs."""
    await tx.execute(
        "DELETE FROM blobs WHERE hash = $1"
        " AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.hash = $1)"
        " AND NOT EXISTS (SELECT 1 FROM files f WHERE f.hash = $1)"
        " AND NOT EXISTS (SELECT 1 FROM recurrence_files r WHERE r.hash = $1)",
        content_hash,
    )
