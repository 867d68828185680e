"""Incoming replies: their bytes as accepted, and what became of them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from maild.model import Envelope, Reply
from maild.store.database import Queries, Transaction, collect, columns, find, insert

_REPLY = columns(Reply)


@dataclass(frozen=True, slots=True)
class RawReply:
    """A reply as it was accepted, for one attempt at understanding it."""

    id: str
    received_at: int
    peer: str
    sender: str
    recipients: str
    content: bytes
    attempts: int

    @property
    def addresses(self) -> tuple[str, ...]:
        """The envelope's recipients."""
        return tuple(json.loads(self.recipients))


_RAW = columns(RawReply)


async def add_reply(tx: Transaction, reply_id: str, envelope: Envelope, now: int) -> None:
    """Keep a message that a door has taken."""
    await insert(
        tx,
        "replies",
        id=reply_id,
        received_at=now,
        peer=envelope.peer,
        sender=envelope.sender,
        recipients=json.dumps(envelope.recipients),
        content=envelope.content,
        state="accepted",
        next_at=now,
    )


async def claim_replies(
    tx: Transaction, *, owner: str, now: int, lease_until: int, most: int
) -> list[RawReply]:
    """Lease waiting replies to one reader, counting the attempt, oldest first."""
    found = await collect(
        tx,
        RawReply,
        "UPDATE replies SET lease_owner = $1, lease_until = $3, attempts = attempts + 1"
        " WHERE id IN (SELECT id FROM replies WHERE state = 'accepted'"
        " AND next_at <= $2 AND lease_until <= $2 ORDER BY next_at, id LIMIT $4)"
        f" RETURNING {_RAW}",
        owner,
        now,
        lease_until,
        most,
    )
    return sorted(found, key=lambda reply: (reply.received_at, reply.id))


async def next_due(source: Queries) -> int | None:
    """Return when the next waiting reply is due or its lease runs out, or None."""
    rows = await source.rows(
        "SELECT MIN(CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END) AS due"
        " FROM replies WHERE state = 'accepted'"
    )
    due: int | None = rows[0]["due"]
    return due


async def find_fingerprint(source: Queries, fingerprint: str) -> Reply | None:
    """Return the reply already known by its fingerprint."""
    sql = f"SELECT {_REPLY} FROM replies WHERE fingerprint = $1"
    return await find(source, Reply, sql, fingerprint)


async def settle_reply(
    tx: Transaction, reply: Reply, *, owner: str, fingerprint: str | None
) -> bool:
    """Write what was made of a reply and end its lease; False if the lease was lost meanwhile."""
    touched = await tx.execute(
        "UPDATE replies SET state = $3, kind = $4, request = $5, action = $6, reason = $7,"
        " level = $8, subject = $9, excerpt = $10, client_id = $11, document_id = $12,"
        " contact_id = $13, settled_at = $14, fingerprint = $15, lease_until = 0, lease_owner = ''"
        " WHERE id = $1 AND lease_owner = $2",
        reply.id,
        owner,
        reply.state,
        reply.kind,
        reply.request,
        reply.action,
        reply.reason,
        reply.level,
        reply.subject,
        reply.excerpt,
        reply.client_id,
        reply.document_id,
        reply.contact_id,
        reply.settled_at,
        fingerprint,
    )
    return touched == 1


async def postpone_reply(tx: Transaction, reply_id: str, owner: str, next_at: int) -> None:
    """End a failed attempt's lease and look at the reply again later."""
    await tx.execute(
        "UPDATE replies SET next_at = $3, lease_until = 0, lease_owner = ''"
        " WHERE id = $1 AND lease_owner = $2",
        reply_id,
        owner,
        next_at,
    )


async def get_reply(source: Queries, reply_id: str) -> Reply | None:
    """Return the reply of that id, without its bytes."""
    return await find(source, Reply, f"SELECT {_REPLY} FROM replies WHERE id = $1", reply_id)


async def read_reply(source: Queries, reply_id: str) -> bytes:
    """Return a reply's bytes as accepted."""
    rows = await source.rows("SELECT content FROM replies WHERE id = $1", reply_id)
    return bytes(rows[0]["content"])


async def list_replies(source: Queries, state: str = "", most: int = 1000) -> list[Reply]:
    """Return the latest replies (in one state), newest first."""
    return await collect(
        source,
        Reply,
        f"SELECT {_REPLY} FROM replies WHERE ($1 = '' OR state = $1)"
        " ORDER BY received_at DESC, id LIMIT $2",
        state,
        most,
    )


async def list_document_replies(source: Queries, document_id: str) -> list[Reply]:
    """Return the replies about a document, oldest first."""
    sql = f"SELECT {_REPLY} FROM replies WHERE document_id = $1 ORDER BY received_at, id"
    return await collect(source, Reply, sql, document_id)


async def list_contact_replies(
    source: Queries, contact_id: str, most: int, *, sender: str = ""
) -> list[Reply]:
    """Return the latest replies that are a contact's (from one address), newest first."""
    return await collect(
        source,
        Reply,
        f"SELECT {_REPLY} FROM replies WHERE contact_id = $1 AND ($2 = '' OR lower(sender) = $2)"
        " ORDER BY received_at DESC, id LIMIT $3",
        contact_id,
        sender.lower(),
        most,
    )


async def list_stray_replies(source: Queries, sender: str, most: int) -> list[Reply]:
    """Return the latest replies of a sender that are nobody's, newest first."""
    return await collect(
        source,
        Reply,
        f"SELECT {_REPLY} FROM replies WHERE contact_id IS NULL AND lower(sender) = $1"
        " ORDER BY received_at DESC, id LIMIT $2",
        sender.lower(),
        most,
    )


async def find_replies(source: Queries, first: str, last: str) -> list[Reply]:
    """Return up to two replies whose ids lie between two texts: enough to tell if it is one."""
    sql = f"SELECT {_REPLY} FROM replies WHERE id BETWEEN $1 AND $2 ORDER BY id LIMIT 2"
    return await collect(source, Reply, sql, first, last)
