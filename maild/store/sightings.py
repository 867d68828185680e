"""What speaks for a contact having looked at a document: one row per kind of evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from maild.clock import MINUTE
from maild.store.database import Queries, Transaction, collect, columns, find


class SightingKind(StrEnum):
    """How much a sighting proves: a page was asked for, or a person was probably there."""

    FETCHED = "fetched"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One kind of evidence: when first, when last, and in how many minutes."""

    document_id: str
    contact_id: str
    kind: str
    first_at: int
    last_at: int
    times: int


_SIGHTING = columns(Sighting)


async def find_sighting(
    source: Queries, document_id: str, contact_id: str, kind: SightingKind
) -> Sighting | None:
    """Return what is known of that kind for a document and a contact."""
    return await find(
        source,
        Sighting,
        f"SELECT {_SIGHTING} FROM sightings"
        " WHERE document_id = $1 AND contact_id = $2 AND kind = $3",
        document_id,
        contact_id,
        kind,
    )


async def add_sighting(
    tx: Transaction, document_id: str, contact_id: str, kind: SightingKind, now: int
) -> bool:
    """Note a sighting, within one minute only once; tell whether it is the first of its kind."""
    key = (document_id, contact_id, kind)
    added = await tx.execute(
        f"INSERT INTO sightings ({_SIGHTING}) VALUES ($1, $2, $3, $4, $4, 1)"
        " ON CONFLICT (document_id, contact_id, kind) DO NOTHING",
        *key,
        now,
    )
    if not added:
        await tx.execute(
            "UPDATE sightings SET last_at = $4, times = times + 1"
            " WHERE document_id = $1 AND contact_id = $2 AND kind = $3 AND last_at <= $5",
            *key,
            now,
            now - MINUTE,
        )
    return added == 1


async def list_sightings(source: Queries, document_id: str) -> list[Sighting]:
    """Return all that is known of a document's having been looked at, earliest first."""
    sql = f"SELECT {_SIGHTING} FROM sightings WHERE document_id = $1 ORDER BY first_at, contact_id"
    return await collect(source, Sighting, sql, document_id)
