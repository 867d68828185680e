"""One connection to PostgreSQL: opened when it is needed, opened again when it broke."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeVar, cast

import asyncpg

from maild.errors import StoreFull, StoreUnavailable
from maild.store.database import SKIP_LOCKED, Row, Value
from maild.store.group import Contention

T = TypeVar("T")

# in a transaction that waits for something else than the server
PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = 0"
CONNECT_SECONDS = 10.0
_QUERY_SECONDS = 60.0
_STATEMENTS = 500
# said once connected: a pooler between us refuses what it does not know while connecting
_SETTINGS = {
    # a node that is paused inside a transaction would hold up all others
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "20s",
}
# what is wrong with the server, its disk or the way to it, and may be right again later
# (PostgreSQL manual, appendix A): connection, authorization, resources, operator, system, internal
_TROUBLE = ("08", "28", "3D", "53", "55P03", "57", "58", "25006", "25P03", "XX")
# all that asyncpg raises; the third when the server has just ended what was to be used
FAULTS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
_CONTENTION = ("40001", "40P01")
_FULL = "53100"


class PostgresSession:
    """A connection with maild's errors; whoever uses it has it for himself meanwhile.

    `opening` is what is said to open a transaction.
    """

    def __init__(self, dsn: str, password: str | None, opening: str = "BEGIN") -> None:
        self._dsn = dsn
        self._password = password
        self._opening = opening
        self._raw: asyncpg.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a live connection."""
        return self._raw is not None and not self._raw.is_closed()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._raw is not None and self.is_open and self._raw.is_in_transaction()

    async def connect(self) -> asyncpg.Connection:
        """Return the live connection, a new one if it broke; raises `StoreUnavailable`."""
        if self._raw is None or self._raw.is_closed():
            self._raw = None
            try:
                self._raw = await asyncpg.connect(
                    self._dsn,
                    password=self._password,
                    timeout=CONNECT_SECONDS,
                    command_timeout=_QUERY_SECONDS,
                    statement_cache_size=_STATEMENTS,
                    server_settings={"application_name": "maild"},
                )
                told = (f"SET {name} = '{value}'" for name, value in _SETTINGS.items())
                await self._raw.execute("; ".join(told))
            except FAULTS as error:
                self.abort()
                raise translate(error) from error
        return self._raw

    async def rows(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows of a query."""
        connection = await self._in_hand()
        try:
            found = await connection.fetch(_spell(sql), *map(_clean, values))
        except FAULTS as error:
            raise _judge(connection, error) from error
        return cast(Sequence[Row], found)

    async def execute(self, sql: str, *values: Value) -> int:
        """Run a statement and return how many rows it touched."""
        connection = await self._in_hand()
        try:
            tag = await connection.execute(_spell(sql), *map(_clean, values))
        except FAULTS as error:
            raise _judge(connection, error) from error
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def begin(self) -> None:
        """Open a transaction."""
        await self.connect()
        await self.execute(self._opening)

    async def commit(self) -> None:
        """Make it durable; an error leaves open whether it is."""
        await self.execute("COMMIT")

    async def rollback(self) -> None:
        """Undo it; a connection that cannot even do that is closed, which does."""
        if self.in_transaction:
            try:
                await self.execute("ROLLBACK")
            except (StoreUnavailable, asyncpg.PostgresError):
                self.abort()

    def abort(self) -> None:
        """Close at once."""
        if self._raw is not None:
            self._raw.terminate()
            self._raw = None

    async def close(self) -> None:
        """Say goodbye and close."""
        if self._raw is not None:
            with suppress(Exception):
                await self._raw.close(timeout=2)
            self.abort()

    async def _in_hand(self) -> asyncpg.Connection:
        """Return the connection, also a broken one: within a transaction no other will do."""
        return self._raw or await self.connect()


class Readers:
    """A few sessions that read, each lent to one reader at a time."""

    def __init__(self, sessions: Sequence[PostgresSession]) -> None:
        self._sessions = sessions
        self._free: asyncio.LifoQueue[PostgresSession] = asyncio.LifoQueue()
        for session in sessions:
            self._free.put_nowait(session)

    async def rows(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows of a query; asked once more if the server had closed on us meanwhile."""
        session = await self._free.get()
        try:
            await session.connect()
            try:
                return await session.rows(sql, *values)
            except StoreUnavailable:
                if session.is_open:
                    raise
                await session.connect()
                return await session.rows(sql, *values)
        except asyncio.CancelledError:
            # what was asked is still being answered
            session.abort()
            raise
        finally:
            self._free.put_nowait(session)

    async def close(self) -> None:
        """Close every session."""
        await asyncio.gather(*(session.close() for session in self._sessions))


def _judge(connection: asyncpg.Connection, error: BaseException) -> Exception:
    """Return the error that a caller is to see, and close a connection of which nothing is sure."""
    if isinstance(error, asyncpg.InternalClientError):
        connection.terminate()
    return translate(error)


def translate(error: BaseException) -> Exception:
    """Return the error that a caller is to see: `StoreUnavailable` for what may pass."""
    code = getattr(error, "sqlstate", None) or ""
    if code == _FULL:
        return StoreFull("the disk under the store is full; make room and it goes on by itself")
    if code in _CONTENTION:
        return Contention(f"the store is busy ({error})")
    if not isinstance(error, asyncpg.PostgresError) or code.startswith(_TROUBLE):
        words = str(error) or "no answer in time"
        return StoreUnavailable(f"the store cannot be used now ({words})")
    return cast(Exception, error)


def _spell(sql: str) -> str:
    return sql.replace(SKIP_LOCKED, "FOR UPDATE SKIP LOCKED")


def _clean(value: Value) -> Value:
    # PostgreSQL keeps no NUL in a text; what strangers write may have one
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
