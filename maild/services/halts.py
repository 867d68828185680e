"""Reminders that the operator pauses, and lets go on: of a client, or of one document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from maild.errors import BadInput, NotFound, Refused
from maild.model import Client, Pause, StoredDocument
from maild.office import Office
from maild.services.lookup import client_of
from maild.services.pauses import keep_pause, say_end
from maild.store import agenda, clients, documents, pauses
from maild.store.database import Queries, Transaction

_SAID_SO = "the operator said so"


@dataclass(frozen=True, slots=True)
class Target:
    """Whose reminders are meant: all of a client's, or those of one document."""

    client: Client
    document: StoredDocument | None

    @property
    def name(self) -> str:
        """The document's number or the client's reference."""
        return self.document.number if self.document else self.client.ref


async def find_target(source: Queries, name: str) -> Target:
    """Return what a document's number or a client's reference stands for.

    Raises `NotFound`, and `Refused` where it is both.
    """
    document = await documents.find_document(source, name)
    client = await clients.find_client(source, name)
    if document and client:
        raise Refused(f"{name} is a document and a client; give the client another reference")
    if document:
        return Target(await client_of(source, document), document)
    if client:
        return Target(client, None)
    raise NotFound(
        f"{name} is neither a document nor a client; see: maild document list, maild client list"
    )


async def pause(
    office: Office, name: str, *, until: date | None, reason: str, actor: str
) -> tuple[Target, Pause]:
    """Pause the reminders of a client or a document, up to a day or for good; return the pause.

    Raises `NotFound`, `Refused`, and `BadInput` for a day that is over.
    """
    almanac, now = office.almanac, office.clock()
    if until and until < almanac.day_of(now):
        raise BadInput(f"{until} is over; name today or a later day")
    target = await find_target(office.db, name)
    made = Pause(
        id=office.ids.new(),
        client_id=target.client.id,
        document_id=target.document.id if target.document else None,
        reply_id=None,
        reason=" ".join(reason.split()) or _SAID_SO,
        created_at=now,
        ends_at=almanac.instant(until + timedelta(days=1)) if until else None,
    )

    async def work(tx: Transaction) -> None:
        await keep_pause(tx, made)
        await agenda.wake(tx, client_id=target.client.id, document_id=made.document_id or "")
        said = f"{made.reason}, {say_end(office, made)}"
        await _record(office, tx, "reminders paused", target, actor, said)

    await office.db.transact(work)
    return target, made


async def unpause(office: Office, name: str, *, actor: str) -> tuple[Target, int]:
    """End what pauses a document's reminders, or all of a client's; return how many pauses ended.

    Raises `NotFound`, `Refused` where nothing is paused, or a document only with its client.
    """
    target = await find_target(office.db, name)
    document_id = target.document.id if target.document else ""

    async def work(tx: Transaction) -> int:
        now = office.clock()
        ended = await pauses.end_pauses(tx, target.client.id, now, document_id)
        if not ended:
            raise Refused(await _explain_none(tx, target, now))
        await agenda.wake(tx, client_id=target.client.id, document_id=document_id)
        await _record(office, tx, "reminders resumed", target, actor, "")
        return ended

    return target, await office.db.transact(work)


async def _explain_none(source: Queries, target: Target, now: int) -> str:
    ref = target.client.ref
    if target.document and await pauses.list_pauses(source, target.client.id, now):
        return f"reminders are paused for all of {ref}; to let them go on: maild unpause {ref}"
    return f"no reminders of {target.name} are paused"


async def _record(
    office: Office, tx: Transaction, verb: str, target: Target, actor: str, reason: str
) -> None:
    await office.record(
        tx,
        verb,
        target.name,
        actor=actor,
        reason=reason,
        client_id=target.client.id,
        document_id=target.document.id if target.document else None,
    )
