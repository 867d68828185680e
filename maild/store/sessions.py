"""Log-in sessions: a hash of the cookie's secret, the address, the client looked at.

A visit by a link needs no row while it lasts; what is kept is that somebody logged out of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from maild.store.database import Queries, Transaction, columns, find, insert_value


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One log-in session as stored."""

    hash: str
    address_key: str
    client_id: str
    created_at: int
    seen_at: int


_SESSION = columns(SessionRow)


async def add_session(tx: Transaction, session: SessionRow) -> None:
    """Keep a new session."""
    await insert_value(tx, "sessions", session)


async def find_session(source: Queries, secret_hash: str) -> SessionRow | None:
    """Return the session whose secret has that hash."""
    sql = f"SELECT {_SESSION} FROM sessions WHERE hash = $1"
    return await find(source, SessionRow, sql, secret_hash)


async def touch_session(tx: Transaction, secret_hash: str, now: int) -> None:
    """Note that a session was used."""
    await tx.execute("UPDATE sessions SET seen_at = $2 WHERE hash = $1", secret_hash, now)


async def switch_session(tx: Transaction, secret_hash: str, client_id: str) -> None:
    """Let a session look at another client."""
    await tx.execute("UPDATE sessions SET client_id = $2 WHERE hash = $1", secret_hash, client_id)


async def end_session(tx: Transaction, secret_hash: str) -> None:
    """Forget a session."""
    await tx.execute("DELETE FROM sessions WHERE hash = $1", secret_hash)


async def end_sessions_of(tx: Transaction, key: str, client_id: str) -> int:
    """Forget the sessions of an address key that look at a client; return how many."""
    return await tx.execute(
        "DELETE FROM sessions WHERE address_key = $1 AND client_id = $2", key, client_id
    )


async def count_sessions(source: Queries, key: str, client_id: str, since: int) -> int:
    """Return how many sessions of an address key look at a client and were used since."""
    rows = await source.rows(
        "SELECT COUNT(*) AS n FROM sessions"
        " WHERE address_key = $1 AND client_id = $2 AND seen_at > $3",
        key,
        client_id,
        since,
    )
    found: int = rows[0]["n"]
    return found


async def end_all_sessions_of(tx: Transaction, key: str) -> None:
    """Forget every session of an address key."""
    await tx.execute("DELETE FROM sessions WHERE address_key = $1", key)


async def purge_sessions(tx: Transaction, begun_before: int, most: int) -> int:
    """Forget so many sessions begun before an instant; return how many."""
    return await tx.execute(
        "DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE created_at < $1"
        " ORDER BY created_at LIMIT $2)",
        begun_before,
        most,
    )


async def end_visit(tx: Transaction, cookie_hash: str, now: int) -> None:
    """Keep that the visit by a link whose cookie has that hash is over."""
    await tx.execute(
        "INSERT INTO ended_visits (hash, at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        cookie_hash,
        now,
    )


async def purge_ended_visits(tx: Transaction, before: int, most: int) -> int:
    """Forget so many visits that ended before an instant; return how many."""
    return await tx.execute(
        "DELETE FROM ended_visits WHERE hash IN (SELECT hash FROM ended_visits WHERE at < $1"
        " ORDER BY at LIMIT $2)",
        before,
        most,
    )
