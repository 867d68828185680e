"""Logging in and out, and switching between the clients one address belongs to."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from maild.access.sessions import hash_secret
from maild.access.visitors import Visitor
from maild.address import mask_address
from maild.metrics import LOGINS
from maild.services.login import Login, LoginResult, find_place, log_in, log_out
from maild.store import sessions
from maild.store.database import Transaction
from maild.web.cookies import (
    BROWSER,
    LINK,
    SESSION,
    drop_cookie,
    form_token,
    read_cookie,
    set_cookie,
)
from maild.web.forms import local_path, read_form
from maild.web.keys import OFFICE
from maild.web.pages import need_visitor, show_page
from maild.web.peers import network_of
from maild.web.visits import find_linked_address, find_linked_visit, find_visitor

_STATUS = {
    LoginResult.WRONG: HTTPStatus.FORBIDDEN,
    LoginResult.LAPSED: HTTPStatus.FORBIDDEN,
    LoginResult.THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
}


async def show_login(request: web.Request) -> web.Response:
    """The log-in form, with the address filled in for who came by a link."""
    target = local_path(request.query.get("next", "/"))
    if isinstance(await find_visitor(request), Visitor) and "next" in request.query:
        raise web.HTTPSeeOther(target)
    return _form(request, await find_linked_address(request), target, "")


async def take_login(request: web.Request) -> web.Response:
    """Check address and password, and go on to where the visitor was heading."""
    fields = await read_form(request)
    address, target = fields.get("address", "").strip(), local_path(fields.get("next", "/"))
    office, visit = request.app[OFFICE], await find_linked_visit(request)
    browser = read_cookie(request, BROWSER) or ""
    place = find_place(office, address, network_of(request), browser=browser, visit=visit)
    client_id = visit.client.id if visit else None
    login = await log_in(office, address, fields.get("password", ""), place, client_id=client_id)
    LOGINS.labels(result=login.result).inc()
    if login.result is not LoginResult.DONE:
        refused = _form(request, address, target, _explain(login, address), _STATUS[login.result])
        if login.seconds:
            refused.headers["Retry-After"] = str(login.seconds)
        return refused
    await _end_visits(request)
    answer = web.Response(status=303, headers={"Location": target})
    set_cookie(request, answer, SESSION, login.secret)
    set_cookie(request, answer, BROWSER, login.browser)
    drop_cookie(request, answer, LINK)
    return answer


async def take_logout(request: web.Request) -> web.Response:
    """Forget this browser, link and log-in alike."""
    await read_form(request)
    await _end_visits(request)
    answer = show_page(request, "signed_out")
    drop_cookie(request, answer, SESSION)
    drop_cookie(request, answer, LINK)
    return answer


async def take_switch(request: web.Request) -> web.Response:
    """Look at another client of the same address."""
    fields = await read_form(request)
    visitor = await need_visitor(request)
    secret = read_cookie(request, SESSION)
    wanted = fields.get("client", "")
    if not secret or wanted not in {client_id for client_id, _ in visitor.clients}:
        raise web.HTTPNotFound

    async def work(tx: Transaction) -> None:
        await sessions.switch_session(tx, hash_secret(secret), wanted)

    await request.app[OFFICE].db.transact(work)
    raise web.HTTPSeeOther("/")


async def _end_visits(request: web.Request) -> None:
    """End what this browser had open, so that a copy of its cookies opens nothing either."""
    session, visit = (read_cookie(request, name) or "" for name in (SESSION, LINK))
    await log_out(request.app[OFFICE], session=session, visit=visit)


def _form(
    request: web.Request, address: str, target: str, message: str, code: int = 200
) -> web.Response:
    return show_page(
        request,
        "login",
        code=code,
        address=address,
        next=target,
        message=message,
        csrf_login=form_token(request),
    )


def _explain(login: Login, address: str) -> str:
    if login.result is LoginResult.THROTTLED:
        wait = _say_wait(login.seconds)
        return (
            f"Too many tries. Please wait {wait}, then try once more. "
            "The link in our email still works meanwhile."
        )
    if login.result is LoginResult.LAPSED:
        lapsed, masked = "This password was not used in time and has lapsed.", mask_address(address)
        if login.mailed:
            return f"{lapsed} We have just sent a new one to {masked}."
        return (
            f"{lapsed} Our limits keep us from sending {masked} another one just now: use the "
            "password in our latest email. If there is none, answer any email of ours; we know "
            "that you are waiting."
        )
    return (
        "That address and password do not go together. "
        "Check both, or answer our email and we will send you a new password."
    )


def _say_wait(seconds: int) -> str:
    """Return a wait in words, never shorter than it is."""
    count, unit = (seconds, "second") if seconds < 120 else (-(-seconds // 60), "minute")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
