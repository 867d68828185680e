"""A reply's way: made durable, claimed, parsed, told apart, matched, understood, settled.

A reply that fails three times is set aside with its reason and handed to the operator: nothing
is ever dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date

import structlog

from maild.clock import MINUTE, SECOND, Instant
from maild.errors import Refused, StoreUnavailable
from maild.lineup import Place, line_up
from maild.loop import run_loop
from maild.mail.parse import Unparseable
from maild.mail.reading import Reading, read
from maild.metrics import REPLIES
from maild.model import Envelope, Reply
from maild.office import Office
from maild.services.actions import carry_out
from maild.services.examination import Reader, examine, read_in_thread
from maild.services.quarantine import set_aside
from maild.services.settlement import Deed
from maild.store import replies
from maild.store.database import Transaction
from maild.store.replies import RawReply
from maild.worker import Worker, WorkerDied

log = structlog.get_logger(__name__)

_LEASE = 2 * MINUTE
# as many as are done within the lease even if each waits for the DNS
_BATCH = 16
# bytes of replies in memory at a time, each of which is there several times over
_IN_HAND = 2**20
_TRIES = 3
_WARM_UP_SECONDS = 2.0
_RETRY = 30 * SECOND


async def accept(office: Office, envelope: Envelope, also: Deed | None = None) -> str:
    """Make an incoming message durable and return its id; raises `StoreUnavailable`, `StoreFull`.

    It returns only after the commit that holds the bytes: the door may say 250 then. `also` is
    what the door wants kept in the same commit.
    """
    reply_id = office.ids.new()
    now = office.clock()

    async def work(tx: Transaction) -> None:
        await replies.add_reply(tx, reply_id, envelope, now)
        if also:
            await also(tx)

    await office.db.transact(work, beside=True)
    log.info("reply accepted", reply=reply_id, sender=envelope.sender, peer=envelope.peer)
    return reply_id


async def settle_due(office: Office, owner: str, reader: Reader = read_in_thread) -> int:
    """Work through a batch of waiting replies; return how many there were."""
    now = office.clock()
    due = await replies.next_due(office.db)
    if due is None or due > now:
        return 0

    async def claim(tx: Transaction) -> list[RawReply]:
        return await replies.claim_replies(
            tx, owner=owner, now=now, lease_until=now + _LEASE, most=_BATCH
        )

    claimed = await office.db.transact(claim)
    for portion in _portion(claimed):
        places = zip(portion, line_up(len(portion)), strict=True)
        deeds = (_settle(office, raw, owner, reader, place) for raw, place in places)
        # an error is raised when all have come to their end
        for end in await asyncio.gather(*deeds, return_exceptions=True):
            if isinstance(end, BaseException):
                raise end
    return len(claimed)


def _portion(claimed: list[RawReply]) -> Iterator[list[RawReply]]:
    """Divide replies into those that are in hand at the same time: a large one is so alone."""
    portion: list[RawReply] = []
    for raw in claimed:
        if portion and sum(other.size for other in portion) + raw.size > _IN_HAND:
            yield portion
            portion = []
        portion.append(raw)
    if portion:
        yield portion


async def run_intake(office: Office, owner: str, stop: asyncio.Event) -> None:
    """Settle replies as they come until told to stop; a worker reads them, apart from the loop."""
    worker = Worker()

    async def read_apart(*arguments: object) -> Reading:
        return await worker.run(read, *arguments)

    async def work() -> int:
        return await settle_due(office, owner, read_apart)

    async def next_due() -> int | None:
        return await replies.next_due(office.db)

    warming = asyncio.create_task(_warm_up_later(worker))
    try:
        await run_loop(office.db, office.clock, work, next_due, stop)
    finally:
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)
        await worker.close()


async def warm_up(worker: Worker) -> None:
    """Have the first reply find all that is made once: the worker, and the public suffix list."""
    from maild.mail.dmarc import public_suffixes

    await worker.run(read, b"Subject: warm\r\n\r\nup\r\n", "", date.min)
    await asyncio.to_thread(public_suffixes)


async def _warm_up_later(worker: Worker) -> None:
    # after the doors have opened: it must not keep them waiting
    await asyncio.sleep(_WARM_UP_SECONDS)
    await warm_up(worker)


async def _settle(office: Office, raw: RawReply, owner: str, reader: Reader, place: Place) -> None:
    try:
        raw = replace(raw, content=await replies.read_reply(office.db, raw.id))
        await _come_to_an_end(office, raw, owner, reader, place)
    finally:
        place.end()


async def _come_to_an_end(
    office: Office, raw: RawReply, owner: str, reader: Reader, place: Place
) -> None:
    with structlog.contextvars.bound_contextvars(reply=raw.id):
        try:
            if raw.attempts > _TRIES:
                # the process itself died of it, or the operator could not be told
                await set_aside(office, raw, owner, "maild came to no end with it in three tries")
                return
            reply = await _treat(office, raw, owner, reader, place)
        except StoreUnavailable:
            raise
        except Refused as error:
            log.warning("reply left to another reader", error=str(error))
        except Unparseable as error:
            await _fail(office, raw, owner, str(error), tries=1)
        except WorkerDied as error:
            log.warning("reply could not be read", error=str(error), attempts=raw.attempts)
            await _fail(office, raw, owner, f"this mail cannot be read: {error}")
        except Exception as error:
            log.exception("reply failed", attempts=raw.attempts)
            await _fail(office, raw, owner, f"{type(error).__name__} at the third try")
        else:
            if reply:
                _tell(reply)


def _tell(reply: Reply) -> None:
    REPLIES.labels(kind=reply.kind, action=reply.action, reason=reply.reason).inc()
    log.info("reply settled", state=reply.state, action=reply.action, reason=reply.reason)


async def _treat(
    office: Office, raw: RawReply, owner: str, reader: Reader, place: Place
) -> Reply | None:
    """Examine a reply and do what follows in its turn; None if it waits for the DNS."""
    case = await examine(office, raw, owner, reader, place.come)
    if case.look_again is None:
        return await carry_out(office, case)
    log.info("reply waits for the DNS", until=case.look_again)
    await _defer(office, raw, owner, case.look_again)
    return None


async def _fail(
    office: Office, raw: RawReply, owner: str, fault: str, *, tries: int = _TRIES
) -> None:
    """Set a reply aside after so many tries, else look at it again later."""
    if raw.attempts >= tries:
        try:
            await set_aside(office, raw, owner, fault)
            return
        except StoreUnavailable:
            raise
        except Exception:
            # a broken template, say: the operator is told when it is mended
            log.exception("the operator cannot be told of a reply")
    later = office.clock() + _RETRY

    async def work(tx: Transaction) -> None:
        await replies.postpone_reply(tx, raw.id, owner, later)

    with suppress(StoreUnavailable):
        await office.db.transact(work)


async def _defer(office: Office, raw: RawReply, owner: str, later: Instant) -> None:
    async def work(tx: Transaction) -> None:
        await replies.defer_reply(tx, raw.id, owner, later)

    with suppress(StoreUnavailable):
        await office.db.transact(work)
