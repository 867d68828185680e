"""An operator looking through a contact's eyes: read-only, for a quarter of an hour.

The one-time URL is good for two minutes. What it opens is what the contact sees after logging in,
whatever the scope of their links; the contact's own link and log-in have nothing to do with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maild.access.links import Scope
from maild.access.visitors import Visitor
from maild.clock import MINUTE, Instant, to_datetime
from maild.model import Client, Contact
from maild.store import clients, impersonations
from maild.store.database import Queries
from maild.store.impersonations import ImpersonationRow

INVITATION = 2 * MINUTE
LOOK = 15 * MINUTE
IMPERSONATION = "impersonation"


@dataclass(frozen=True, slots=True)
class Impersonated:
    """An impersonation and the living contact whose pages it shows."""

    row: ImpersonationRow
    contact: Contact
    client: Client


@dataclass(frozen=True, slots=True)
class Onlooker:
    """An operator who is looking: as which visitor, and until when."""

    visitor: Visitor
    ends_at: Instant

    @property
    def until(self) -> datetime:
        """The end as a moment, for a page to write down."""
        return to_datetime(self.ends_at)


async def load_invitation(source: Queries, row_id: str, now: int) -> Impersonated | None:
    """Return an impersonation that can still be redeemed, else None."""
    row = await impersonations.get_impersonation(source, row_id)
    if row is None or row.redeemed_at is not None or now >= row.created_at + INVITATION:
        return None
    return await _load(source, row)


async def admit_onlooker(source: Queries, session_hash: str, now: int) -> Onlooker | None:
    """Return who is looking by the session whose secret has that hash, else None."""
    row = await impersonations.find_impersonation(source, session_hash)
    if row is None or row.redeemed_at is None or row.ended_at is not None:
        return None
    ends_at = row.redeemed_at + LOOK
    found = await _load(source, row) if now < ends_at else None
    if found is None:
        return None
    visitor = Visitor(
        contact=found.contact,
        client=found.client,
        by=IMPERSONATION,
        scope=Scope.ACCOUNT,
        document_id=None,
        clients=((found.client.id, found.client.name),),
    )
    return Onlooker(visitor, ends_at)


async def _load(source: Queries, row: ImpersonationRow) -> Impersonated | None:
    contact = await clients.get_contact(source, row.contact_id)
    client = await clients.get_client(source, contact.client_id) if contact else None
    if contact is None or client is None or contact.disabled_at is not None:
        return None
    return Impersonated(row, contact, client)
