"""`maild send`, `maild resend`: documents go out."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maild.cli.attachment import read_files
from maild.cli.running import Ahead, actor, do_each, in_office
from maild.cli.showing import show_progress
from maild.cli.sparing import tell_held
from maild.errors import BadInput, MaildError

if TYPE_CHECKING:
    from maild.model import Client, StoredDocument
    from maild.office import Office
    from maild.services.issue import Shipment
    from maild.services.parcels import Parcel

_UNSAFE_IN_NAMES = re.compile(r"[^\w.@+=-]")


@click.command("send")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--password", is_flag=True, help="Send a new password along.")
@click.option("--dry-run", is_flag=True, help="Check everything and say what would go to whom.")
@click.option(
    "--preview",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write letters (.eml, .html, .txt) and PDFs into a folder; send and open nothing.",
)
@in_office
async def send(
    office: Office, files: tuple[Path, ...], password: bool, dry_run: bool, preview: Path | None
) -> None:
    """Issue documents from files and mail each to its contacts.

    A FILE holds one document, as JSON or TOML; its attachments are looked for beside it. The
    number is the key: the same document again sends nothing again, and other content under a
    number that was issued is refused with what differs. A broken file does not stop the others.

    \b
    Examples:
      maild send INV-1001.json
      maild send --dry-run invoices/*.toml
    """
    # the next PDFs are made while the letters of this one are kept
    most = office.config.limits.pdf_workers + 2
    prepared = Ahead(files, partial(_prepare, office, password=password), most)
    act: Callable[[Shipment], Coroutine[Any, Any, None]]
    if preview:
        act = partial(_write_preview, office, preview)
    elif dry_run:
        act = partial(_describe, office)
    else:
        act = partial(_commit, office)

    async def handle(path: Path) -> None:
        try:
            await act(await prepared.next())
        except MaildError as error:
            _locate(path, error)
            raise

    await do_each(show_progress(files, "Sending"), handle)


@click.command("resend", short_help="Send a document once more, or to one more contact.")
@click.argument("number")
@click.option("--to", metavar="ADDRESS", help="To this contact alone, who may never have had it.")
@click.option("--password", is_flag=True, help="Send a new password along.")
@in_office
async def resend(office: Office, number: str, to: str | None, password: bool) -> None:
    """Send a document once more to everyone it went to, or to one more contact of its client.

    NUMBER goes out with fresh links; the old ones stay good. Contacts that were disabled since
    get nothing.

    \b
    Examples:
      maild resend INV-1001
      maild resend INV-1001 --to tom@acme.example
    """
    from maild.services.issue import resend as send_again
    from maild.services.lookup import client_of, need_document

    parcels = await send_again(office, number, to=to, actor=actor(), password=password)
    client = await client_of(office.db, await need_document(office.db, number))
    _tell_fate(number, client, parcels)


async def _prepare(office: Office, path: Path, *, password: bool) -> Shipment:
    from maild.document import read_document
    from maild.services.issue import prepare_issue

    document = read_document(path, office.config.business.currency)
    files = read_files(office, (path.parent / name for name in document.attachments))
    return await prepare_issue(office, document, files, password=password)


async def _commit(office: Office, shipment: Shipment) -> None:
    from maild.services.issue import commit_issue

    number = shipment.document.number
    if await commit_issue(office, shipment, actor=actor()):
        _tell_fate(number, shipment.client, shipment.parcels)
        await _tell_reminders(office, shipment.document)
    else:
        await _tell_known(office, shipment.document, "was")


async def _describe(office: Office, shipment: Shipment) -> None:
    document = shipment.document
    if shipment.already:
        await _tell_known(office, document, "would be")
        return
    write = partial(office.templates.money, currency=document.currency)
    totals = document.totals
    tax = sum((tax.amount for tax in totals.taxes), start=totals.gross * 0)
    print(
        f"{document.number} would go to {_recipients(shipment.parcels)}: "
        f"{write(totals.net)} + {write(tax)} tax = {write(totals.gross)}"
    )
    tell_held(document.number, shipment.client, shipment.parcels)


async def _tell_known(office: Office, document: StoredDocument, was: str) -> None:
    """Say why a document that is in the store already is not sent."""
    from maild.store.documents import find_document
    from maild.store.letters import list_document_letters

    number = document.number
    known = await find_document(office.db, number) or document
    if await list_document_letters(office.db, known.id):
        print(f"{number}: already sent, nothing {was} sent again")
    else:
        print(f"{number}: imported, nothing {was} sent; to send it: maild resend {number}")


async def _write_preview(office: Office, folder: Path, shipment: Shipment) -> None:
    from maild.mail.preview import read_letter
    from maild.services.parcels import pdf_name
    from maild.services.printing import print_document

    name = _UNSAFE_IN_NAMES.sub("-", Path(pdf_name(shipment.document)).stem)
    pdf = await print_document(office, shipment.client, shipment.document)
    contents = {f"{name}.pdf": pdf}
    for parcel in shipment.parcels:
        person = _UNSAFE_IN_NAMES.sub("-", parcel.contact.address)
        message = parcel.frozen.message
        text, html = read_letter(message)
        contents |= {
            f"{name} {person}.eml": message,
            f"{name} {person}.html": html.encode(),
            f"{name} {person}.txt": text.encode(),
        }
    for file in _write(folder, contents):
        print(f"{shipment.document.number}: wrote {file}")


def _write(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder, made if missing, and return where they are."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written ({error.strerror})") from None
    return [folder / name for name in contents]


def _tell_fate(number: str, client: Client, parcels: Sequence[Parcel]) -> None:
    """Say to whom a document goes, and for whom its letter is held."""
    going = [parcel for parcel in parcels if not parcel.held]
    if going:
        print(f"{number} → {_recipients(going)} (queued)")
    tell_held(number, client, parcels)


async def _tell_reminders(office: Office, document: StoredDocument) -> None:
    """Say when the document is first recalled by itself, for nobody has asked for that."""
    from maild.services.forecast import foresee_document

    coming = await foresee_document(office, document)
    if coming is None:
        return
    day = office.templates.date(office.almanac.day_of(coming.at))
    verb = "recalled" if document.type == "estimate" else "reminded of"
    print(f"  {verb} from {day} on; see: maild calendar --client {coming.client}")


def _recipients(parcels: Sequence[Parcel]) -> str:
    """Return whom parcels go to; a copy of another's letter is called one."""
    return ", ".join(
        f"{parcel.contact.address}{' (in copy)' if parcel.holder else ''}" for parcel in parcels
    )


def _locate(path: Path, error: MaildError) -> None:
    """Put the file's name in front of what an error says, unless it stands there already."""
    if not str(error).startswith(str(path)):
        error.args = (f"{path}: {error}",)
