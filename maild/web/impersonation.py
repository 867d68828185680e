"""Looking through a contact's eyes: the one-time URL, the one check that keeps it to looking, End.

The session has a cookie of its own; the browser's link and log-in cookies are left as they are,
and count again once the look is over.
"""

from __future__ import annotations

from aiohttp import web

from maild.access.impersonation import admit_onlooker
from maild.access.sessions import hash_secret
from maild.services.impersonation import (
    end_impersonation,
    find_invitation,
    redeem_impersonation,
)
from maild.web.cookies import ONLOOKER, drop_cookie, form_token, read_cookie, set_cookie
from maild.web.forms import read_form
from maild.web.keys import LOOK, OFFICE
from maild.web.pages import show_page

_READING = {"GET", "HEAD"}
# what an onlooker may send: the way out, and the way into another look
_ENTRY = "/impersonate/{token}"
_EXIT = "/impersonation/end"


class LookOnly(web.HTTPForbidden):
    """An onlooker tried to change something."""


async def note_onlooker(request: web.Request) -> None:
    """Find out whether an operator is looking as somebody; raise `LookOnly` if they would act.

    Called once for every request, before its handler: what is found here is what `find_visitor`
    and every form go by.
    """
    secret = read_cookie(request, ONLOOKER)
    if not secret:
        return
    office = request.app[OFFICE]
    found = await admit_onlooker(office.db, hash_secret(secret), office.clock())
    if found is None:
        return
    request[LOOK] = found
    resource = request.match_info.route.resource
    if request.method not in _READING and (
        resource is None or resource.canonical not in {_ENTRY, _EXIT}
    ):
        raise LookOnly


async def show_invitation(request: web.Request) -> web.Response:
    """A page with a button: inert, so that what fetches the URL for a preview uses nothing up."""
    token = request.match_info["token"]
    if await find_invitation(request.app[OFFICE], token) is None:
        raise web.HTTPNotFound
    return show_page(request, "impersonate", token=token, csrf_look=form_token(request))


async def take_invitation(request: web.Request) -> web.Response:
    """Redeem the URL, which works once, and go to the client's overview."""
    await read_form(request)
    secret = await redeem_impersonation(request.app[OFFICE], request.match_info["token"])
    if secret is None:
        raise web.HTTPNotFound
    answer = web.Response(status=303, headers={"Location": "/"})
    set_cookie(request, answer, ONLOOKER, secret)
    return answer


async def take_end(request: web.Request) -> web.Response:
    """Stop looking: nothing is shown any more, and nothing else of this browser is touched."""
    await read_form(request)
    secret = read_cookie(request, ONLOOKER)
    if secret:
        await end_impersonation(request.app[OFFICE], secret)
    request.pop(LOOK, None)
    answer = show_page(request, "looked")
    drop_cookie(request, answer, ONLOOKER)
    return answer
