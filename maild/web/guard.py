"""What surrounds every answer: the right host, the security headers, errors a person can read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from maild.errors import Busy, StoreUnavailable
from maild.metrics import PAGES
from maild.web.keys import OFFICE
from maild.web.pages import LinkGone, show_page

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_REFUSALS = {
    400: ("That request made no sense", "Go back, reload the page and try once more."),
    403: (
        "That form could not be taken",
        "It may have been open too long, or come from another site. "
        "Go back, reload the page and try once more.",
    ),
    405: ("That cannot be done here", "Go back and use the links and buttons of the page."),
    413: ("That was too long", "Go back and send less."),
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every request with a page and the security headers, whatever happens inside."""
    answer = await _answer(request, handler)
    for name, value in _HEADERS.items():
        answer.headers[name] = value
    answer.headers.setdefault("Cache-Control", "no-store")
    if request.app[OFFICE].config.web.base_url.startswith("https:"):
        answer.headers["Strict-Transport-Security"] = "max-age=31536000"
    answer.headers["Server"] = "maild"
    route = request.match_info.route.resource
    PAGES.labels(route=route.canonical if route else "none", status=answer.status).inc()
    return answer


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        _check_host(request)
        return await handler(request)
    except LinkGone as gone:
        return show_page(request, "gone", code=410, reason=gone.refusal.value)
    except web.HTTPException as error:
        return _show_refusal(request, error)
    except (StoreUnavailable, Busy) as error:
        log.warning("page deferred", path=request.path, error=str(error))
        return _show_trouble(
            request, 503, "We are busy for a moment", "This page will be back shortly."
        )
    except Exception:
        log.exception("page failed", route=str(request.match_info.route.resource))
        return _show_trouble(
            request, 500, "Something went wrong on our side", "It was not your doing."
        )


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
    if request.host != urlsplit(request.app[OFFICE].config.web.base_url).netloc:
        raise web.HTTPBadRequest
