"""The Files tab: what is in a client's area without a document."""

from __future__ import annotations

from aiohttp import web

from maild.clock import to_date
from maild.store import files
from maild.store.blobs import read_blob
from maild.web.downloads import send_file
from maild.web.keys import OFFICE
from maild.web.pages import need_account, show_page


async def show_files(request: web.Request) -> web.Response:
    """The client's files by name."""
    visitor = await need_account(request)
    office = request.app[OFFICE]
    rows = [
        {
            "name": file.name,
            "url": f"/files/{file.id}",
            "size": file.size,
            "added": to_date(file.created_at, office.zone),
        }
        for file in await files.list_files(office.db, visitor.reach)
    ]
    return show_page(request, "files", visitor=visitor, files=rows)


async def send_client_file(request: web.Request) -> web.StreamResponse:
    """A file of the client, to be saved and not shown."""
    visitor = await need_account(request)
    office = request.app[OFFICE]
    file = await files.get_file(office.db, visitor.reach, request.match_info["id"])
    if file is None:
        raise web.HTTPNotFound
    return send_file(file.name, file.media_type, await read_blob(office.db, file.hash))
