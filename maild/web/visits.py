"""Who is looking at this request, by cookie; the row behind it is read at every request."""

from __future__ import annotations

from aiohttp import web

from maild.access.sessions import TOUCH_EVERY, hash_secret, open_link
from maild.access.visitors import Refusal, Visitor, admit_link, admit_session, load_visit
from maild.store import sessions
from maild.store.database import Transaction
from maild.web.cookies import LINK, SESSION, read_cookie
from maild.web.keys import OFFICE


async def find_visitor(request: web.Request) -> Visitor | Refusal:
    """Return who is looking, or why nobody is let in: a log-in counts before a link."""
    office = request.app[OFFICE]
    now = office.clock()
    secret = read_cookie(request, SESSION)
    if secret:
        secret_hash = hash_secret(secret)
        visitor = await admit_session(office.db, secret_hash, now)
        if isinstance(visitor, Visitor):
            await _touch(request, secret_hash, now)
            return visitor
    cookie = read_cookie(request, LINK)
    link_id = open_link(office.keys, cookie, now) if cookie else None
    visit = await load_visit(office.db, link_id) if link_id else None
    return admit_link(visit, office.config.links, now) if visit else Refusal.UNKNOWN


async def linked_address(request: web.Request) -> str:
    """Return the address of the link a visitor came by, to fill in the log-in form, or ''."""
    office = request.app[OFFICE]
    cookie = read_cookie(request, LINK)
    link_id = open_link(office.keys, cookie, office.clock()) if cookie else None
    visit = await load_visit(office.db, link_id) if link_id else None
    return visit.contact.address if visit and visit.contact.disabled_at is None else ""


async def _touch(request: web.Request, secret_hash: str, now: int) -> None:
    """Note that a session is in use, at most once a minute, so that reading seldom writes."""
    office = request.app[OFFICE]
    session = await sessions.find_session(office.db, secret_hash)
    if session is None or now < session.seen_at + TOUCH_EVERY:
        return

    async def work(tx: Transaction) -> None:
        await sessions.touch_session(tx, secret_hash, now)

    await office.db.transact(work)
