"""`/l/{token}`: from an email to the document, by a signed cookie and a clean address.

Safe and repeatable: mail scanners follow links, so nothing is consumed or counted as read here.
"""

from __future__ import annotations

from aiohttp import web

from maild.access.sessions import hash_secret, seal_link
from maild.access.visitors import Refusal, Visitor, admit_link, admit_session, load_visit
from maild.ids import Purpose
from maild.web.cookies import LINK, SESSION, drop_cookie, read_cookie, set_cookie
from maild.web.keys import OFFICE
from maild.web.pages import LinkGone, document_path


async def open_personal_link(request: web.Request) -> web.Response:
    """Send the holder of a live link to its document; tell expired from revoked; else 404."""
    office = request.app[OFFICE]
    now = office.clock()
    link_id = office.keys.check(Purpose.LINK, request.match_info["token"])
    visit = await load_visit(office.db, link_id) if link_id else None
    if link_id is None or visit is None:
        raise web.HTTPNotFound
    admitted = admit_link(visit, office.config.links, now)
    if admitted in {Refusal.EXPIRED, Refusal.REVOKED}:
        raise LinkGone(Refusal(admitted))
    answer = web.Response(status=303)
    answer.headers["Location"] = document_path(visit.document.type, visit.document.number)
    set_cookie(request, answer, LINK, seal_link(office.keys, link_id, now))
    if not await _is_logged_in_as(request, visit.contact.address, visit.client.id):
        drop_cookie(request, answer, SESSION)
    return answer


async def _is_logged_in_as(request: web.Request, address: str, client_id: str) -> bool:
    """Tell whether the browser's log-in is the link holder's own, looking at the same client."""
    office = request.app[OFFICE]
    secret = read_cookie(request, SESSION)
    if not secret:
        return True
    found = await admit_session(office.db, hash_secret(secret), office.clock())
    same = isinstance(found, Visitor) and found.address == address
    return same and isinstance(found, Visitor) and found.client.id == client_id
