"""Incoming replies: their bytes as accepted, and what became of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from maild.model import Envelope, Reply
from maild.store.database import SKIP_LOCKED, Queries, Transaction, collect, columns, find, insert

_REPLY = columns(Reply)


@dataclass(frozen=True, slots=True)
class RawReply:
    """A reply as it was accepted, for one attempt at understanding it.

    `content`, of `size` bytes, is read when its turn comes: a batch of the largest would fill
    memory.
    """

    id: str
    received_at: int
    peer: str
    helo: str
    sender: str
    recipients: str
    attempts: int
    size: int
    content: bytes = b""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The envelope's recipients."""
        return tuple(json.loads(self.recipients))


_RAW = columns(RawReply).removesuffix(", content")


async def add_reply(tx: Transaction, reply_id: str, envelope: Envelope, now: int) -> None:
    """Keep a message that a door has taken."""
    await insert(
        tx,
        "replies",
        id=reply_id,
        received_at=now,
        peer=envelope.peer,
        helo=envelope.helo,
        sender=envelope.sender,
        recipients=json.dumps(envelope.recipients),
        size=len(envelope.content),
        state="accepted",
        next_at=now,
    )
    await insert(tx, "reply_bytes", reply_id=reply_id, content=envelope.content)


async def claim_replies(
    tx: Transaction, *, owner: str, now: int, lease_until: int, most: int
) -> list[RawReply]:
    """Lease waiting replies to one reader, counting the attempt, oldest first.

    One that was tried before comes alone: should it end the process, it costs no other an attempt.
    """
    condition = "state = 'accepted' AND next_at <= $2 AND lease_until <= $2"
    for tried, limit in (("attempts > 0", 1), ("attempts = 0", most)):
        found = await collect(
            tx,
            RawReply,
            "UPDATE replies SET lease_owner = $1, lease_until = $3, attempts = attempts + 1"
            f" WHERE id IN (SELECT id FROM replies WHERE {condition} AND {tried}"
            f" ORDER BY next_at, id LIMIT $4 {SKIP_LOCKED})"
            f" RETURNING {_RAW}",
            owner,
            now,
            lease_until,
            limit,
        )
        if found:
            return sorted(found, key=lambda reply: (reply.received_at, reply.id))
    return []


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
        " contact_id = $13, settled_at = $14, fingerprint = $15, authentication = $16,"
        " letter_id = $17, message_id = $18, words = $19, lease_until = 0, lease_owner = ''"
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
        reply.authentication,
        reply.letter_id,
        reply.message_id,
        reply.words,
    )
    return touched == 1


async def close_reply(tx: Transaction, reply: Reply) -> None:
    """Write that a reply which waited for a person has been dealt with."""
    await tx.execute(
        "UPDATE replies SET state = $2, action = $3, reason = $4, settled_at = $5"
        " WHERE id = $1 AND state <> 'accepted'",
        reply.id,
        reply.state,
        reply.action,
        reply.reason,
        reply.settled_at,
    )


async def postpone_reply(tx: Transaction, reply_id: str, owner: str, next_at: int) -> None:
    """End a failed attempt's lease and look at the reply again later."""
    await tx.execute(
        "UPDATE replies SET next_at = $3, lease_until = 0, lease_owner = ''"
        " WHERE id = $1 AND lease_owner = $2",
        reply_id,
        owner,
        next_at,
    )


async def defer_reply(tx: Transaction, reply_id: str, owner: str, next_at: int) -> None:
    """End a lease under which nothing failed: the attempt does not count."""
    await tx.execute(
        "UPDATE replies SET next_at = $3, lease_until = 0, lease_owner = '',"
        " attempts = attempts - 1 WHERE id = $1 AND lease_owner = $2",
        reply_id,
        owner,
        next_at,
    )


async def get_reply(source: Queries, reply_id: str) -> Reply | None:
    """Return the reply of that id, without its bytes."""
    return await find(source, Reply, f"SELECT {_REPLY} FROM replies WHERE id = $1", reply_id)


async def load_raw(source: Queries, reply_id: str) -> RawReply | None:
    """Return a reply as it was accepted."""
    raw = await find(source, RawReply, f"SELECT {_RAW} FROM replies WHERE id = $1", reply_id)
    return replace(raw, content=await read_reply(source, reply_id)) if raw else None


async def read_reply(source: Queries, reply_id: str) -> bytes:
    """Return a reply's bytes as accepted; none once they have been let go of."""
    rows = await source.rows("SELECT content FROM reply_bytes WHERE reply_id = $1", reply_id)
    return bytes(rows[0]["content"]) if rows else b""


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
