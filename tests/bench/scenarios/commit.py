"""Rows of 8 KB made durable: maild's store beside the bare disk and SQLite's own module."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from maild.model import Envelope
from maild.store import replies
from maild.store.database import Transaction
from maild.store.sqlite import open_sqlite
from tests.bench.scenario import Contender, Goal, Outcome, Round, Scenario, need_equal

_ROW = b"x" * 8192


def _timed(items: int, work: Callable[[], object]) -> Outcome:
    started, computed = time.perf_counter(), time.process_time()
    work()
    return Outcome(items, time.perf_counter() - started, time.process_time() - computed)


@contextmanager
def _disk(folder: Path) -> Iterator[Round]:
    with (folder / "log").open("wb", buffering=0) as file:

        def append(items: int) -> None:
            for _ in range(items):
                file.write(_ROW)
                os.fdatasync(file.fileno())

        yield lambda items: _timed(items, partial(append, items))


@contextmanager
def _sqlite(folder: Path) -> Iterator[Round]:
    with closing(sqlite3.connect(folder / "rows.db", isolation_level=None)) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = FULL")
        store.execute("CREATE TABLE rows (content BLOB)")

        def insert(items: int) -> None:
            for _ in range(items):
                store.execute("INSERT INTO rows VALUES (?)", (_ROW,))

        yield lambda items: _timed(items, partial(insert, items))


@contextmanager
def _maild(callers: int, folder: Path) -> Iterator[Round]:
    path = folder / "maild.db"

    async def write(items: int) -> None:
        db = await open_sqlite(path)
        numbers = iter(range(items))
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(callers):
                    tasks.create_task(work(db.transact, numbers))
        finally:
            await db.close()

    async def work(transact: Callable[..., object], numbers: Iterator[int]) -> None:
        for _ in numbers:
            await transact(_add)  # type: ignore[misc]

    def count() -> int:
        with closing(sqlite3.connect(path)) as store:
            return int(store.execute("SELECT count(*) FROM replies").fetchone()[0])

    def play(items: int) -> Outcome:
        before = count() if path.exists() else 0
        outcome = _timed(items, lambda: asyncio.run(write(items)))
        need_equal("rows", count() - before, items)
        return outcome

    yield play


async def _add(tx: Transaction) -> None:
    envelope = Envelope("127.0.0.1", "b", "a@b.example", ("c@example.test",), _ROW)
    await replies.add_reply(tx, os.urandom(10).hex(), envelope, time.time_ns())


SCENARIOS = (
    Scenario(
        name="commit",
        about="rows of 8 KB, each durable before its writer goes on",
        items=1000,
        contenders=(
            Contender("the bare disk, one writer", _disk),
            Contender("sqlite3, one writer", _sqlite),
            Contender("maild, one writer", partial(_maild, 1)),
            Contender("maild, 20 writers", partial(_maild, 20)),
            Contender("maild, 100 writers", partial(_maild, 100)),
        ),
        goals=(
            Goal(
                "20 writers × the bare disk",
                "maild, 20 writers",
                "the bare disk, one writer",
                least=2,
            ),
            Goal("one writer × sqlite3", "maild, one writer", "sqlite3, one writer", least=0.5),
        ),
    ),
)
