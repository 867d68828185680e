"""A round through the calendar: what is due is done, in small batches, and no more than that.

A round finds nothing due with a look or two and then writes nothing. It is safe on every node at
once: each deed is checked and noted in the transaction that does it.
"""

from __future__ import annotations

from hashlib import sha256

import structlog

from maild.clock import DAY, MINUTE
from maild.errors import StoreUnavailable
from maild.office import Office
from maild.services.digest import write_digest
from maild.services.monthly import state_accounts
from maild.services.recall import recall_documents
from maild.services.recurring import issue_recurring
from maild.store import agenda
from maild.store.appointments import Appointment, find_appointment, keep_appointment
from maild.store.database import Transaction

log = structlog.get_logger(__name__)

# each part of one round writes about so many letters at most
_LETTERS = 20
# however it came to sleep, everything is looked at again so often
_REVIEW = 7 * DAY
# another node's clock may be ahead of ours by so much
_APART = 5 * MINUTE
_RULES = "rules"
# the digest first: it tells what the day will bring
_PARTS = (write_digest, issue_recurring, recall_documents, state_accounts)


async def make_round(office: Office) -> int:
    """Do what is due now, or the beginning of it, and return how many letters that made.

    A fault in one part leaves the others to go on. Raises `StoreUnavailable`.
    """
    await _review(office)
    written = 0
    for part in _PARTS:
        try:
            written += await part(office, _LETTERS)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("a part of the calendar stumbled", part=part.__name__)
    return written


async def _review(office: Office) -> None:
    """Have every document looked at anew once the rules have changed, and once a week.

    A clock that was wrong for a while, and is right again, leaves nothing asleep for longer.
    """
    now = office.clock()
    rules = _fingerprint(office)
    known = await find_appointment(office.db, _RULES)
    if known and known.note == rules and now < known.due_at <= now + _REVIEW + _APART:
        return

    async def work(tx: Transaction) -> None:
        if await keep_appointment(tx, known, Appointment(_RULES, now + _REVIEW, rules)):
            await agenda.wake(tx)

    await office.db.transact(work)


def _fingerprint(office: Office) -> str:
    config = office.config
    told = f"{config.business.time_zone} {config.reminders!r} {config.operator.digest_at}"
    return sha256(told.encode()).hexdigest()[:16]
