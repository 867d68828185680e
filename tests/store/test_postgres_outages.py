"""The server goes away and comes back: the store is unavailable meanwhile, and no longer."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from maild.errors import StoreUnavailable
from maild.store import postgres
from maild.store.database import Transaction
from maild.store.postgres import PostgresDatabase, open_postgres
from maild.store.postgres_session import PostgresSession
from tests.postgres import Cluster

from .test_postgres import NAMES, add, hit, names


@pytest.fixture
def server(cluster: Cluster) -> Iterator[Cluster]:
    """The server, which is running again afterwards whatever happens."""
    yield cluster
    if cluster.process is None:
        cluster.start()


@pytest.fixture
def place(server: Cluster, url: str) -> str:
    """The URL of an empty store on it."""
    return url


@pytest.fixture
async def node(place: str) -> AsyncIterator[PostgresDatabase]:
    """A node that has written, read and listened."""
    node = await open_postgres(place)
    node.watch()
    await add(node, "before")
    assert len(await node.rows(NAMES)) == 1
    yield node
    await node.close()


async def stop(server: Cluster, how: signal.Signals = signal.SIGINT) -> None:
    await asyncio.to_thread(server.stop, how)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_store_is_unavailable_while_the_server_is_and_goes_on_by_itself(
    node: PostgresDatabase, server: Cluster, place: str, how: signal.Signals
) -> None:
    await stop(server, how)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await add(node, "never")
        with pytest.raises(StoreUnavailable):
            await add(node, "nor", beside=True)
        with pytest.raises(StoreUnavailable):
            await node.rows(NAMES)
    with pytest.raises(StoreUnavailable):
        await open_postgres(place)
    await asyncio.to_thread(server.start)
    await add(node, "after")
    await add(node, "too", beside=True)
    assert len(await node.rows(NAMES)) == 3
    assert await names(place) == {"before", "after", "too"}


async def test_node_that_slept_through_a_restart_notices_nothing_of_it(
    node: PostgresDatabase, server: Cluster
) -> None:
    await stop(server)
    await asyncio.to_thread(server.start)
    assert len(await node.rows(NAMES)) == 1
    await add(node, "after")
    await add(node, "too", beside=True)


async def test_work_that_a_crash_cuts_off_is_undone_and_told(
    node: PostgresDatabase, server: Cluster, place: str
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(tx: Transaction) -> None:
        await hit(tx, "half")
        begun.set()
        await go_on.wait()
        await hit(tx, "other half")

    working = asyncio.create_task(node.transact(work))
    await begun.wait()
    waiting = asyncio.create_task(add(node, "waits"))
    await stop(server, signal.SIGQUIT)
    go_on.set()
    with pytest.raises(StoreUnavailable):
        await working
    with pytest.raises(StoreUnavailable):
        await waiting
    await asyncio.to_thread(server.start)
    assert await names(place) == {"before"}
    await add(node, "after")


async def test_nodes_hear_one_another_again_after_a_restart(
    node: PostgresDatabase, server: Cluster, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_LOOK_SECONDS", 3600.0)
    monkeypatch.setattr(postgres, "_AGAIN_SECONDS", 0.05)
    other = await open_postgres(place)
    other.watch()
    await stop(server)
    await asyncio.to_thread(server.start)
    heard = asyncio.create_task(_hear(other))
    async with asyncio.timeout(60):
        while not heard.done():
            await add(node, f"{asyncio.get_running_loop().time()}")
            await asyncio.wait([heard], timeout=0.1)
    await other.close()


async def _hear(node: PostgresDatabase) -> None:
    """Return once three commits have been noticed: the first may be the new ear's own."""
    for _ in range(3):
        await node.watch().wait()


async def test_node_closes_while_the_server_is_away(
    server: Cluster, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_LAST_WORD_SECONDS", 0.1)
    node = await open_postgres(place)
    await add(node, "before")
    await stop(server)
    await asyncio.wait_for(node.close(), 20)
    await asyncio.to_thread(server.start)


async def test_a_connection_that_is_just_ending_is_given_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = PostgresSession(url, None)
    try:
        await session.begin()

        async def end(*_: object, **__: object) -> str:
            # what asyncpg says when the server's farewell has been read and the end has not
            raise asyncpg.InternalClientError("cannot switch to state 12")

        with monkeypatch.context() as ending:
            ending.setattr(asyncpg.Connection, "execute", end)
            with pytest.raises(StoreUnavailable):
                await session.execute("DELETE FROM throttle_hits")
        # not begun anew behind the back of who believes to be in a transaction
        with pytest.raises(StoreUnavailable):
            await session.execute("DELETE FROM throttle_hits")
        await session.rollback()
        await session.begin()
        assert await session.execute("DELETE FROM throttle_hits") == 0
    finally:
        await session.close()
