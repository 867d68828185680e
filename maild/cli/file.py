"""`maild file`: what is in a client's area without a document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from maild.cli.attachment import read_files
from maild.cli.facts import file_facts
from maild.cli.lists import moment
from maild.cli.running import actor, in_office
from maild.cli.showing import json_option, print_json, print_table

if TYPE_CHECKING:
    from maild.office import Office


@click.group("file")
def file() -> None:
    """Files in a client's area that belong to no document.

    \b
    Example:
      maild file add ACME contract.pdf
    """


@file.command("add")
@click.argument("client")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Put it in the place of another one of its name.")
@in_office
async def add(office: Office, client: str, files: tuple[Path, ...], replace: bool) -> None:
    """Put files into a client's area.

    All who see CLIENT's whole account find each FILE under Files at once; the same one again
    changes nothing. No letter is sent.

    \b
    Example:
      maild file add ACME contract.pdf prices.pdf
    """
    from maild.services.files import add_files

    new = await add_files(office, client, read_files(office, files), actor=actor(), replace=replace)
    print(f"{client}: {', '.join(new)} added" if new else f"{client}: nothing new was added")


@file.command("list")
@click.argument("client")
@json_option
@in_office
async def list_all(office: Office, client: str, as_json: bool) -> None:
    """List the files in the area of CLIENT.

    \b
    Example:
      maild file list ACME
    """
    from maild.services.lookup import need_client
    from maild.store.files import list_files
    from maild.store.reach import Reach

    found = await list_files(office.db, Reach((await need_client(office.db, client)).id))
    if as_json:
        print_json([file_facts(one) for one in found])
        return
    size = office.templates.filesize
    print_table(
        ("Name", "Type", "Size", "Added"),
        [(f.name, f.media_type, size(f.size), moment(office, f.created_at)) for f in found],
        right=("Size",),
        empty=f"{client} has no file yet; add one: maild file add {client} FILE",
    )


@file.command("remove")
@click.argument("client")
@click.argument("name")
@in_office
async def remove(office: Office, client: str, name: str) -> None:
    """Take the file NAME out of the area of CLIENT, at once and for good.

    \b
    Example:
      maild file remove ACME contract.pdf
    """
    from maild.services.files import remove_file

    await remove_file(office, client, name, actor=actor())
    print(f"{client}: {name} removed")
