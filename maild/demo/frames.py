"""What a letter brings along, kept at arm's length: its HTML in a sandbox, its files for saving."""

from __future__ import annotations

import re
from urllib.parse import quote

from aiohttp import web

from maild.demo.scene import SCENE

_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_POLICY = (
    f"sandbox {_SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; frame-ancestors 'self'"
)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_NEW_TAB = '<base target="_blank">'


async def send_frame(request: web.Request) -> web.Response:
    """The HTML of a letter, as it came; a link in it opens in a new tab."""
    html = request.app[SCENE].mailboxes.open_letter(request.match_info["id"]).html
    if not html:
        raise web.HTTPNotFound
    page, found = _HEAD.subn(lambda head: head.group() + _NEW_TAB, html, count=1)
    return web.Response(
        text=page if found else _NEW_TAB + html,
        content_type="text/html",
        headers={"Content-Security-Policy": _POLICY},
    )


async def send_enclosure(request: web.Request) -> web.Response:
    """A file of a letter, to be saved and never shown."""
    letter = request.app[SCENE].mailboxes.open_letter(request.match_info["id"])
    number = int(request.match_info["number"])
    if number >= len(letter.enclosures):
        raise web.HTTPNotFound
    file = letter.enclosures[number]
    said = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    return web.Response(
        body=file.content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": said, "Content-Security-Policy": "sandbox"},
    )
