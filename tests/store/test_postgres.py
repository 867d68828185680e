"""One node on PostgreSQL: many callers, one commit, as on SQLite, and the same values back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from maild.errors import Refused, StoreFull, StoreUnavailable
from maild.store.database import Database, Transaction, insert
from maild.store.postgres import PostgresDatabase, open_postgres
from tests.postgres import Cluster

NAMES = "SELECT name FROM throttle_hits"


async def hit(tx: Transaction, name: str) -> str:
    await insert(tx, "throttle_hits", id=name, name=name, at=1)
    return name


async def add(db: Database, name: str, *, beside: bool = False) -> str:
    return await db.transact(lambda tx: hit(tx, name), beside=beside)


async def names(url: str) -> set[str]:
    """Return what is committed, as anybody sees it."""
    return {row["name"] for row in await ask(url, NAMES)}


async def ask(url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


async def test_work_is_committed_before_its_caller_goes_on(
    node: PostgresDatabase, url: str
) -> None:
    for n in range(5):
        assert await add(node, f"n{n}") == f"n{n}"
        assert f"n{n}" in await names(url)


@pytest.mark.parametrize("beside", [False, True])
async def test_what_arrives_during_a_commit_shares_the_next_one(
    node: PostgresDatabase, url: str, beside: bool
) -> None:
    number = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS n"
    before = (await ask(url, number))[0]["n"]
    adding = (add(node, f"n{n}", beside=beside) for n in range(300))
    assert await asyncio.gather(*adding) == [f"n{n}" for n in range(300)]
    # three groups, and what tells other nodes of them
    assert (await ask(url, number))[0]["n"] - before <= 10
    assert len(await names(url)) == 300


async def test_work_that_fails_is_undone_alone(node: PostgresDatabase, url: str) -> None:
    async def half(tx: Transaction) -> None:
        await hit(tx, "half")
        raise Refused("no")

    async def twice(tx: Transaction) -> None:
        await hit(tx, "before")
        await hit(tx, "first")

    results = await asyncio.gather(
        add(node, "first"),
        node.transact(half),
        add(node, "second"),
        node.transact(twice),
        add(node, "third"),
        return_exceptions=True,
    )
    kinds = [str, Refused, str, asyncpg.UniqueViolationError, str]
    assert [type(result) for result in results] == kinds
    assert await names(url) == {"first", "second", "third"}


async def test_work_that_is_cancelled_from_inside_takes_nothing_with_it(
    node: PostgresDatabase, url: str
) -> None:
    async def fall(tx: Transaction) -> None:
        await hit(tx, "fallen")
        raise asyncio.CancelledError

    results = await asyncio.gather(
        add(node, "one"), node.transact(fall), add(node, "two"), return_exceptions=True
    )
    assert isinstance(results[1], asyncio.CancelledError)
    assert await add(node, "three") == "three"
    assert await names(url) == {"one", "two", "three"}


async def test_work_of_a_caller_that_was_cancelled_is_still_kept(
    node: PostgresDatabase, url: str
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(tx: Transaction) -> None:
        begun.set()
        await go_on.wait()
        await hit(tx, "kept")

    caller = asyncio.create_task(node.transact(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    await add(node, "next")
    assert await names(url) == {"kept", "next"}


async def test_work_sees_what_it_wrote_and_readers_do_not_yet(node: PostgresDatabase) -> None:
    async def work(tx: Transaction) -> tuple[int, int]:
        await hit(tx, "mine")
        return len(await tx.rows(NAMES)), len(await node.rows(NAMES))

    assert await node.transact(work) == (1, 0)


async def test_reader_that_gave_up_does_not_cost_a_connection(node: PostgresDatabase) -> None:
    for _ in range(6):
        asking = asyncio.create_task(node.rows("SELECT pg_sleep(60)"))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert len(await asyncio.wait_for(node.rows("SELECT 1 AS n"), 10)) == 1


async def test_fault_of_ours_is_not_taken_for_a_fault_of_the_store(node: PostgresDatabase) -> None:
    with pytest.raises(asyncpg.UndefinedColumnError, match="full_name"):
        await node.rows("SELECT full_name FROM clients")
    with pytest.raises(asyncpg.UndefinedColumnError, match="full_name"):
        await node.transact(lambda tx: tx.execute("UPDATE clients SET full_name = ''"))
    assert await add(node, "after") == "after"


async def test_close_waits_for_what_was_handed_in(url: str) -> None:
    node = await open_postgres(url)
    adding = [asyncio.create_task(add(node, f"n{n}", beside=n % 2 == 0)) for n in range(500)]
    await asyncio.sleep(0)
    await node.close()
    assert len(await asyncio.gather(*adding)) == 500
    assert len(await names(url)) == 500


async def test_closed_store_refuses_and_closing_again_does_nothing(url: str) -> None:
    node = await open_postgres(url)
    await node.close()
    await node.close()
    with pytest.raises(StoreUnavailable):
        await node.rows("SELECT 1")
    with pytest.raises(StoreUnavailable):
        await add(node, "late")


async def test_text_is_kept_without_the_one_sign_that_a_server_cannot_hold(
    node: PostgresDatabase,
) -> None:
    text = "a\0b\x01\x7f 'ä' \\x41 𝄞"
    assert await add(node, text)
    assert [row["name"] for row in await node.rows(NAMES)] == [text.replace("\0", "\ufffd")]
    assert await node.rows(f"{NAMES} WHERE name = $1", text)


async def test_bytes_are_kept_as_they_are_also_many_of_them(node: PostgresDatabase) -> None:
    content = bytes(range(256)) * 80_000

    async def work(tx: Transaction) -> None:
        await insert(tx, "blobs", hash="big", size=len(content), content=content)

    await node.transact(work)
    rows = await node.rows("SELECT content, LENGTH(content) AS n FROM blobs")
    assert rows[0]["content"] == content
    assert rows[0]["n"] == len(content)


async def test_text_sorts_by_its_bytes_whatever_the_database_does(cluster: Cluster) -> None:
    how = "template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    url = cluster.new(how)
    node = await open_postgres(url)
    words = ["a", "B", "ä", "Z", "_", "aa", "A", "é", "10", "9", "𝄞", "-", ""]
    await asyncio.gather(*(add(node, word) for word in words))
    assert [row["a"] for row in await ask(url, "SELECT 'a' < 'B' AS a")] == [True]
    by_bytes = sorted(words, key=str.encode)
    found = await node.rows(f"{NAMES} ORDER BY name")
    assert [row["name"] for row in found] == by_bytes
    below = await node.rows(f"{NAMES} WHERE name < $1", "a")
    assert {row["name"] for row in below} == {word for word in words if word.encode() < b"a"}
    await node.close()
    cluster.drop(url)


@pytest.fixture
async def owned(own_url: str) -> AsyncIterator[PostgresDatabase]:
    """A node on a store that the test may do anything to."""
    node = await open_postgres(own_url)
    yield node
    await node.close()


async def test_full_disk_is_told_and_gone_with_the_first_room(
    owned: PostgresDatabase, own_url: str
) -> None:
    await add(owned, "before")
    full = "BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END"
    await ask(
        own_url, f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $${full}$$"
    )
    await ask(
        own_url,
        "CREATE TRIGGER full_disk BEFORE INSERT ON throttle_hits EXECUTE FUNCTION full_disk()",
    )
    results = await asyncio.gather(add(owned, "one"), add(owned, "two"), return_exceptions=True)
    assert [type(result) for result in results] == [StoreFull, StoreFull]
    await ask(own_url, "DROP TRIGGER full_disk ON throttle_hits")
    await add(owned, "after")
    assert await names(own_url) == {"before", "after"}


async def test_store_that_cannot_be_written_is_unavailable_but_readable(
    owned: PostgresDatabase, own_url: str, cluster: Cluster
) -> None:
    await add(owned, "before")
    setting = f"ALTER DATABASE {own_url.rpartition('/')[2]} SET default_transaction_read_only"
    await ask(cluster.url("postgres"), f"{setting} = on")
    await cut_off(own_url)
    with pytest.raises(StoreUnavailable, match="read-only"):
        await until_reached(owned, "never")
    assert len(await owned.rows(NAMES)) == 1
    await ask(cluster.url("postgres"), f"{setting} = off")
    await cut_off(own_url)
    await until_reached(owned, "after")
    assert await names(own_url) == {"before", "after"}


async def until_reached(db: Database, name: str) -> None:
    """Add a row; tried again where a connection had just been cut."""
    async with asyncio.timeout(10):
        while True:
            try:
                await add(db, name)
                return
            except StoreUnavailable as error:
                if "read-only" in str(error):
                    raise


async def cut_off(url: str) -> None:
    """Have the server end every connection of maild's to a store."""
    await ask(
        url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
