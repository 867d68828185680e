"""Documents from another system: kept as they were issued there, and sent to nobody.

Each file is read and kept as one that is sent is, in a transaction of its own, and many to a
commit; what is there already is left alone, so that the same folder can be taken again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import partial
from pathlib import Path

from maild.clock import from_datetime, to_date
from maild.document import Document, read_document
from maild.errors import Refused
from maild.mail.compose import Attached
from maild.model import StoredDocument
from maild.money import to_minor
from maild.office import Office
from maild.services.imports import Deed, Report, in_batches, report
from maild.services.issue import Shipment, keep_shipment, prepare_shipment
from maild.services.payments import note_payment
from maild.states import DocumentState
from maild.store.database import Transaction

_AT_ONCE = 8
# what is committed at once, and held in memory until then: documents, bytes of their files
_MOST_FILINGS = 200
_MOST_BYTES = 32 * 1024 * 1024

ReadFiles = Callable[[Iterable[Path]], Sequence[Attached]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a whole folder: whether its invoices are paid, and when they were.

    Without a day each was paid on the day it was due, or issued where it names none.
    """

    paid: bool = False
    paid_on: date | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Filing:
    """A document that is about to be kept, and the day it was paid on, if it was."""

    path: Path
    shipment: Shipment
    paid_on: date | None = None

    @property
    def size(self) -> int:
        """The bytes of its files."""
        return sum(len(content) for _, content in self.shipment.files)


async def import_documents(
    office: Office, paths: Iterable[Path], read_files: ReadFiles, terms: Terms, *, actor: str
) -> AsyncGenerator[Report[Path], None]:
    """Keep the documents in files, without a letter, and yield what became of each.

    A file that is no document is refused at the end, unless it is attached to one. Raises
    `StoreUnavailable`; what was told stays done.
    """
    archivist = _Archivist(office, read_files, terms, actor)
    waiting: list[_Filing] = []
    broken: list[Report[Path]] = []
    for batch in in_batches(paths, _AT_ONCE):
        # while one waits for the store another is read
        prepared = await asyncio.gather(*map(archivist.prepare, batch), return_exceptions=True)
        for path, filing in zip(batch, prepared, strict=True):
            if isinstance(filing, BaseException):
                broken.append(report(path, filing))
            else:
                waiting.append(filing)
        if len(waiting) >= _MOST_FILINGS or sum(one.size for one in waiting) >= _MOST_BYTES:
            for filed in await archivist.keep(waiting):
                yield filed
            waiting = []
    for filed in await archivist.keep(waiting):
        yield filed
    for filed in broken:
        if filed.source not in archivist.attached:
            yield filed


@dataclass(frozen=True, slots=True)
class _Archivist:
    """Who files documents: what is attached to one, and which content a number stood for."""

    office: Office
    read_files: ReadFiles
    terms: Terms
    actor: str
    attached: set[Path] = field(default_factory=set)
    numbers: dict[str, tuple[Path, object]] = field(default_factory=dict)

    async def prepare(self, path: Path) -> _Filing:
        """Read and check a file; raises `BadInput`, `NotFound`, `Refused`."""
        document = read_document(path, self.office.config.business.currency)
        beside = [path.parent / name for name in document.attachments]
        self.attached.update(beside)
        shipment = await prepare_shipment(self.office, document, self.read_files(beside))
        paid_on = self._find_payment(document)
        if shipment.already:
            _check_paid(shipment.document, paid_on)
            return _Filing(path, shipment)
        self._refuse_double(path, shipment)
        stored = replace(shipment.document, created_at=self._find_instant(document))
        return _Filing(path, replace(shipment, document=stored), paid_on)

    async def keep(self, filings: Sequence[_Filing]) -> list[Report[Path]]:
        """Keep documents, or in a dry run say that they would be."""
        if self.terms.dry_run:
            return [report(one.path, _deeds(one)) for one in filings]
        works = [self.office.db.transact(partial(self._file, one)) for one in filings]
        # all are handed in before the first is done, so that they share a commit
        done = await asyncio.gather(*works, return_exceptions=True)
        return [report(one.path, result) for one, result in zip(filings, done, strict=True)]

    async def _file(self, filing: _Filing, tx: Transaction) -> tuple[Deed, ...]:
        shipment, office = filing.shipment, self.office
        document = shipment.document
        if shipment.already or not await keep_shipment(tx, office, shipment):
            return ()
        for contact in shipment.people or (None,):
            await office.record(
                tx,
                "imported",
                document.number,
                actor=self.actor,
                reason=f"meant for {contact.address}" if contact else "the client has no contact",
                client_id=document.client_id,
                document_id=document.id,
                contact_id=contact.id if contact else None,
            )
        if filing.paid_on:
            owed = to_minor(document.balance, document.currency)
            await note_payment(
                tx,
                office,
                document,
                owed,
                filing.paid_on,
                payment_id=office.ids.new(),
                actor=self.actor,
            )
        return _deeds(filing)

    def _find_payment(self, document: Document) -> date | None:
        """Return the day on which an invoice was paid, if it was: never one to come."""
        if not self.terms.paid or document.type != "invoice":
            return None
        today = to_date(self.office.clock(), self.office.zone)
        return min(self.terms.paid_on or document.due or document.issued, today)

    def _find_instant(self, document: Document) -> int:
        """Return when a document came: on its day of issue, and so before whoever came later."""
        midnight = datetime.combine(document.issued, time.min, self.office.zone)
        return min(from_datetime(midnight), self.office.clock())

    def _refuse_double(self, path: Path, shipment: Shipment) -> None:
        """Raise `Refused` where another file of the folder has the number and other content."""
        stored = shipment.document
        hashes = frozenset((attachment.name, attachment.hash) for attachment, _ in shipment.files)
        content = (stored.canonical, hashes)
        first, known = self.numbers.setdefault(stored.number, (path, content))
        if known != content:
            raise Refused(f"{stored.number} stands in {first} too, with other content")


def _check_paid(known: StoredDocument, paid_on: date | None) -> None:
    if paid_on and known.state == DocumentState.OPEN:
        raise Refused(
            f"{known.number} is there already and still open; if it was paid: "
            f"maild paid {known.number}"
        )


def _deeds(filing: _Filing) -> tuple[Deed, ...]:
    if filing.shipment.already:
        return ()
    return (Deed.DOCUMENT_KEPT, Deed.DOCUMENT_PAID) if filing.paid_on else (Deed.DOCUMENT_KEPT,)
