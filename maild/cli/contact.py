"""`maild contact`: the people of a client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maild.cli.asking import letters_option, yes_option
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

_dry_option = click.option("--dry-run", is_flag=True, help="Only show what would change.")


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
@click.option("--email", "new", metavar="NEW", help="The address letters go to from now on.")
@click.option(
    "--revoke-links/--keep-links",
    default=None,
    help="With --email: whether the links sent to the old address end.",
)
@letters_option
@_password_option
@_dry_option
@yes_option
@in_office
async def change(
    office: Office,
    client: str,
    email: str,
    name: str | None,
    new: str | None,
    revoke_links: bool | None,
    letters: str | None,
    password: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Give the contact EMAIL of CLIENT another name, address or password.

    A person who changes address stays the same contact. The old address's log-ins end, and its
    password never works for the new one; whether its links end, and what becomes of letters that
    still wait, you are asked. A new password does not end the old one until it is first used.

    \b
    Example:
      maild contact set ACME tom@acme.example --email tom@acme.test --revoke-links
    """
    from maild.cli.handover import move_contact
    from maild.services.customers import rename_contact
    from maild.services.lookup import need_client, need_contact

    if name is None and new is None and not password:
        raise click.UsageError("say what to change: --name, --email or --password")
    if new is None and (revoke_links is not None or letters or dry_run):
        raise click.UsageError("--revoke-links, --letters and --dry-run go with --email")
    owner = await need_client(office.db, client)
    person = await need_contact(office.db, owner, email)
    if new is not None:
        moved = await move_contact(
            office, client, email, new, revoke_links, letters, dry_run=dry_run, yes=yes
        )
        if moved is None:
            return
        person = moved
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
@click.option(
    "--no-history", is_flag=True, help="The new person sees only what is sent from now on."
)
@letters_option
@_dry_option
@yes_option
@in_office
async def replace(
    office: Office,
    client: str,
    old: str,
    new: str,
    name: str,
    no_history: bool,
    letters: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Put the address NEW in the place of OLD at the client of reference CLIENT.

    The old one's links, log-ins, password and reply address end at once; what becomes of letters
    that still wait, you are asked. What will change is shown first.

    \b
    Example:
      maild contact replace ACME jane@acme.example tom@acme.example --name "Tom Jones"
    """
    from maild.cli.handover import replace_contact

    await replace_contact(
        office,
        client,
        old,
        new,
        letters,
        name=name,
        history=not no_history,
        dry_run=dry_run,
        yes=yes,
    )


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
