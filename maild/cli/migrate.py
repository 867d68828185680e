"""`maild migrate`: a store made by an older maild."""

from __future__ import annotations

import click

from maild.cli.running import load_config
from maild.cli.words import count


@click.command("migrate")
def migrate() -> None:
    """Bring the store up to the version that this maild needs.

    Make a copy of the store first: there is no way back.

    \b
    Example:
      maild migrate
    """
    import asyncio

    from maild.office import find_store
    from maild.store.engine import migrate_store
    from maild.store.schema import list_migrations

    place = find_store(load_config())
    steps = asyncio.run(migrate_store(place))
    version = len(list_migrations())
    if steps:
        print(f"{place}: version {version - steps} → {version} ({count(steps, 'step')})")
    else:
        print(f"{place}: has version {version} already")
