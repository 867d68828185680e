"""What surrounds every page: the right host, and errors that a person can read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from maild.errors import Busy, StoreUnavailable
from maild.metrics import PAGES
from maild.web.dead_links import show_dead_link
from maild.web.impersonation import LookOnly, note_onlooker
from maild.web.pages import LinkGone, show_page
from maild.web.peers import is_our_host

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
    try:
        _check_host(request)
        await note_onlooker(request)
        return await _open(request, handler)
    except LookOnly:
        return show_page(request, "refused", code=403, headline=_LOOKING[0], message=_LOOKING[1])
    except web.HTTPException as error:
        return _show_refusal(request, error)
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


def _show_refusal(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    if error.status < 400:
        return web.Response(status=error.status, headers={"Location": error.headers["Location"]})
    if error.status == 404:
        return show_page(request, "missing", code=404)
    headline, message = _REFUSALS.get(error.status, _REFUSALS[400])
    answer = show_page(request, "refused", code=error.status, headline=headline, message=message)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def _show_trouble(
    request: web.Request, status: int, headline: str, message: str
) -> web.StreamResponse:
    answer = show_page(request, "trouble", code=status, headline=headline, message=message)
    answer.headers["Retry-After"] = "5"
    return answer


def _check_host(request: web.Request) -> None:
    """Refuse a request for another host: links and redirects are made for ours alone."""
    if not is_our_host(request, request.host):
        raise web.HTTPBadRequest


def _name_route(request: web.Request) -> str:
    """Return the route as it is written down: a path would put a link's token into the log."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"
