"""Reminders that pause: of one document, or of all that a client has."""

from __future__ import annotations

from maild.model import Pause
from maild.store.database import Queries, Transaction, collect, columns, insert_value, only

_PAUSE = columns(Pause)


async def add_pause(tx: Transaction, pause: Pause) -> None:
    """Keep a new pause; several may hold at once, the last to end decides."""
    await insert_value(tx, "pauses", pause)


async def list_pauses(
    source: Queries, client_id: str, now: int, document_id: str | None = None
) -> list[Pause]:
    """Return the pauses of a client that hold at an instant, oldest first.

    With a document, only those that hold for it: its own, and those of the client as a whole.
    """
    return await collect(
        source,
        Pause,
        f"SELECT {_PAUSE} FROM pauses WHERE client_id = $1 AND (ends_at IS NULL OR ends_at > $2)"
        " AND ($3 = '' OR document_id IS NULL OR document_id = $3) ORDER BY created_at, id",
        client_id,
        now,
        document_id or "",
    )


async def end_pauses(tx: Transaction, client_id: str, now: int, document_id: str = "") -> int:
    """End every pause of a client (of one document alone) that still holds; return how many."""
    return await tx.execute(
        "UPDATE pauses SET ends_at = $2 WHERE client_id = $1"
        f" AND (ends_at IS NULL OR ends_at > $2) AND {only('document_id', '$3', document_id)}",
        client_id,
        now,
        document_id,
    )
