"""Settling a reply: its state, its event and all that follows from it, once, in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from maild.clock import Instant
from maild.errors import MaildError, Refused
from maild.mail.policy import Action, Decision
from maild.mail.reading import Reading
from maild.mail.request import Intent
from maild.matching import Match
from maild.model import Client, Contact, Reply
from maild.office import Office
from maild.states import ReplyState
from maild.store import replies
from maild.store.database import Transaction

# what a decision leads to beside the settlement; it raises to undo all of it
Deed = Callable[[Transaction], Awaitable[None]]


class Unfit(MaildError):
    """What a reply asks for is not to be had; `reason` says why in one word, for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Case:
    """A reply that has been understood: what it says, whose it is, and what is to be done.

    `owner` holds the lease on it; `domain_says` is in plain words what the sender's domain has to
    say of it, and `look_again` when it may say more. `answers` is the held reply to which this is
    the operator's answer; `orders` names the operator who decided in maild's place, and is empty
    where maild did.
    """

    reply: Reply
    reading: Reading
    match: Match
    decision: Decision
    fingerprint: str
    owner: str
    original: bytes
    domain_says: str = ""
    look_again: Instant | None = None
    answers: Reply | None = None
    orders: str = ""

    @property
    def intent(self) -> Intent:
        """What its writer asks for."""
        return self.reading.intent

    @property
    def actor(self) -> str:
        """Who acts here, as events name it."""
        return self.orders or f"reply {self.reply.id}"

    @property
    def occasion(self) -> str:
        """What makes a letter of this case one of its kind, so that it never goes twice."""
        return f"reply {self.reply.id}"

    @property
    def people(self) -> tuple[Client, Contact]:
        """The client and the contact on record; raises `Unfit` where there is none."""
        if self.match.client is None or self.match.contact is None:
            raise Unfit("unknown-sender")
        return self.match.client, self.match.contact


async def settle(
    office: Office, case: Case, state: ReplyState, action: Action, deed: Deed | None = None
) -> Reply:
    """Write what became of a reply, do what follows from it, and return the reply as it is now.

    A message that was seen before changes nothing. Raises `Refused` when another process reads
    the reply, and whatever the deed raises, having kept nothing.
    """
    settled = replace(
        case.reply,
        state=state,
        action=action,
        reason=case.decision.reason,
        level=case.decision.level,
        settled_at=office.clock(),
    )

    async def work(tx: Transaction) -> Reply:
        known = await replies.find_fingerprint(tx, case.fingerprint)
        if known and known.id != settled.id:
            return await _settle_duplicate(tx, case, settled, known)
        if not await replies.settle_reply(
            tx, settled, owner=case.owner, fingerprint=case.fingerprint
        ):
            raise Refused(f"reply {settled.id} is being read by another process")
        if deed:
            await deed(tx)
        await _record(office, tx, settled, case.orders or "maild")
        return settled

    return await office.db.transact(work)


async def _settle_duplicate(tx: Transaction, case: Case, settled: Reply, known: Reply) -> Reply:
    again = replace(settled, state=ReplyState.SETTLED, action=Action.IGNORE, reason="duplicate")
    again = replace(again, excerpt=f"the same message as {known.id}")
    await replies.settle_reply(tx, again, owner=case.owner, fingerprint=None)
    return again


async def _record(office: Office, tx: Transaction, reply: Reply, actor: str) -> None:
    await office.record(
        tx,
        f"reply {reply.state}",
        reply.id,
        actor=actor,
        reason=f"{reply.action}: {reply.reason}",
        client_id=reply.client_id,
        document_id=reply.document_id,
        contact_id=reply.contact_id,
    )
