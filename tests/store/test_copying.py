"""Copying: parents before children, a bar that only moves on, and nothing kept of half a copy."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from maild.store.copying import copy_store
from maild.store.database import Transaction, insert
from maild.store.engine import Place, open_store
from maild.store.sqlite import SqliteDatabase
from maild.store.tables import list_tables


async def fill(db: SqliteDatabase) -> None:
    async def work(tx: Transaction) -> None:
        for n in range(3):
            await insert(tx, "blobs", hash=f"b{n}", size=1, content=b"x")
            await insert(tx, "throttle_hits", id=f"t{n}", name="x", at=1)

    await db.transact(work)


def test_tables_come_after_those_that_they_refer_to() -> None:
    tables = list_tables()
    assert len(tables) > 20
    for place, table in enumerate(tables):
        assert table.key
        assert table.parents <= {before.name for before in tables[:place]}


async def test_all_rows_are_told_twice_once_copied_and_once_checked(
    db: SqliteDatabase, path: Path
) -> None:
    await fill(db)
    told: list[tuple[str, int, int]] = []
    target = Place("sqlite:to.db", path.parent)
    counts = await copy_store(Place(f"sqlite:{path}"), target, lambda *one: told.append(one))
    assert sum(counts.values()) == 6
    assert [done for _, done, _ in told] == [3, 6, 9, 12]
    assert {total for _, _, total in told} == {12}
    assert [what.split()[0] for what, _, _ in told] == ["copying"] * 2 + ["checking"] * 2


@pytest.mark.parametrize("stage", ["copying", "checking"])
async def test_copy_that_is_cancelled_leaves_an_empty_store(
    db: SqliteDatabase, path: Path, stage: str
) -> None:
    await fill(db)
    target = Place("sqlite:to.db", path.parent)

    def cancel(what: str, done: int, total: int) -> None:
        if what.startswith(stage):
            copying.cancel()

    copying = asyncio.create_task(copy_store(Place(f"sqlite:{path}"), target, cancel))
    with pytest.raises(asyncio.CancelledError):
        await copying
    left = await open_store(target)
    for table in list_tables():
        assert not await left.rows(f"SELECT 1 FROM {table.name}")
    await left.close()
    assert sum((await copy_store(Place(f"sqlite:{path}"), target, print)).values()) == 6


async def test_what_is_written_meanwhile_is_not_copied_by_half(
    db: SqliteDatabase, path: Path
) -> None:
    await fill(db)
    adding: list[asyncio.Task[None]] = []

    def add(what: str, done: int, total: int) -> None:
        if not adding:
            adding.append(asyncio.create_task(db.transact(add_more)))

    async def add_more(tx: Transaction) -> None:
        await insert(tx, "blobs", hash="later", size=1, content=b"x")
        await insert(tx, "throttle_hits", id="later", name="x", at=1)

    target = Place("sqlite:to.db", path.parent)
    assert sum((await copy_store(Place(f"sqlite:{path}"), target, add)).values()) == 6
    await adding[0]
