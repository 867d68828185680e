"""Rendering: a template with what every page needs, and the pages that say no."""

from __future__ import annotations

import asyncio
from functools import partial
from urllib.parse import quote, urlencode

from aiohttp import web

from maild.access.links import LinkedVisit
from maild.access.visitors import Refusal, Visitor
from maild.services.refusals import note_turned_away
from maild.store.refusals import RefusalReason
from maild.web.cookies import form_token, keep_form_cookie
from maild.web.keys import LOOK, OFFICE, SCRIPTED
from maild.web.visits import find_linked_visit, find_visitor


def show_page(
    request: web.Request,
    name: str,
    *,
    visitor: Visitor | None = None,
    code: int = 200,
    seen: str = "",
    **context: object,
) -> web.Response:
    """Return a page of the client area.

    `seen` is the path of the document whose reader the page's one script may tell of.
    """
    tie = form_token(request) if visitor or LOOK in request else ""
    text = write_page(request, name, tie, visitor=visitor, seen=seen, **context)
    return hand_out(request, text, code=code, seen=seen)


def write_page(
    request: web.Request,
    name: str,
    tie: str,
    *,
    visitor: Visitor | None = None,
    seen: str = "",
    **context: object,
) -> str:
    """Return the text of a page; `tie` is what its forms carry to show whom they were given to."""
    shared = {
        "visitor": visitor,
        "onlooker": request.get(LOOK),
        "seen": seen,
        "csrf": tie,
        "path": request.path,
    }
    templates = request.app[OFFICE].templates.for_locale(visitor.client.locale if visitor else "")
    return templates.render(f"web/{name}.html", shared | context)


def hand_out(request: web.Request, text: str, *, code: int = 200, seen: str = "") -> web.Response:
    """Return the answer that a page's text makes."""
    answer = web.Response(text=text, content_type="text/html", status=code)
    answer[SCRIPTED] = bool(seen)
    keep_form_cookie(request, answer)
    return answer


async def show_long_page(
    request: web.Request,
    name: str,
    *,
    visitor: Visitor,
    code: int = 200,
    seen: str = "",
    **context: object,
) -> web.Response:
    """Return a page that is written in a thread, for it may be long enough to hold up others."""
    write = partial(show_page, request, name, visitor=visitor, code=code, seen=seen, **context)
    return await asyncio.to_thread(write)


async def need_visitor(request: web.Request, back: str = "/") -> Visitor:
    """Return who is looking, or send them where they can get in (raises an HTTP answer).

    Nothing but the cookies decides it, so a page that does not exist answers just the same. From
    a log-in they go on to what they asked for, or to `back` from a form.
    """
    found = await find_visitor(request)
    if isinstance(found, Visitor):
        return found
    visit = await find_linked_visit(request)
    if visit and found in {Refusal.EXPIRED, Refusal.REVOKED}:
        raise LinkGone(found, visit)
    if visit and found is Refusal.LOGIN:
        address, number = visit.contact.address, visit.document.number
        reason = RefusalReason.LOGIN_REQUIRED
        await note_turned_away(request.app[OFFICE], address, reason, number)
    # as it was asked for: unquoted, a number with a slash or beyond ASCII would be lost
    target = request.rel_url.raw_path if request.method in {"GET", "HEAD"} else back
    raise web.HTTPSeeOther(f"/login?{urlencode({'next': target})}")


async def need_account(request: web.Request) -> Visitor:
    """Return a visitor who sees the client as a whole; for any other there is no such page."""
    visitor = await need_visitor(request)
    if not visitor.sees_account:
        raise web.HTTPNotFound
    return visitor


class LinkGone(web.HTTPGone):
    """The link that let this browser in is dead: `refusal` says why, `visit` whose it was."""

    def __init__(self, refusal: Refusal, visit: LinkedVisit) -> None:
        super().__init__()
        self.refusal = refusal
        self.visit = visit


def document_path(kind: str, number: str) -> str:
    """Return the path of a document's page."""
    return f"/{kind}s/{quote(number, safe='')}"
