"""A store of its own for each test."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from maild.store.sqlite import SqliteDatabase, open_sqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The store's file."""
    return tmp_path / "maild.db"


@pytest.fixture
async def db(path: Path) -> AsyncIterator[SqliteDatabase]:
    """An open store that waits for a lock no longer than a test can."""
    database = await open_sqlite(path, lock_wait_ms=100)
    yield database
    await database.close()


@pytest.fixture
def other(db: SqliteDatabase, path: Path) -> Iterator[sqlite3.Connection]:
    """Another process's view of the same file: it sees what is committed, and no more."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0.1)) as connection:
        yield connection
