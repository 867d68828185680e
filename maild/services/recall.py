"""Open documents looked at when their time comes: a step is taken, or they rest until the next."""

from __future__ import annotations

from maild.clock import HOUR, Instant
from maild.errors import StoreUnavailable
from maild.office import Office
from maild.services.mishaps import report_mishap
from maild.services.outlook import Outlook, expires_at, look_ahead
from maild.services.reminders import ACTOR, take_step
from maild.store import agenda
from maild.store.agenda import Entry
from maild.store.database import Transaction
from maild.store.reach import NEVER

EXPIRED = "expired"
_BATCH = 50
_LOOKS = 500


async def recall_documents(office: Office, most: int) -> int:
    """Look at documents whose time has come until there is none, or so many letters were written.

    Returns how many letters. Raises `StoreUnavailable`.
    """
    now = office.clock()
    written = 0
    for _ in range(0, _LOOKS, _BATCH):
        due = await agenda.next_waking(office.db)
        if due is None or due > now or written >= most:
            break
        resting: dict[Entry, Instant] = {}
        for entry in await agenda.list_waking(office.db, now, _BATCH):
            if written < most:
                written += await _look(office, entry, resting)
        await _let_rest(office, resting)
    return written


async def _look(office: Office, entry: Entry, resting: dict[Entry, Instant]) -> int:
    """Look at one document; return how many letters that made, else note until when it rests."""
    now = office.clock()
    outlook = await look_ahead(office, office.db, entry, now)
    if outlook.is_due(now):
        try:
            return await take_step(office, outlook)
        except StoreUnavailable:
            raise
        except Exception as error:
            # one that cannot be written must not keep the others waiting
            await _report(office, outlook, error)
            resting[entry] = now + HOUR
    elif not await _expire(office, outlook):
        resting[entry] = _find_waking(office, outlook, now)
    return 0


def _find_waking(office: Office, outlook: Outlook, now: Instant) -> Instant:
    """Return when to look again at a document that has nothing due."""
    if outlook.entry.reminded_by == EXPIRED:
        return NEVER
    end = expires_at(office, outlook.document) or NEVER
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


async def _let_rest(office: Office, resting: dict[Entry, Instant]) -> None:
    async def work(tx: Transaction) -> None:
        for entry, wake_at in resting.items():
            await agenda.rest_until(tx, entry, wake_at)

    if resting:
        await office.db.transact(work)


async def _report(office: Office, outlook: Outlook, error: Exception) -> None:
    document, step = outlook.document, outlook.planned.step.name if outlook.planned else ""
    await report_mishap(
        office,
        error,
        occasion=f"{document.id} {step}",
        what=f"the reminder of {document.number}",
        command=f"maild document show {document.number}",
    )
