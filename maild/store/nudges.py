"""Nudges: the letters that nobody asked for, about what is owed or not yet answered."""

from __future__ import annotations

from maild.store.database import Queries, Transaction, only

_NUDGE = "kind IN ('reminder', 'chase')"
# no index of states is to be taken: what waits may be much, and is sought by whom it is about
_WAITING = "state || '' IN ('queued', 'deferred', 'held')"


async def drop_nudges(
    tx: Transaction, outcome: str, *, document_id: str = "", client_id: str = "", to: str = ""
) -> int:
    """Drop the nudges that still wait to go out (about a document, of a client, to a contact).

    Returns how many there were.
    """
    return await tx.execute(
        f"UPDATE letters SET state = 'dropped', outcome = $1 WHERE {_NUDGE} AND {_WAITING}"
        f" AND {only('document_id', '$2', document_id)} AND {_to_people_of(client_id)}"
        f" AND {only('contact_id', '$4', to)}",
        outcome,
        document_id,
        client_id,
        to,
    )


def _to_people_of(client_id: str) -> str:
    people = "contact_id IN (SELECT id FROM contacts WHERE client_id = $3)"
    return people if client_id else "$3 = ''"


async def count_nudges(source: Queries, contact_id: str, since: int) -> int:
    """Return how many nudges and statements were written to a contact from an instant on."""
    rows = await source.rows(
        "SELECT COUNT(*) AS n FROM letters WHERE contact_id = $1 AND created_at >= $2"
        " AND state <> 'dropped' AND kind IN ('reminder', 'chase', 'statement')",
        contact_id,
        since,
    )
    return int(rows[0]["n"])


async def was_stated(source: Queries, contact_id: str, since: int) -> bool:
    """Tell whether a statement was written to a contact from an instant on."""
    rows = await source.rows(
        "SELECT 1 AS one FROM letters WHERE contact_id = $1 AND created_at >= $2"
        " AND state <> 'dropped' AND kind = 'statement' LIMIT 1",
        contact_id,
        since,
    )
    return bool(rows)
