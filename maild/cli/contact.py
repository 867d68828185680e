"""`maild contact`: the people of a client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maild.cli.asking import terms_options
from maild.cli.facts import contact_facts
from maild.cli.lists import CONTACT_HEADINGS, contact_row
from maild.cli.reissue import mail_password
from maild.cli.running import actor, in_office
from maild.cli.showing import json_option, print_json, print_table
from maild.cli.sparing import Sparing, carry_out, sparing_options

if TYPE_CHECKING:
    from maild.cli.asking import Terms
    from maild.model import Client, Contact
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


@contact.command("add", short_help="Add a contact to a client, or bring one back.")
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
    owner = await need_client(office.db, client)
    print(f"{added.address} is a contact of {owner.ref} now")
    if password:
        await mail_password(office, owner, added)


@contact.command("list", short_help="List the contacts of a client.")
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


@contact.command("set", short_help="Change a contact, or put it on hold.")
@_client_argument
@_email_argument
@click.option("--name", help="What letters call this person from now on.")
@click.option("--email", "new", metavar="NEW", help="The address letters go to from now on.")
@click.option(
    "--revoke-links/--keep-links",
    default=None,
    help="With --email: whether the links sent to the old address end.",
)
@sparing_options
@terms_options
@_password_option
@in_office
async def change(
    office: Office,
    client: str,
    email: str,
    name: str | None,
    new: str | None,
    revoke_links: bool | None,
    password: bool,
    sparing: Sparing,
    terms: Terms,
) -> None:
    """Give the contact EMAIL of CLIENT another name, address or password, or put it on hold.

    A person who changes address stays the same contact and sees what they saw. What the old
    address had ends, log-ins and password and reply address; whether its links do, and what
    becomes of letters that still wait, you are asked. A new password does not end the old one
    until it is first used. What a contact on hold asks for still goes out.

    \b
    Examples:
      maild contact set ACME tom@acme.example --email tom@acme.test --revoke-links
      maild contact set ACME tom@acme.example --hold "on leave until May"
    """
    from maild.cli.handover import move_contact
    from maild.services.lookup import need_client, need_contact

    _check_wish(name, new, revoke_links, password or sparing.given, terms)
    owner = await need_client(office.db, client)
    person: Contact | None = await need_contact(office.db, owner, email)
    if person and new is not None:
        person = await move_contact(
            office, client, email, new, terms, name=name, revoke_links=revoke_links
        )
    elif person and name is not None:
        person = await _rename(office, owner, person, name)
    if person:
        await carry_out(office, owner, person, sparing)
    if person and password:
        await mail_password(office, owner, person)


@contact.command("replace", short_help="Put another person in a contact's place.")
@_client_argument
@click.argument("old")
@click.argument("new")
@click.option("--name", default="", help="What letters call the new person.")
@click.option(
    "--history/--no-history",
    default=None,
    help="The new person sees what was sent before (default), or only what is sent from now on.",
)
@terms_options
@in_office
async def replace(
    office: Office,
    client: str,
    old: str,
    new: str,
    name: str,
    history: bool | None,
    terms: Terms,
) -> None:
    """Put the address NEW in the place of OLD at the client of reference CLIENT.

    The old one's links, log-ins, password and reply address end at once; what becomes of letters
    that still wait, you are asked. What will change is shown first.

    \b
    Example:
      maild contact replace ACME jane@acme.example tom@acme.example --name "Tom Jones"
    """
    from maild.cli.handover import replace_contact

    await replace_contact(office, client, old, new, terms, name=name, history=history)


@contact.command("disable", short_help="End a contact's access to a client.")
@_client_argument
@_email_argument
@in_office
async def disable(office: Office, client: str, email: str) -> None:
    """End the access of the contact EMAIL to the client of reference CLIENT, at once.

    Links, log-ins, password and reply address end, and letters that still wait are dropped. To
    let another person follow, use: contact replace.

    \b
    Example:
      maild contact disable ACME jane@acme.example
    """
    from maild.services.handover import disable_contact
    from maild.services.lookup import need_client
    from maild.store.clients import list_contacts

    owner = await need_client(office.db, client)
    gone, ended = await disable_contact(office, client, email, actor=actor())
    what = f": {ended}" if str(ended) else ""
    print(f"{gone.address} has no access to {owner.ref} any more{what}")
    if all(one.disabled_at is not None for one in await list_contacts(office.db, owner.id)):
        print(f"{owner.ref} has no contact left; add one: maild contact add {owner.ref} ADDRESS")


def _check_wish(
    name: str | None, new: str | None, revoke_links: bool | None, password: bool, terms: Terms
) -> None:
    """Raise a usage error for a change of nothing, and for options that go with another."""
    if name is None and new is None and not password:
        raise click.UsageError("say what to change: --name, --email, --password, --hold, …")
    if new is None and (revoke_links is not None or terms.given):
        raise click.UsageError("--revoke-links, --letters, --dry-run and --yes go with --email")


async def _rename(office: Office, client: Client, person: Contact, name: str) -> Contact:
    from maild.services.customers import rename_contact

    renamed = await rename_contact(office, client, person, name, actor=actor())
    print(f"{renamed.address} is called {renamed.name} now")
    return renamed
