"""The pages of one document: what it says, its PDF and its files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web
from markupsafe import Markup

from maild.access.links import Scope
from maild.access.visitors import Visitor, find_visible
from maild.clock import to_date, to_datetime
from maild.mail.markdown import to_html
from maild.model import StoredDocument
from maild.office import Office
from maild.services.estimates import Words, find_confirmation
from maild.services.parcels import pdf_name
from maild.services.printing import print_document
from maild.states import DocumentState
from maild.store import answers, documents
from maild.store.blobs import read_blob
from maild.web.downloads import send_file
from maild.web.keys import LOOK, OFFICE
from maild.web.pages import document_path, need_visitor, show_long_page
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
    return await show_long_page(
        request,
        "document",
        visitor=visitor,
        code=code,
        seen="" if LOOK in request else path,
        notice=notice,
        typed=typed or Words(DocumentState.OPEN),
        faults=faults or {},
        client=visitor.client.name,
        url=path,
        pdf_url=f"{path}.pdf",
        back_url=f"/{document.type}s" if visitor.scope is Scope.ACCOUNT else None,
        **await asyncio.to_thread(_read_content, office, document),
        **await _find_answer(office, visitor, document),
        attachments=[
            {"name": file.name, "size": file.size, "url": f"{path}/attachments/{file.id}"}
            for file in await documents.list_attachments(office.db, document.id)
        ],
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


def _read_content(office: Office, document: StoredDocument) -> dict[str, object]:
    """Return what a document itself says, and how it stands today."""
    owed = document.type == "invoice" and document.balance > 0
    return {
        "document": document,
        "status": document.status(to_date(office.clock(), office.zone)),
        "lines": list(zip(document.content.lines, document.totals.lines, strict=True)),
        "totals": document.totals,
        "notes_html": _markdown(document.content.notes),
        "payment_html": _markdown(office.config.business.payment if owed else ""),
    }


async def _find_answer(
    office: Office, visitor: Visitor, document: StoredDocument
) -> dict[str, object]:
    """Return the answer that stands, and to who gave it the letter that confirms it."""
    answer = await answers.find_standing(office.db, document.id)
    own = answer is not None and answer.address == visitor.address
    letter = await find_confirmation(office.db, answer) if answer and own else None
    return {
        "answer": answer,
        "answered_at": to_datetime(answer.at) if answer else None,
        "confirmation": letter.state if letter else "",
        "confirmed_at": to_datetime(letter.sent_at) if letter and letter.sent_at else None,
    }


def _markdown(text: str) -> Markup:
    return Markup(to_html(text)) if text else Markup()  # noqa: S704 - to_html sanitises
