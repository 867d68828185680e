"""`maild impersonate`: see the pages of a client as one of its contacts sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maild.cli.running import actor, in_office
from maild.clock import to_datetime

if TYPE_CHECKING:
    from maild.office import Office


@click.command("impersonate")
@click.argument("client")
@click.argument("email", required=False)
@click.option("--reason", required=True, help="Why you look; kept in the log.")
@in_office
async def impersonate(office: Office, client: str, email: str | None, reason: str) -> None:
    """Print a URL that shows what a contact of CLIENT sees.

    EMAIL is the contact, else the client's first. The URL works once, within two minutes, and
    shows the pages for 15 minutes, as after logging in. Nothing can be changed from there, and
    nothing counts as a view.

    \b
    Example:
      maild impersonate ACME jane@acme.example --reason "sees no invoices"
    """
    from maild.services.impersonation import start_impersonation

    made = await start_impersonation(office, client, email, reason=reason, actor=actor())
    until = office.templates.time(to_datetime(made.ends_at))
    print(made.url)
    print(f"{made.contact.address} of {made.client.ref}, read-only; open it once, before {until}")
