"""`maild send`, `maild resend`: documents go out."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maild.cli.attachment import read_files
from maild.cli.running import actor, do_each, in_office
from maild.errors import BadInput, MaildError

if TYPE_CHECKING:
    from maild.model import StoredDocument
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
    help="Write letters (.eml) and PDFs into a folder, and send nothing.",
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
    prepare = partial(_prepare, office, password=password)
    act: Callable[[Shipment], Coroutine[Any, Any, None]]
    if preview:
        act = partial(_write_preview, office, preview)
    elif dry_run:
        act = partial(_describe, office)
    else:
        act = partial(_commit, office)

    async def handle(path: Path) -> None:
        try:
            await act(await prepare(path))
        except MaildError as error:
            _locate(path, error)
            raise

    await do_each(_show_progress(files), handle)


@click.command("resend")
@click.argument("number")
@click.option("--password", is_flag=True, help="Send a new password along.")
@in_office
async def resend(office: Office, number: str, password: bool) -> None:
    """Send a document once more to everyone it went to.

    NUMBER goes out with fresh links; the old ones stay good. Contacts that were disabled since
    get nothing.

    \b
    Example:
      maild resend INV-1001
    """
    from maild.services.issue import resend as send_again

    parcels = await send_again(office, number, actor=actor(), password=password)
    _tell_fate(number, parcels)


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
        _tell_fate(number, shipment.parcels)
        await _tell_reminders(office, shipment.document)
    else:
        print(f"{number}: already sent, nothing was sent again")


async def _describe(office: Office, shipment: Shipment) -> None:
    document = shipment.document
    if shipment.already:
        print(f"{document.number}: already sent, nothing would be sent again")
        return
    write = partial(office.templates.money, currency=document.currency)
    totals = document.totals
    tax = sum((tax.amount for tax in totals.taxes), start=totals.gross * 0)
    print(
        f"{document.number} would go to {_recipients(shipment.parcels)}: "
        f"{write(totals.net)} + {write(tax)} tax = {write(totals.gross)}"
    )


async def _write_preview(office: Office, folder: Path, shipment: Shipment) -> None:
    from maild.services.parcels import pdf_name
    from maild.services.printing import print_document

    name = _UNSAFE_IN_NAMES.sub("-", Path(pdf_name(shipment.document)).stem)
    pdf = await print_document(office, shipment.client, shipment.document)
    contents = {f"{name}.pdf": pdf}
    for parcel in shipment.parcels:
        person = _UNSAFE_IN_NAMES.sub("-", parcel.contact.address)
        contents[f"{name} {person}.eml"] = parcel.frozen.message
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


def _tell_fate(number: str, parcels: Sequence[Parcel]) -> None:
    """Say to whom a document goes, and for whom its letter is held because others came back."""
    going = [parcel for parcel in parcels if not parcel.held]
    if going:
        print(f"{number} → {_recipients(going)} (queued)")
    for parcel in parcels:
        if parcel.held:
            person = parcel.contact
            print(f"{number} → {person.address} (held: letters come back, {person.bounced_why})")
            print("  to see what is held: maild queue list --state held")


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
    return ", ".join(parcel.contact.address for parcel in parcels)


def _locate(path: Path, error: MaildError) -> None:
    """Put the file's name in front of what an error says, unless it stands there already."""
    if not str(error).startswith(str(path)):
        error.args = (f"{path}: {error}",)


def _show_progress(files: Sequence[Path]) -> Iterable[Path]:
    """Return the files, with a bar that moves as they are taken if a person is watching."""
    if len(files) < 2 or not sys.stdout.isatty():
        return files
    from rich.progress import track

    from maild.cli.showing import open_console

    return track(files, description="Sending", console=open_console(), transient=True)
