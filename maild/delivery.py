"""A letter's way: claimed under a lease, filled, handed to the relay, its outcome written at once.

A crash leaves only a lease to run out; the bytes are the same at every attempt.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from maild.clock import DAY, HOUR, MINUTE
from maild.errors import BadInput
from maild.letters import Frozen, fill, return_path
from maild.loop import run_loop
from maild.metrics import ATTEMPTS
from maild.model import LetterState
from maild.office import Office
from maild.relay import Outcome, Relay
from maild.services.handoff import describe_failure, post_handoff, write_handoff
from maild.store import credentials, letters
from maild.store.database import Transaction
from maild.store.letters import FrozenLetter

log = structlog.get_logger(__name__)

# longer than the relay's own patience after the dot, so that no second node starts meanwhile
_LEASE = 15 * MINUTE
_PAUSES = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR)
LIFETIME = 5 * DAY


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
    await asyncio.gather(*(_deliver(office, relay, letter, owner) for letter in claimed))
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
    """Return when to try a deferred letter again, or None when its life is over."""
    pause = _PAUSES[min(attempts, len(_PAUSES) - 1)]
    return now + pause if now + pause < created_at + LIFETIME else None


async def _deliver(office: Office, relay: Relay, letter: FrozenLetter, owner: str) -> None:
    with structlog.contextvars.bound_contextvars(letter=letter.id):
        outcome = await _attempt(office, relay, letter)
        ATTEMPTS.labels(outcome=outcome.state).inc()
        verdict = _judge(outcome, letter, office.clock())
        await _settle(office, letter, owner, verdict)
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


async def _settle(office: Office, letter: FrozenLetter, owner: str, verdict: _Verdict) -> None:
    failed = verdict.state is LetterState.FAILED
    alert = await _alert(office, letter, verdict.words) if failed else None

    async def work(tx: Transaction) -> None:
        if not await letters.settle_letter(
            tx,
            letter_id=letter.id,
            owner=owner,
            state=verdict.state,
            outcome=verdict.words,
            next_at=verdict.next_at,
            sent_at=verdict.sent_at,
        ):
            log.warning("the lease was lost; another sender settles this letter")
            return
        if verdict.sent_at and letter.credential_id:
            await credentials.mark_delivered(tx, letter.credential_id, verdict.sent_at)
        if alert:
            await post_handoff(tx, alert)
        if verdict.state is not LetterState.DEFERRED:
            await _record(office, tx, letter, verdict)

    await office.db.transact(work)


async def _alert(office: Office, letter: FrozenLetter, words: str) -> Frozen | None:
    """Write to the operator about a failed letter, unless it was itself to the operator."""
    row = await letters.get_letter(office.db, letter.id)
    if row is None or letter.kind == "operator":
        return None
    return write_handoff(office, describe_failure(row, words))


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
