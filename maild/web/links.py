"""`/l/{token}`: from an email to the document, by a signed cookie and a clean address.

Safe and repeatable: mail scanners follow links, so nothing is consumed or counted as read here.
"""

from __future__ import annotations

from aiohttp import web

from maild.access.links import LinkedVisit
from maild.access.sessions import hash_secret, seal_link
from maild.access.visitors import Refusal, Visitor, admit_link, admit_session, load_visit
from maild.address import address_key
from maild.ids import Purpose
from maild.office import Office
from maild.store.database import Transaction
from maild.store.sessions import switch_session
from maild.web.cookies import LINK, SESSION, drop_cookie, read_cookie, set_cookie
from maild.web.keys import LOOK, OFFICE
from maild.web.pages import LinkGone, document_path
from maild.web.seen import note_fetched


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
        raise LinkGone(Refusal(admitted), visit)
    note_fetched(request, visit.document.id, visit.contact.id)
    answer = web.Response(status=303)
    answer.headers["Location"] = document_path(visit.document.type, visit.document.number)
    if LOOK in request:
        # an operator who looks as somebody leaves their own browser as it is
        return answer
    cookie = seal_link(office.keys, link_id, office.random_bytes, now)
    set_cookie(request, answer, LINK, cookie)
    secret = read_cookie(request, SESSION)
    if secret and not await _keep_login(office, hash_secret(secret), visit):
        drop_cookie(request, answer, SESSION)
    return answer


async def _keep_login(office: Office, secret_hash: str, visit: LinkedVisit) -> bool:
    """Turn a log-in to the link's client, if it is the link holder's own; tell whether it is."""
    found = await admit_session(office.db, secret_hash, office.clock())
    if not isinstance(found, Visitor):
        return False
    if address_key(found.address) != address_key(visit.contact.address):
        return False
    if found.client.id != visit.client.id:

        async def work(tx: Transaction) -> None:
            await switch_session(tx, secret_hash, visit.client.id)

        await office.db.transact(work)
    return True
