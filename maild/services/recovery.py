""" "I can't get in": requests are kept by the page and answered by a loop, to the record only.

What the page does is the same for every address, known or not, so that neither its answer nor the
time it takes tells anything. Who is asked about is looked up later, and never on the spot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from maild.access.links import LinkedVisit, LinkState, judge_link
from maild.access.throttle import RECOVERY, RECOVERY_KEPT, find_wait, recovery_name
from maild.access.visitors import load_visit
from maild.address import address_key
from maild.clock import MINUTE, SECOND
from maild.errors import Busy, Refused, StoreUnavailable, Throttled
from maild.loop import run_loop
from maild.model import Client, Contact
from maild.office import Office
from maild.services.fresh_link import prepare_fresh_link
from maild.services.lookup import latest_reader
from maild.services.parcels import Parcel
from maild.services.reissue import Reissue, check_reissue, commit_reissue, prepare_reissue
from maild.services.stopped import post_news, write_news
from maild.store import recoveries, throttles
from maild.store.database import Transaction
from maild.store.recoveries import RecoveryRow

log = structlog.get_logger(__name__)

_LONGEST_ADDRESS = 254
_LEASE = 2 * MINUTE
_BATCH = 10
_TRIES = 3
_RETRY = 30 * SECOND
_BUSY = 5 * SECOND
_SPREAD = 4 * SECOND


# a request that the operator is told of, and that is answered with no letter
_BEYOND = "beyond"


@dataclass(frozen=True, slots=True)
class _Request:
    """What somebody on record asks for: a way in or, holding a dead link, a fresh one."""

    wanted: Reissue
    visit: LinkedVisit | None = None


async def ask_by_address(office: Office, typed: str, network: str) -> None:
    """Keep the request of somebody who typed an address, whatever they typed.

    Five an hour from a network are answered. The operator hears who is behind up to fifty more;
    of what is beyond that nothing is kept. Raises `StoreUnavailable`.
    """
    key = address_key(typed[:_LONGEST_ADDRESS])
    await _keep(office, key, "", network, recovery_name(network))


async def ask_by_link(office: Office, link_id: str, network: str) -> None:
    """Keep the request of somebody who holds a link, as many an hour by one link."""
    await _keep(office, "", link_id, network, recovery_name(link_id))


async def settle_recoveries(office: Office, owner: str) -> int:
    """Answer a batch of requests; return how many there were."""
    now = office.clock()
    due = await recoveries.next_due(office.db)
    if due is None or due > now:
        return 0

    async def claim(tx: Transaction) -> list[RecoveryRow]:
        return await recoveries.claim_recoveries(
            tx, owner=owner, now=now, lease_until=now + _LEASE, most=_BATCH
        )

    claimed = await office.db.transact(claim)
    for row in claimed:
        with structlog.contextvars.bound_contextvars(recovery=row.id):
            await _settle(office, row, owner)
    return len(claimed)


async def run_recovery(office: Office, owner: str, stop: asyncio.Event) -> None:
    """Answer requests as they come until told to stop."""

    async def work() -> int:
        return await settle_recoveries(office, owner)

    async def next_due() -> int | None:
        return await recoveries.next_due(office.db)

    await run_loop(office.db, office.clock, work, next_due, stop)


async def _keep(office: Office, key: str, link_id: str, network: str, name: str) -> None:
    now = office.clock()
    # not at once, and not at a known moment: the work would slow down what is asked next
    pause = SECOND + int.from_bytes(office.random_bytes(2), "big") * _SPREAD // 65536
    row = RecoveryRow(office.ids.new(), now, key, link_id, network, 0, now + pause)

    async def work(tx: Transaction) -> bool:
        if not await find_wait(tx, name, RECOVERY, now):
            await throttles.add_hit(tx, office.ids.new(), name, now)
            await recoveries.add_recovery(tx, row)
            return True
        if await find_wait(tx, f"{name} {_BEYOND}", RECOVERY_KEPT, now):
            return False
        await throttles.add_hit(tx, office.ids.new(), f"{name} {_BEYOND}", now)
        await recoveries.add_recovery(tx, replace(row, reason=_BEYOND))
        return True

    if not await office.db.transact(work):
        log.warning("recovery not kept: a flood", network=network)


async def _settle(office: Office, row: RecoveryRow, owner: str) -> None:
    try:
        reason = await _treat(office, row, owner)
    except StoreUnavailable:
        raise
    except Busy:
        # a flood of log-ins is no fault of this request
        await _postpone(office, row, owner, _BUSY, row.attempts - 1)
    except Exception:
        log.exception("recovery failed", attempts=row.attempts)
        if row.attempts < _TRIES:
            await _postpone(office, row, owner, _RETRY, row.attempts)
        else:
            await _set_aside(office, row, owner)
    else:
        log.info("recovery settled", reason=reason)


async def _treat(office: Office, row: RecoveryRow, owner: str) -> str:
    """Answer a request if somebody on record is meant, and return in a word what became of it."""
    found = await (_by_link(office, row) if row.link_id else _by_address(office, row))
    if isinstance(found, str):
        return await _close(office, row, owner, found)
    if row.reason == _BEYOND:
        return await _tell(office, row, owner, found.wanted)
    try:
        await check_reissue(office, office.db, found.wanted.contact)
        parcel = await _write(office, row, found)

        async def send(tx: Transaction) -> None:
            await commit_reissue(office, tx, found.wanted, parcel)

        return await _close(office, row, owner, "sent", send)
    except Throttled:
        return await _tell(office, row, owner, found.wanted)
    except Refused:
        return await _close(office, row, owner, "disabled")


async def _by_address(office: Office, row: RecoveryRow) -> _Request | str:
    found = await latest_reader(office.db, row.address_key)
    return _Request(_wish(row, *found)) if found else "unknown"


async def _by_link(office: Office, row: RecoveryRow) -> _Request | str:
    visit = await load_visit(office.db, row.link_id)
    if visit is None or visit.contact.disabled_at is not None:
        return "disabled"
    if judge_link(visit, office.config.links, office.clock()) is LinkState.LIVE:
        return "live"
    return _Request(_wish(row, visit.client, visit.contact), visit)


async def _write(office: Office, row: RecoveryRow, request: _Request) -> Parcel:
    if request.visit:
        return await prepare_fresh_link(office, request.visit, f"recovery {row.id}")
    return await prepare_reissue(office, request.wanted)


def _wish(row: RecoveryRow, client: Client, contact: Contact) -> Reissue:
    return Reissue(
        client=client,
        contact=contact,
        document=None,
        occasion=f"recovery {row.id}",
        asked=True,
        actor=f"recovery {row.id}",
        reason="dead-link" if row.link_id else "cannot-get-in",
    )


async def _close(
    office: Office,
    row: RecoveryRow,
    owner: str,
    reason: str,
    also: Callable[[Transaction], Awaitable[None]] | None = None,
) -> str:
    async def work(tx: Transaction) -> None:
        mine = await recoveries.settle_recovery(tx, row.id, owner, "settled", reason)
        if mine and also:
            await also(tx)

    await office.db.transact(work)
    return reason


async def _tell(office: Office, row: RecoveryRow, owner: str, wanted: Reissue) -> str:
    """Leave a request that the limits stop to the operator, who hears of each person once a day."""
    asked = "on the page of a dead link" if row.link_id else "on the recovery page"
    if row.reason == _BEYOND:
        asked = f"{asked}, after five others in an hour"
    letter = write_news(office, wanted, asked, f"network {row.network}")

    async def tell(tx: Transaction) -> None:
        await post_news(office, tx, wanted, letter)

    return await _close(office, row, owner, "throttled", tell)


async def _postpone(
    office: Office, row: RecoveryRow, owner: str, pause: int, attempts: int
) -> None:
    later = office.clock() + pause

    async def work(tx: Transaction) -> None:
        await recoveries.postpone_recovery(tx, row.id, owner, later, attempts)

    await office.db.transact(work)


async def _set_aside(office: Office, row: RecoveryRow, owner: str) -> None:
    async def work(tx: Transaction) -> None:
        if await recoveries.settle_recovery(tx, row.id, owner, "set_aside", "fault"):
            await office.record(
                tx, "recovery set aside", row.id, actor="maild", reason="failed three times"
            )

    await office.db.transact(work)
