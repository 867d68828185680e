"""Files on their way to a browser, and the few static ones of every page."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from maild.web.keys import OFFICE

_HOUR = "public, max-age=3600"


def send_file(name: str, media_type: str, content: bytes) -> web.Response:
    """Return a file to be saved under its name (RFC 6266), never shown in the page's place."""
    plain = "".join(c if c.isascii() and c not in '"\\' else "_" for c in name)
    said = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    answer = web.Response(body=content, headers={"Content-Disposition": said})
    answer.content_type = media_type if "/" in media_type else "application/octet-stream"
    return answer


async def send_style(request: web.Request) -> web.Response:
    """The one stylesheet, in the business's colour."""
    office = request.app[OFFICE]
    text = office.templates.render("web/style.css", {"colour": office.config.business.colour})
    return web.Response(text=text, content_type="text/css", headers={"Cache-Control": _HOUR})


async def send_seen_script(request: web.Request) -> web.StreamResponse:
    """The one script: it tells us that a person, and no machine, has looked at a document."""
    path = request.app[OFFICE].templates.find("web/seen.js")
    answer = web.FileResponse(path, headers={"Cache-Control": _HOUR})
    answer.content_type = "text/javascript"
    return answer


async def send_logo(request: web.Request) -> web.StreamResponse:
    """The business's logo, if it has one."""
    config = request.app[OFFICE].config
    if not config.business.logo:
        raise web.HTTPNotFound
    path: Path = config.resolve(config.business.logo)
    answer = web.FileResponse(path, headers={"Cache-Control": _HOUR})
    answer.content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return answer
