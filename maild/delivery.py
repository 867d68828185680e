"""A letter's way: claimed under a lease, filled, signed, handed to the relay, its outcome written.

A crash leaves only a lease to run out; the bytes are the same at every attempt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import structlog

from maild.clock import MINUTE
from maild.errors import BadInput, StoreUnavailable
from maild.letters import TO_OPERATOR, fill, return_path
from maild.loop import run_loop
from maild.metrics import ATTEMPTS
from maild.office import Office
from maild.relay import Outcome, Relay
from maild.services import pacing
from maild.services.troubles import tell_troubles
from maild.states import LetterState
from maild.store import credentials, letters
from maild.store.database import Transaction, Work
from maild.store.letters import FrozenLetter

T = TypeVar("T")
log = structlog.get_logger(__name__)

# longer than the relay's own patience with one letter, so that no second sender starts meanwhile
LEASE = 30 * MINUTE
_STORE_PAUSE = 0.5
_AT_ONCE_GIVEN_UP = 50
_UNKNOWN = (
    "it may have arrived or not; ask, then `maild queue release {0}` sends it again and "
    "`maild queue drop {0}` gives it up"
)


@dataclass(frozen=True, slots=True)
class _Sender:
    """Who sends, through which relay, and the letters it has in hand.

    These it never begins anew: a clock that jumps ahead ends leases before their time.
    """

    office: Office
    relay: Relay
    owner: str
    in_hand: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Lease:
    owner: str
    until: int


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What becomes of a letter; `counts` tells that the attempt says something about it."""

    state: LetterState
    words: str
    next_at: int
    sent_at: int | None = None
    counts: bool = True

    @property
    def is_trouble(self) -> bool:
        """Whether the operator is to know."""
        return self.state in {LetterState.FAILED, LetterState.HELD}


# decides in the transaction that keeps the verdict
_Judge = Callable[[Transaction], Awaitable[_Verdict]]


async def deliver_due(office: Office, relay: Relay, owner: str, at_once: int) -> int:
    """Deliver a batch of due letters, all at once; return how many there were."""
    return await _deliver_due(_Sender(office, relay, owner), at_once)


async def run_delivery(office: Office, relay: Relay, owner: str, stop: asyncio.Event) -> None:
    """Deliver letters as they fall due until told to stop; what is under way is finished.

    Each connection is served by a loop of its own: a letter that takes long delays no other.
    """
    sender = _Sender(office, relay, owner)

    async def work() -> int:
        return await _deliver_due(sender, 1)

    async def next_due() -> int | None:
        due = await letters.next_due(office.db)
        return None if due is None else max(due, await pacing.opens_at(office, office.db))

    async with asyncio.TaskGroup() as loops:
        for _ in range(office.config.relay.connections):
            loops.create_task(run_loop(office.db, office.clock, work, next_due, stop))


async def _deliver_due(sender: _Sender, at_once: int) -> int:
    office, now = sender.office, sender.office.clock()
    lease = _Lease(sender.owner, now + LEASE)
    if not await letters.is_due(office.db, now):
        return 0
    if await pacing.opens_at(office, office.db):
        return await _give_up_late(sender, lease)

    async def claim(tx: Transaction, most: int) -> list[FrozenLetter]:
        return await letters.claim_letters(
            tx, owner=lease.owner, now=now, lease_until=lease.until, most=most
        )

    async def work(tx: Transaction) -> list[FrozenLetter]:
        return await pacing.take_turn(office, tx, claim, at_once)

    claimed = await office.db.transact(work)
    fresh = [letter for letter in claimed if letter.id not in sender.in_hand]
    await _all(_deliver(sender, letter, lease) for letter in fresh)
    return len(claimed)


