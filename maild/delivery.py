"""A letter's way: claimed under a lease, filled, signed, handed to the relay, its outcome written.

Letters are claimed for the connections and some more that wait to follow on them, several in a
transaction. A crash leaves only leases to run out; the bytes are the same at every attempt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from maild.clock import MINUTE
from maild.errors import BadInput, Busy, StoreUnavailable
from maild.letters import fill, return_path
from maild.loop import run_loop
from maild.metrics import ATTEMPTS
from maild.office import Office
from maild.relay import Outcome, Relay
from maild.room import Room
from maild.services import pacing
from maild.services.troubles import tell_troubles
from maild.services.verdicts import Lease, Verdict, give_up, judge, keep_trying, settle
from maild.store import letters
from maild.store.database import Transaction
from maild.store.letters import FrozenLetter

log = structlog.get_logger(__name__)

# longer than the relay's own patience with one letter, so that no second sender starts meanwhile
LEASE = 30 * MINUTE
_AT_ONCE_GIVEN_UP = 50
# letters in hand for each connection: one is on its way, the others are made ready meanwhile
_PER_CONNECTION = 4
# bytes of letters in memory at a time, each of which is there twice
_IN_MEMORY = 32 * 2**20


@dataclass(frozen=True, slots=True)
class _Sender:
    """Who sends, through which relay, and the letters it has in hand.

    These it never begins anew: a clock that jumps ahead ends leases before their time. `freed` is
    set whenever one of them has come to its end.
    """

    office: Office
    relay: Relay
    owner: str
    in_hand: set[str] = field(default_factory=set)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    memory: Room = field(default_factory=lambda: Room(_IN_MEMORY))

    async def find_room(self, room: int, enough: int) -> int:
        """Wait until of `room` for letters `enough` is free; return how much is."""
        while room - len(self.in_hand) < enough:
            self.freed.clear()
            await self.freed.wait()
        return room - len(self.in_hand)


@dataclass(frozen=True, slots=True)
class _Batch:
    """How many letters were dealt with, and those of them that are to be sent under the lease."""

    lease: Lease
    count: int
    letters: Sequence[FrozenLetter] = ()


async def deliver_due(office: Office, relay: Relay, owner: str, at_once: int) -> int:
    """Deliver a batch of due letters, all at once; return how many there were."""
    sender = _Sender(office, relay, owner)
    batch = await _take_due(sender, at_once)
    await _all(_deliver(sender, letter, batch.lease) for letter in batch.letters)
    return batch.count


async def run_delivery(office: Office, relay: Relay, owner: str, stop: asyncio.Event) -> None:
    """Deliver letters as they fall due until told to stop; what is under way is finished.

    Each is a task of its own: a letter that takes long delays no other.
    """
    sender = _Sender(office, relay, owner)
    connections = office.config.relay.connections

    async def work() -> int:
        room = await sender.find_room(_PER_CONNECTION * connections, -(-connections // 2))
        batch = await _take_due(sender, room)
        for letter in batch.letters:
            under_way.create_task(_survive(_deliver(sender, letter, batch.lease)))
        return batch.count

    async def next_due() -> int | None:
        due = await letters.next_due(office.db)
        return None if due is None else max(due, await pacing.opens_at(office, office.db))

    async with asyncio.TaskGroup() as under_way:
        await run_loop(office.db, office.clock, work, next_due, stop)


async def _take_due(sender: _Sender, most: int) -> _Batch:
    """Claim due letters; while the relay takes none, give up those that have waited too long."""
    office, now = sender.office, sender.office.clock()
    lease = Lease(sender.owner, now + LEASE)
    if not await letters.is_due(office.db, now):
        return _Batch(lease, 0)
    if await pacing.opens_at(office, office.db):
        return _Batch(lease, await _give_up_late(sender, lease))

    async def claim(tx: Transaction, most: int) -> list[FrozenLetter]:
        return await letters.claim_letters(
            tx, owner=lease.owner, now=now, lease_until=lease.until, most=most
        )

    async def work(tx: Transaction) -> list[FrozenLetter]:
        return await pacing.take_turn(office, tx, claim, most)

    claimed = await office.db.transact(work)
    fresh = [letter for letter in claimed if letter.id not in sender.in_hand]
    sender.in_hand.update(letter.id for letter in fresh)
    return _Batch(lease, len(claimed), fresh)


async def _all(deeds: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Do all at once, and raise an error only when all have come to their end."""
    for end in await asyncio.gather(*deeds, return_exceptions=True):
        if isinstance(end, BaseException):
            raise end


