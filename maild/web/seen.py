"""Sightings: what is noted of a page that was fetched, and of one that a person looked at."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import unquote

import structlog
from aiohttp import web

from maild.access.visitors import find_visible
from maild.errors import StoreUnavailable
from maild.services.sightings import note_fetch, note_read
from maild.web.forms import read_form
from maild.web.keys import LOOK, NOTING, OFFICE
from maild.web.pages import need_visitor

log = structlog.get_logger(__name__)

_DOCUMENT = re.compile(r"/(invoice|estimate)s/([^/]+)")
_LAST_SECONDS = 2.0


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
    noting = request.app[NOTING]
    name = f"{document_id} {contact_id}"
    if LOOK in request or name in noting:
        return
    task = asyncio.create_task(_note(request, document_id, contact_id), name=name)
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


async def _note(request: web.Request, document_id: str, contact_id: str) -> None:
    try:
        await note_fetch(request.app[OFFICE], document_id, contact_id)
    except StoreUnavailable as error:
        log.warning("a fetch was not noted", document=document_id, error=str(error))
