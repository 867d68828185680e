"""Addresses that contacts bore before: who asks about one is to learn where its letters go now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from maild.address import address_key
from maild.clock import Instant
from maild.model import Contact
from maild.store import clients, events
from maild.store.database import Queries
from maild.store.events import AddressRow


@dataclass(frozen=True, slots=True)
class Former:
    """A contact who bore an address, so spelled, in some spans of time (from, until)."""

    contact: Contact
    spelling: str
    spans: tuple[tuple[Instant, Instant], ...]

    @property
    def left_at(self) -> Instant:
        """Since when the contact bears another address."""
        return self.spans[-1][1]

    def covers(self, at: Instant) -> bool:
        """Tell whether the contact bore the address at an instant."""
        return any(since <= at < until for since, until in self.spans)


async def find_former(source: Queries, key: str) -> list[Former]:
    """Return the contacts, live or disabled, who bore an address key and bear another one now."""
    found = []
    rows = await events.list_changed_addresses(source)
    for contact_id, group in groupby(rows, lambda row: row.contact_id):
        borne = list(group)
        if key not in {address_key(row.address) for row in borne}:
            continue
        contact = await clients.get_contact(source, contact_id)
        if contact and address_key(contact.address) != key:
            found.append(_recall(contact, borne, key))
    return found


def _recall(contact: Contact, borne: Sequence[AddressRow], key: str) -> Former:
    spans = [(one, two.at) for one, two in pairwise(borne) if address_key(one.address) == key]
    return Former(contact, spans[-1][0].address, tuple((one.at, until) for one, until in spans))
