"""`maild copy`: a store moved to another engine or place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maild.cli.running import load_config, quieten
from maild.cli.showing import open_progress
from maild.cli.words import count
from maild.errors import BadInput, Refused

if TYPE_CHECKING:
    from maild.config import Config
    from maild.store.engine import Place


@click.command("copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(source: str, target: str) -> None:
    """Copy the store FROM one place TO another, and check it.

    Each is a URL as in [store] url: sqlite:PATH, from the present folder, or postgresql://; TO must
    be new or empty. A server's password comes from where the store's does, never from here. Stop
    the daemon first. All is copied and found alike, or nothing is: broken off, the same command
    begins anew. FROM stays as it is; set [store] url to TO, and never serve both.

    \b
    Example:
      maild copy sqlite:data/maild.db postgresql://maild@localhost/maild
    """
    import asyncio

    from maild.store.copying import copy_store

    config = load_config()
    quieten(config)
    places = _find_place(config, source), _find_place(config, target)
    try:
        with open_progress() as tell:
            counts = asyncio.run(copy_store(*places, tell))
    except KeyboardInterrupt:
        raise Refused(f"stopped; {places[1]} is as empty as it was") from None
    rows, tables = count(sum(counts.values()), "row"), count(len(counts), "table")
    print(f"{places[0]} → {places[1]}: {rows} of {tables} copied and checked")


def _find_place(config: Config, told: str) -> Place:
    """Return the place that a URL names; raises `BadInput`."""
    from pathlib import Path
    from urllib.parse import parse_qs, urlsplit

    from pydantic import TypeAdapter, ValidationError

    from maild.office import find_store
    from maild.option_types import StoreUrl
    from maild.store.engine import Place

    parts = urlsplit(told)
    if parts.password or "password" in parse_qs(parts.query):
        raise BadInput(
            "others can see what a command is given: put the password into MAILD_STORE_PASSWORD, "
            "or the file that [store] password_file names"
        )
    try:
        url = TypeAdapter(StoreUrl).validate_python(told)
    except ValidationError as error:
        context = error.errors()[0]["ctx"]
        raise BadInput(f"{context['message']} {context['remedy']}") from None
    return Place(url, Path.cwd(), find_store(config).password)
