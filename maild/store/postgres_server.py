"""What a PostgreSQL server says of itself, as far as it concerns a store."""

from __future__ import annotations

from dataclasses import dataclass

from maild.store.database import Queries


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server's version, the settings that keep what it has committed, and whether it is a copy.

    A setting that this kind of server does not have is empty.
    """

    version: str
    fsync: str
    synchronous_commit: str
    full_page_writes: str
    is_standby: bool


async def ask_server(source: Queries) -> ServerFacts:
    """Return what the server says; raises `StoreUnavailable`."""
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes")
    asked = ", ".join(f"current_setting('{name}', true) AS {name}" for name in names)
    row = (await source.rows(f"SELECT {asked}, pg_is_in_recovery() AS is_standby"))[0]
    version, fsync, synchronous, whole = (str(row[name] or "") for name in names)
    return ServerFacts(version, fsync, synchronous, whole, bool(row["is_standby"]))
