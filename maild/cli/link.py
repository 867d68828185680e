"""`maild link`: the personal ways in, how far each opens, and how to end one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from maild.cli.asking import agree, at_terminal
from maild.cli.pages import cut_page, limit_option, with_filter
from maild.cli.running import actor, in_office
from maild.cli.showing import json_option, print_json, print_table
from maild.cli.words import count, iso

if TYPE_CHECKING:
    from maild.cli.facts import Facts
    from maild.model import Link
    from maild.office import Office
    from maild.services.links import Standing

_client_option = click.option("--client", help="Only of the client of this reference.")
_contact_option = click.option("--contact", help="Only of the people with this address.")
_yes_option = click.option("--yes", is_flag=True, help="Do not ask before ending several.")


@click.group("link")
def link() -> None:
    """Personal links: list, narrow or prolong, and revoke them.

    \b
    Example:
      maild link list --contact jane@acme.example
    """


@link.command("list")
@_client_option
@_contact_option
@click.option("--before", metavar="ID", help="Only those made before the link ID.")
@limit_option
@json_option
@in_office
async def list_all(
    office: Office,
    client: str | None,
    contact: str | None,
    before: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List links, newest first, dead ones with the reason.

    \b
    Example:
      maild link list --client ACME
    """
    from maild.cli.prefixes import resolve_link
    from maild.services.links import list_standings
    from maild.store.database import LATEST

    last = await resolve_link(office.db, before) if before else None
    place = (last.created_at, last.id) if last else LATEST
    wanted = await _select(office, client, contact)
    more = await list_standings(office, **wanted, most=limit + 1, before=place)
    command = with_filter("maild link list", "--client", client)
    command = with_filter(command, "--contact", contact) + " --before"
    found = cut_page(more, limit, command, lambda one: one.visit.link.id)
    if as_json:
        print_json([link_facts(standing) for standing in found])
        return
    print_table(
        ("ID", "Client", "Contact", "Document", "Opens", "Made", "State"),
        [link_row(office, standing) for standing in found],
        empty="There is no such link; each letter that brings a document makes one",
    )


@link.command("revoke")
@click.argument("link_id", metavar="[ID]", required=False)
@_client_option
@_contact_option
@_yes_option
@in_office
async def revoke(
    office: Office, link_id: str | None, client: str | None, contact: str | None, yes: bool
) -> None:
    """End the link ID, or all of a client or of an address, at once.

    A browser that is open on the page is shown the door at its next click. The first letters of an
    ID are enough. Ending a link twice changes nothing.

    \b
    Example:
      maild link revoke --contact jane@acme.example
    """
    from maild.services.links import revoke_links

    if bool(link_id) == bool(client or contact):
        raise click.UsageError("say which: one ID, or --client, or --contact")
    wanted = await _find_wanted(office, link_id, client, contact)
    if len(wanted) > 1 and not yes:
        if not at_terminal():
            raise click.UsageError(f"this ends {count(len(wanted), 'link')}; add --yes")
        agree(f"End {count(len(wanted), 'link')}?")
    ended = await revoke_links(office, wanted, actor=actor())
    print(f"{count(ended, 'link')} revoked" if ended else "nothing to revoke: no link is left")


@link.command("set")
@click.argument("link_id", metavar="ID")
@click.option("--scope", type=click.Choice(["document", "account"]), help="How far it opens.")
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The last day on which it opens, as 2026-12-31.",
)
@in_office
async def change(office: Office, link_id: str, scope: str | None, expires: datetime | None) -> None:
    """Give the link ID another scope, or a last day of its own.

    A day later than today brings an expired link back; a revoked one stays dead.

    \b
    Example:
      maild link set ak3v --scope document --expires 2026-12-31
    """
    from maild.access.links import Scope
    from maild.cli.prefixes import resolve_link
    from maild.services.links import change_link

    if scope is None and expires is None:
        raise click.UsageError("say what to change: --scope or --expires")
    found = await resolve_link(office.db, link_id)
    standing = await change_link(
        office,
        found.id,
        scope=Scope(scope) if scope else None,
        last_day=expires.date() if expires else None,
        actor=actor(),
    )
    print(f"{found.id}: scope {standing.visit.link.scope}, {say_state(office, standing)}")
    if standing.opens and standing.opens != standing.visit.link.scope:
        print("It opens its document alone all the same: its age, its client or [links] say so")


def link_row(office: Office, standing: Standing) -> tuple[str, ...]:
    """Return the row of a link in a table."""
    from maild.cli.lists import moment

    visit = standing.visit
    return (
        visit.link.id,
        visit.client.ref,
        visit.contact.address,
        visit.document.number,
        standing.opens or "nothing",
        moment(office, visit.link.created_at),
        say_state(office, standing),
    )


def say_state(office: Office, standing: Standing) -> str:
    """Say how a link stands: live until when, or dead since when and why."""
    from maild.cli.lists import moment

    word = {"live": "live until"}.get(standing.state, standing.state.value)
    why = f": {standing.why}" if standing.why else ""
    return f"{word} {moment(office, standing.until)}{why}"


def link_facts(standing: Standing) -> Facts:
    """Return what is known of a link; `until` is when it ends or ended, `opens` how far it does."""
    visit = standing.visit
    return {
        "id": visit.link.id,
        "client": visit.client.ref,
        "contact": visit.contact.address,
        "document": visit.document.number,
        "scope": visit.link.scope,
        "opens": standing.opens,
        "created_at": iso(visit.link.created_at),
        "state": standing.state.value,
        "until": iso(standing.until),
        "reason": standing.why,
    }


async def _find_wanted(
    office: Office, link_id: str | None, client: str | None, contact: str | None
) -> list[Link]:
    from maild.cli.prefixes import resolve_link
    from maild.store.links import list_unrevoked

    if link_id:
        return [await resolve_link(office.db, link_id)]
    return await list_unrevoked(office.db, **await _select(office, client, contact))


async def _select(office: Office, client: str | None, contact: str | None) -> dict[str, str]:
    """Return a choice of links as the store takes it; raises `NotFound` for what nobody has."""
    from maild.address import address_key, parse_address
    from maild.errors import NotFound
    from maild.services.lookup import need_client
    from maild.store.clients import list_everyone_of_address

    chosen: dict[str, str] = {}
    if client:
        chosen["client_id"] = (await need_client(office.db, client)).id
    if contact:
        chosen["key"] = address_key(parse_address(contact))
        if not await list_everyone_of_address(office.db, chosen["key"]):
            raise NotFound(f"{contact} is no contact of anyone; see: maild why {contact}")
    return chosen
