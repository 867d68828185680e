"""What is found in a moment is read at once; what would keep the loop waiting is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from maild.store.database import insert
from maild.store.glance import Glance
from maild.store.sqlite import SqliteDatabase

_COUNTED = "SELECT count(*) AS n FROM throttle_hits"
_ENDLESS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)"
    " SELECT count(*) AS n FROM numbers"
)


@pytest.fixture
def glance(db: SqliteDatabase, path: Path) -> Iterator[Glance]:
    with closing(Glance(path)) as opened:
        yield opened


async def test_a_row_is_found_as_soon_as_it_is_committed(
    db: SqliteDatabase, glance: Glance
) -> None:
    for n in range(20):
        await db.transact(partial(insert, table="throttle_hits", id=f"n{n}", name="n", at=n))
        found = glance.rows("SELECT id FROM throttle_hits WHERE at = $1", {"1": n})
        assert found and [row["id"] for row in found] == [f"n{n}"]


async def test_a_query_that_takes_long_is_given_up_and_answered_by_a_thread(
    db: SqliteDatabase, glance: Glance
) -> None:
    assert glance.rows(_ENDLESS, {"1": 10}) is not None
    assert glance.rows(_ENDLESS, {"1": 1_000_000}) is None
    assert (await db.rows(_ENDLESS, 1_000_000))[0]["n"] == 1_000_000


async def test_a_short_query_is_never_given_up_however_often_it_is_asked(glance: Glance) -> None:
    for _ in range(2_000):
        assert glance.rows(_ENDLESS, {"1": 100}) is not None


async def test_what_was_given_up_once_is_left_to_the_threads(glance: Glance) -> None:
    assert glance.rows(_ENDLESS, {"1": 1_000_000}) is None
    assert glance.rows(_ENDLESS, {"1": 10}) is None


async def test_what_is_large_is_left_to_a_thread(db: SqliteDatabase, glance: Glance) -> None:
    large = "x" * 300_000
    await db.transact(lambda tx: insert(tx, "throttle_hits", id="large", name=large, at=1))
    assert glance.rows("SELECT name FROM throttle_hits", {}) is None
    assert (await db.rows("SELECT name FROM throttle_hits"))[0]["name"] == large


async def test_a_glance_does_not_wait_for_another_process_that_writes(
    other: sqlite3.Connection, glance: Glance
) -> None:
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO throttle_hits (id, name, at) VALUES ('a', 'a', 1)")
    before = glance.rows(_COUNTED, {})
    other.execute("COMMIT")
    after = glance.rows(_COUNTED, {})
    assert before and after and (before[0]["n"], after[0]["n"]) == (0, 1)


async def test_a_glance_that_is_given_up_holds_nothing_back(
    other: sqlite3.Connection, glance: Glance
) -> None:
    other.execute("INSERT INTO throttle_hits (id, name, at) VALUES ('a', zeroblob(300000), 1)")
    assert glance.rows("SELECT name FROM throttle_hits", {}) is None
    assert glance.rows(_ENDLESS, {"1": 1_000_000}) is None
    other.execute("INSERT INTO throttle_hits (id, name, at) VALUES ('b', 'b', 1)")
    # a reader that still stood at the earlier row would be in its way
    assert tuple(other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()) == (0, 0, 0)


async def test_a_glance_changes_nothing(glance: Glance) -> None:
    assert glance.rows("INSERT INTO throttle_hits (id, name, at) VALUES ('a', 'a', 1)", {}) is None
    found = glance.rows(_COUNTED, {})
    assert found and found[0]["n"] == 0


async def test_what_is_wrong_with_a_query_is_told_by_the_thread(db: SqliteDatabase) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await db.rows("SELECT 1 FROM nowhere")
