"""People come and go: a contact leaves, another takes the place, or an address changes.

What a hand-over will change is shown as a plan, and carried out in one transaction or not at
all. What the old address had ends (see `departure.py`); letters it has not got may be written
anew to whoever comes after.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from maild.access.links import LinkState, judge_link
from maild.access.sessions import IDLE
from maild.access.visitors import list_numbers, load_visit
from maild.address import address_key
from maild.errors import Refused
from maild.model import Client, Contact, Letter, Link
from maild.office import Office
from maild.services.customers import check_dummy, check_name, new_contact
from maild.services.departure import Ended, Leave, disable, end_access
from maild.services.lookup import need_client, need_contact
from maild.services.readdress import post_readdressed, readdress
from maild.store import clients, credentials, letters, links, sessions
from maild.store.database import Queries, Transaction


class Pending(StrEnum):
    """What becomes of letters that the old address has not got."""

    READDRESS = "readdress"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Handover:
    """What a hand-over will change, for the operator to see before it is done.

    `heir` is the contact as it will be: another person, or the same one at another address.
    `password` tells whether the old address has one, `elsewhere` for whom it goes on working;
    `letters` wait or never arrived; `documents` are the numbers of what the heir will see.
    """

    client: Client
    leaver: Contact
    heir: Contact
    links_end: bool
    links: tuple[Link, ...]
    sessions: int
    password: bool
    elsewhere: tuple[str, ...]
    letters: tuple[Letter, ...]
    documents: tuple[str, ...]

    @property
    def same_person(self) -> bool:
        """Whether a contact only changes address."""
        return self.leaver.id == self.heir.id


async def disable_contact(
    office: Office, ref: str, address: str, *, actor: str
) -> tuple[Contact, Ended]:
    """End a contact's access to a client at once and return what ended; twice changes nothing.

    Raises `NotFound`.
    """
    client = await need_client(office.db, ref)

    async def work(tx: Transaction) -> tuple[Contact, Ended]:
        contact = await need_contact(tx, client, address)
        leave = Leave(client, contact, "the contact left", actor)
        return await disable(office, tx, leave)

    return await office.db.transact(work)


async def replace_contact(
    office: Office,
    ref: str,
    old: str,
    new: str,
    *,
    name: str = "",
    history: bool = True,
    pending: Pending = Pending.DROP,
    actor: str,
) -> Contact:
    """Put a new contact in an old one's place and return it; see `plan_replacement`."""
    plan = await plan_replacement(office, ref, old, new, name=name, history=history)
    return await hand_over(office, plan, pending, actor=actor)


async def plan_replacement(
    office: Office, ref: str, old: str, new: str, *, name: str = "", history: bool = True
) -> Handover:
    """Return what putting a new contact in an old one's place will change.

    Without `history` the new one sees only what is sent from now on. Raises `NotFound`,
    `BadInput` for a bad new address or name, `Refused` when it is a live contact of the client
    already or the old one itself.
    """
    client = await need_client(office.db, ref)
    leaver = await need_contact(office.db, client, old)
    heir = new_contact(office, client, new, name)
    known = await clients.find_contact(office.db, client.id, heir.address)
    if known and known.id == leaver.id:
        raise Refused(f"{known.address} cannot come in their own place; name two addresses")
    if known and known.disabled_at is None:
        raise _taken(client, leaver, known)
    if known:
        heir = replace(known, disabled_at=None, name=heir.name or known.name)
    heir = replace(heir, bounced_at=None, bounced_why="")
    heir = replace(heir, history_from=None if history else office.clock())
    return await _survey(office, client, leaver, heir, links_end=True)


async def plan_move(
    office: Office,
    ref: str,
    old: str,
    new: str,
    *,
    revoke_links: bool,
    name: str | None = None,
) -> Handover:
    """Return what giving a contact another address, and perhaps a name, will change.

    The contact keeps its id and history. Raises `NotFound`, `BadInput` for a bad new address or
    name, `Refused` when the contact was disabled or the new address is, or was, a contact of the
    client.
    """
    client = await need_client(office.db, ref)
    leaver = await need_contact(office.db, client, old)
    if leaver.disabled_at is not None:
        raise Refused(
            f"{leaver.address} is no longer a contact of {client.ref}; "
            f"bring it back first: maild contact add {client.ref} {leaver.address}"
        )
    moved = new_contact(office, client, new, "").address
    heir = replace(leaver, address=moved, bounced_at=None, bounced_why="")
    if name is not None:
        heir = replace(heir, name=check_name(name, "a contact's name"))
    known = await clients.find_contact(office.db, client.id, heir.address)
    if known and known.id == leaver.id:
        raise Refused(f"{known.address} is this contact's address already")
    if known and known.disabled_at is None:
        raise _taken(client, leaver, known)
    if known:
        raise Refused(
            f"{known.address} was a contact of {client.ref} before; to bring it back in the place "
            f"of {leaver.address}: maild contact replace {client.ref} {leaver.address} "
            f"{known.address}"
        )
    return await _survey(office, client, leaver, heir, links_end=revoke_links)


