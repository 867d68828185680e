"""A whole store copied into another that is empty, on either engine, and held against it.

All of it is one transaction of the target, the check included: whatever ends it early leaves the
target as empty as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from maild.errors import Refused
from maild.store.database import Database, Queries, Row, Transaction
from maild.store.engine import Place, let_wait, open_store, read_store
from maild.store.lock import hold_store
from maild.store.pages import Digest, count_rows, find_key, marks, read_pages
from maild.store.tables import Table, list_tables

# of one INSERT: SQLite looks each parameter up by its name, in time that grows with their number
_PARAMETERS = 500

# takes what is done to which table, how many rows have been done, and how many there are to do
Tell = Callable[[str, int, int], object]


async def copy_store(source: Place, target: Place, tell: Tell) -> Mapping[str, int]:
    """Copy a store into an empty one, made if missing; return how many rows of each table.

    Raises `Refused` where a daemon has either of them, the target is not empty, or what was
    written is not what was read; `StoreUnavailable`, also for another version. Nothing is kept
    then, nor if the caller is cancelled.
    """
    if _find(source) == _find(target):
        raise Refused(f"{target}: a store cannot be copied into itself")
    with ExitStack() as held:
        if source.path and source.path.exists():
            held.enter_context(hold_store(source.path))
        async with read_store(source) as reading:
            if target.path:
                held.enter_context(hold_store(target.path))
            db = await open_store(target)
            try:
                return await _write(db, _Copying(reading, source, target, tell))
            finally:
                await db.close()


async def _write(db: Database, copying: _Copying) -> Mapping[str, int]:
    """Have the copy made; if cancelled it is broken off, unless it is durable just then."""
    writing = asyncio.ensure_future(db.transact(copying.run))
    try:
        return await asyncio.shield(writing)
    except asyncio.CancelledError:
        copying.stop()
        await asyncio.wait([writing])
        if writing.cancelled() or writing.exception():
            raise
        return writing.result()


@dataclass
class _Copying:
    """The work: may be run twice, as any other."""

    reading: Queries
    source: Place
    target: Place
    tell: Tell
    _task: asyncio.Task[Mapping[str, int]] | None = field(default=None, init=False)
    _stopped: bool = field(default=False, init=False)

    async def run(self, tx: Transaction) -> Mapping[str, int]:
        """Copy and check every table."""
        if self._stopped:
            raise asyncio.CancelledError
        self._task = asyncio.ensure_future(self._copy(tx))
        return await self._task

    def stop(self) -> None:
        """Break it off, or have it not begin."""
        self._stopped = True
        if self._task:
            self._task.cancel()

    async def _copy(self, tx: Transaction) -> Mapping[str, int]:
        await let_wait(self.target, tx)
        tables = list_tables()
        await self._refuse_full(tx, tables)
        counts = {table.name: await count_rows(self.reading, table) for table in tables}
        progress = _Progress(self.tell, 2 * sum(counts.values()))
        read = {table.name: await self._fill(tx, table, progress) for table in tables}
        found = {table.name: await _take_in(tx, table, progress) for table in tables}
        wrong = [n for n in counts if found[n] != read[n] or found[n].rows != counts[n]]
        if wrong:
            raise Refused(
                f"{self.target}: what was written is not what was read from {self.source}: "
                f"{', '.join(wrong)}; nothing has been kept"
            )
        return counts

    async def _refuse_full(self, tx: Transaction, tables: Sequence[Table]) -> None:
        full = [one.name for one in tables if await tx.rows(f"SELECT 1 FROM {one.name} LIMIT 1")]
        if full:
            raise Refused(
                f"{self.target}: is not empty, there is something in {', '.join(full)}; "
                "name a new file or an empty database"
            )

    async def _fill(self, tx: Transaction, table: Table, progress: _Progress) -> Digest:
        """Copy a table; rows that refer to others of it do so once all of them are there."""
        digest = Digest()
        async for page in read_pages(self.reading, table):
            digest.add(table, page)
            await _insert(tx, table, page)
            await progress.advance(f"copying {table.name}", len(page))
        for column in table.own:
            await self._refer(tx, table, column)
        return digest

    async def _refer(self, tx: Transaction, table: Table, column: str) -> None:
        key, values = ", ".join(table.key), marks(len(table.key), start=2)
        sql = f"UPDATE {table.name} SET {column} = $1 WHERE ({key}) = ({values})"
        async for page in read_pages(self.reading, table, f"{column} IS NOT NULL"):
            for row in page:
                await tx.execute(sql, row[column], *find_key(table, row))


class _Progress:
    def __init__(self, tell: Tell, total: int) -> None:
        self._tell = tell
        self._total = total
        self._done = 0

    async def advance(self, what: str, rows: int) -> None:
        self._done += rows
        self._tell(what, self._done, self._total)
        # a file is read and written without waiting: whoever would break it off must have a chance
        await asyncio.sleep(0)


async def _take_in(source: Queries, table: Table, progress: _Progress) -> Digest:
    digest = Digest()
    async for page in read_pages(source, table):
        digest.add(table, page)
        await progress.advance(f"checking {table.name}", len(page))
    return digest


async def _insert(tx: Transaction, table: Table, page: Sequence[Row]) -> None:
    names, width = table.columns, len(table.columns)
    step = max(1, _PARAMETERS // width)
    for start in range(0, len(page), step):
        part = page[start : start + step]
        rows = ", ".join(f"({marks(width, start=1 + n * width)})" for n in range(len(part)))
        values = [None if name in table.own else row[name] for row in part for name in names]
        await tx.execute(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {rows}", *values)


def _find(place: Place) -> object:
    return place.path.resolve() if place.path else place.url
