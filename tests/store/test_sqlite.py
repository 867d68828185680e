"""Many callers, one commit; each is answered only when its own work is durable."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from maild.errors import Refused, StoreFull, StoreUnavailable
from maild.store.database import Transaction, insert
from maild.store.sqlite import SqliteDatabase, migrate_sqlite, open_sqlite


async def hit(tx: Transaction, name: str) -> None:
    await insert(tx, "throttle_hits", id=name, name=name, at=1)


def adding(name: str) -> Callable[[Transaction], object]:
    async def work(tx: Transaction) -> str:
        await hit(tx, name)
        return name

    return work


async def add(db: SqliteDatabase, name: str) -> str:
    return await db.transact(adding(name))  # type: ignore[arg-type]


def names(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM throttle_hits")}


async def test_work_is_committed_before_its_caller_goes_on(
    db: SqliteDatabase, other: sqlite3.Connection
) -> None:
    for n in range(20):
        assert await add(db, f"n{n}") == f"n{n}"
        assert f"n{n}" in names(other)


async def test_what_arrives_during_a_commit_shares_the_next_one(db: SqliteDatabase) -> None:
    statements: list[str] = []
    raw = db._connections[0]._raw
    await raw.set_trace_callback(statements.append)
    assert await asyncio.gather(*(add(db, f"n{n}") for n in range(300))) == [
        f"n{n}" for n in range(300)
    ]
    await raw.set_trace_callback(None)  # type: ignore[arg-type]
    assert sum("INSERT" in statement for statement in statements) == 300
    assert statements.count("COMMIT") <= 3


async def test_commits_reach_the_disk(db: SqliteDatabase) -> None:
    for connection in db._connections:
        # 2 is FULL: the log is synced at every commit
        assert (await connection.rows("PRAGMA synchronous"))[0]["synchronous"] == 2
        assert (await connection.rows("PRAGMA journal_mode"))[0]["journal_mode"] == "wal"
        assert (await connection.rows("PRAGMA foreign_keys"))[0]["foreign_keys"] == 1


async def test_work_that_fails_is_undone_alone(
    db: SqliteDatabase, other: sqlite3.Connection
) -> None:
    async def half(tx: Transaction) -> None:
        await hit(tx, "half")
        raise Refused("no")

    async def twice(tx: Transaction) -> None:
        await hit(tx, "before")
        await hit(tx, "first")

    results = await asyncio.gather(
        add(db, "first"),
        db.transact(half),
        add(db, "second"),
        db.transact(twice),
        add(db, "third"),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [str, Refused, str, sqlite3.IntegrityError, str]
    assert names(other) == {"first", "second", "third"}


async def test_work_that_is_cancelled_from_inside_takes_nothing_with_it(
    db: SqliteDatabase, other: sqlite3.Connection
) -> None:
    async def fall(tx: Transaction) -> None:
        await hit(tx, "fallen")
        raise asyncio.CancelledError

    results = await asyncio.gather(
        add(db, "one"), db.transact(fall), add(db, "two"), return_exceptions=True
    )
    assert isinstance(results[1], asyncio.CancelledError)
    assert await add(db, "three") == "three"
    assert names(other) == {"one", "two", "three"}


async def test_work_sees_what_it_wrote_and_readers_do_not_yet(db: SqliteDatabase) -> None:
    async def work(tx: Transaction) -> tuple[int, int]:
        await hit(tx, "mine")
        inside = await tx.rows("SELECT 1 FROM throttle_hits")
        outside = await db.rows("SELECT 1 FROM throttle_hits")
        return len(inside), len(outside)

    assert await db.transact(work) == (1, 0)


async def test_work_of_a_caller_that_was_cancelled_is_still_kept(
    db: SqliteDatabase, other: sqlite3.Connection
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(tx: Transaction) -> None:
        begun.set()
        await go_on.wait()
        await hit(tx, "kept")

    caller = asyncio.create_task(db.transact(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    await add(db, "next")
    assert names(other) == {"kept", "next"}


async def test_own_commit_and_another_processs_are_noticed(
    db: SqliteDatabase, other: sqlite3.Connection
) -> None:
    change = db.watch()
    await add(db, "own")
    assert change.is_set()
    # the watcher notices that same commit too, on its next look
    await asyncio.wait_for(db.watch().wait(), 30)
    change = db.watch()
    assert not change.is_set()
    other.execute("INSERT INTO throttle_hits (id, name, at) VALUES ('theirs', 'theirs', 1)")
    await asyncio.wait_for(change.wait(), 30)


async def test_lock_that_is_not_let_go_makes_the_store_unavailable_for_a_while(
    db: SqliteDatabase, other: sqlite3.Connection
) -> None:
    await add(db, "before")
    other.execute("BEGIN IMMEDIATE")
    waiting = await asyncio.gather(add(db, "one"), add(db, "two"), return_exceptions=True)
    assert [type(error) for error in waiting] == [StoreUnavailable, StoreUnavailable]
    assert len(await db.rows("SELECT 1 FROM throttle_hits")) == 1
    other.execute("ROLLBACK")
    await add(db, "three")
    assert names(other) == {"before", "three"}


async def test_full_disk_is_told_and_gone_with_the_first_free_page(
    db: SqliteDatabase, other: sqlite3.Connection
) -> None:
    await add(db, "before")
    pages = (await db._connections[0].rows("PRAGMA page_count"))[0]["page_count"]
    await db._connections[0].rows(f"PRAGMA max_page_count = {pages}")

    async def fill(tx: Transaction) -> None:
        await tx.execute(
            "INSERT INTO blobs (hash, size, content) VALUES ($1, $2, $3)", "x", 1, b"x" * 100_000
        )

    results = await asyncio.gather(
        add(db, "one"), db.transact(fill), add(db, "two"), return_exceptions=True
    )
    assert isinstance(results[1], StoreFull)
    kept = {result for result in results if isinstance(result, str)}
    assert names(other) == {"before"} | kept

    await db._connections[0].rows("PRAGMA max_page_count = 100000")
    await db.transact(fill)
    await add(db, "after")
    assert names(other) == {"before", "after"} | kept


async def test_store_that_cannot_be_written_is_unavailable_but_readable(
    db: SqliteDatabase, other: sqlite3.Connection
) -> None:
    await add(db, "before")
    await db._connections[0].rows("PRAGMA query_only = ON")
    with pytest.raises(StoreUnavailable, match="readonly"):
        await add(db, "never")
    assert len(await db.rows("SELECT 1 FROM throttle_hits")) == 1
    await db._connections[0].rows("PRAGMA query_only = OFF")
    await add(db, "after")
    assert names(other) == {"before", "after"}


async def test_fault_of_ours_is_not_taken_for_a_fault_of_the_store(db: SqliteDatabase) -> None:
    with pytest.raises(sqlite3.OperationalError, match="full_name"):
        await db.rows("SELECT full_name FROM clients")


async def test_close_waits_for_what_was_handed_in(path: Path) -> None:
    database = await open_sqlite(path)
    adding_all = [asyncio.create_task(add(database, f"n{n}")) for n in range(500)]
    await asyncio.sleep(0)
    await database.close()
    assert len(await asyncio.gather(*adding_all)) == 500
    reopened = await open_sqlite(path)
    assert len(await reopened.rows("SELECT 1 FROM throttle_hits")) == 500
    await reopened.close()


async def test_closed_store_refuses_and_closing_again_does_nothing(path: Path) -> None:
    database = await open_sqlite(path)
    await database.close()
    await database.close()
    with pytest.raises(StoreUnavailable):
        await database.rows("SELECT 1")
    with pytest.raises(StoreUnavailable):
        await add(database, "late")


async def test_readers_waiting_at_the_close_are_refused_not_forgotten(path: Path) -> None:
    database = await open_sqlite(path)
    asking = [asyncio.create_task(database.rows("SELECT 1 AS n")) for _ in range(20)]
    await asyncio.sleep(0)
    await database.close()
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert {type(result) for result in results} <= {list, StoreUnavailable}


async def test_reader_that_gave_up_does_not_cost_a_connection(db: SqliteDatabase) -> None:
    slow = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000)"
    for _ in range(4):
        asking = asyncio.create_task(db.rows(f"{slow} SELECT count(*) FROM n"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert len(await asyncio.wait_for(db.rows("SELECT 1 AS n"), 10)) == 1


async def test_older_store_is_refused_with_the_command_that_mends_it(path: Path) -> None:
    await (await open_sqlite(path)).close()
    with sqlite3.connect(path) as raw:
        version = raw.execute("PRAGMA user_version").fetchone()[0]
        raw.execute(f"PRAGMA user_version = {version + 1}")
    raw.close()
    with pytest.raises(StoreUnavailable, match=r"maild.db.*newer.*install the maild"):
        await open_sqlite(path)
    with pytest.raises(StoreUnavailable, match="newer"):
        await migrate_sqlite(path)
