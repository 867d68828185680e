""" "I can't get in": one field, and one answer for every address, known or not.

The request is kept and answered later (see `services/recovery.py`); nothing is looked up here.
"""

from __future__ import annotations

from aiohttp import web

from maild.services.recovery import ask_by_address
from maild.web.cookies import form_token
from maild.web.forms import read_form
from maild.web.keys import OFFICE
from maild.web.pages import show_page
from maild.web.peers import network_of
from maild.web.visits import find_linked_address


async def show_recover(request: web.Request) -> web.Response:
    """The form, with the address filled in for who came by a link."""
    address = await find_linked_address(request)
    return show_page(request, "recover", address=address, csrf_form=form_token(request))


async def take_recover(request: web.Request) -> web.Response:
    """Keep the request, and say what will happen if the address is on record."""
    fields = await read_form(request)
    await ask_by_address(request.app[OFFICE], fields.get("address", ""), network_of(request))
    return show_page(request, "sent", masked="")
