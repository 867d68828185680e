"""Times in which no letter gets through to a mail server, told by its URL: at most one each."""

from __future__ import annotations

from dataclasses import dataclass

from maild.store.database import Queries, Transaction, columns, find


@dataclass(frozen=True, slots=True)
class Outage:
    """Attempts that failed one after the other, since when, and the server's words at the last.

    `retry_at` is the instant before which nothing is tried, 0 while everything is.
    """

    server: str
    since: int
    failures: int
    retry_at: int
    words: str


async def find_outage(source: Queries, server: str) -> Outage | None:
    """Return the outage of a server, or None: the last letter came through."""
    sql = f"SELECT {columns(Outage)} FROM outages WHERE server = $1"
    return await find(source, Outage, sql, server)


async def save_outage(tx: Transaction, outage: Outage) -> None:
    """Write an outage as it is now."""
    await tx.execute(
        "INSERT INTO outages (server, since, failures, retry_at, words)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (server) DO UPDATE SET"
        " since = $2, failures = $3, retry_at = $4, words = $5",
        outage.server,
        outage.since,
        outage.failures,
        outage.retry_at,
        outage.words,
    )


async def end_outage(tx: Transaction, server: str) -> bool:
    """Forget the outage of a server; return whether there was one.

    There seldom is: looking first is cheaper, and leaves the row alone that all nodes share.
    """
    if await find_outage(tx, server) is None:
        return False
    return await tx.execute("DELETE FROM outages WHERE server = $1", server) == 1
