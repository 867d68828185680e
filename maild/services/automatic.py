"""Letters that maild writes because somebody asks: few to each person, few in all."""

from __future__ import annotations

from collections.abc import Mapping

from maild.access.throttle import (
    AUTOMATIC_ALL,
    AUTOMATIC_IN_ALL,
    AUTOMATIC_PER_CONTACT,
    Limit,
    automatic_name,
    find_wait,
)
from maild.errors import Throttled
from maild.model import Contact
from maild.office import Office
from maild.services.parcels import Parcel, post_parcel
from maild.store import throttles
from maild.store.database import Queries, Transaction


async def check_limits(
    office: Office,
    source: Queries,
    contact: Contact,
    more: Mapping[str, tuple[Limit, ...]] | None = None,
) -> None:
    """Raise `Throttled` while a contact who asks for a letter must wait.

    Asked before a letter is written as well as when it is posted: a flood is to cost little.
    """
    limits = {
        **(more or {}),
        automatic_name(contact.id): AUTOMATIC_PER_CONTACT,
        AUTOMATIC_ALL: AUTOMATIC_IN_ALL,
    }
    now = office.clock()
    for name, limit in limits.items():
        wait = await find_wait(source, name, limit, now)
        if wait:
            raise Throttled(f"{contact.address} was written to recently", now + wait)


async def count_letter(office: Office, tx: Transaction, contact: Contact, *more: str) -> None:
    """Count an automatic letter to a contact against all limits, and against those named more."""
    for name in (*more, automatic_name(contact.id), AUTOMATIC_ALL):
        await throttles.add_hit(tx, office.ids.new(), name, office.clock())


async def post_answer(
    office: Office, tx: Transaction, parcel: Parcel, verb: str, *, actor: str, limited: bool
) -> None:
    """Queue a letter that answers somebody, with its event.

    What the operator orders (not `limited`) counts against the limits but is not stopped by them.
    Raises `Throttled`, having kept nothing.
    """
    letter, contact = parcel.frozen.letter, parcel.contact
    if limited:
        await check_limits(office, tx, contact)
    if not await post_parcel(tx, parcel):
        return
    await count_letter(office, tx, contact)
    await office.record(
        tx,
        verb,
        letter.id,
        actor=actor,
        reason=f"to {contact.address}",
        client_id=letter.client_id,
        document_id=letter.document_id,
        contact_id=contact.id,
    )
