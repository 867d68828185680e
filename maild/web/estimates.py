"""Answering an estimate: the one thing a client can change, and only by a form of ours."""

from __future__ import annotations

from aiohttp import web

from maild.access.visitors import Visitor, find_visible
from maild.errors import Refused
from maild.model import StoredDocument
from maild.services.estimates import FaultyWords, Hindrance, Words, answer_estimate
from maild.states import DocumentState
from maild.web.documents import lay_out
from maild.web.forms import read_form
from maild.web.keys import OFFICE
from maild.web.pages import document_path, need_visitor

_HINDRANCES = {
    Hindrance.VOID: "it has been cancelled.",
    Hindrance.ANSWERED: "it has been answered already. To change that, answer the email it came "
    "with.",
    Hindrance.EXPIRED: "it has expired.",
    Hindrance.CHANGED: "it has changed since you opened it. Please look it over, and answer it "
    "once more.",
}


async def take_accept(request: web.Request) -> web.Response:
    """Accept an estimate: a typed name, and an order number if there is one."""
    return await _take(request, DocumentState.ACCEPTED)


async def take_decline(request: web.Request) -> web.Response:
    """Decline an estimate: a name and a reason, or neither."""
    return await _take(request, DocumentState.DECLINED)


async def _take(request: web.Request, kind: DocumentState) -> web.Response:
    fields = await read_form(request)
    path = document_path("estimate", request.match_info["number"])
    visitor = await need_visitor(request, path)
    document = await _need_estimate(request, visitor)
    words = _read_words(kind, fields)
    try:
        outcome = await answer_estimate(
            request.app[OFFICE],
            document,
            visitor.contact,
            words,
            version=fields.get("version", ""),
        )
    except FaultyWords as error:
        return await lay_out(
            request,
            visitor,
            document,
            code=400,
            notice="Your answer was not taken yet: please mend what is marked below.",
            typed=words,
            faults=error.faults,
        )
    except Refused:
        # no longer a contact: the page says so
        raise web.HTTPSeeOther(path) from None
    if isinstance(outcome, Hindrance):
        return await lay_out(
            request,
            visitor,
            # as it stands now, which is what hindered
            await _need_estimate(request, visitor),
            code=409,
            notice=f"Your answer to this estimate was not taken: {_HINDRANCES[outcome]}",
            typed=words,
        )
    raise web.HTTPSeeOther(path)


async def _need_estimate(request: web.Request, visitor: Visitor) -> StoredDocument:
    number = request.match_info["number"]
    document = await find_visible(request.app[OFFICE].db, visitor, "estimate", number)
    if document is None:
        raise web.HTTPNotFound
    return document


def _read_words(kind: DocumentState, fields: dict[str, str]) -> Words:
    name = fields.get("name", "")
    if kind is DocumentState.ACCEPTED:
        return Words(kind, name, order_number=fields.get("order_number", ""))
    return Words(kind, name, reason=fields.get("reason", ""))
