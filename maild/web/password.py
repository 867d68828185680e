"""Choosing one's own password, for who has logged in with one."""

from __future__ import annotations

from aiohttp import web

from maild.access.visitors import Visitor
from maild.services.passwords import choose_password, find_password_fault
from maild.web.cookies import SESSION, read_cookie, set_cookie
from maild.web.forms import read_form
from maild.web.keys import OFFICE
from maild.web.pages import need_visitor, show_page


async def show_password(request: web.Request) -> web.Response:
    """The form; who came by a link learns how to get a password first."""
    return _form(request, await need_visitor(request, "/password"))


async def take_password(request: web.Request) -> web.Response:
    """Take the new password, typed twice, or say what is wrong with it, without repeating it."""
    fields = await read_form(request)
    office, visitor = request.app[OFFICE], await need_visitor(request, "/password")
    secret = read_cookie(request, SESSION)
    if visitor.by != "password" or not secret:
        return _form(request, visitor, code=403)
    typed = fields.get("password", "")
    fault = find_password_fault(office, visitor, typed, fields.get("again", ""))
    if fault:
        return _form(request, visitor, fault, code=422)
    rotated = await choose_password(office, visitor, typed, secret)
    if rotated is None:
        raise web.HTTPSeeOther("/login?next=/password")
    answer = show_page(request, "password_changed", visitor=visitor)
    set_cookie(request, answer, SESSION, rotated)
    return answer


def _form(
    request: web.Request, visitor: Visitor, message: str = "", *, code: int = 200
) -> web.Response:
    return show_page(request, "password", visitor=visitor, code=code, message=message)
