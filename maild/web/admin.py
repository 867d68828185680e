"""Health, readiness and metrics, on a listener of their own."""

from __future__ import annotations

from contextlib import suppress

from aiohttp import web

from maild.clock import SECOND
from maild.errors import StoreUnavailable
from maild.metrics import LETTERS, OLDEST, OUTAGE, expose
from maild.office import Office
from maild.services.census import Census
from maild.store.outages import find_outage
from maild.store.troubles import find_oldest
from maild.web.keys import CENSUS, OFFICE


async def show_health(_: web.Request) -> web.Response:
    """Say that the process answers."""
    return web.json_response({"status": "ok"})


async def show_readiness(request: web.Request) -> web.Response:
    """Say whether the store can be read: 200 or 503; and what the mail server says if it is down.

    Pages are served without it, and letters wait.
    """
    office = request.app[OFFICE]
    try:
        outage = await find_outage(office.db, office.config.relay.url)
    except StoreUnavailable as error:
        return web.json_response({"status": "waiting", "reason": str(error)}, status=503)
    down = outage if outage and outage.retry_at else None
    said = {"relay": f"takes no letters: {down.words}"} if down else {}
    return web.json_response({"status": "ready", **said})


async def show_metrics(request: web.Request) -> web.Response:
    """All counters and gauges as text; without the store, letters as they were counted last."""
    with suppress(StoreUnavailable):
        await _count_letters(request.app[OFFICE], request.app[CENSUS])
    return web.Response(body=expose(), content_type="text/plain", charset="utf-8")


async def _count_letters(office: Office, census: Census) -> None:
    now = office.clock()
    for state, count in (await census.count()).items():
        LETTERS.labels(state=state).set(count)
    oldest = await find_oldest(office.db)
    outage = await find_outage(office.db, office.config.relay.url)
    OLDEST.set(max(0, now - oldest) / SECOND if oldest is not None else 0)
    OUTAGE.set(max(0, now - outage.since) / SECOND if outage else 0)
