"""The clock's door: a few ticks, each safe to run on every node at once.

APScheduler only ticks; what is due is decided by the store.
"""

from __future__ import annotations

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from maild.access.sessions import ABSOLUTE, LINK_SESSION
from maild.access.throttle import KEPT
from maild.clock import DAY, HOUR, Clock, steady_clock
from maild.errors import StoreUnavailable
from maild.office import Office
from maild.services.lookout import Lookout
from maild.services.retention import purge
from maild.services.rounds import make_round
from maild.store import recoveries, refusals, sessions, throttles
from maild.store.database import Transaction

log = structlog.get_logger(__name__)

_KEPT_FOR_QUESTIONS = 90 * DAY
_BATCH = 500


async def tidy(office: Office) -> None:
    """Forget sessions that are over, and whatever is too old to matter or to be kept."""
    now = office.clock()

    async def work(tx: Transaction) -> bool:
        forgotten = (
            await sessions.purge_sessions(tx, now - ABSOLUTE, _BATCH),
            await sessions.purge_ended_visits(tx, now - LINK_SESSION, _BATCH),
            await throttles.purge_hits(tx, now - KEPT, _BATCH),
            await refusals.purge_refusals(tx, now - _KEPT_FOR_QUESTIONS, _BATCH),
            await recoveries.purge_recoveries(tx, now - _KEPT_FOR_QUESTIONS, _BATCH),
        )
        return max(forgotten) == _BATCH

    try:
        # a little at once, so that mail and visitors get their turn between
        while await office.db.transact(work):
            pass
        await purge(office)
    except StoreUnavailable:
        # the next tick does it
        return


class Watch:
    """Notices that the clock was set, by another that nobody sets.

    A clock that jumps ahead may be wrong, and letters cannot be called back: for an hour nothing
    is done by it, unless it is put right before.
    """

    def __init__(self, clock: Clock, steady: Clock = steady_clock) -> None:
        self._clock = clock
        self._steady = steady
        self._apart = clock() - steady()
        self._rests_until = steady()

    def is_right(self) -> bool:
        """Tell whether the clock has kept time for an hour, as far as can be known."""
        steady = self._steady()
        apart = self._clock() - steady
        jump, self._apart = apart - self._apart, apart
        if jump > HOUR:
            log.warning("the clock jumped ahead; the calendar rests for an hour", hours=jump / HOUR)
            self._rests_until = steady + HOUR
        elif jump < -HOUR:
            log.warning("the clock was set back", hours=-jump / HOUR)
            self._rests_until = steady
        return steady >= self._rests_until


async def go_round(office: Office, watch: Watch) -> None:
    """Do what the calendar has for now; a fault of ours costs this round and no other."""
    if not watch.is_right():
        return
    try:
        written = await make_round(office)
    except StoreUnavailable as error:
        log.warning("the calendar waits for the store", error=str(error))
    except Exception:
        log.exception("the calendar stumbled")
    else:
        if written:
            log.info("the calendar wrote letters", letters=written)


def start_jobs(office: Office) -> AsyncIOScheduler:
    """Start ticking, and return what stops it with `shutdown`."""
    once = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults=once)
    scheduler.add_job(tidy, "interval", [office], hours=1)
    scheduler.add_job(go_round, "interval", [office, Watch(office.clock)], minutes=1)
    scheduler.add_job(Lookout(office).look, "interval", minutes=1)
    scheduler.start()
    return scheduler
