"""The pages of one document: what it says, its PDF and its files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from aiohttp import web
from markupsafe import Markup

from maild.access.links import Scope
from maild.access.visitors import Visitor, find_visible
from maild.clock import to_date, to_datetime
from maild.mail.markdown import to_html
from maild.model import DocumentState, StoredDocument
from maild.office import Office
from maild.services.estimates import Words
from maild.services.parcels import pdf_name
from maild.services.printing import print_document
from maild.store import answers, documents
from maild.store.blobs import read_blob
from maild.web.downloads import send_file
from maild.web.keys import LOOK, OFFICE
from maild.web.pages import document_path, need_visitor, show_page
from maild.web.seen import note_fetched
from maild.web.visits import turn_to_owner


async def show_document(request: web.Request) -> web.Response:
    """One invoice or estimate."""
    visitor = await need_visitor(request)
    document = await _need_document(request, visitor)
    note_fetched(request, document.id, visitor.contact.id)
    return await lay_out(request, visitor, document)


async def lay_out(
    request: web.Request,
    visitor: Visitor,
    document: StoredDocument,
    *,
    code: int = 200,
    notice: str = "",
    typed: Words | None = None,
    faults: Mapping[str, str] | None = None,
) -> web.Response:
    """Return a document's page.

    `notice` says why an answer was not taken, `faults` by field; what was `typed` is kept.
    """
    office = request.app[OFFICE]
    path = document_path(document.type, document.number)
    files = await documents.list_attachments(office.db, document.id)
    answer = await answers.find_standing(office.db, document.id)
    owed = document.type == "invoice" and document.balance > 0
    return show_page(
        request,
        "document",
        visitor=visitor,
        code=code,
        seen="" if LOOK in request else path,
        notice=notice,
        typed=typed or Words(DocumentState.OPEN),
        faults=faults or {},
        answer=answer,
        answered_at=to_datetime(answer.at) if answer else None,
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
        url=path,
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
            content = await read_blob(office.db, item.hash)
            return send_file(item.name, item.media_type, content)
    raise web.HTTPNotFound


async def _need_document(request: web.Request, visitor: Visitor) -> StoredDocument:
    kind = request.match_info["kind"].removesuffix("s")
    number = request.match_info["number"]
    document = await find_visible(request.app[OFFICE].db, visitor, kind, number)
    if document is None:
        await turn_to_owner(request, visitor, kind, number)
        raise web.HTTPNotFound
    return document


def _markdown(text: str) -> Markup:
    return Markup(to_html(text)) if text else Markup()  # noqa: S704 - to_html sanitises


def _today(office: Office) -> date:
    return to_date(office.clock(), office.zone)
