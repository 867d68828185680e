"""Replies that cannot be read: set aside with the reason, and shown to a person."""

from __future__ import annotations

from dataclasses import replace

from maild.model import Reply
from maild.office import Office
from maild.services.handoff import Handoff, post_handoff, write_handoff
from maild.states import ReplyState
from maild.store import replies
from maild.store.database import Transaction
from maild.store.replies import RawReply


def blank_reply(raw: RawReply) -> Reply:
    """Return a reply of which nothing is known yet but how it came."""
    return Reply(
        id=raw.id,
        received_at=raw.received_at,
        peer=raw.peer,
        sender=raw.sender,
        recipients=raw.recipients,
        state=ReplyState.ACCEPTED,
        attempts=raw.attempts,
        kind="",
        request="",
        action="",
        reason="",
        level=None,
        subject="",
        excerpt="",
        client_id=None,
        document_id=None,
        contact_id=None,
        settled_at=None,
    )


async def set_aside(office: Office, raw: RawReply, owner: str, fault: str) -> Reply:
    """Set a reply aside with what was wrong with it, and tell the operator, original attached."""
    aside = replace(
        blank_reply(raw),
        state=ReplyState.SET_ASIDE,
        action="hold",
        reason="poison",
        excerpt=fault,
        settled_at=office.clock(),
    )
    handoff = Handoff(
        occasion=f"reply {raw.id}",
        headline="A message that maild cannot read",
        facts=(("From", raw.sender or "no sender"), ("What is wrong", fault)),
        advice=("It is kept as it came and attached here; please read it yourself.",),
        commands=(f"maild inbox show {raw.id} --raw",),
        original=raw.content,
    )
    letter = write_handoff(office, handoff)

    async def work(tx: Transaction) -> None:
        if await replies.settle_reply(tx, aside, owner=owner, fingerprint=None):
            await post_handoff(tx, letter)
            await office.record(tx, "reply set aside", raw.id, actor="maild", reason=fault)

    await office.db.transact(work)
    return aside