async def _all(deeds: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Do all at once, and raise an error only when all have come to their end."""
    for end in await asyncio.gather(*deeds, return_exceptions=True):
        if isinstance(end, BaseException):
            raise end


async def _give_up_late(sender: _Sender, lease: _Lease) -> int:
    """Give up what has waited too long for a relay that takes nothing; return how many letters."""
    office, now = sender.office, sender.office.clock()
    outage = await pacing.find_rest(office, office.db)
    before = now - pacing.LIFETIME
    if outage is None or not await letters.is_due(office.db, now, before):
        return 0
    verdict = _give_up(outage.words, now)

    async def claim(tx: Transaction) -> list[FrozenLetter]:
        return await letters.claim_letters(
            tx,
            owner=lease.owner,
            now=now,
            lease_until=lease.until,
            most=_AT_ONCE_GIVEN_UP,
            waiting_since=before,
        )

    async def judge(_: Transaction) -> _Verdict:
        return verdict

    claimed = await office.db.transact(claim)
    late = [letter for letter in claimed if letter.id not in sender.in_hand]
    await _all(_settle(office, letter, lease, judge) for letter in late)
    await tell_troubles(office)
    return len(claimed)


async def _deliver(sender: _Sender, letter: FrozenLetter, lease: _Lease) -> None:
    office = sender.office
    if office.clock() >= lease.until:
        log.warning("a lease ran out before its letter was sent", letter=letter.id)
        return
    sender.in_hand.add(letter.id)
    try:
        with structlog.contextvars.bound_contextvars(letter=letter.id):
            outcome = await _attempt(office, sender.relay, letter)
            ATTEMPTS.labels(outcome=outcome.state).inc()
            verdict = await _settle(office, letter, lease, partial(_judge, office, outcome, letter))
            log.info("letter " + verdict.state, to=letter.recipient, relay=outcome.text)
    finally:
        sender.in_hand.discard(letter.id)
    if verdict.is_trouble:
        await tell_troubles(office)


async def _attempt(office: Office, relay: Relay, letter: FrozenLetter) -> Outcome:
    domain = office.config.inbound.domain
    try:
        frozen = await letters.read_message(office.db, letter.id)
        message = fill(frozen, letter.secrets, office.keys)
        if office.signer:
            # a thread, because it takes as long as the letter is large
            message = await asyncio.to_thread(office.signer.sign, message)
        sender = return_path(office.keys, letter.id, domain)
        return await relay.deliver(sender, letter.recipient, message)
    except BadInput as error:
        return Outcome("deferred", 451, str(error))
    except Exception:
        # a fault of ours must not cost the letter: it waits, and the log has the traceback
        log.exception("delivery failed")
        return Outcome("deferred", 451, "maild failed while delivering; see its log")


async def _judge(
    office: Office, outcome: Outcome, letter: FrozenLetter, tx: Transaction
) -> _Verdict:
    now, words = office.clock(), f"{outcome.code or ''} {outcome.text}".strip()
    outage = await pacing.note_outcome(office, tx, outcome)
    if outcome.state == "sent":
        return _Verdict(LetterState.SENT, words, now, now)
    hold = office.config.relay.on_unknown == "hold" and letter.kind not in TO_OPERATOR
    if outcome.state == "unknown" and hold:
        return _Verdict(LetterState.HELD, f"{words}: {_UNKNOWN.format(letter.id)}", now)
    if outage is None:
        return _Verdict(LetterState.FAILED, words, now)
    pause = pacing.postpone(office, outcome, letter.attempts, letter.waiting_since, outage)
    if pause is None:
        return _give_up(words, now)
    return _Verdict(LetterState.DEFERRED, words, pause.next_at, counts=pause.counts)


def _give_up(words: str, now: int) -> _Verdict:
    return _Verdict(LetterState.FAILED, f"given up after 5 days: {words}", now)


async def _settle(office: Office, letter: FrozenLetter, lease: _Lease, judge: _Judge) -> _Verdict:
    """Write what becomes of a letter, and return it."""

    async def mark(tx: Transaction) -> tuple[_Verdict, bool]:
        verdict = await judge(tx)
        told = verdict.is_trouble and letter.kind not in TO_OPERATOR
        settled = await letters.settle_letter(
            tx,
            letter_id=letter.id,
            owner=lease.owner,
            state=verdict.state,
            outcome=verdict.words,
            next_at=verdict.next_at,
            sent_at=verdict.sent_at,
            trouble_at=office.clock() if told else None,
            counts=verdict.counts,
        )
        return verdict, settled

    async def work(tx: Transaction) -> tuple[_Verdict, bool]:
        verdict, settled = await mark(tx)
        if settled:
            await _follow_up(office, tx, letter, verdict)
        return verdict, settled

    try:
        verdict, settled = await _keep(office, work, lease)
    except StoreUnavailable:
        raise
    except Exception:
        # without its outcome the letter would go out again, and again
        log.exception("an outcome is kept without what follows from it")
        verdict, settled = await _keep(office, mark, lease)
    if not settled:
        log.warning("the letter was dropped, or is another sender's by now")
    return verdict


async def _follow_up(
    office: Office, tx: Transaction, letter: FrozenLetter, verdict: _Verdict
) -> None:
    if verdict.sent_at and letter.credential_id:
        await credentials.mark_delivered(tx, letter.credential_id, verdict.sent_at)
    if verdict.state is not LetterState.DEFERRED:
        await _record(office, tx, letter, verdict)


async def _keep(office: Office, work: Work[T], lease: _Lease) -> T:
    """Write an outcome though the store may be away for a while: else the letter goes twice."""
    while True:
        try:
            return await office.db.transact(work, beside=True)
        except StoreUnavailable as error:
            if office.clock() >= lease.until:
                raise
            log.warning("waiting for the store with an outcome", error=str(error))
        await asyncio.sleep(_STORE_PAUSE)


async def _record(office: Office, tx: Transaction, letter: FrozenLetter, verdict: _Verdict) -> None:
    await office.record(
        tx,
        f"letter {verdict.state}",
        letter.id,
        actor="maild",
        reason=f"{letter.recipient}: {verdict.words}",
        client_id=letter.client_id,
        document_id=letter.document_id,
        contact_id=letter.contact_id,
    )
