"""What surrounds every answer of the viewer: its own host only, strict headers, readable errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from maild.demo.scene import SCENE
from maild.errors import MaildError, NotFound

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with the security headers, and with a page where something is refused."""
    answer = await _answer(request, handler)
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.host not in request.app[SCENE].hosts:
        return web.Response(text="This is another host's page.\n", status=400)
    try:
        return await handler(request)
    except web.HTTPRedirection as error:
        return web.Response(status=error.status, headers={"Location": error.headers["Location"]})
    except web.HTTPException as error:
        return _explain(request, error.status, error.reason)
    except MaildError as error:
        return _explain(request, 404 if isinstance(error, NotFound) else 409, str(error))


def _explain(request: web.Request, status: int, message: str) -> web.Response:
    if request.headers.get("Accept") == "application/json":
        return web.json_response({"refused": message}, status=status)
    page = request.app[SCENE].office.templates.render("demo/refused.html", {"message": message})
    return web.Response(text=page, content_type="text/html", status=status)
