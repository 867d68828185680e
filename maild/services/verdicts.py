"""What becomes of a letter after an attempt: judged, kept with what follows from it, and logged.

Its outcome is what keeps a letter from going out once more: it is written even where the store is
away for a while, and where something else that goes with it fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from maild.errors import StoreUnavailable
from maild.letters import TO_OPERATOR
from maild.office import Office
from maild.relay import Outcome
from maild.services import pacing
from maild.states import LetterState
from maild.store import credentials, letters
from maild.store.database import Transaction
from maild.store.letters import FrozenLetter

T = TypeVar("T")
log = structlog.get_logger(__name__)

_STORE_PAUSE = 0.5
_UNKNOWN = (
    "it may have arrived or not; ask, then `maild queue release {0}` sends it again and "
    "`maild queue drop {0}` gives it up"
)


@dataclass(frozen=True, slots=True)
class Lease:
    """Whose a letter is just now, and until when nobody else may send it."""

    owner: str
    until: int


@dataclass(frozen=True, slots=True)
class Verdict:
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
Judge = Callable[[Transaction], Awaitable[Verdict]]


async def judge(office: Office, outcome: Outcome, letter: FrozenLetter, tx: Transaction) -> Verdict:
    """Return what becomes of a letter after an attempt, and note what that says of the relay."""
    now, words = office.clock(), f"{outcome.code or ''} {outcome.text}".strip()
    outage = await pacing.note_outcome(office, tx, outcome)
    if outcome.state == "sent":
        return Verdict(LetterState.SENT, words, now, now)
    hold = office.config.relay.on_unknown == "hold" and letter.kind not in TO_OPERATOR
    if outcome.state == "unknown" and hold:
        return Verdict(LetterState.HELD, f"{words}: {_UNKNOWN.format(letter.id)}", now)
    if outage is None:
        return Verdict(LetterState.FAILED, words, now)
    pause = pacing.postpone(office, outcome, letter.attempts, letter.waiting_since, outage)
    if pause is None:
        return give_up(words, now)
    return Verdict(LetterState.DEFERRED, words, pause.next_at, counts=pause.counts)


def give_up(words: str, now: int) -> Verdict:
    """Return what becomes of a letter that has waited five days; the last words were these."""
    return Verdict(LetterState.FAILED, f"given up after 5 days: {words}", now)


async def settle(office: Office, letter: FrozenLetter, lease: Lease, judge: Judge) -> Verdict:
    """Write what becomes of a letter, and return it."""

    async def mark(tx: Transaction) -> tuple[Verdict, bool]:
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

    async def work(tx: Transaction) -> tuple[Verdict, bool]:
        verdict, settled = await mark(tx)
        if settled:
            await _follow_up(office, tx, letter, verdict)
        return verdict, settled

    try:
        verdict, settled = await keep_trying(
            office, lease, lambda: office.db.transact(work, beside=True)
        )
    except StoreUnavailable:
        raise
    except Exception:
        # without its outcome the letter would go out again, and again
        log.exception("an outcome is kept without what follows from it")
        verdict, settled = await keep_trying(
            office, lease, lambda: office.db.transact(mark, beside=True)
        )
    if not settled:
        log.warning("the letter was dropped, or is another sender's by now")
    return verdict


async def _follow_up(
    office: Office, tx: Transaction, letter: FrozenLetter, verdict: Verdict
) -> None:
    if verdict.sent_at and letter.credential_id:
        await credentials.mark_delivered(tx, letter.credential_id, verdict.sent_at)
    if verdict.state is not LetterState.DEFERRED:
        await _record(office, tx, letter, verdict)


async def keep_trying(office: Office, lease: Lease, deed: Callable[[], Awaitable[T]]) -> T:
    """Do what needs the store, though that may be away for as long as a lease lasts.

    An outcome that was not written would send the letter again. Raises `StoreUnavailable`.
    """
    while True:
        try:
            return await deed()
        except StoreUnavailable as error:
            if office.clock() >= lease.until:
                raise
            log.warning("a letter waits for the store", error=str(error))
        await asyncio.sleep(_STORE_PAUSE)


async def _record(office: Office, tx: Transaction, letter: FrozenLetter, verdict: Verdict) -> None:
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
