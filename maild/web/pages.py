"""Rendering: a template with what every page needs, and the pages that say no."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from aiohttp import web

from maild.access.visitors import Refusal, Visitor
from maild.web.cookies import form_token, keep_form_cookie
from maild.web.keys import OFFICE
from maild.web.visits import find_visitor


def show_page(
    request: web.Request,
    name: str,
    *,
    visitor: Visitor | None = None,
    code: int = 200,
    **context: object,
) -> web.Response:
    """Return a page of the client area."""
    office = request.app[OFFICE]
    shared = {
        "visitor": visitor,
        "csrf": form_token(request) if visitor else "",
        "path": request.path,
    }
    text = office.templates.render(f"web/{name}.html", shared | context)
    answer = web.Response(text=text, content_type="text/html", status=code)
    keep_form_cookie(request, answer)
    return answer


async def need_visitor(request: web.Request) -> Visitor:
    """Return who is looking, or send them where they can get in (raises an HTTP answer).

    Nothing but the cookies decides it, so a page that does not exist answers just the same.
    """
    found = await find_visitor(request)
    if isinstance(found, Visitor):
        return found
    if found in {Refusal.EXPIRED, Refusal.REVOKED}:
        raise LinkGone(found)
    # as it was asked for: unquoted, a number with a slash or beyond ASCII would be lost
    target = request.rel_url.raw_path if request.method in {"GET", "HEAD"} else "/"
    raise web.HTTPSeeOther(f"/login?{urlencode({'next': target})}")


class LinkGone(web.HTTPGone):
    """The link that let this browser in is dead; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.refusal = refusal


def document_path(kind: str, number: str) -> str:
    """Return the path of a document's page."""
    return f"/{kind}s/{quote(number, safe='')}"
