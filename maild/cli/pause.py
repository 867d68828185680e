"""`maild pause`, `maild unpause`: reminders that wait until you say so."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from maild.cli.running import actor, in_office
from maild.cli.words import count

if TYPE_CHECKING:
    from maild.office import Office


@click.command("pause")
@click.argument("target")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The last day of the pause; without one it holds until: maild unpause.",
)
@click.option("--reason", default="", help="Why, for the log and for: maild calendar.")
@in_office
async def pause(office: Office, target: str, until: datetime | None, reason: str) -> None:
    """Send no reminders for a while.

    TARGET is a document's number, or a client's reference for everything it owes. Reminders
    that fall into the pause are not made up for: afterwards the latest one is sent.

    \b
    Examples:
      maild pause INV-1001 --until 2026-12-24 --reason "pays in instalments"
      maild pause ACME --reason "pays by direct debit"
    """
    from maild.services import halts
    from maild.services.pauses import say_end

    day = until.date() if until else None
    found, made = await halts.pause(office, target, until=day, reason=reason, actor=actor())
    what = f"about {found.name}" if found.document else f"to {found.name}"
    print(f"Reminders {what} are paused {say_end(office, made)}")


@click.command("unpause")
@click.argument("target")
@in_office
async def unpause(office: Office, target: str) -> None:
    """Let reminders go on that are paused.

    TARGET is a document's number, or a client's reference for everything it owes, whoever
    paused it and why.

    \b
    Example:
      maild unpause INV-1001
    """
    from maild.services import halts

    found, ended = await halts.unpause(office, target, actor=actor())
    print(f"{found.name}: {count(ended, 'pause')} ended; see: maild calendar")
