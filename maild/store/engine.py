"""Which engine keeps the store: a file of SQLite, or a PostgreSQL server for several nodes.

The engines are imported when they are opened: a daemon needs only its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from maild.store.database import Database, Queries, Transaction

_SQLITE = "sqlite:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is: its URL, what its `sqlite:` path is relative to, and a password."""

    url: str
    base: Path = Path()
    password: str | None = None

    @property
    def path(self) -> Path | None:
        """The file of a SQLite store, None for a server's."""
        found = self.url.startswith(_SQLITE)
        return self.base / self.url.removeprefix(_SQLITE) if found else None

    def __str__(self) -> str:
        return str(self.path or self.url.partition("?")[0])


async def open_store(place: Place) -> Database:
    """Open a store, made if it is missing; raises `StoreUnavailable`.

    A store of another version than this code's is refused with the command that mends it.
    """
    if path := place.path:
        from maild.store.sqlite import open_sqlite

        return await open_sqlite(path)
    from maild.store.postgres import open_postgres

    return await open_postgres(place.url, place.password)


async def migrate_store(place: Place) -> int:
    """Bring a store up to this code's version; return how many steps that took."""
    if path := place.path:
        from maild.store.sqlite import migrate_sqlite

        return await migrate_sqlite(path)
    from maild.store.postgres import migrate_postgres

    return await migrate_postgres(place.url, place.password)


@asynccontextmanager
async def read_store(place: Place) -> AsyncIterator[Queries]:
    """Read a store as it is at one moment; raises `StoreUnavailable`.

    It must be there and of this code's very version. Raises `Refused` for one on a server that
    others are connected to.
    """
    if path := place.path:
        from maild.store.sqlite import read_sqlite

        async with read_sqlite(path) as reading:
            yield reading
    else:
        from maild.store.postgres import read_postgres

        async with read_postgres(place.url, place.password) as reading:
            yield reading


async def let_wait(place: Place, tx: Transaction) -> None:
    """Let a transaction wait between its statements for as long as it takes."""
    if place.path is None:
        from maild.store.postgres_session import PATIENCE

        await tx.execute(PATIENCE)
