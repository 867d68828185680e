"""Opening a store on PostgreSQL: made once, refused if it is something else, stepped up."""

from __future__ import annotations

import asyncio

import pytest

from maild.errors import StoreUnavailable
from maild.store import postgres_schema, schema
from maild.store.postgres import migrate_postgres, open_postgres

from .test_postgres import add, ask

ADDING = "-- additive: one more table\nCREATE TABLE more (id TEXT PRIMARY KEY);"
CHANGING = "INSERT INTO more (id) VALUES ('once');\n"
KNOWN = schema.list_migrations()


@pytest.fixture
def know(monkeypatch: pytest.MonkeyPatch) -> Know:
    """What makes this the maild that knows other steps."""
    return Know(monkeypatch)


class Know:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, *steps: str) -> None:
        self._monkeypatch.setattr(postgres_schema, "list_migrations", lambda: steps)


async def open_and_close(url: str) -> None:
    await (await open_postgres(url)).close()


async def versions(url: str) -> tuple[int, int]:
    (row,) = await ask(url, "SELECT version, oldest FROM maild_schema")
    return row["version"], row["oldest"]


async def test_nodes_that_open_an_empty_database_at_once_make_the_store_once(
    bare_url: str,
) -> None:
    nodes = await asyncio.gather(*(open_postgres(bare_url) for _ in range(5)))
    await asyncio.gather(*(add(node, str(n)) for n, node in enumerate(nodes)))
    assert len(await nodes[0].rows("SELECT 1 AS n FROM throttle_hits")) == 5
    assert await versions(bare_url) == (len(KNOWN), len(KNOWN))
    await asyncio.gather(*(node.close() for node in nodes))


async def test_opening_leaves_no_connection_open(bare_url: str) -> None:
    await open_and_close(bare_url)
    others = (
        "SELECT 1 FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with asyncio.timeout(10):
        while await ask(bare_url, others):
            pass


async def test_database_of_another_program_is_refused_and_left_alone(bare_url: str) -> None:
    await ask(bare_url, "CREATE TABLE songs (title TEXT)")
    for opening in (open_postgres, migrate_postgres):
        with pytest.raises(StoreUnavailable, match="belongs to another program"):
            await opening(bare_url)
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert [row["tablename"] for row in await ask(bare_url, tables)] == ["songs"]


async def test_server_or_database_that_is_not_there_is_unavailable(bare_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="does not exist"):
        await open_postgres(f"{bare_url}x")
    with pytest.raises(StoreUnavailable):
        await open_postgres("postgresql://maild@127.0.0.1:1/maild")


async def test_older_store_is_refused_until_it_is_migrated(own_url: str, know: Know) -> None:
    know(*KNOWN, ADDING, CHANGING)
    with pytest.raises(StoreUnavailable, match=r"version \d+, .*run: maild migrate"):
        await open_postgres(own_url)
    assert await migrate_postgres(own_url) == 2
    assert await migrate_postgres(own_url) == 0
    await open_and_close(own_url)
    assert [row["id"] for row in await ask(own_url, "SELECT id FROM more")] == ["once"]


async def test_nodes_that_migrate_at_once_take_each_step_once(own_url: str, know: Know) -> None:
    know(*KNOWN, ADDING, CHANGING)
    assert sum(await asyncio.gather(*(migrate_postgres(own_url) for _ in range(4)))) == 2
    assert [row["id"] for row in await ask(own_url, "SELECT id FROM more")] == ["once"]


async def test_node_before_goes_on_through_a_step_that_only_adds(own_url: str, know: Know) -> None:
    node = await open_postgres(own_url)
    know(*KNOWN, ADDING)
    await migrate_postgres(own_url)
    assert await versions(own_url) == (len(KNOWN) + 1, len(KNOWN))
    await add(node, "meanwhile")
    know(*KNOWN)
    await open_and_close(own_url)
    await node.close()


async def test_node_before_is_refused_after_any_other_step(own_url: str, know: Know) -> None:
    know(*KNOWN, ADDING, CHANGING)
    await migrate_postgres(own_url)
    for steps in (KNOWN, (*KNOWN, ADDING)):
        know(*steps)
        for opening in (open_postgres, migrate_postgres):
            with pytest.raises(StoreUnavailable, match=r"newer.*install the maild that made it"):
                await opening(own_url)


async def test_step_that_fails_leaves_the_store_as_it_was(own_url: str, know: Know) -> None:
    know(*KNOWN, "CREATE TABLE half (id TEXT);\nCREATE TABLE half (id TEXT);")
    with pytest.raises(Exception, match="already exists"):
        await migrate_postgres(own_url)
    assert await versions(own_url) == (len(KNOWN), len(KNOWN))
    assert (await ask(own_url, "SELECT to_regclass('half') AS half"))[0]["half"] is None
