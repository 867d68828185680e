"""Sightings: what is noted of a page that was fetched, and of one that a person looked at."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import unquote

import structlog
from aiohttp import web

from maild.access.visitors import find_visible
from maild.clock import MINUTE
from maild.errors import StoreUnavailable
from maild.services.sightings import note_fetch, note_read
from maild.web.forms import read_form
from maild.web.keys import LOOK, NOTED, NOTING, OFFICE
from maild.web.pages import need_visitor

log = structlog.get_logger(__name__)

_DOCUMENT = re.compile(r"/(invoice|estimate)s/([^/]+)")
_LAST_SECONDS = 2.0
_MOST_NOTED = 4096


async def take_seen(request: web.Request) -> web.Response:
    """Note that a person probably looked at the document named by its path (see `seen.js`)."""
    fields = await read_form(request)
    visitor = await need_visitor(request)
    office = request.app[OFFICE]
    named = _DOCUMENT.fullmatch(fields.get("path", ""))
    kind, number = named.groups() if named else ("", "")
    document = await find_visible(office.db, visitor, kind, unquote(number))
    if document is None:
        raise web.HTTPNotFound
    await note_read(office, document, visitor.contact)
    return web.Response(status=204)


def note_fetched(request: web.Request, document_id: str, contact_id: str) -> None:
    """Note a fetch, unless it is an onlooker's, while the answer goes its own way.

    One note per document and contact at a time, so that a store that hangs is asked once for each.
    """
    noting, noted = request.app[NOTING], request.app[NOTED]
    name = f"{document_id} {contact_id}"
    now = request.app[OFFICE].clock()
    # a clock that was set back must not keep it from being noted
    if LOOK in request or name in noting or now < noted.get(name, now) <= now + MINUTE:
        return
    if len(noted) >= _MOST_NOTED:
        noted.clear()
    task = asyncio.create_task(_note(request, document_id, contact_id, name), name=name)
    noting[name] = task
    task.add_done_callback(lambda _: noting.pop(name))


async def finish_notes(site: web.Application) -> None:
    """Let the notes under way be written before the store is closed; what hangs is given up."""
    running = [*site[NOTING].values()]
    if running:
        _, late = await asyncio.wait(running, timeout=_LAST_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def _note(request: web.Request, document_id: str, contact_id: str, name: str) -> None:
    office, noted = request.app[OFFICE], request.app[NOTED]
    try:
        noted[name] = await note_fetch(office, document_id, contact_id)
    except StoreUnavailable as error:
        log.warning("a fetch was not noted", document=document_id, error=str(error))
