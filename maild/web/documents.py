"""The pages of one document: what it says, its PDF and its files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import web
from markupsafe import Markup

from maild.access.impersonation import Onlooker
from maild.access.links import Scope
from maild.access.visitors import Visitor, find_visible
from maild.clock import to_date, to_datetime
from maild.mail.markdown import to_html
from maild.model import Answer, Attachment, Letter, StoredDocument
from maild.office import Office
from maild.services.estimates import Words, find_confirmation
from maild.services.parcels import pdf_name
from maild.services.printing import print_document
from maild.states import DocumentState
from maild.store import answers, documents
from maild.store.blobs import read_blob
from maild.web.cookies import form_token
from maild.web.downloads import send_file
from maild.web.keys import LOOK, OFFICE, SHELF
from maild.web.pages import document_path, hand_out, need_visitor, write_page
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
    answer, confirmation = await _find_answer(office, visitor, document)
    scene = Scene(
        path=request.path,
        visitor=visitor,
        onlooker=request.get(LOOK),
        document=document,
        status=document.status(to_date(office.clock(), office.zone)),
        answer=answer,
        confirmation=confirmation,
        files=await _list_files(office, visitor, document),
        notice=notice,
        typed=typed or Words(DocumentState.OPEN),
        faults=tuple((faults or {}).items()),
    )
    return hand_out(request, await _find_page(request, scene), code=code, seen=scene.seen)


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a document's page is made of, beside its templates and what ties it to a browser.

    A page is written from nothing else, so that no two that differ have the same one.
    """

    path: str
    visitor: Visitor
    onlooker: Onlooker | None
    document: StoredDocument
    status: str
    answer: Answer | None
    confirmation: Letter | None
    files: tuple[Attachment, ...]
    notice: str
    typed: Words
    faults: tuple[tuple[str, str], ...]

    @property
    def url(self) -> str:
        """The document's own path."""
        return document_path(self.document.type, self.document.number)

    @property
    def seen(self) -> str:
        """The path by which its reader may be told of; an onlooker is none."""
        return "" if self.onlooker else self.url

    @property
    def is_usual(self) -> bool:
        """Whether it is likely to be asked for again: nobody looks on, and no form is refused."""
        return self.onlooker is None and not self.notice


async def _find_page(request: web.Request, scene: Scene) -> str:
    """Return a page as it was kept, if it was made of the same, or newly written in a thread."""
    shelf, tie = request.app[SHELF], form_token(request)
    if not scene.is_usual:
        return await asyncio.to_thread(_write, request, scene, tie)
    templates = request.app[OFFICE].templates.for_locale(scene.visitor.client.locale)
    edition = templates.edition("web/document.html")
    kept = shelf.find((edition, scene), tie)
    if kept is not None:
        return kept
    page = await asyncio.to_thread(_write, request, scene, shelf.mark)
    shelf.keep((edition, scene), page, len(scene.document.canonical))
    return page.replace(shelf.mark, tie)


def _write(request: web.Request, scene: Scene, tie: str) -> str:
    # what is made of its content goes with this copy: the scene may be kept for long
    document = replace(scene.document)
    answer, letter = scene.answer, scene.confirmation
    owed = document.type == "invoice" and document.balance > 0
    return write_page(
        request,
        "document",
        tie,
        visitor=scene.visitor,
        seen=scene.seen,
        notice=scene.notice,
        typed=scene.typed,
        faults=dict(scene.faults),
        client=scene.visitor.client.name,
        url=scene.url,
        pdf_url=f"{scene.url}.pdf",
        back_url=f"/{document.type}s" if scene.visitor.scope is Scope.ACCOUNT else None,
        document=document,
        status=scene.status,
        lines=list(zip(document.content.lines, document.totals.lines, strict=True)),
        totals=document.totals,
        notes_html=_markdown(document.content.notes),
        payment_html=_markdown(request.app[OFFICE].config.business.payment if owed else ""),
        answer=answer,
        answered_at=to_datetime(answer.at) if answer else None,
        confirmation=letter.state if letter else "",
        confirmed_at=to_datetime(letter.sent_at) if letter and letter.sent_at else None,
        attachments=[
            {"name": file.name, "size": file.size, "url": f"{scene.url}/attachments/{file.id}"}
            for file in scene.files
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


async def _list_files(
    office: Office, visitor: Visitor, document: StoredDocument
) -> tuple[Attachment, ...]:
    if document is visitor.document and not visitor.has_files:
        return ()
    return tuple(await documents.list_attachments(office.db, document.id))


async def _find_answer(
    office: Office, visitor: Visitor, document: StoredDocument
) -> tuple[Answer | None, Letter | None]:
    """Return the answer that stands, and to who gave it the letter that confirms it."""
    if document.type != "estimate":
        return None, None
    answer = await answers.find_standing(office.db, document.id)
    if answer is None or answer.address != visitor.address:
        return answer, None
    return answer, await find_confirmation(office.db, answer)


def _markdown(text: str) -> Markup:
    return Markup(to_html(text)) if text else Markup()  # noqa: S704 - to_html sanitises
