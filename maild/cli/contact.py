"""`maild contact`: the people of a client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maild.cli.facts import contact_facts
from maild.cli.lists import CONTACT_HEADINGS, contact_row
from maild.cli.reissue import mail_password
from maild.cli.running import actor, in_office
from maild.cli.showing import json_option, print_json, print_table

if TYPE_CHECKING:
    from maild.office import Office

_client_argument = click.argument("client")
_email_argument = click.argument("email")
_password_option = click.option(
    "--password", is_flag=True, help="Generate a password and mail it, with a fresh link."
)


@click.group("contact")
def contact() -> None:
    """People of a client: add, list, change, replace and disable them.

    \b
    Example:
      maild contact add ACME tom@acme.example --name "Tom Jones"
    """


@contact.command("add")
@_client_argument
@_email_argument
@click.option("--name", default="", help="What letters call this person.")
@_password_option
@in_office
async def add(office: Office, client: str, email: str, name: str, password: bool) -> None:
    """Add a contact with the address EMAIL to the client of reference CLIENT.

    One that was disabled comes back; links that were ended stay so.

    \b
    Example:
      maild contact add ACME tom@acme.example --name "Tom Jones" --password
    """
    from maild.services.customers import add_contact
    from maild.services.lookup import need_client

    added = await add_contact(office, client, email, name=name, actor=actor())
    print(f"{added.address} is a contact of {client} now")
    if password:
        await mail_password(office, await need_client(office.db, client), added)


@contact.command("list")
@_client_argument
@json_option
@in_office
async def list_all(office: Office, client: str, as_json: bool) -> None:
    """List the contacts of the client of reference CLIENT, disabled ones last.

    \b
    Example:
      maild contact list ACME
    """
    from maild.services.lookup import need_client
    from maild.store.clients import list_contacts

    found = await need_client(office.db, client)
    people = await list_contacts(office.db, found.id)
    if as_json:
        print_json([contact_facts(person) for person in people])
        return
    print_table(
        CONTACT_HEADINGS,
        map(contact_row(office), people),
        empty=f"There is no contact yet; add one: maild contact add {found.ref} ADDRESS",
    )


@contact.command("set")
@_client_argument
@_email_argument
@click.option("--name", help="What letters call this person from now on.")
@_password_option
@in_office
async def change(office: Office, client: str, email: str, name: str | None, password: bool) -> None:
    """Give the contact EMAIL of CLIENT another name, or a new password, or both.

    The old password stays good until the new one is first used.

    \b
    Example:
      maild contact set ACME tom@acme.example --name "Thomas Jones"
    """
    from maild.services.customers import rename_contact
    from maild.services.lookup import need_client, need_contact

    if name is None and not password:
        raise click.UsageError("say what to change: --name or --password")
    owner = await need_client(office.db, client)
    person = await need_contact(office.db, owner, email)
    if name is not None:
        person = await rename_contact(office, owner, person, name, actor=actor())
        print(f"{person.address} is called {person.name} now")
    if password:
        await mail_password(office, owner, person)


@contact.command("replace")
@_client_argument
@click.argument("old")
@click.argument("new")
@click.option("--name", default="", help="What letters call the new person.")
@in_office
async def replace(office: Office, client: str, old: str, new: str, name: str) -> None:
    """Put the address NEW in the place of OLD at the client of reference CLIENT.

    The old one's links, log-ins and waiting letters end at once; the new one sees the history.

    \b
    Example:
      maild contact replace ACME jane@acme.example tom@acme.example --name "Tom Jones"
    """
    from maild.services.handover import replace_contact

    successor = await replace_contact(office, client, old, new, name=name, actor=actor())
    print(f"{successor.address} is a contact of {client} now, in place of {old}")


@contact.command("disable")
@_client_argument
@_email_argument
@in_office
async def disable(office: Office, client: str, email: str) -> None:
    """End the access of the contact EMAIL to the client of reference CLIENT, at once.

    \b
    Example:
      maild contact disable ACME jane@acme.example
    """
    from maild.services.handover import disable_contact

    gone = await disable_contact(office, client, email, actor=actor())
    print(f"{gone.address} has no access to {client} any more")
