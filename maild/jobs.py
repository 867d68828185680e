"""The clock's door: a few ticks, each safe to run on every node at once.

APScheduler only ticks; what is due is decided by the store.
"""

from __future__ import annotations

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from maild.access.sessions import ABSOLUTE, LINK_SESSION
from maild.access.throttle import KEPT
from maild.clock import DAY
from maild.errors import StoreUnavailable
from maild.office import Office
from maild.services.lookout import Lookout
from maild.store import recoveries, refusals, sessions, throttles
from maild.store.database import Transaction

_KEPT_FOR_QUESTIONS = 90 * DAY


async def tidy(office: Office) -> None:
    """Forget sessions that are over, and hits, refusals and requests that are too old to matter."""
    now = office.clock()

    async def work(tx: Transaction) -> None:
        await sessions.purge_sessions(tx, now - ABSOLUTE)
        await sessions.purge_ended_visits(tx, now - LINK_SESSION)
        await throttles.purge_hits(tx, now - KEPT)
        await refusals.purge_refusals(tx, now - _KEPT_FOR_QUESTIONS)
        await recoveries.purge_recoveries(tx, now - _KEPT_FOR_QUESTIONS)

    try:
        await office.db.transact(work)
    except StoreUnavailable:
        # the next tick does it
        return


def start_jobs(office: Office) -> AsyncIOScheduler:
    """Start ticking, and return what stops it with `shutdown`."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    once = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler.add_job(tidy, "interval", [office], hours=1, **once)
    scheduler.add_job(Lookout(office).look, "interval", minutes=1, **once)
    scheduler.start()
    return scheduler
