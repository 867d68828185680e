"""The pages of documents: overview, lists, one document, its PDF and its files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from aiohttp import web
from markupsafe import Markup

from maild.access.links import Scope
from maild.access.visitors import Visitor, find_visible, list_visible
from maild.clock import to_date
from maild.mail.markdown import to_html
from maild.model import StoredDocument
from maild.money import from_minor
from maild.office import Office
from maild.services.parcels import pdf_name
from maild.services.printing import print_document
from maild.store import documents
from maild.web.downloads import send_file
from maild.web.keys import OFFICE
from maild.web.pages import document_path, need_visitor, show_page

_UNPAID = {"Overdue": 0, "Due": 1, "Part paid": 1, "Open": 1}


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


async def show_home(request: web.Request) -> web.Response:
    """The overview: what is owed, then invoices and estimates, unpaid first."""
    visitor = await need_visitor(request)
    office = request.app[OFFICE]
    found = await list_visible(office.db, visitor)
    if visitor.scope is Scope.DOCUMENT:
        raise web.HTTPSeeOther(document_path(found[0].type, found[0].number))
    rows = _rows(found, _today(office))
    return show_page(
        request,
        "home",
        visitor=visitor,
        summary=_sum_up(office, found),
        invoices=rows["invoice"],
        estimates=rows["estimate"],
    )


async def show_list(request: web.Request) -> web.Response:
    """All invoices or all estimates of the client looked at; with one document there is no list."""
    visitor = await need_visitor(request)
    office = request.app[OFFICE]
    if visitor.scope is Scope.DOCUMENT:
        raise web.HTTPNotFound
    kind = request.match_info["kind"]
    found = await list_visible(office.db, visitor, kind.removesuffix("s"))
    rows = _rows(found, _today(office))[kind.removesuffix("s")]
    return show_page(
        request, "list", visitor=visitor, title=kind.capitalize(), kind=kind, rows=rows
    )


async def show_document(request: web.Request) -> web.Response:
    """One invoice or estimate."""
    visitor = await need_visitor(request)
    office = request.app[OFFICE]
    document = await _need_document(request, visitor)
    path = document_path(document.type, document.number)
    files = await documents.list_attachments(office.db, document.id)
    owed = document.type == "invoice" and document.balance > 0
    return show_page(
        request,
        "document",
        visitor=visitor,
        document=document,
        client=visitor.client.name,
        status=document.status(_today(office)),
        lines=list(zip(document.content.lines, document.totals.lines, strict=True)),
        totals=document.totals,
        notes_html=_markdown(document.content.notes),
        payment_html=_markdown(office.config.business.payment if owed else ""),
        attachments=[
            {"name": f.name, "size": f.size, "url": f"{path}/attachments/{f.id}"} for f in files
        ],
        pdf_url=f"{path}.pdf",
        back_url=f"/{document.type}s" if visitor.scope is Scope.ACCOUNT else None,
    )


async def send_pdf(request: web.Request) -> web.StreamResponse:
    """A document as a PDF, printed as it stands now."""
    visitor = await need_visitor(request)
    document = await _need_document(request, visitor)
    pdf = await print_document(request.app[OFFICE], visitor.client, document)
    return send_file(pdf_name(document), "application/pdf", pdf)


async def send_attachment(request: web.Request) -> web.StreamResponse:
    """A file of a document, to be saved and not shown."""
    visitor = await need_visitor(request)
    office = request.app[OFFICE]
    document = await _need_document(request, visitor)
    for item in await documents.list_attachments(office.db, document.id):
        if item.id == request.match_info["id"]:
            content = await documents.read_blob(office.db, item.hash)
            return send_file(item.name, item.media_type, content)
    raise web.HTTPNotFound


async def _need_document(request: web.Request, visitor: Visitor) -> StoredDocument:
    kind = request.match_info["kind"].removesuffix("s")
    number = request.match_info["number"]
    document = await find_visible(request.app[OFFICE].db, visitor, kind, number)
    if document is None:
        raise web.HTTPNotFound
    return document


def _rows(found: Iterable[StoredDocument], today: date) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {"invoice": [], "estimate": []}
    for document in found:
        row = Row(
            number=document.number,
            url=document_path(document.type, document.number),
            issued=document.issued_on,
            ends=document.ends_on,
            status=document.status(today),
            total=document.total,
            balance=document.balance,
            currency=document.currency,
            reference=document.content.reference,
        )
        rows[document.type].append(row)
    for some in rows.values():
        some.sort(key=lambda row: _UNPAID.get(row.status, 2))
    return rows


def _sum_up(office: Office, found: Iterable[StoredDocument]) -> str:
    """Return what is owed in one sentence, per currency."""
    owed: dict[str, int] = {}
    for document in found:
        due = document.total_minor - document.paid_minor if document.balance else 0
        owed[document.currency] = owed.get(document.currency, 0) + due
    amounts = [
        office.templates.money(from_minor(minor, currency), currency)
        for currency, minor in sorted(owed.items())
        if minor
    ]
    day = office.templates.date(_today(office))
    owing = f"You owe {' and '.join(amounts)}" if amounts else "Nothing is owed"
    return f"{owing} as of {day}."


def _markdown(text: str) -> Markup:
    return Markup(to_html(text)) if text else Markup()  # noqa: S704 - to_html sanitises


def _today(office: Office) -> date:
    return to_date(office.clock(), office.zone)
