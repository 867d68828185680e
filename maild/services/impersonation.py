"""Seeing what a contact sees: a one-time URL, redeemed once, ended by the operator or by time."""

from __future__ import annotations

from dataclasses import dataclass

from maild.access.impersonation import INVITATION, Impersonated, load_invitation
from maild.access.sessions import hash_secret, new_secret
from maild.clock import Instant
from maild.errors import BadInput, Refused
from maild.ids import Purpose
from maild.model import Client, Contact
from maild.office import Office
from maild.services.customers import check_name
from maild.services.lookup import need_client, need_contact
from maild.store import clients, impersonations
from maild.store.database import Queries, Transaction
from maild.store.impersonations import ImpersonationRow


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time URL, whose eyes it lends, and until when it can be redeemed."""

    url: str
    client: Client
    contact: Contact
    ends_at: Instant


async def start_impersonation(
    office: Office, ref: str, address: str | None, *, reason: str, actor: str
) -> Invitation:
    """Make a one-time URL that shows a client's pages as a contact (default: its first) sees them.

    Raises `NotFound`; `BadInput` without a reason on one short line; `Refused` where nobody
    could look.
    """
    if not reason.strip():
        raise BadInput("say why, for the log: --reason TEXT")
    plain = check_name(reason, "a reason")
    client = await need_client(office.db, ref)
    contact = await _need_living_contact(office.db, client, address)
    now = office.clock()
    row = ImpersonationRow(
        id=office.ids.new(),
        contact_id=contact.id,
        actor=actor,
        reason=plain,
        created_at=now,
        redeemed_at=None,
        session_hash=None,
        ended_at=None,
    )

    async def work(tx: Transaction) -> None:
        await impersonations.add_impersonation(tx, row)
        await _record(office, tx, "impersonation started", Impersonated(row, contact, client))

    await office.db.transact(work)
    token = office.keys.make(Purpose.IMPERSONATION, row.id)
    url = f"{office.config.web.base_url}/impersonate/{token}"
    return Invitation(url, client, contact, now + INVITATION)


async def find_invitation(office: Office, token: str) -> Impersonated | None:
    """Return what a token would show, if it is genuine, unused and young enough."""
    row_id = office.keys.check(Purpose.IMPERSONATION, token)
    return await load_invitation(office.db, row_id, office.clock()) if row_id else None


async def redeem_impersonation(office: Office, token: str) -> str | None:
    """Redeem a token, once: return the secret of the session it starts, else None."""
    found = await find_invitation(office, token)
    if found is None:
        return None
    now, secret = office.clock(), new_secret(office.random_bytes)

    async def work(tx: Transaction) -> bool:
        row = found.row
        if not await impersonations.claim_impersonation(tx, row.id, hash_secret(secret), now):
            return False
        await _record(office, tx, "impersonation redeemed", found)
        return True

    return secret if await office.db.transact(work) else None


async def end_impersonation(office: Office, secret: str) -> None:
    """End the session of that secret now; doing it twice changes nothing."""
    row = await impersonations.find_impersonation(office.db, hash_secret(secret))
    contact = await clients.get_contact(office.db, row.contact_id) if row else None
    client = await clients.get_client(office.db, contact.client_id) if contact else None
    if row is None or contact is None or client is None:
        return
    now = office.clock()

    async def work(tx: Transaction) -> None:
        if await impersonations.end_impersonation(tx, row.id, now):
            await _record(office, tx, "impersonation ended", Impersonated(row, contact, client))

    await office.db.transact(work)


async def _need_living_contact(source: Queries, client: Client, address: str | None) -> Contact:
    if address is not None:
        contact = await need_contact(source, client, address)
        if contact.disabled_at is None:
            return contact
        raise Refused(f"{contact.address} is disabled in {client.ref} and sees nothing")
    for contact in await clients.list_contacts(source, client.id):
        if contact.disabled_at is None:
            return contact
    raise Refused(
        f"{client.ref} has no contact who could see anything; "
        f"add one: maild contact add {client.ref} EMAIL"
    )


async def _record(office: Office, tx: Transaction, verb: str, what: Impersonated) -> None:
    await office.record(
        tx,
        verb,
        what.contact.address,
        actor=what.row.actor,
        reason=what.row.reason,
        client_id=what.client.id,
        contact_id=what.contact.id,
    )
