"""`maild keys`: the key ring that links, addresses and generated passwords are derived from."""

from __future__ import annotations

import click

from maild.cli.running import load_config, quieten


@click.group("keys")
def keys() -> None:
    """Tell the store whose key ring is the right one.

    \b
    Example:
      maild keys adopt
    """


@keys.command("adopt")
@click.confirmation_option(prompt="All links and passwords made with a lost key end. Go on?")
def adopt() -> None:
    """Go on with this machine's key ring where the store's is lost for good.

    Every link and reply address made with the lost key opens nothing any more, and letters that
    still wait with one cannot leave. On a second machine copy the key file of the first instead.

    \b
    Example:
      maild keys adopt
    """
    import asyncio
    import secrets

    from maild.office import find_store
    from maild.ring import adopt_ring
    from maild.store.engine import open_store

    config = load_config()
    quieten(config)
    path = config.resolve(config.keys.file)

    async def work() -> str:
        db = await open_store(find_store(config))
        try:
            return (await adopt_ring(db, path, secrets.token_bytes)).current
        finally:
            await db.close()

    print(f"{path}: the store goes by this key ring now; its first key is {asyncio.run(work())}")