async def _survive(attempt: Coroutine[Any, Any, None]) -> None:
    """Make an attempt; a fault of it costs no other letter."""
    try:
        await attempt
    except StoreUnavailable as error:
        log.warning("a letter's lease will run out, for want of the store", error=str(error))
    except Exception:
        log.exception("a letter's lease will run out, for a fault of ours")


async def _give_up_late(sender: _Sender, lease: Lease) -> int:
    """Give up what has waited too long for a relay that takes nothing; return how many letters."""
    office, now = sender.office, sender.office.clock()
    outage = await pacing.find_rest(office, office.db)
    before = now - pacing.LIFETIME
    if outage is None or not await letters.is_due(office.db, now, before):
        return 0
    verdict = give_up(outage.words, now)

    async def claim(tx: Transaction) -> list[FrozenLetter]:
        return await letters.claim_letters(
            tx,
            owner=lease.owner,
            now=now,
            lease_until=lease.until,
            most=_AT_ONCE_GIVEN_UP,
            waiting_since=before,
        )

    async def decide(_: Transaction) -> Verdict:
        return verdict

    claimed = await office.db.transact(claim)
    late = [letter for letter in claimed if letter.id not in sender.in_hand]
    await _all(settle(office, letter, lease, decide) for letter in late)
    await tell_troubles(office)
    return len(claimed)


async def _deliver(sender: _Sender, letter: FrozenLetter, lease: Lease) -> None:
    office = sender.office
    try:
        if office.clock() >= lease.until:
            log.warning("a lease ran out before its letter was sent", letter=letter.id)
            return
        with structlog.contextvars.bound_contextvars(letter=letter.id):
            outcome = await _attempt(sender, letter, lease)
            ATTEMPTS.labels(outcome=outcome.state).inc()
            verdict = await settle(office, letter, lease, partial(judge, office, outcome, letter))
            log.info("letter " + verdict.state, to=letter.recipient, relay=outcome.text)
    except Busy:
        # not begun: it waits in the queue as before
        await office.db.transact(lambda tx: letters.end_lease(tx, letter.id, lease.owner))
        return
    finally:
        sender.in_hand.discard(letter.id)
        sender.freed.set()
    if verdict.is_trouble:
        await tell_troubles(office)


async def _attempt(sender: _Sender, letter: FrozenLetter, lease: Lease) -> Outcome:
    office = sender.office

    async def load() -> bytes:
        return await keep_trying(office, lease, lambda: letters.read_message(office.db, letter.id))

    async with sender.memory.hold(load) as frozen:
        try:
            return await _send(office, sender.relay, letter, frozen)
        except BadInput as error:
            return Outcome("deferred", 451, str(error))
        except Busy:
            raise
        except Exception:
            # a fault of ours must not cost the letter: it waits, and the log has the traceback
            log.exception("delivery failed")
            return Outcome("deferred", 451, "maild failed while delivering; see its log")


async def _send(office: Office, relay: Relay, letter: FrozenLetter, frozen: bytes) -> Outcome:
    # a thread, because it takes as long as the letter is large
    message = await asyncio.to_thread(_finish, office, frozen, letter.secrets)
    sender = return_path(office.keys, letter.id, office.config.inbound.domain)
    return await relay.deliver(sender, letter.recipient, message)


def _finish(office: Office, frozen: bytes, secrets: str) -> bytes:
    message = fill(frozen, secrets, office.keys)
    return office.signer.sign(message) if office.signer else message