async def hand_over(office: Office, plan: Handover, pending: Pending, *, actor: str) -> Contact:
    """Carry a plan out in one transaction and return the contact who comes after.

    Raises `Refused`, having changed nothing, when people or letters changed since it was made.
    """
    undelivered = plan.letters if pending is Pending.READDRESS else ()
    anew = await readdress(office, plan.client, plan.leaver, plan.heir, undelivered, actor)

    async def work(tx: Transaction) -> Contact:
        await _check_people(tx, plan)
        left = {letter.id for letter in await letters.list_undelivered(tx, plan.leaver.id)}
        if not left <= {letter.id for letter in plan.letters}:
            # of these nobody has said what is to become of them
            raise _changed(plan)
        await (_move if plan.same_person else _replace)(office, tx, plan, actor)
        await post_readdressed(office, tx, [one for one in anew if one.old.id in left])
        return plan.heir

    return await office.db.transact(work)


async def _survey(
    office: Office, client: Client, leaver: Contact, heir: Contact, *, links_end: bool
) -> Handover:
    db, key = office.db, address_key(leaver.address)
    await check_dummy(db, client, heir.address)
    others = [c for c in await clients.list_contacts_of_address(db, key) if c.id != leaver.id]
    elsewhere = [await clients.get_client(db, person.client_id) for person in others]
    return Handover(
        client=client,
        leaver=leaver,
        heir=heir,
        links_end=links_end,
        links=tuple(await _list_live(office, client, leaver)),
        sessions=await sessions.count_sessions(db, key, client.id, office.clock() - IDLE),
        password=bool(await credentials.list_credentials(db, key)),
        elsewhere=tuple(other.ref for other in elsewhere if other),
        letters=tuple(await letters.list_undelivered(db, leaver.id)),
        documents=await list_numbers(db, heir, client),
    )


async def _list_live(office: Office, client: Client, contact: Contact) -> list[Link]:
    key = address_key(contact.address)
    found = await links.list_unrevoked(office.db, client_id=client.id, key=key)
    visits = [await load_visit(office.db, link.id) for link in found]
    rules, now = office.config.links, office.clock()
    return [v.link for v in visits if v and judge_link(v, rules, now) is LinkState.LIVE]


def _taken(client: Client, leaver: Contact, other: Contact) -> Refused:
    return Refused(
        f"{other.address} is another contact of {client.ref} already; to end the access of "
        f"{leaver.address} alone: maild contact disable {client.ref} {leaver.address}"
    )


async def _check_people(tx: Queries, plan: Handover) -> None:
    """Raise `Refused` if the leaver changed, or the new address was taken, since the plan."""
    taken = await clients.find_contact(tx, plan.client.id, plan.heir.address)
    free = taken is None or (taken.id == plan.heir.id and taken.disabled_at is not None)
    if not free or await clients.get_contact(tx, plan.leaver.id) != plan.leaver:
        raise _changed(plan)
    await check_dummy(tx, plan.client, plan.heir.address)


def _changed(plan: Handover) -> Refused:
    return Refused(
        f"something changed at {plan.client.ref} in this very moment, and nothing was done; "
        "look again, and try once more"
    )


async def _replace(office: Office, tx: Transaction, plan: Handover, actor: str) -> None:
    await disable(office, tx, Leave(plan.client, plan.leaver, "the contact left", actor))
    back = await clients.get_contact(tx, plan.heir.id)
    await (clients.save_contact if back else clients.add_contact)(tx, plan.heir)
    without = "" if plan.heir.history_from is None else ", without history"
    said = f"in place of {plan.leaver.address}{without}"
    await _record(office, tx, plan.heir, "contact replaced", said, actor)


async def _move(office: Office, tx: Transaction, plan: Handover, actor: str) -> None:
    await clients.save_contact(tx, plan.heir)
    ended = await end_access(
        office,
        tx,
        Leave(plan.client, plan.leaver, "the address changed", actor, links_end=plan.links_end),
    )
    links_said = "" if plan.links_end else ", links kept"
    what = f"; {ended}" if str(ended) else ""
    said = f"was {plan.leaver.address}{links_said}{what}"
    await _record(office, tx, plan.heir, "address changed", said, actor)


async def _record(
    office: Office, tx: Transaction, contact: Contact, verb: str, reason: str, actor: str
) -> None:
    await office.record(
        tx,
        verb,
        contact.address,
        actor=actor,
        reason=reason,
        client_id=contact.client_id,
        contact_id=contact.id,
    )
