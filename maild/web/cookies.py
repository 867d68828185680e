"""The cookies: of a link, a log-in, a known browser, an onlooker, and what forms are tied to."""

from __future__ import annotations

from aiohttp import web

from maild.access.impersonation import LOOK as LOOK_TIME
from maild.access.sessions import BROWSER as KNOWN
from maild.access.sessions import LINK_SESSION, new_secret
from maild.clock import SECOND
from maild.ids import Purpose
from maild.web.keys import FORM, LOOK, OFFICE

LINK = "maild-link"
SESSION = "maild-session"
BROWSER = "maild-browser"
ONLOOKER = "maild-onlooker"
_FORM = "maild-form"
_AGES = {LINK: LINK_SESSION, ONLOOKER: LOOK_TIME, BROWSER: KNOWN}


def read_cookie(request: web.Request, name: str) -> str | None:
    """Return the value of one of our cookies, if the browser sent one that could be ours."""
    value = request.cookies.get(_full_name(request, name), "")
    return value if value.isascii() and value.isprintable() and value else None


def set_cookie(request: web.Request, answer: web.StreamResponse, name: str, value: str) -> None:
    """Give the browser a cookie that scripts and other sites cannot use."""
    answer.set_cookie(
        _full_name(request, name),
        value,
        max_age=_AGES[name] // SECOND if name in _AGES else None,
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(request: web.Request, answer: web.StreamResponse, name: str) -> None:
    """Take a cookie back."""
    answer.del_cookie(
        _full_name(request, name), path="/", secure=_is_secure(request), samesite="Lax"
    )


def form_token(request: web.Request) -> str:
    """Return the hidden field that ties a form to this browser, making its cookie if needed."""
    office = request.app[OFFICE]
    held = _read_tie(request) or request.get(FORM)
    if not held:
        held = new_secret(office.random_bytes)
        request[FORM] = held
    return office.keys.sign(Purpose.COOKIE, _form_text(held))


def keep_form_cookie(request: web.Request, answer: web.StreamResponse) -> None:
    """Send the cookie that `form_token` made, if it made one."""
    if FORM in request:
        set_cookie(request, answer, _FORM, request[FORM])


def is_form_genuine(request: web.Request, token: str) -> bool:
    """Tell whether a form was served to this very browser."""
    held = _read_tie(request)
    keys = request.app[OFFICE].keys
    if not held or not token.isascii():
        return False
    return keys.verify(Purpose.COOKIE, _form_text(held), token)


def _read_tie(request: web.Request) -> str | None:
    """Return the cookie that forms are tied to; an onlooker's are worth nothing after the look."""
    return read_cookie(request, ONLOOKER if LOOK in request else _FORM)


def _form_text(held: str) -> str:
    """Return what a form's token signs; the line end keeps it from ever passing as a cookie."""
    return f"form\n{held}"


def _is_secure(request: web.Request) -> bool:
    return request.app[OFFICE].config.web.base_url.startswith("https:")


def _full_name(request: web.Request, name: str) -> str:
    return f"__Host-{name}" if _is_secure(request) else name
