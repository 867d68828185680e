"""A letter's way: claimed under a lease, filled, handed to the relay, its outcome written at once.

A crash leaves only a lease to run out; the bytes are the same at every attempt.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from maild.clock import DAY, HOUR, MINUTE
from maild.errors import BadInput, MaildError, StoreUnavailable
from maild.letters import TO_OPERATOR, Frozen, fill, return_path
from maild.loop import run_loop
from maild.metrics import ATTEMPTS
from maild.model import LetterState
from maild.office import Office
from maild.relay import Outcome, Relay
from maild.services.handoff import describe_failure, post_handoff, write_handoff
from maild.store import credentials, letters
from maild.store.database import Transaction, Work
from maild.store.letters import FrozenLetter

log = structlog.get_logger(__name__)

# longer than the relay's own patience after the dot, so that no second node starts meanwhile
_LEASE = 15 * MINUTE
_PAUSES = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR)
LIFETIME = 5 * DAY
_STORE_PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class _Lease:
    owner: str
    until: int


@dataclass(frozen=True, slots=True)
class _Verdict:
    state: LetterState
    words: str
    next_at: int
    sent_at: int | None


async def deliver_due(office: Office, relay: Relay, owner: str, at_once: int) -> int:
    """Deliver a batch of due letters, all at once; return how many there were."""
    now = office.clock()
    due = await letters.next_due(office.db)
    if due is None or due > now:
        return 0

    async def claim(tx: Transaction) -> list[FrozenLetter]:
        return await letters.claim_letters(
            tx, owner=owner, now=now, lease_until=now + _LEASE, most=at_once
        )

    claimed = await office.db.transact(claim)
    lease = _Lease(owner, now + _LEASE)
    ends = await asyncio.gather(
        *(_deliver(office, relay, letter, lease) for letter in claimed), return_exceptions=True
    )
    # only when all have come to their end: one that fails must not leave the others unwatched
    for error in filter(None, ends):
        raise error
    return len(claimed)


async def run_delivery(office: Office, relay: Relay, owner: str, stop: asyncio.Event) -> None:
    """Deliver letters as they fall due until told to stop; what is under way is finished."""
    at_once = office.config.relay.connections

    async def work() -> int:
        return await deliver_due(office, relay, owner, at_once)

    async def next_due() -> int | None:
        return await letters.next_due(office.db)

    await run_loop(office.db, office.clock, work, next_due, stop)


def next_attempt(attempts: int, created_at: int, now: int) -> int | None:
    """Return when to try a deferred letter again, or None when its life is over.

    The last try comes at the very end of its life.
    """
    end = created_at + LIFETIME
    pause = _PAUSES[min(attempts, len(_PAUSES) - 1)]
    return min(now + pause, end) if now < end else None


async def _deliver(office: Office, relay: Relay, letter: FrozenLetter, lease: _Lease) -> None:
    with structlog.contextvars.bound_contextvars(letter=letter.id):
        outcome = await _attempt(office, relay, letter)
        ATTEMPTS.labels(outcome=outcome.state).inc()
        verdict = _judge(outcome, letter, office.clock())
        await _settle(office, letter, lease, verdict)
        log.info("letter " + verdict.state, to=letter.recipient, relay=outcome.text)


async def _attempt(office: Office, relay: Relay, letter: FrozenLetter) -> Outcome:
    domain = office.config.inbound.domain
    try:
        message = fill(letter.message, letter.secrets, office.keys)
        sender = return_path(office.keys, letter.id, domain)
        return await relay.deliver(sender, letter.recipient, message)
    except BadInput as error:
        return Outcome("deferred", 451, str(error))
    except Exception:
        # a fault of ours must not cost the letter: it waits, and the log has the traceback
        log.exception("delivery failed")
        return Outcome("deferred", 451, "maild failed while delivering; see its log")


def _judge(outcome: Outcome, letter: FrozenLetter, now: int) -> _Verdict:
    words = f"{outcome.code} {outcome.text}".strip()
    if outcome.state == "sent":
        return _Verdict(LetterState.SENT, words, now, now)
    if outcome.state == "deferred":
        again = next_attempt(letter.attempts, letter.created_at, now)
        if again is not None:
            return _Verdict(LetterState.DEFERRED, words, again, None)
        words = f"given up after 5 days: {words}"
    return _Verdict(LetterState.FAILED, words, now, None)


async def _settle(office: Office, letter: FrozenLetter, lease: _Lease, verdict: _Verdict) -> None:
    failed = verdict.state is LetterState.FAILED
    alert = await _alert(office, letter, verdict.words) if failed else None

    async def mark(tx: Transaction) -> bool:
        return await letters.settle_letter(
            tx,
            letter_id=letter.id,
            owner=lease.owner,
            state=verdict.state,
            outcome=verdict.words,
            next_at=verdict.next_at,
            sent_at=verdict.sent_at,
        )

    async def work(tx: Transaction) -> bool:
        settled = await mark(tx)
        if settled:
            await _follow_up(office, tx, letter, verdict, alert)
        return settled

    try:
        settled = await _keep(office, work, lease)
    except StoreUnavailable:
        raise
    except Exception:
        # without its outcome the letter would go out again, and again
        log.exception("an outcome is kept without what follows from it")
        settled = await _keep(office, mark, lease)
    if not settled:
        log.warning("the letter was dropped, or is another sender's by now")


async def _follow_up(
    office: Office, tx: Transaction, letter: FrozenLetter, verdict: _Verdict, alert: Frozen | None
) -> None:
    if verdict.sent_at and letter.credential_id:
        await credentials.mark_delivered(tx, letter.credential_id, verdict.sent_at)
    if alert:
        await post_handoff(tx, alert)
    if verdict.state is not LetterState.DEFERRED:
        await _record(office, tx, letter, verdict)


async def _keep(office: Office, work: Work[bool], lease: _Lease) -> bool:
    """Write an outcome though the store may be away for a while: else the letter goes twice."""
    while True:
        try:
            return await office.db.transact(work)
        except StoreUnavailable as error:
            if office.clock() >= lease.until:
                raise
            log.warning("waiting for the store with an outcome", error=str(error))
        await asyncio.sleep(_STORE_PAUSE)


async def _alert(office: Office, letter: FrozenLetter, words: str) -> Frozen | None:
    """Write to the operator about a failed letter, unless it was itself to the operator."""
    if letter.kind in TO_OPERATOR:
        return None
    try:
        row = await letters.get_letter(office.db, letter.id)
        return write_handoff(office, describe_failure(row, words)) if row else None
    except MaildError as error:
        # a broken template must not keep the letter from being settled
        log.exception("the operator cannot be told of a failed letter", error=str(error))
        return None


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
