"""`maild reissue`: a fresh link and password, to the address on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maild.cli.running import actor, in_office
from maild.errors import NotFound, Refused

if TYPE_CHECKING:
    from maild.model import Client, Contact
    from maild.office import Office


@click.command("reissue")
@click.argument("email")
@click.option("--client", help="The client's reference, where the address belongs to several.")
@in_office
async def reissue(office: Office, email: str, client: str | None) -> None:
    """Mail a fresh link and a new password to the contact EMAIL.

    What worked before goes on working: nobody is locked out by it. Where the address is a contact
    of several clients, the one written to last is meant unless --client says otherwise; the
    password opens them all.

    \b
    Example:
      maild reissue jane@acme.example
    """
    from maild.address import parse_address
    from maild.services.lookup import need_client, need_contact

    address = parse_address(email)
    if client is None:
        owner, person = await _find_person(office, address)
    else:
        owner = await need_client(office.db, client)
        person = await need_contact(office.db, owner, address)
    await mail_password(office, owner, person)


async def mail_password(office: Office, client: Client, contact: Contact) -> None:
    """Queue a letter with a fresh link and a new password, and say so."""
    from maild.services.reissue import Reissue, commit_reissue, prepare_reissue

    wanted = Reissue(
        client=client,
        contact=contact,
        document=None,
        occasion=f"operator {office.ids.new()}",
        asked=False,
        actor=actor(),
        reason="ordered by the operator",
    )
    parcel = await prepare_reissue(office, wanted)
    await office.db.transact(lambda tx: commit_reissue(office, tx, wanted, parcel))
    print(f"new password → {contact.address} (queued)")


async def _find_person(office: Office, address: str) -> tuple[Client, Contact]:
    """Return the live contact of an address, of several the one written to last."""
    from maild.address import address_key
    from maild.store import clients, letters

    found = await clients.list_contacts_of_address(office.db, address_key(address))
    if not found:
        raise NotFound(f"{address} is no contact of anyone; see: maild client list")
    written: dict[int, Contact] = {}
    for person in found:
        letter = await letters.latest_letter_to(office.db, person.id)
        written[letter.created_at if letter else 0] = person
    if len(found) > 1 and not any(written):
        owners = await clients.list_refs(office.db, (person.client_id for person in found))
        refs = " and ".join(sorted(owners.values()))
        raise Refused(f"{address} is a contact of {refs}; say which: --client REF")
    person = written[max(written)]
    owner = await clients.get_client(office.db, person.client_id)
    if owner is None:
        raise NotFound(f"the client of {address} is gone from the store")
    return owner, person
