"""Who is looking at this request, by cookie; the row behind it is read at every request."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from maild.access.links import LinkedVisit, LinkState, judge_link
from maild.access.sessions import TOUCH_EVERY, hash_secret, open_link
from maild.access.visitors import (
    Refusal,
    Visitor,
    admit_link,
    admit_session,
    find_owner,
    load_visit,
)
from maild.errors import StoreUnavailable
from maild.store import sessions
from maild.store.database import Transaction
from maild.web.cookies import LINK, SESSION, read_cookie
from maild.web.keys import LOOK, OFFICE

_TOUCH_SECONDS = 1.0


async def find_visitor(request: web.Request) -> Visitor | Refusal:
    """Return who is looking, or why nobody is let in: a log-in counts before a link.

    While an operator looks as somebody, neither counts (see `web/impersonation.py`).
    """
    if LOOK in request:
        return request[LOOK].visitor
    office = request.app[OFFICE]
    now = office.clock()
    secret = read_cookie(request, SESSION)
    if secret:
        secret_hash = hash_secret(secret)
        visitor = await admit_session(office.db, secret_hash, now)
        if isinstance(visitor, Visitor):
            await _touch(request, secret_hash, now)
            return visitor
    visit = await find_linked_visit(request)
    if visit is None or visit.left:
        return Refusal.UNKNOWN
    return admit_link(visit, office.config.links, now)


async def find_linked_visit(request: web.Request) -> LinkedVisit | None:
    """Return what the link leads to that this browser came by, dead or alive, or None.

    It lets nobody in: that is for `find_visitor` to say.
    """
    office = request.app[OFFICE]
    cookie = read_cookie(request, LINK)
    link_id = open_link(office.keys, cookie, office.clock()) if cookie else None
    if cookie is None or link_id is None:
        return None
    return await load_visit(office.db, link_id, hash_secret(cookie))


async def find_linked_address(request: web.Request) -> str:
    """Return whose the live link is that this browser came by, to fill in a form, or ""."""
    office, visit = request.app[OFFICE], await find_linked_visit(request)
    if visit is None or visit.left:
        return ""
    state = judge_link(visit, office.config.links, office.clock())
    return visit.contact.address if state is LinkState.LIVE else ""


async def turn_to_owner(request: web.Request, visitor: Visitor, kind: str, number: str) -> None:
    """Turn a log-in to that client of its address whose document is asked for, and start anew.

    Returns if there is none; else raises an HTTP answer. A log-in of several clients may begin
    with any of them: whoever came for a document is not to look for it.
    """
    office, secret = request.app[OFFICE], read_cookie(request, SESSION)
    owner = await find_owner(office.db, visitor, kind, number)
    if owner is None or not secret:
        return

    async def work(tx: Transaction) -> None:
        await sessions.switch_session(tx, hash_secret(secret), owner)

    await office.db.transact(work)
    raise web.HTTPSeeOther(request.rel_url.raw_path)


async def _touch(request: web.Request, secret_hash: str, now: int) -> None:
    """Note that a session is in use, at most once a minute, so that reading seldom writes."""
    office = request.app[OFFICE]
    session = await sessions.find_session(office.db, secret_hash)
    if session is None or now < session.seen_at + TOUCH_EVERY:
        return

    async def work(tx: Transaction) -> None:
        await sessions.touch_session(tx, secret_hash, now)

    # a store that cannot be written now can still be read, and that is what the visitor came for
    with suppress(StoreUnavailable, TimeoutError):
        async with asyncio.timeout(_TOUCH_SECONDS):
            await office.db.transact(work)
