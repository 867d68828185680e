"""What is let go of after its time, a few rows at once; an open document keeps all it has.

Each kind is walked along an index, a stretch at a time from where the last one ended: what has to
stay is passed by, and costs nothing more until the walk begins anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maild.store.database import LATEST, Mark, Queries, Row, Transaction

# where a walk begins, and where it has come to once all is seen
BEGINNING: Mark = (0, "")

_SETTLED = "NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = {}.document_id AND d.state = 'open')"
# what tells whose address was whose must last
_LASTING = (
    "('client added', 'contact added', 'contact replaced', 'contact enabled', 'contact disabled',"
    " 'address changed')"
)
# word for word as in the index, or an engine would read all letters that were sent
_LETTERS = "l.purged_at IS NULL AND l.state NOT IN ('queued', 'deferred', 'held', 'failed')"
_REPLIES = "r.purged_at IS NULL AND r.state = 'settled'"
_GOING = f"{_SETTLED.format('e')} AND e.verb NOT IN {_LASTING}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows in a row: where they end, how many they are, and whether any of them may go."""

    end: Mark
    rows: int
    any_free: bool


async def walk_letters(source: Queries, after: Mark, before: int, most: int) -> Stretch:
    """Return the next letters written before an instant whose bytes are still kept."""
    rows = await source.rows(
        "SELECT l.created_at AS at, l.id, CASE WHEN d.state = 'open' THEN 0 ELSE 1 END AS free"
        " FROM letters l LEFT JOIN documents d ON d.id = l.document_id"
        f" WHERE {_LETTERS} AND (l.created_at, l.id) > ($1, $2) AND l.created_at < $3"
        " ORDER BY l.created_at, l.id LIMIT $4",
        *after,
        before,
        most,
    )
    return _measure(rows)


async def purge_letters(tx: Transaction, after: Mark, until: Mark, now: int) -> int:
    """Forget the bytes of the letters of a stretch that may go; return how many.

    That they were sent, to whom, and with which Message-ID, stays.
    """
    going = (
        f"(SELECT l.id FROM letters l WHERE {_LETTERS} AND {_SETTLED.format('l')}"
        " AND (l.created_at, l.id) > ($1, $2) AND (l.created_at, l.id) <= ($3, $4))"
    )
    stretch = (*after, *until)
    await tx.execute(f"DELETE FROM letter_messages WHERE letter_id IN {going}", *stretch)
    return await tx.execute(f"UPDATE letters SET purged_at = $5 WHERE id IN {going}", *stretch, now)


async def walk_replies(source: Queries, after: Mark, before: int, most: int) -> Stretch:
    """Return the next settled replies taken before an instant whose bytes are still kept."""
    rows = await source.rows(
        "SELECT r.received_at AS at, r.id, CASE WHEN d.state = 'open' THEN 0 ELSE 1 END AS free"
        " FROM replies r LEFT JOIN documents d ON d.id = r.document_id"
        f" WHERE {_REPLIES} AND (r.received_at, r.id) > ($1, $2) AND r.received_at < $3"
        " ORDER BY r.received_at, r.id LIMIT $4",
        *after,
        before,
        most,
    )
    return _measure(rows)


async def purge_replies(tx: Transaction, after: Mark, until: Mark, now: int) -> int:
    """Forget the bytes of the replies of a stretch that may go; return how many.

    What they said, and what was made of them, stays.
    """
    going = (
        f"(SELECT r.id FROM replies r WHERE {_REPLIES} AND {_SETTLED.format('r')}"
        " AND (r.received_at, r.id) > ($1, $2) AND (r.received_at, r.id) <= ($3, $4))"
    )
    stretch = (*after, *until)
    await tx.execute(f"DELETE FROM reply_bytes WHERE reply_id IN {going}", *stretch)
    return await tx.execute(f"UPDATE replies SET purged_at = $5 WHERE id IN {going}", *stretch, now)


async def walk_events(source: Queries, after: Mark, before: str, most: int) -> Stretch:
    """Return the next events that came before an id: the beginning of one."""
    rows = await source.rows(
        "SELECT 0 AS at, e.id,"
        f" CASE WHEN d.state = 'open' OR e.verb IN {_LASTING} THEN 0 ELSE 1 END AS free"
        " FROM events e LEFT JOIN documents d ON d.id = e.document_id"
        " WHERE e.id > $1 AND e.id < $2 ORDER BY e.id LIMIT $3",
        after[1],
        before,
        most,
    )
    return _measure(rows)


async def purge_events(tx: Transaction, after: Mark, until: Mark) -> int:
    """Forget the events of a stretch that may go; return how many."""
    return await tx.execute(
        "DELETE FROM events WHERE id IN"
        f" (SELECT e.id FROM events e WHERE {_GOING} AND e.id > $1 AND e.id <= $2)",
        after[1],
        until[1],
    )


def _measure(rows: Sequence[Row]) -> Stretch:
    end = (rows[-1]["at"], rows[-1]["id"]) if rows else LATEST
    return Stretch(end, len(rows), any(row["free"] for row in rows))
