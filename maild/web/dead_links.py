"""Links that have ended: the page says why, and offers a fresh one to whom the old one was for."""

from __future__ import annotations

from aiohttp import web

from maild.access.visitors import Refusal, admit_link, load_visit
from maild.address import mask_address
from maild.ids import Purpose
from maild.services.recovery import ask_by_link
from maild.services.refusals import note_turned_away
from maild.store.refusals import RefusalReason
from maild.web.cookies import form_token
from maild.web.forms import read_form
from maild.web.keys import OFFICE
from maild.web.pages import LinkGone, show_page
from maild.web.peers import network_of

_REASONS = {
    Refusal.EXPIRED: RefusalReason.LINK_EXPIRED,
    Refusal.REVOKED: RefusalReason.LINK_REVOKED,
}


async def show_dead_link(request: web.Request, gone: LinkGone) -> web.Response:
    """Say that a link has expired or was revoked; who is no contact any more is offered nothing."""
    office, visit = request.app[OFFICE], gone.visit
    reason = _REASONS[gone.refusal]
    await note_turned_away(office, visit.contact.address, reason, visit.document.number)
    on_record = visit.contact.disabled_at is None
    return show_page(
        request,
        "gone",
        code=410,
        reason=gone.refusal.value,
        masked=mask_address(visit.contact.address) if on_record else "",
        fresh_url=f"/l/{office.keys.make(Purpose.LINK, visit.link.id)}/fresh",
        csrf_form=form_token(request),
    )


async def take_fresh_link(request: web.Request) -> web.Response:
    """Keep the wish for a fresh link; a link that lives leads on, one never issued is a 404."""
    await read_form(request)
    office, token = request.app[OFFICE], request.match_info["token"]
    link_id = office.keys.check(Purpose.LINK, token)
    visit = await load_visit(office.db, link_id) if link_id else None
    if visit is None:
        raise web.HTTPNotFound
    admitted = admit_link(visit, office.config.links, office.clock())
    if admitted not in _REASONS:
        raise web.HTTPSeeOther(f"/l/{token}")
    if visit.contact.disabled_at is not None:
        raise LinkGone(Refusal(admitted), visit)
    await ask_by_link(office, visit.link.id, network_of(request))
    return show_page(request, "sent", masked=mask_address(visit.contact.address))
