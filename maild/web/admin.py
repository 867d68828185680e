"""Health, readiness and metrics, on a listener of their own."""

from __future__ import annotations

from contextlib import suppress

from aiohttp import web

from maild.errors import StoreUnavailable
from maild.metrics import LETTERS, expose
from maild.store.letters import count_letters
from maild.web.keys import OFFICE


async def show_health(_: web.Request) -> web.Response:
    """Say that the process answers."""
    return web.json_response({"status": "ok"})


async def show_readiness(request: web.Request) -> web.Response:
    """Say whether the store can be read: 200 or 503."""
    try:
        await request.app[OFFICE].db.rows("SELECT 1")
    except StoreUnavailable as error:
        return web.json_response({"status": "waiting", "reason": str(error)}, status=503)
    return web.json_response({"status": "ready"})


async def show_metrics(request: web.Request) -> web.Response:
    """All counters and gauges as text; without the store, letters as they were counted last."""
    with suppress(StoreUnavailable):
        for state, count in (await count_letters(request.app[OFFICE].db)).items():
            LETTERS.labels(state=state).set(count)
    return web.Response(body=expose(), content_type="text/plain", charset="utf-8")
