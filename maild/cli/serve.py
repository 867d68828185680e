"""`maild serve`: the daemon."""

from __future__ import annotations

import click

from maild.cli.running import load_config


@click.command("serve")
def serve() -> None:
    """Run the daemon: deliver letters, show documents, act on replies.

    Prints a line for each door once it is open. SIGTERM ends it within 30 seconds, nothing half
    done.

    \b
    Example:
      maild --config /etc/maild/config.toml serve
    """
    import asyncio

    from maild import daemon
    from maild.log import set_up_logging

    config = load_config()
    log = config.log
    set_up_logging(level=log.level, form=log.format, addresses=log.addresses)
    asyncio.run(daemon.serve(config, lambda line: print(line, flush=True)))
