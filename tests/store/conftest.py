"""A store of its own for each test."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from maild.store.postgres import PostgresDatabase, open_postgres
from maild.store.sqlite import SqliteDatabase, open_sqlite
from tests.postgres import Cluster

Join = Callable[[], Awaitable[PostgresDatabase]]


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


@pytest.fixture
def url(cluster: Cluster) -> str:
    """The URL of an empty store on PostgreSQL, of this version, which a test leaves so."""
    return cluster.empty()


@pytest.fixture
def own_url(cluster: Cluster) -> Iterator[str]:
    """The URL of such a store that a test may do anything to."""
    made = cluster.new()
    yield made
    cluster.drop(made)


@pytest.fixture
def bare_url(cluster: Cluster) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    made = cluster.new("template0")
    yield made
    cluster.drop(made)


@pytest.fixture
async def join(url: str) -> AsyncIterator[Join]:
    """What opens the store for one more node."""
    nodes: list[PostgresDatabase] = []

    async def open_one() -> PostgresDatabase:
        nodes.append(await open_postgres(url))
        return nodes[-1]

    yield open_one
    for node in nodes:
        await node.close()


@pytest.fixture
async def node(join: Join) -> PostgresDatabase:
    """The first node."""
    return await join()
