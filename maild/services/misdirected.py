"""The wrong person: the link that reached them is ended at once, and the operator is told."""

from __future__ import annotations

from maild.letters import find_link
from maild.model import Link
from maild.office import Office
from maild.services.holding import tell_operator
from maild.services.links import end_link
from maild.services.settlement import Case, Deed, Unfit
from maild.store import letters, links
from maild.store.database import Transaction


async def prepare_revocation(office: Office, case: Case) -> Deed:
    """Return the ending of the link that a reply came by; raises `Unfit` where there is none."""
    client, contact = case.people
    link = await _find_link(office, case)
    if link is None:
        raise Unfit("no-document")
    shared = "" if link.contact_id == contact.id else " for anybody the letter went to"
    tell = tell_operator(
        office,
        case,
        did=f"The link that {contact.address} had no longer opens anything{shared}. "
        f"Nothing else was changed: put the right person in their place, or make it good again "
        f"with a fresh link (maild reissue {contact.address}).",
        proposal=f"maild contact replace {client.ref} {contact.address} NEW-ADDRESS",
    )

    async def revoke(tx: Transaction) -> None:
        await end_link(office, tx, link.id, actor=case.actor, why="it reached the wrong person")
        await tell(tx)

    return revoke


async def _find_link(office: Office, case: Case) -> Link | None:
    """Return the link in the letter that is answered, else the person's newest to the document."""
    _, contact = case.people
    letter, document = case.match.letter, case.match.document
    if letter:
        link_id = find_link(await letters.read_secrets(office.db, letter.id))
        found = await links.get_link(office.db, link_id) if link_id else None
        if found:
            return found
    return await links.latest_link_to(office.db, contact.id, document.id) if document else None
