"""What is let go of after its time, a few rows at once; an open document keeps all it has."""

from __future__ import annotations

from maild.store.database import Queries, Transaction

_SETTLED = "NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = {}.document_id AND d.state = 'open')"
# what tells whose address was whose must last
_LASTING = (
    "('client added', 'contact added', 'contact replaced', 'contact enabled', 'contact disabled',"
    " 'address changed')"
)
_LETTERS = (
    "SELECT l.id FROM letters l WHERE l.purged_at IS NULL"
    f" AND l.state IN ('sent', 'bounced', 'dropped') AND {_SETTLED.format('l')}"
    " AND l.created_at < $1 ORDER BY l.created_at, l.id LIMIT $2"
)
_REPLIES = (
    "SELECT r.id FROM replies r WHERE r.purged_at IS NULL AND r.state = 'settled'"
    f" AND {_SETTLED.format('r')} AND r.received_at < $1 ORDER BY r.received_at LIMIT $2"
)
_EVENTS = (
    f"SELECT e.id FROM events e WHERE e.id < $1 AND e.verb NOT IN {_LASTING}"
    f" AND {_SETTLED.format('e')} ORDER BY e.id LIMIT $2"
)


async def has_old_letters(source: Queries, before: int) -> bool:
    """Tell whether there is a letter to purge."""
    return bool(await source.rows(_LETTERS, before, 1))


async def purge_letters(tx: Transaction, before: int, most: int, now: int) -> int:
    """Forget the bytes of so many letters written before an instant; return how many.

    That they were sent, to whom, and with which Message-ID, stays.
    """
    await tx.execute(f"DELETE FROM letter_messages WHERE letter_id IN ({_LETTERS})", before, most)
    return await tx.execute(
        f"UPDATE letters SET purged_at = $3 WHERE id IN ({_LETTERS})", before, most, now
    )


async def has_old_replies(source: Queries, before: int) -> bool:
    """Tell whether there is a reply to purge."""
    return bool(await source.rows(_REPLIES, before, 1))


async def purge_replies(tx: Transaction, before: int, most: int, now: int) -> int:
    """Forget the bytes of so many settled replies taken before an instant; return how many.

    What they said, and what was made of them, stays.
    """
    await tx.execute(f"DELETE FROM reply_bytes WHERE reply_id IN ({_REPLIES})", before, most)
    return await tx.execute(
        f"UPDATE replies SET purged_at = $3 WHERE id IN ({_REPLIES})", before, most, now
    )


async def has_old_events(source: Queries, before: str) -> bool:
    """Tell whether there is an event to purge; `before` is the beginning of an id."""
    return bool(await source.rows(_EVENTS, before, 1))


async def purge_events(tx: Transaction, before: str, most: int) -> int:
    """Forget so many events that came before an id; return how many."""
    return await tx.execute(f"DELETE FROM events WHERE id IN ({_EVENTS})", before, most)
