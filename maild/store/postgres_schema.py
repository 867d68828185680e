"""The schema on PostgreSQL: the same migrations, and which versions of maild a store serves.

A store says two numbers: the version it has, and the oldest maild that can still work with it. An
additive step raises only the first, so that nodes not yet upgraded go on meanwhile.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from maild.errors import Refused, StoreUnavailable
from maild.store.postgres_session import FAULTS, translate
from maild.store.schema import check_version, is_additive, list_migrations, split_statements

_LOCK = 0x6D61696C65
_TABLE = (
    "CREATE TABLE maild_schema (version BIGINT NOT NULL, oldest BIGINT NOT NULL);"
    "CREATE DOMAIN blob AS bytea"
)
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'maild' AND pid <> pg_backend_pid()"
)
_LOOKS = 20
_LOOK_SECONDS = 0.1
# text sorts and compares by its bytes, as on SQLite, whatever the database's own order is
_TEXT = re.compile(r"\bTEXT\b")


async def prepare(connection: asyncpg.Connection, name: str) -> None:
    """Make the schema in an empty database, else check that it fits; raises `StoreUnavailable`."""
    async with _alone(connection):
        found = await _read(connection)
        migrations = list_migrations()
        if found is None:
            await _refuse_stranger(connection, name)
            await connection.execute(_TABLE)
            await _apply(connection, "\n".join(migrations))
            await _note(connection, len(migrations), len(migrations))
        elif not (found[1] <= len(migrations) <= found[0]):
            check_version(name, found[0], len(migrations))


async def migrate(connection: asyncpg.Connection, name: str) -> int:
    """Bring a store up to this code's version; return how many steps that took."""
    async with _alone(connection):
        found = await _read(connection)
    if found is None:
        await prepare(connection, name)
        return 0
    migrations = list_migrations()
    if found[1] > len(migrations):
        check_version(name, found[0], len(migrations))
    steps = enumerate(migrations[found[0] :], found[0] + 1)
    return sum([await _take(connection, number, script) for number, script in steps])


async def check_same(connection: asyncpg.Connection, name: str) -> None:
    """Raise `StoreUnavailable` unless there is a store and it is of this code's very version."""
    found = await _read(connection)
    if found is None:
        raise StoreUnavailable(f"{name}: there is no store")
    check_version(name, found[0], len(list_migrations()))


async def refuse_served(connection: asyncpg.Connection, name: str) -> None:
    """Raise `Refused` while another maild is connected to this database."""
    # one that has just let go is seen for a moment longer
    for _ in range(_LOOKS):
        others = await connection.fetchval(_OTHERS)
        if not others:
            return
        await asyncio.sleep(_LOOK_SECONDS)
    raise Refused(f"{name}: maild is connected to this store ({others} times); stop it first")


async def _take(connection: asyncpg.Connection, number: int, script: str) -> bool:
    """Take one step; return False if another node has taken it already."""
    async with _alone(connection):
        version, oldest = await _read(connection) or (0, 0)
        if version >= number:
            return False
        await _apply(connection, script)
        await _note(connection, number, oldest if is_additive(script) else number)
    return True


@asynccontextmanager
async def _alone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Hold off every other node that would look at the schema or change it, in a transaction."""
    try:
        async with connection.transaction():
            await connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
            yield
    except FAULTS as error:
        raise translate(error) from error


async def _read(connection: asyncpg.Connection) -> tuple[int, int] | None:
    """Return the version of a store and the oldest that it serves, or None if it is none."""
    if await connection.fetchval("SELECT to_regclass('maild_schema')") is None:
        return None
    row = await connection.fetchrow("SELECT version, oldest FROM maild_schema")
    return (row["version"], row["oldest"]) if row else None


async def _refuse_stranger(connection: asyncpg.Connection, name: str) -> None:
    sql = "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1"
    if await connection.fetch(sql):
        raise StoreUnavailable(
            f"{name}: the database belongs to another program; give [store] url another one"
        )


async def _apply(connection: asyncpg.Connection, script: str) -> None:
    for statement in split_statements(script):
        await connection.execute(_TEXT.sub('TEXT COLLATE "C"', statement))


async def _note(connection: asyncpg.Connection, version: int, oldest: int) -> None:
    await connection.execute("DELETE FROM maild_schema")
    await connection.execute("INSERT INTO maild_schema VALUES ($1, $2)", version, oldest)
