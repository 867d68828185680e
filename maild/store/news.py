"""What has happened since an instant, and how the money stands: for the operator's digest."""

from __future__ import annotations

from dataclasses import dataclass

from maild.clock import DAY
from maild.model import Event
from maild.store.database import Queries, collect, columns

# a letter that was sent since an instant was written at most so long before
_WAY = 6 * DAY


@dataclass(frozen=True, slots=True)
class Seen:
    """A document, its client's reference, and whom it is about."""

    number: str
    ref: str
    address: str


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed in one currency, in minor units, by how many days it is late."""

    currency: str
    current: int
    to_30: int
    to_60: int
    to_90: int
    beyond: int

    @property
    def late(self) -> int:
        """What is overdue."""
        return self.to_30 + self.to_60 + self.to_90 + self.beyond


async def count_sent(source: Queries, since: int) -> dict[str, int]:
    """Return how many letters of each kind have gone to clients since an instant."""
    rows = await source.rows(
        "SELECT kind, COUNT(*) AS n FROM letters WHERE state = 'sent' AND created_at > $1"
        " AND sent_at > $2 AND contact_id IS NOT NULL GROUP BY kind ORDER BY kind",
        since - _WAY,
        since,
    )
    return {row["kind"]: int(row["n"]) for row in rows}


async def list_read(source: Queries, since: int) -> list[Seen]:
    """Return the documents that contacts have probably read for the first time since."""
    return await collect(
        source,
        Seen,
        "SELECT d.number, k.ref, c.address FROM sightings s"
        " JOIN documents d ON d.id = s.document_id JOIN contacts c ON c.id = s.contact_id"
        " JOIN clients k ON k.id = d.client_id"
        " WHERE s.kind = 'read' AND s.first_at > $1 ORDER BY s.first_at, d.number",
        since,
    )


async def list_unread(source: Queries, since: int, until: int) -> list[Seen]:
    """Return open documents sent between two instants that nobody has read or answered yet."""
    return await collect(
        source,
        Seen,
        "SELECT d.number, k.ref, c.address FROM letters l"
        " JOIN documents d ON d.id = l.document_id JOIN contacts c ON c.id = l.contact_id"
        " JOIN clients k ON k.id = d.client_id"
        " WHERE l.state = 'sent' AND l.created_at > $1 AND l.sent_at > $2 AND l.sent_at <= $3"
        " AND l.kind = 'document' AND d.state = 'open' AND c.disabled_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM sightings s WHERE s.document_id = d.id"
        " AND s.kind = 'read')"
        " AND NOT EXISTS (SELECT 1 FROM replies r WHERE r.document_id = d.id"
        " AND r.kind = 'human') ORDER BY l.sent_at, d.number, c.address",
        since - _WAY,
        since,
        until,
    )


async def list_events(source: Queries, since: int, verbs: tuple[str, str, str]) -> list[Event]:
    """Return the events of three kinds since an instant, oldest first."""
    return await collect(
        source,
        Event,
        f"SELECT {columns(Event)} FROM events WHERE id > $1 AND verb IN ($2, $3, $4) ORDER BY id",
        event_id_of(since),
        *verbs,
    )


def event_id_of(instant: int) -> str:
    """Return what the id of an event at an instant begins with, as `Ids.ordered` makes it."""
    return instant.to_bytes(8, "big").hex()


async def list_overdue(source: Queries, first: str, last: str) -> list[Seen]:
    """Return unpaid invoices whose last day lies between two (ISO dates, both included)."""
    return await collect(
        source,
        Seen,
        "SELECT d.number, k.ref, '' AS address FROM documents d JOIN clients k"
        " ON k.id = d.client_id WHERE d.state = 'open' AND d.type = 'invoice'"
        " AND d.total_minor > d.paid_minor AND d.ends BETWEEN $1 AND $2 ORDER BY d.ends, d.number",
        first,
        last,
    )


async def sum_owed(source: Queries, days: tuple[str, str, str, str]) -> list[Owed]:
    """Return what is owed by age, per currency.

    `days` are today and the days 30, 60 and 90 days ago, as ISO dates.
    """
    due = "COALESCE(d.ends, d.issued)"
    minor = "(d.total_minor - d.paid_minor)"
    stages = (
        f"{due} >= $1",
        f"{due} < $1 AND {due} >= $2",
        f"{due} < $2 AND {due} >= $3",
        f"{due} < $3 AND {due} >= $4",
        f"{due} < $4",
    )
    sums = ", ".join(
        f"SUM(CASE WHEN {stage} THEN {minor} ELSE 0 END) AS {name}"
        for stage, name in zip(stages, columns(Owed).split(", ")[1:], strict=True)
    )
    rows = await source.rows(
        f"SELECT d.currency, {sums} FROM documents d WHERE d.state = 'open'"
        " AND d.type = 'invoice' AND d.total_minor > d.paid_minor"
        " GROUP BY d.currency ORDER BY d.currency",
        *days,
    )
    names = columns(Owed).split(", ")[1:]
    return [Owed(row["currency"], *(int(row[name]) for name in names)) for row in rows]


async def list_unsettled(source: Queries, most: int) -> tuple[int, list[str]]:
    """Return how many replies wait for the operator, and who wrote the latest of them."""
    where = "WHERE state IN ('held', 'set_aside')"
    count = await source.rows(f"SELECT COUNT(*) AS n FROM replies {where}")
    rows = await source.rows(
        f"SELECT sender, subject FROM replies {where} ORDER BY received_at DESC, id LIMIT $1", most
    )
    named = [": ".join(filter(None, (row["sender"], row["subject"]))) for row in rows]
    return int(count[0]["n"]), named
