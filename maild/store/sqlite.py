"""The SQLite engine: WAL, synchronous FULL, one writer with group commit, readers apart."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TypeVar

import aiosqlite

from maild.errors import StoreFull, StoreUnavailable
from maild.store.database import Queries, Row, Value, Work
from maild.store.glance import Glance
from maild.store.group import GroupWriter
from maild.store.schema import check_version, list_migrations, split_statements

T = TypeVar("T")

LOCK_WAIT_MS = 8_000
_WATCH_SECONDS = 0.25
_SWITCH_SECONDS = 0.02
_READERS = 2
_LARGE = 256 * 1024
# the names of as many parameters as most statements have
_NUMBERS = tuple(str(n) for n in range(1, 101))
# what goes wrong with the file or the disk, and may be right again later
_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)


class _Connection:
    """An aiosqlite connection with numbered parameters and maild's errors."""

    def __init__(self, raw: aiosqlite.Connection) -> None:
        self._raw = raw

    @property
    def in_transaction(self) -> bool:
        return self._raw.in_transaction

    async def rows(self, sql: str, *values: Value) -> Sequence[Row]:
        try:
            if self._is_quick(sql, values):
                return self._raw._conn.execute(sql, _number(values)).fetchall()
            return list(await self._raw.execute_fetchall(sql, _number(values)))  # type: ignore[arg-type]
        except sqlite3.Error as error:
            raise _translate(error) from error

    async def execute(self, sql: str, *values: Value) -> int:
        try:
            if self._is_quick(sql, values):
                return self._raw._conn.execute(sql, _number(values)).rowcount
            # not closed on purpose, which would be another hop: it has run to its end
            return (await self._raw.execute(sql, _number(values))).rowcount
        except sqlite3.Error as error:
            raise _translate(error) from error

    def _is_quick(self, sql: str, values: tuple[Value, ...]) -> bool:
        """Tell whether a statement is run at once, without the hop to SQLite's thread.

        A transaction has its lock, and what it writes waits for no disk before the commit: the hop
        would take longer. What is large, and what is deleted, which may be, keeps to the thread.
        """
        if not self.in_transaction or sql.startswith("DELETE"):
            return False
        return not any(isinstance(value, bytes) and len(value) > _LARGE for value in values)

    async def begin(self) -> None:
        await self.execute("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        try:
            await self._raw.commit()
        except sqlite3.Error as error:
            raise _translate(error) from error

    async def rollback(self) -> None:
        if self.in_transaction:
            with suppress(sqlite3.Error):
                await self._raw.rollback()

    async def close(self) -> None:
        await self._raw.close()


class SqliteDatabase:
    """An open SQLite store; made by `open_sqlite`."""

    def __init__(self, writer: _Connection, readers: list[_Connection], glance: Glance) -> None:
        self._glance = glance
        self._readers: asyncio.Queue[_Connection] = asyncio.Queue()
        for reader in readers[1:]:
            self._readers.put_nowait(reader)
        self._connections = [writer, *readers]
        self._watcher = readers[0]
        self._changed = asyncio.Event()
        self._writer = GroupWriter(writer, self._announce)
        self._looking = asyncio.create_task(self._look())
        self._closed = False

    async def rows(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows of a query, read apart from the writer."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if (found := self._glance.rows(sql, _number(values))) is not None:
            # whoever reads on and on lets others have their turn all the same
            await asyncio.sleep(0)
            return found
        reader = await self._readers.get()
        try:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            return await asyncio.shield(reader.rows(sql, *values))
        finally:
            self._readers.put_nowait(reader)

    async def transact(self, work: Work[T], *, beside: bool = False) -> T:
        """Run work in a transaction and return its result once it is durable.

        There is one writer to a file: `beside` changes nothing.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed")
        return await self._writer.transact(work)

    async def tell_time(self) -> int | None:
        """Return None: whoever uses the file has the clock of its machine."""
        return None

    def watch(self) -> asyncio.Event:
        """Return an event that is set at the next commit by this or any other process."""
        return self._changed

    async def close(self) -> None:
        """Finish what was handed in, then close every connection."""
        if self._closed:
            return
        self._closed = True
        await self._writer.close()
        self._looking.cancel()
        with suppress(asyncio.CancelledError):
            await self._looking
        self._glance.close()
        for connection in self._connections:
            await connection.close()

    def _announce(self) -> None:
        event, self._changed = self._changed, asyncio.Event()
        event.set()

    async def _look(self) -> None:
        """Notice the commits of other processes; the pragma reads shared memory, not the disk."""
        seen = None
        while True:
            with suppress(StoreUnavailable):
                version = (await self._watcher.rows("PRAGMA data_version"))[0][0]  # type: ignore[index]
                if seen not in (None, version):
                    self._announce()
                seen = version
            await asyncio.sleep(_WATCH_SECONDS)


async def open_sqlite(path: Path, *, lock_wait_ms: int = LOCK_WAIT_MS) -> SqliteDatabase:
    """Open the store in a file, made if missing; raises `StoreUnavailable`.

    A store of another version than this code's is refused with the command that mends it.
    `lock_wait_ms` is how long a statement waits for another process's lock.
    """
    opened: list[_Connection] = []
    try:
        for _ in range(2 + _READERS):
            opened.append(await _connect(path, lock_wait_ms))
        await _prepare(opened[0], path)
        return SqliteDatabase(opened[0], opened[1:], Glance(path))
    except BaseException:
        for connection in opened:
            await connection.close()
        raise


async def migrate_sqlite(path: Path) -> int:
    """Bring the store in a file up to this code's version; return how many steps that took."""
    connection = await _connect(path, LOCK_WAIT_MS)
    try:
        found = await _version(connection)
        migrations = list_migrations()
        if found > len(migrations):
            check_version(path, found, len(migrations))
        steps = enumerate(migrations[found:], found + 1)
        return sum([await _apply(connection, number, script) for number, script in steps])
    finally:
        await connection.close()


@asynccontextmanager
async def read_sqlite(path: Path) -> AsyncIterator[Queries]:
    """Read the store in a file as it is at one moment; raises `StoreUnavailable`.

    It must be there and of this code's version.
    """
    connection = await _connect(path, LOCK_WAIT_MS, must_exist=True)
    try:
        await connection.execute("BEGIN")
        check_version(path, await _version(connection), len(list_migrations()))
        yield connection
    finally:
        await connection.close()


async def _connect(path: Path, lock_wait_ms: int, *, must_exist: bool = False) -> _Connection:
    try:
        (Path.stat if must_exist else _make_private)(path)
        # tried here first: aiosqlite's thread outlives a file that cannot be opened, and the loop
        sqlite3.connect(path).close()
        raw = await aiosqlite.connect(path, isolation_level=None, check_same_thread=False)
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"{path}: the store cannot be opened ({error})") from error
    raw.row_factory = sqlite3.Row
    connection = _Connection(raw)
    try:
        await connection.execute(f"PRAGMA busy_timeout = {lock_wait_ms}")
        await _refuse_stranger(connection)
        await _write_ahead(connection, lock_wait_ms / 1000)
        for setting in ("synchronous = FULL", "foreign_keys = ON"):
            await connection.execute(f"PRAGMA {setting}")
    except StoreUnavailable as error:
        await connection.close()
        raise type(error)(f"{path}: {error}") from error
    except BaseException:
        await connection.close()
        raise
    return connection


async def _write_ahead(connection: _Connection, patience: float) -> None:
    """Switch to the write-ahead log, which SQLite refuses at once while others look at the file.

    Its busy timeout does not hold here, so the waiting (`patience`, seconds) is ours.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while True:
        try:
            await connection.execute("PRAGMA journal_mode = WAL")
            return
        except StoreUnavailable:
            if loop.time() >= deadline:
                raise
        await asyncio.sleep(_SWITCH_SECONDS)


async def _refuse_stranger(connection: _Connection) -> None:
    """Raise `StoreUnavailable` for a database that is not ours: it has tables but no version."""
    tables = await connection.rows("SELECT name FROM sqlite_master LIMIT 1")
    # read after the tables, which another process may be making just now
    if tables and not await _version(connection):
        raise StoreUnavailable("the file belongs to another program; give [store] url another one")


def _make_private(path: Path) -> None:
    """Make the file if it is missing; one that exists is never opened here.

    Closing any descriptor of a file drops all POSIX locks this process has on it, those of
    SQLite's own connections too; another process would then take the store for unused.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


async def _prepare(connection: _Connection, path: Path) -> None:
    migrations = list_migrations()
    found = await _version(connection)
    if found == 0:
        # all steps as one: another process must never find a new store half made
        await _apply(connection, len(migrations), "\n".join(migrations))
    else:
        check_version(path, found, len(migrations))


async def _version(connection: _Connection) -> int:
    rows = await connection.rows("PRAGMA user_version")
    return int(rows[0]["user_version"])


async def _apply(connection: _Connection, number: int, script: str) -> bool:
    """Take one step in a transaction; return False if another process has taken it already."""
    await connection.execute("BEGIN IMMEDIATE")
    try:
        missing = await _version(connection) < number
        for statement in split_statements(script) if missing else ():
            await connection.execute(statement)
        if missing:
            await connection.execute(f"PRAGMA user_version = {number}")
        await connection.commit()
    except BaseException:
        await connection.rollback()
        raise
    return missing


def _number(values: tuple[Value, ...]) -> dict[str, Value]:
    names = _NUMBERS if len(values) <= len(_NUMBERS) else map(str, count(1))
    return dict(zip(names, values, strict=False))


def _translate(error: sqlite3.Error) -> Exception:
    # the low byte is the kind of error (SQLite result codes); what Python itself raises has none
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StoreFull("the disk under the store is full; make room and it goes on by itself")
    if code in _TROUBLE:
        return StoreUnavailable(f"the store cannot be used now ({error})")
    return error
