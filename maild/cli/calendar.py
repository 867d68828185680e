"""`maild calendar`: what will be sent by itself, when, to whom and why; and what is held back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from maild.cli.lists import moment
from maild.cli.running import in_office
from maild.cli.showing import json_option, print_heading, print_json, print_table
from maild.cli.words import iso

if TYPE_CHECKING:
    from maild.office import Office
    from maild.services.forecast import Prospect


@click.command("calendar")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="All that falls on that day, as things stand now; default: what comes next of each.",
)
@click.option("--client", help="Only this client's: its reference.")
@json_option
@in_office
async def calendar(office: Office, at: datetime | None, client: str | None, as_json: bool) -> None:
    """Show what will be sent by itself, when and why.

    What is held back stands below, and why. Reminders follow [reminders] in the config, or a
    client's own ladder; what is paid, paused, disputed or came back is not reminded of.

    \b
    Examples:
      maild calendar
      maild calendar --at 2026-12-11 --client ACME
    """
    from maild.services.forecast import forecast
    from maild.services.lookup import need_client

    owner = await need_client(office.db, client) if client else None
    found = await forecast(office, owner, at.date() if at else None)
    if as_json:
        print_json([_facts(one) for one in found])
        return
    day = f" on {office.templates.date(at.date())}" if at else ""
    free = [one for one in found if not one.held]
    print_table(
        ("When", "What", "About", "Client", "To", "Why"),
        [(moment(office, one.at), *_row(one), one.why) for one in free],
        empty=f"Nothing will be sent by itself{day}.",
    )
    _print_held(office, [one for one in found if one.held])


def _print_held(office: Office, held: Sequence[Prospect]) -> None:
    if held:
        print_heading("Held back")
        print_table(
            ("What", "About", "Client", "To", "Why not"),
            [(*_row(one), one.held) for one in held],
            empty="",
        )


def _row(one: Prospect) -> tuple[str, ...]:
    return one.what, one.about, one.client, ", ".join(one.to)


def _facts(one: Prospect) -> dict[str, Any]:
    from maild.store.reach import NEVER

    return {
        "at": iso(one.at) if one.at < NEVER else None,
        "what": one.what,
        "about": one.about,
        "client": one.client,
        "to": list(one.to),
        "why": one.why,
        "held": one.held or None,
    }
