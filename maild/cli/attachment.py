"""`maild attach`: files that go with a document."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from maild.cli.running import actor, in_office
from maild.cli.words import count
from maild.errors import BadInput

if TYPE_CHECKING:
    from maild.mail.compose import Attached
    from maild.office import Office

_PACKED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}


@click.command("attach")
@click.argument("number")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@in_office
async def attach(office: Office, number: str, files: tuple[Path, ...]) -> None:
    """Add files to a document.

    The page of NUMBER shows each FILE from now on; the same one again changes nothing. No letter
    is sent: see resend.

    \b
    Example:
      maild attach INV-1001 timesheet.pdf
    """
    from maild.services.attachments import attach as add_files

    new = await add_files(office, number, read_files(office, files), actor=actor())
    print(f"{number}: {count(new, 'file')} added" if new else f"{number}: nothing new was added")


def read_files(office: Office, paths: Iterable[Path]) -> tuple[Attached, ...]:
    """Return files as attachments, their media type told by their name; raises `BadInput`."""
    from maild.mail.compose import Attached

    most = office.config.limits.attachment_size
    return tuple(Attached(path.name, _media_type(path), _read(path, most)) for path in paths)


def _media_type(path: Path) -> str:
    guessed, packing = mimetypes.guess_type(path.name)
    kind = _PACKED.get(packing) if packing else guessed
    return kind or "application/octet-stream"


def _read(path: Path, most: int) -> bytes:
    from maild.services.attachments import check_size

    if not path.exists():
        raise BadInput(f"attachment {path}: there is no such file")
    if not path.is_file():
        raise BadInput(f"attachment {path}: is not a file")
    try:
        # before it is read: it may be larger than the memory
        check_size(str(path), path.stat().st_size, most)
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"attachment {path}: cannot be read ({error.strerror})") from None
