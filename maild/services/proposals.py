"""A change of contact, address or bank details: never done by a reply, but ready to be done.

Where the reply is as good as signed, the address on record is told that somebody asked: a change
that its owner does not know of is then heard of in time.
"""

from __future__ import annotations

import shlex

from maild.errors import Throttled
from maild.letters import Order
from maild.mail.policy import Action
from maild.model import Reply
from maild.office import Office
from maild.services.automatic import post_answer
from maild.services.holding import hold
from maild.services.parcels import Parcel, mailbox_of
from maild.services.settlement import Case
from maild.store.database import Transaction


async def propose(office: Office, case: Case) -> Reply:
    """Hold a reply with the command that would do what it asks for, and return it."""
    notify = case.decision.action is Action.PROPOSE_AND_NOTIFY
    notice = _write_notice(office, case) if notify else None

    async def tell(tx: Transaction) -> None:
        if notice:
            try:
                await post_answer(
                    office, tx, notice, "change announced", actor=case.actor, limited=True
                )
            except Throttled:
                # nothing is changed without the operator, who sees the reply all the same
                return

    return await hold(office, case, proposal=_command(case), also=tell)


def _command(case: Case) -> str:
    client, contact = case.people
    details = case.intent.details
    new = shlex.quote(details.email or "NEW-ADDRESS")
    if details.new:
        name = shlex.quote(details.new)
        return f"maild contact replace {client.ref} {contact.address} {new} --name {name}"
    return f"maild contact set {client.ref} {contact.address} --email {new}"


def _write_notice(office: Office, case: Case) -> Parcel:
    client, contact = case.people
    order = Order(
        kind="change_asked",
        occurrence=f"change asked {contact.id} {case.occasion}",
        recipient=mailbox_of(office, client, contact),
        context={"client": client},
        answers=True,
        locale=client.locale,
        client_id=client.id,
        contact_id=contact.id,
    )
    return Parcel(office.letterhead.write(order, office.clock()), contact)
