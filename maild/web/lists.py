"""The overview and the lists of invoices and estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from aiohttp import web

from maild.access.links import Scope
from maild.access.visitors import Visitor
from maild.address import address_key
from maild.clock import to_date
from maild.errors import BadInput
from maild.model import StoredDocument
from maild.office import Office
from maild.services.paging import PAGE, Page, shelves_for, turn_page
from maild.services.statements import sum_up
from maild.store import documents
from maild.store.credentials import has_chosen
from maild.store.shelves import count_some
from maild.web.keys import OFFICE
from maild.web.pages import document_path, need_visitor, show_long_page

_LATEST = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A document as a line of a list."""

    number: str
    url: str
    issued: date
    ends: date | None
    status: str
    total: Decimal
    balance: Decimal
    currency: str
    reference: str


@dataclass(frozen=True, slots=True)
class Group:
    """The documents of one kind on the overview, and whether there are more than are shown."""

    kind: str
    rows: list[Row]
    more: bool


async def show_home(request: web.Request) -> web.Response:
    """The overview: what is owed, then what is unpaid or open, and the latest of the rest."""
    visitor = await need_visitor(request)
    office = request.app[OFFICE]
    if visitor.scope is Scope.DOCUMENT:
        raise web.HTTPSeeOther(await _only_path(office, visitor))
    return await show_long_page(
        request,
        "home",
        visitor=visitor,
        summary=await sum_up(office, visitor.reach, visitor.client.locale),
        groups=[await _group(office, visitor, kind) for kind in ("invoice", "estimate")],
        chosen=await has_chosen(office.db, address_key(visitor.address)),
    )


async def show_list(request: web.Request) -> web.Response:
    """All invoices or all estimates of the client looked at; with one document there is no list."""
    visitor = await need_visitor(request)
    office = request.app[OFFICE]
    if visitor.scope is Scope.DOCUMENT:
        raise web.HTTPNotFound
    kind = request.match_info["kind"].removesuffix("s")
    status = request.query.get("status", "all")
    page = await _turn(request, visitor, kind, status)
    if not page.documents and {"after", "before"} & request.query.keys():
        # what stood there has been paid meanwhile, or stands elsewhere
        raise web.HTTPSeeOther(_url(request, status))
    many = await count_some(office.db, visitor.reach, kind, PAGE) == PAGE
    return await show_long_page(
        request,
        "list",
        visitor=visitor,
        kind=f"{kind}s",
        rows=_rows(page.documents, _today(office)),
        status=status,
        statuses=list(shelves_for(kind, _today(office))) if many else [],
        previous_url=_url(request, status, before=page.before),
        next_url=_url(request, status, after=page.after),
    )


async def _turn(request: web.Request, visitor: Visitor, kind: str, status: str) -> Page:
    office = request.app[OFFICE]
    shelves = shelves_for(kind, _today(office)).get(status)
    if shelves is None:
        raise web.HTTPBadRequest
    after, before = request.query.get("after", ""), request.query.get("before", "")
    try:
        return await turn_page(office.db, visitor.reach, kind, shelves, after=after, before=before)
    except BadInput:
        raise web.HTTPBadRequest from None


async def _group(office: Office, visitor: Visitor, kind: str) -> Group:
    first, *others = shelves_for(kind, _today(office))["all"]
    unpaid = await turn_page(office.db, visitor.reach, kind, [first])
    rest = await turn_page(office.db, visitor.reach, kind, others, size=_LATEST)
    rows = _rows([*unpaid.documents, *rest.documents], _today(office))
    return Group(f"{kind}s", rows, bool(unpaid.after or rest.after))


async def _only_path(office: Office, visitor: Visitor) -> str:
    """Return the page of the one document that a visitor of document scope may see."""
    found = await documents.get_document(office.db, visitor.document_id or "")
    if found is None:
        raise web.HTTPNotFound
    return document_path(found.type, found.number)


def _rows(found: Sequence[StoredDocument], today: date) -> list[Row]:
    return [
        Row(
            number=document.number,
            url=document_path(document.type, document.number),
            issued=document.issued_on,
            ends=document.ends_on,
            status=document.status(today),
            total=document.total,
            balance=document.balance,
            currency=document.currency,
            reference=document.reference,
        )
        for document in found
    ]


def _url(request: web.Request, status: str, **key: str) -> str:
    """Return the address of the page with a key, or "" where that is empty; without, the first."""
    if key and not any(key.values()):
        return ""
    chosen = {} if status == "all" else {"status": status}
    return f"{request.path}?{urlencode(chosen | key)}".rstrip("?")


def _today(office: Office) -> date:
    return to_date(office.clock(), office.zone)
