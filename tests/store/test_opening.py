"""Opening a store: made if missing, private, migrated once, refused when it is something else."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import stat
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from maild.errors import StoreUnavailable
from maild.store import schema, sqlite
from maild.store.sqlite import migrate_sqlite, open_sqlite

MORE = ("CREATE TABLE more (id TEXT PRIMARY KEY);", "INSERT INTO more (id) VALUES ('once');")


@pytest.fixture
def migrations(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """A maild that knows two steps more than the store was made with."""
    known = (*schema.list_migrations(), *MORE)
    monkeypatch.setattr(sqlite, "list_migrations", lambda: known)
    return known


async def make(path: Path) -> None:
    await (await open_sqlite(path)).close()


async def test_store_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "data" / "maild.db"
    await make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_older_store_is_refused_until_it_is_migrated(
    path: Path, request: pytest.FixtureRequest
) -> None:
    await make(path)
    known = len(request.getfixturevalue("migrations"))
    with pytest.raises(StoreUnavailable, match=r"maild\.db.*run: maild migrate"):
        await open_sqlite(path)
    assert await migrate_sqlite(path) == 2
    assert await migrate_sqlite(path) == 0
    database = await open_sqlite(path)
    assert (await database.rows("PRAGMA user_version"))[0]["user_version"] == known
    assert [row["id"] for row in await database.rows("SELECT id FROM more")] == ["once"]
    await database.close()


async def test_two_migrations_at_once_apply_each_step_once(
    path: Path, request: pytest.FixtureRequest
) -> None:
    await make(path)
    request.getfixturevalue("migrations")
    steps = await asyncio.gather(*(migrate_sqlite(path) for _ in range(4)))
    assert sum(steps) == 2
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT id FROM more").fetchall() == [("once",)]


async def test_step_that_fails_leaves_the_store_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(path)
    steps = (
        *schema.list_migrations(),
        "CREATE TABLE half (id TEXT);\nCREATE TABLE half (id TEXT);",
    )
    monkeypatch.setattr(sqlite, "list_migrations", lambda: steps)
    with pytest.raises(sqlite3.OperationalError):
        await migrate_sqlite(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone()[0] == len(steps) - 1
        assert not raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchall()


def test_processes_that_open_a_new_store_at_once_make_it_once(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(4, mp_context=context) as pool:
        assert list(pool.map(_open_and_add, [path] * 4, range(4))) == [None] * 4
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM throttle_hits").fetchone() == (4,)


async def test_new_store_is_opened_once_another_process_is_through_with_it(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        opening = asyncio.create_task(open_sqlite(path))
        asyncio.get_running_loop().call_later(0.2, other.execute, "ROLLBACK")
        await (await opening).close()


def _open_and_add(path: Path, number: int) -> None:
    async def run() -> None:
        database = await open_sqlite(path)
        await database.transact(
            lambda tx: tx.execute(
                "INSERT INTO throttle_hits (id, name, at) VALUES ($1, 'x', 1)", str(number)
            )
        )
        await database.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "content", [b"not a database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000]
)
async def test_file_that_is_no_store_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match=r"maild\.db"):
        await open_sqlite(path)
    assert path.read_bytes() == content


async def test_store_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(StoreUnavailable, match=r"maild\.db.*another program"):
        await open_sqlite(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]


async def test_folder_in_the_place_of_the_store_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreUnavailable, match=r"maild\.db"):
        await open_sqlite(path)


async def test_locked_store_is_refused_in_time_and_leaves_nothing_open(path: Path) -> None:
    await make(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA locking_mode = EXCLUSIVE")
        raw.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable, match=r"maild\.db.*locked"):
            await open_sqlite(path, lock_wait_ms=50)


async def test_damaged_page_is_told_as_an_unavailable_store(path: Path) -> None:
    await make(path)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match=r"maild\.db.*malformed"):
        await open_sqlite(path)
