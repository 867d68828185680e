"""The root of the command line: what `maild --help` says, and where every command hangs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

import maild as package
from maild.cli.attachment import attach
from maild.cli.calendar import calendar
from maild.cli.check import check
from maild.cli.client import client
from maild.cli.contact import contact
from maild.cli.copy import copy
from maild.cli.demo import demo
from maild.cli.dkim import dkim
from maild.cli.doctor import doctor
from maild.cli.document import document
from maild.cli.file import file
from maild.cli.impersonate import impersonate
from maild.cli.imports import import_
from maild.cli.inbox import inbox
from maild.cli.keys import keys
from maild.cli.link import link
from maild.cli.log import log
from maild.cli.migrate import migrate
from maild.cli.pause import pause, unpause
from maild.cli.payment import paid, void
from maild.cli.queue import queue
from maild.cli.recur import recur
from maild.cli.reissue import reissue
from maild.cli.running import run_and_exit
from maild.cli.send import resend, send
from maild.cli.serve import serve
from maild.cli.statement import statement
from maild.cli.why import why

_SECTIONS: Mapping[str, Sequence[click.Command]] = {
    "Documents": (send, resend, recur, document, paid, void, attach, statement),
    "Clients": (client, contact, file, link, impersonate, reissue, why),
    "Letters and replies": (calendar, pause, unpause, queue, inbox, log),
    "Running it": (serve, check, doctor, dkim, keys, migrate, copy, import_, demo),
}

_MANUAL = (
    (
        "An example session",
        (
            'maild client add "Acme Ltd" --email jane@acme.example',
            "maild send INV-1001.json",
            "maild document show INV-1001",
            "maild paid INV-1001 --on 2026-12-01",
        ),
    ),
    (
        "Where the config is",
        (
            "--config FILE before the command, else the file that MAILD_CONFIG names,",
            "else ./config.toml, else /etc/maild/config.toml",
        ),
    ),
    (
        "Exit codes",
        (
            "0  done",
            "1  refused, not found, or the store cannot be used now",
            "2  bad usage, input or config",
        ),
    ),
)


class Manual(click.Group):
    """A group whose help reads like a manual, and whose errors are one line each."""

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """Run a command line and exit with its code."""
        options["standalone_mode"] = False
        run_and_exit(lambda: click.Group.main(self, *args, **options))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands under their headings, all in one column."""
        width = max(map(len, self.commands))
        for heading, commands in _SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [(f"{one.name:<{width}}", one.get_short_help_str(66)) for one in commands]
                )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write an example session, where the config is looked for, and the exit codes."""
        for heading, lines in _MANUAL:
            with formatter.section(heading):
                for line in lines:
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


@click.group(
    "maild", cls=Manual, commands=[one for commands in _SECTIONS.values() for one in commands]
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The config file; stands before the command.",
)
@click.version_option(package.__version__, prog_name="maild", message="%(prog)s %(version)s")
@click.pass_context
def maild(context: click.Context, config: Path | None) -> None:
    """Send invoices and estimates, show them to clients, act on the answers.

    \b
    maild mails each document with a personal link, serves the pages behind the
    links, and reads what comes back: whoever cannot get in is let in again, and
    what it cannot settle reaches you. Commands work with or without the daemon.
    """
    context.obj = config
