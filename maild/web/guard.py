"""What surrounds every page: the right host, and errors that a person can read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from maild.access.visitors import Visitor
from maild.errors import Busy, StoreUnavailable
from maild.metrics import PAGES
from maild.web.dead_links import show_dead_link
from maild.web.impersonation import LookOnly, note_onlooker
from maild.web.pages import LinkGone, show_page
from maild.web.peers import is_our_host
from maild.web.visits import find_visitor

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_REFUSALS = {
    400: ("That request made no sense", "Go back, reload the page and try once more."),
    403: (
        "That form could not be taken",
        "It may have been open too long, or come from another site. "
        "Go back, reload the page and try once more.",
    ),
    405: ("That cannot be done here", "Go back and use the links and buttons of the page."),
    408: ("That took too long", "Your connection may be weak. Go back and send it once more."),
    413: ("That was too long", "Go back and send less."),
}
_LOOKING = (
    "You are only looking",
    "What you see belongs to your client: nothing can be sent or changed from here.",
)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every request with a page, whatever happens inside."""
    answer = await _answer(request, handler)
    PAGES.labels(route=_name_route(request), status=answer.status).inc()
    return answer


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not is_our_host(request, request.host):
        # links and redirects are made for ours alone
        return _show_refusal(request, web.HTTPBadRequest(), None)
    try:
        return await _serve(request, handler)
    except (StoreUnavailable, Busy) as error:
        log.warning("page deferred", route=_name_route(request), error=str(error))
        return _show_trouble(
            request, 503, "We are busy for a moment", "This page will be back shortly."
        )
    except Exception:
        log.exception("page failed", route=_name_route(request))
        return _show_trouble(
            request, 500, "Something went wrong on our side", "It was not your doing."
        )


async def _open(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except LinkGone as gone:
        return await show_dead_link(request, gone)


async def _serve(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return a handler's answer; where it refuses, a page from which its visitor can go on."""
    try:
        await note_onlooker(request)
        return await _open(request, handler)
    except web.HTTPException as error:
        if error.status < 400:
            where = {"Location": error.headers["Location"]}
            return web.Response(status=error.status, headers=where)
        found = await find_visitor(request)
        return _show_refusal(request, error, found if isinstance(found, Visitor) else None)


def _show_refusal(
    request: web.Request, error: web.HTTPException, visitor: Visitor | None
) -> web.StreamResponse:
    # whatever path was asked for, the page is the same
    if error.status == 404:
        return show_page(request, "missing", visitor=visitor, code=404, path="")
    headline, message = _REFUSALS.get(error.status, _REFUSALS[400])
    if isinstance(error, LookOnly):
        headline, message = _LOOKING
    answer = show_page(
        request,
        "refused",
        visitor=visitor,
        code=error.status,
        path="",
        headline=headline,
        message=message,
    )
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def _show_trouble(
    request: web.Request, status: int, headline: str, message: str
) -> web.StreamResponse:
    answer = show_page(request, "trouble", code=status, headline=headline, message=message)
    answer.headers["Retry-After"] = "5"
    return answer


def _name_route(request: web.Request) -> str:
    """Return the route as it is written down: a path would put a link's token into the log."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"
