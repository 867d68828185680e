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
    import gc

    # what is loaded here stays to the end: the collector need not look for garbage in it, neither
    # now nor each time it goes through all there is, which would hold up the loop
    gc.disable()
    import uvloop

    from maild import daemon
    from maild.log import set_up_logging

    config = load_config()
    gc.freeze()
    gc.enable()
    log = config.log
    set_up_logging(level=log.level, form=log.format, addresses=log.addresses)
    uvloop.run(daemon.serve(config, lambda line: print(line, flush=True)))
