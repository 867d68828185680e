"""`maild check`: everything that could keep the daemon from its work, told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from maild.cli.running import BAD_USAGE, complain, load_config, quieten

if TYPE_CHECKING:
    from maild.checkup.verdicts import Verdict
    from maild.config import Config


@click.command("check")
def check() -> None:
    """Check config, templates, store, keys and signing.

    Every fault is named at once. A sample invoice is written with your templates, in a store of
    its own. Nothing is sent, and what is missing is not made. What lies outside this machine is
    looked at by doctor.

    \b
    Example:
      maild --config /etc/maild/config.toml check
    """
    import asyncio

    from maild.checkup.verdicts import Grade

    config = load_config()
    quieten(config)
    found = asyncio.run(_look(config))
    if urlsplit(config.web.base_url).scheme == "http":
        complain(f"warning: [web] base_url is {config.web.base_url}: links open on this host only")
    for one in found:
        if one.grade is Grade.WARNING:
            complain(f"warning: {one.text}")
    faults = [one for one in found if one.grade is Grade.FAULT]
    for one in faults:
        complain(one.text)
    if faults:
        raise click.exceptions.Exit(BAD_USAGE)
    told = (f"{one.topic} {one.text}" for one in found if one.grade is Grade.OK)
    print(f"all good: config {config.path}; {'; '.join(told)}")


async def _look(config: Config) -> list[Verdict]:
    from maild.checkup import local
    from maild.checkup.server import check_server
    from maild.clock import system_clock

    found = await local.check_templates(config)
    found += local.check_logo(config)
    found += await local.check_store(config)
    found += await check_server(config, system_clock)
    return found + local.check_keys(config) + local.check_signing(config)
