"""The PostgreSQL engine: the same statements as on SQLite, for several nodes at once.

On SQLite one piece of work follows the other. Here an advisory lock does the same for all nodes,
except for work that runs beside. Each node writes in groups, one commit for many, as on SQLite.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import asyncpg
import structlog

from maild.errors import StoreUnavailable
from maild.store.database import Queries, Row, Value, Work
from maild.store.group import GroupWriter
from maild.store.postgres_schema import check_same, migrate, prepare, refuse_served
from maild.store.postgres_session import FAULTS, PATIENCE, PostgresSession, Readers

T = TypeVar("T")
log = structlog.get_logger(__name__)

_READERS = 4
_CHANNEL = "maild"
_LOCK = 0x6D61696C64  # "maild"
_TURN = f"BEGIN; SELECT pg_advisory_xact_lock({_LOCK})"
_MOMENT = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {PATIENCE}"
_NOW = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now"
# notices are heard within milliseconds; behind them everyone looks by himself so often
_LOOK_SECONDS = 5.0
_NOTICE_SECONDS = 0.02
_AGAIN_SECONDS = 1.0
# how long a node that closes tries to tell of its last commit
_LAST_WORD_SECONDS = 2.0


class PostgresDatabase:
    """An open PostgreSQL store; made by `open_postgres`."""

    def __init__(self, dsn: str, password: str | None) -> None:
        def session(opening: str = "BEGIN") -> PostgresSession:
            return PostgresSession(dsn, password, opening)

        self._readers = Readers([session() for _ in range(_READERS)])
        self._sessions = [session(_TURN), session()]
        self._in_turn, self._beside = (GroupWriter(one, self._tell) for one in self._sessions)
        self._bell = session()
        self._changed = asyncio.Event()
        self._unsaid, self._said = asyncio.Event(), asyncio.Event()
        self._said.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False

    async def rows(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows of a query, read apart from the writers."""
        self._check_open()
        return await self._readers.rows(sql, *values)

    async def transact(self, work: Work[T], *, beside: bool = False) -> T:
        """Run work in a transaction and return its result once it is durable."""
        self._check_open()
        return await (self._beside if beside else self._in_turn).transact(work)

    async def tell_time(self) -> int | None:
        """Return what time it is by the server's clock."""
        now: int = (await self.rows(_NOW))[0]["now"]
        return now

    def watch(self) -> asyncio.Event:
        """Return an event that is set at the next commit by this or any other node."""
        if not self._closed:
            self._begin_notices()
        return self._changed

    async def close(self) -> None:
        """Finish what was handed in, then close every connection."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(self._in_turn.close(), self._beside.close())
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORD_SECONDS):
                await self._said.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(
            self._readers.close(), *(one.close() for one in (*self._sessions, self._bell))
        )

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("the store is closed")

    def _begin_notices(self) -> None:
        """Listen, and ring, from the first time that there is a reason to."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._listen(), name="notices"),
                asyncio.create_task(self._look(), name="looking"),
            ]

    def _tell(self) -> None:
        self._announce()
        self._unsaid.set()
        self._said.clear()
        self._begin_notices()

    def _announce(self) -> None:
        event, self._changed = self._changed, asyncio.Event()
        event.set()

    async def _listen(self) -> None:
        """Hear the other nodes' commits, and tell them of ours after the fact.

        A NOTIFY inside a commit makes all commits of the server wait for one another.
        """
        while True:
            try:
                connection = await self._bell.connect()
                # ringing a bell that is broken is how it is found out
                connection.add_termination_listener(lambda _: self._unsaid.set())
                await connection.add_listener(_CHANNEL, self._hear)
                # what happened while nobody listened, here and there
                self._tell()
                await self._ring()
            except (StoreUnavailable, *FAULTS) as error:
                log.warning("the store tells of no changes", error=str(error))
                self._bell.abort()
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _ring(self) -> None:
        while True:
            await self._unsaid.wait()
            self._unsaid.clear()
            await self._bell.rows("SELECT pg_notify($1, '')", _CHANNEL)
            if not self._unsaid.is_set():
                self._said.set()
            await asyncio.sleep(_NOTICE_SECONDS)

    def _hear(self, connection: object, pid: int, *_: object) -> None:
        if not (isinstance(connection, asyncpg.Connection) and connection.get_server_pid() == pid):
            self._announce()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self._announce()


async def open_postgres(dsn: str, password: str | None = None) -> PostgresDatabase:
    """Open the store at a `postgresql://` URL, made if the database is empty.

    Raises `StoreUnavailable`, also for a store that this code does not fit, with the command that
    mends it, and for a database of another program.
    """
    session = PostgresSession(dsn, password)
    try:
        await prepare(await session.connect(), _name(dsn))
    finally:
        await session.close()
    return PostgresDatabase(dsn, password)


async def migrate_postgres(dsn: str, password: str | None = None) -> int:
    """Bring the store at a URL up to this code's version; return how many steps that took."""
    session = PostgresSession(dsn, password)
    try:
        return await migrate(await session.connect(), _name(dsn))
    finally:
        await session.close()


@asynccontextmanager
async def read_postgres(dsn: str, password: str | None = None) -> AsyncIterator[Queries]:
    """Read the store at a URL as it is at one moment; raises `StoreUnavailable`.

    It must be there and of this code's very version; raises `Refused` while others use it.
    """
    session = PostgresSession(dsn, password, _MOMENT)
    try:
        await refuse_served(await session.connect(), _name(dsn))
        await session.begin()
        await check_same(await session.connect(), _name(dsn))
        yield session
    finally:
        await session.close()


def _name(dsn: str) -> str:
    return dsn.partition("?")[0]
