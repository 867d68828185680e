"""Two processes on one store: the daemon and a command beside it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from maild.store.sqlite import SqliteDatabase, open_sqlite
from tests.fakes import START

ADD = """
import asyncio, sys
from pathlib import Path
from maild.store import throttles
from maild.store.sqlite import open_sqlite

async def main(path, name):
    db = await open_sqlite(Path(path))
    await db.transact(lambda tx: throttles.add_hit(tx, name, "test", int(sys.argv[3])))
    await db.close()

asyncio.run(main(*sys.argv[1:3]))
"""


async def test_every_commit_of_another_process_is_noticed_within_a_second(tmp_path: Path) -> None:
    db = await open_sqlite(tmp_path / "maild.db")
    try:
        for count in (1, 2, 3):
            change = db.watch()
            await _add(tmp_path / "maild.db", f"hit-{count}")
            async with asyncio.timeout(1):
                await change.wait()
            assert await _count(db) == count
    finally:
        await db.close()


async def _add(path: Path, name: str) -> None:
    command = (sys.executable, "-c", ADD, str(path), name, str(START))
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == 0


async def _count(db: SqliteDatabase) -> int:
    rows = await db.rows("SELECT COUNT(*) AS n FROM throttle_hits")
    return int(rows[0]["n"])
