"""`maild import`: clients and past documents from another system."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from maild.cli.attachment import read_files
from maild.cli.running import REFUSED, actor, complain, in_office
from maild.cli.showing import show_progress
from maild.cli.words import count
from maild.errors import BadInput

if TYPE_CHECKING:
    from maild.office import Office
    from maild.services.client_table import ClientTable

_DOCUMENTS = frozenset({".json", ".toml"})

_dry_option = click.option(
    "--dry-run", is_flag=True, help="Check everything and say what would come of it."
)
_report_option = click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what is refused into a CSV file, with the reasons.",
)

# takes the cells of a row of the report, and the same in words
Tell = Callable[[Sequence[str], str], object]


@click.group("import")
def import_() -> None:
    """Take clients and past documents over from another system.

    Nothing is mailed. What is refused does not stop the rest; what was done stays done, so the
    same command carries on after an interruption and adds nothing twice.

    \b
    Example:
      maild import clients clients.csv --dry-run
    """


@import_.command("clients")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--update", is_flag=True, help="Change names that differ to those in the file.")
@_dry_option
@_report_option
@in_office
async def clients(
    office: Office, file: Path, update: bool, dry_run: bool, report: Path | None
) -> None:
    """Add the clients and contacts in a CSV FILE.

    Its first line holds headings: name, ref, email, contact (the person's name; or first name and
    last name). Usual other spellings are known, such as Company, Customer number or E-mail; other
    columns are not used. Further rows of a client add contacts. A client is known by its ref, or
    by its name where the row has none; one that is there with another name is refused.

    \b
    Examples:
      maild import clients clients.csv --dry-run
      maild import clients clients.csv --report refused.csv
    """
    from maild.services.client_table import read_clients
    from maild.services.imports import import_clients

    table = read_clients(file)
    _tell_remarks(file, table)
    tally = _Tally("row", dry_run)
    headings = ("line", "reason", *table.headings)
    with _telling(report, headings, beside=file) as tell:
        rows = show_progress(table.rows, "Importing")
        work = import_clients(office, rows, update=update, dry_run=dry_run, actor=actor())
        async with aclosing(work) as reports:
            async for one in reports:
                tally.add(one.deeds, one.refused)
                if one.refused:
                    line = str(one.source.line)
                    tell((line, one.refused, *one.source.cells), f"{file}:{line}: {one.refused}")
    tally.conclude(file)


@import_.command("documents")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--paid", is_flag=True, help="Every invoice in the folder has been paid in full.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day they were paid, as 2026-12-01; default: each on the day it was due.",
)
@_dry_option
@_report_option
@in_office
async def documents(
    office: Office,
    folder: Path,
    paid: bool,
    on: datetime | None,
    dry_run: bool,
    report: Path | None,
) -> None:
    """Keep past invoices and estimates, without sending a letter.

    Each .json and .toml file in FOLDER and the folders below is a document as for send, its
    attachments beside it. Its client must be there. Whoever sees the client's account finds the
    documents in it; open invoices count as owed, and resend mails one. Keep what was paid in a
    folder of its own, and import that with --paid.

    \b
    Examples:
      maild import documents open
      maild import documents settled/2025 --paid
    """
    from maild.services.archive import Terms, import_documents

    if on and not paid:
        raise click.UsageError("--on goes with --paid")
    paths = list(_find_documents(folder))
    if not paths:
        raise BadInput(f"{folder}: there is no .json or .toml file in it, nor in a folder below")
    terms = Terms(paid, on.date() if on else None, dry_run)
    tally = _Tally("file", dry_run)
    with _telling(report, ("file", "reason")) as tell:
        shown = show_progress(paths, "Importing")
        work = import_documents(office, shown, partial(read_files, office), terms, actor=actor())
        async with aclosing(work) as reports:
            async for one in reports:
                tally.add(one.deeds, one.refused)
                if one.refused:
                    path = str(one.source)
                    told = one.refused if one.refused.startswith(path) else f"{path}: {one.refused}"
                    tell((path, one.refused), told)
    tally.conclude(folder)


class _Tally:
    """What came of all rows or files, counted."""

    def __init__(self, thing: str, dry_run: bool) -> None:
        self._thing = thing
        self._dry_run = dry_run
        self._deeds: Counter[str] = Counter()
        self._known = 0
        self._refused = 0

    def add(self, deeds: Sequence[str], refused: str) -> None:
        """Count one."""
        self._deeds.update(deeds)
        self._known += not deeds and not refused
        self._refused += bool(refused)

    def conclude(self, source: Path) -> None:
        """Say what came of it; ends the command with 1 if anything was refused."""
        told = []
        for deed, number in self._deeds.items():
            noun, _, verb = deed.partition(" ")
            told.append(f"{count(number, noun)} {verb}")
        told += [f"{count(self._known, self._thing)} there already"] if self._known else []
        told += [f"{count(self._refused, self._thing)} refused"] if self._refused else []
        print(f"{source}: {', '.join(told)}")
        if self._dry_run:
            print("It was a dry run: nothing has been changed")
        if self._refused:
            raise click.exceptions.Exit(REFUSED)


@contextmanager
def _telling(
    report: Path | None, headings: Sequence[str], beside: Path | None = None
) -> Iterator[Tell]:
    """Return what tells of something refused: into the report, or else on standard error."""
    if report is None:
        yield lambda cells, told: complain(told)
        return
    if beside and report.exists() and report.samefile(beside):
        raise BadInput(f"{report}: the report would replace what is imported; name another file")
    try:
        # with a mark, by which spreadsheets know it for UTF-8
        file = report.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise BadInput(f"{report}: cannot be written ({error.strerror})") from None
    with file:
        writer = csv.writer(file)
        writer.writerow(headings)
        yield lambda cells, told: writer.writerow(cells)


def _tell_remarks(file: Path, table: ClientTable) -> None:
    if table.guessed:
        complain(f"{file}: is not UTF-8 and was read as Windows-1252: look at names with accents")
    if table.unused:
        complain(f"{file}: columns that are not used: {', '.join(table.unused)}")


def _find_documents(folder: Path) -> Iterator[Path]:
    """Yield the document files of a folder and those below, in order; hidden ones are left out."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(parent, name)
            if path.suffix.lower() in _DOCUMENTS and not name.startswith("."):
                yield path
