"""How far the mailboxes that replies are fetched from have been read."""

from __future__ import annotations

from dataclasses import dataclass

from maild.store.database import Queries, Transaction, columns, find


@dataclass(frozen=True, slots=True)
class Progress:
    """Of one mailbox: its UIDVALIDITY, the last UID looked at, and since when it is read at all."""

    name: str
    validity: int
    last_uid: int
    since: int


_PROGRESS = columns(Progress)


async def find_progress(source: Queries, name: str) -> Progress | None:
    """Return how far a mailbox has been read, None if it never was."""
    return await find(source, Progress, f"SELECT {_PROGRESS} FROM mailboxes WHERE name = $1", name)


async def save_progress(tx: Transaction, progress: Progress) -> None:
    """Keep how far a mailbox has been read."""
    await tx.execute(
        f"INSERT INTO mailboxes ({_PROGRESS}) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (name) DO UPDATE SET validity = $2, last_uid = $3, since = $4",
        progress.name,
        progress.validity,
        progress.last_uid,
        progress.since,
    )
