"""A round through the calendar: what is due is done, in small batches, and no more than that.

A round finds nothing due with a look or two and then writes nothing. It is safe on every node at
once: each deed is checked and noted in the transaction that does it.
"""

from __future__ import annotations

from hashlib import sha256

import structlog

from maild.clock import DAY, HOUR
from maild.errors import MaildError, StoreUnavailable
from maild.office import Office
from maild.services.handoff import Handoff, post_handoff, write_handoff
from maild.services.outlook import Outlook, expires_at, look_ahead
from maild.services.reminders import ACTOR, take_step
from maild.store import agenda
from maild.store.agenda import Entry
from maild.store.appointments import Appointment, find_appointment, keep_appointment
from maild.store.database import Transaction
from maild.store.reach import NEVER

log = structlog.get_logger(__name__)

# one round writes at most so many letters, and looks at so many documents
_LETTERS = 20
_BATCH = 50
_LOOKS = 500
# however it came to sleep, every document is looked at again so often
_REVIEW = 7 * DAY
_RULES = "rules"
EXPIRED = "expired"


async def make_round(office: Office) -> int:
    """Do what is due now, or the beginning of it, and return how many letters that made.

    Raises `StoreUnavailable`.
    """
    await _review(office)
    return await _remind(office)


async def _review(office: Office) -> None:
    """Have everything looked at anew once the rules have changed, and once a week.

    A clock that was wrong for a while, and is right again, leaves nothing asleep for longer.
    """
    now = office.clock()
    rules = _fingerprint(office)
    known = await find_appointment(office.db, _RULES)
    if known and known.note == rules and now < known.due_at <= now + _REVIEW:
        return

    async def work(tx: Transaction) -> None:
        if await keep_appointment(tx, known, Appointment(_RULES, now + _REVIEW, rules)):
            await agenda.wake(tx)

    await office.db.transact(work)


def _fingerprint(office: Office) -> str:
    config = office.config
    told = f"{config.business.time_zone} {config.reminders!r} {config.operator.digest_at}"
    return sha256(told.encode()).hexdigest()[:16]


async def _remind(office: Office) -> int:
    now = office.clock()
    written = 0
    for _ in range(0, _LOOKS, _BATCH):
        due = await agenda.next_waking(office.db)
        if due is None or due > now or written >= _LETTERS:
            break
        resting: dict[Entry, int] = {}
        for entry in await agenda.list_waking(office.db, now, _BATCH):
            if written < _LETTERS:
                written += await _look(office, entry, resting)
        await _let_rest(office, resting)
    return written


async def _look(office: Office, entry: Entry, resting: dict[Entry, int]) -> int:
    """Look at one document; return how many letters that made, else note until when it rests."""
    now = office.clock()
    outlook = await look_ahead(office, office.db, entry, now)
    try:
        if outlook.is_due(now):
            return await take_step(office, outlook)
    except StoreUnavailable:
        raise
    except Exception as error:
        # one that cannot be written must not keep the others waiting
        log.exception("a reminder cannot be written", document=outlook.document.number)
        await _tell_of_failure(office, outlook, error)
        resting[entry] = now + HOUR
        return 0
    if not await _expire(office, outlook):
        resting[entry] = find_waking(office, outlook, now)
    return 0


def find_waking(office: Office, outlook: Outlook, now: int) -> int:
    """Return when to look at a document again that has nothing due."""
    end = expires_at(office, outlook.document) or NEVER
    if outlook.entry.reminded_by == EXPIRED:
        return NEVER
    if outlook.hold is None or outlook.planned is None:
        return min(outlook.at, end)
    # what may end at any time is looked at every day
    return min(outlook.hold.until or office.almanac.post_after(now), end)


async def _expire(office: Office, outlook: Outlook) -> bool:
    """Note that an estimate has expired, once; False if it has not, or that is known."""
    end = expires_at(office, outlook.document)
    now, entry, document = office.clock(), outlook.entry, outlook.document
    if end is None or now < end or entry.reminded_by == EXPIRED:
        return False

    async def work(tx: Transaction) -> None:
        if await agenda.note_step(tx, entry, EXPIRED, now, NEVER):
            await office.record(
                tx,
                EXPIRED,
                document.number,
                actor=ACTOR,
                client_id=document.client_id,
                document_id=document.id,
            )

    await office.db.transact(work)
    return True


async def _let_rest(office: Office, resting: dict[Entry, int]) -> None:
    async def work(tx: Transaction) -> None:
        for entry, wake_at in resting.items():
            await agenda.rest_until(tx, entry, wake_at)

    if resting:
        await office.db.transact(work)


async def _tell_of_failure(office: Office, outlook: Outlook, error: Exception) -> None:
    """Tell the operator, once for each step, that its letters cannot be written."""
    document, step = outlook.document, outlook.planned.step.name if outlook.planned else ""
    known = isinstance(error, MaildError)
    told = Handoff(
        occasion=f"unwritten {document.id} {step}",
        headline=f"The reminder of {document.number} cannot be written",
        facts=(("What is wrong", str(error) if known else "a fault of maild's own; see its log"),),
        advice=("It is tried again every hour. Nothing else is held up by it.",),
        commands=("maild check", f"maild document show {document.number}"),
        client_id=document.client_id,
        document_id=document.id,
    )
    try:
        letter = write_handoff(office, told)
    except MaildError:
        return
    await office.db.transact(lambda tx: post_handoff(tx, letter))
