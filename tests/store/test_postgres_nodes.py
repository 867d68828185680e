"""Several nodes on one PostgreSQL: work in turn, work beside, claims, and notices of commits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from maild.errors import StoreUnavailable
from maild.store import letters, postgres, postgres_session
from maild.store.database import Database, Transaction, insert

from .conftest import Join
from .test_postgres import NAMES, add, ask, hit, names

COUNT = "SELECT last_uid FROM mailboxes"


async def set_up_counter(db: Database) -> None:
    await db.transact(lambda tx: insert(tx, "mailboxes", name="n", validity=1, last_uid=0, since=0))


async def count_up(tx: Transaction) -> None:
    """Read, look, write: what loses counts if anybody comes between."""
    number = (await tx.rows(COUNT))[0]["last_uid"]
    await asyncio.sleep(0)
    await tx.execute("UPDATE mailboxes SET last_uid = $1", number + 1)


async def test_work_in_turn_sees_what_the_other_nodes_wrote(join: Join) -> None:
    nodes = [await join() for _ in range(3)]
    await set_up_counter(nodes[0])
    for _ in range(5):
        await asyncio.gather(*(node.transact(count_up) for node in nodes for _ in range(10)))
    assert (await nodes[0].rows(COUNT))[0]["last_uid"] == 150


async def test_work_in_turn_waits_for_its_turn_and_work_beside_does_not(
    join: Join, url: str
) -> None:
    one, two = await join(), await join()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def dawdle(tx: Transaction) -> None:
        begun.set()
        await go_on.wait()
        await hit(tx, "slow")

    slow = asyncio.create_task(one.transact(dawdle))
    await begun.wait()
    waiting = asyncio.create_task(add(two, "next"))
    for node in (one, two):
        await add(node, f"beside {id(node)}", beside=True)
    assert len(await two.rows(NAMES)) == 2
    await until_waiting(url)
    assert not waiting.done()
    go_on.set()
    await asyncio.gather(slow, waiting)
    assert len(await names(url)) == 4


async def until_waiting(url: str, kind: str = "advisory") -> None:
    """Return once somebody waits for a lock."""
    sql = f"SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = '{kind}'"
    async with asyncio.timeout(10):
        while not await ask(url, sql):
            pass


async def test_no_letter_is_claimed_by_two_nodes(join: Join) -> None:
    nodes = [await join() for _ in range(3)]

    async def write(tx: Transaction) -> None:
        for n in range(300):
            await tx.execute(
                "INSERT INTO letters (id, kind, occurrence, recipient, subject, secrets,"
                " state, created_at, next_at) VALUES ($1, 'document', $1, 'jane@acme.example',"
                " 's', '[]', 'queued', 1, 1)",
                f"{n:03}",
            )

    await nodes[0].transact(write)

    async def claim_all(node: Database, owner: str) -> Sequence[str]:
        mine: list[str] = []
        while batch := await node.transact(
            lambda tx: letters.claim_letters(tx, owner=owner, now=5, lease_until=9, most=7),
            beside=True,
        ):
            mine += [letter.id for letter in batch]
        return mine

    claims = await asyncio.gather(*(claim_all(node, str(n)) for n, node in enumerate(nodes)))
    claimed = [letter for claim in claims for letter in claim]
    assert sorted(claimed) == [f"{n:03}" for n in range(300)]
    assert all(claims)


async def test_work_beside_that_is_caught_in_a_deadlock_is_done_again(
    join: Join, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres_session._SETTINGS, "deadlock_timeout", "50ms")
    one, two = await join(), await join()
    await asyncio.gather(add(one, "a"), add(one, "b"))
    both = asyncio.Barrier(2)
    runs: list[str] = []

    async def cross(tx: Transaction, first: str, second: str) -> None:
        runs.append(first)
        higher = "UPDATE throttle_hits SET at = at + 1 WHERE id = $1"
        await tx.execute(higher, first)
        if len(runs) <= 2:
            await both.wait()
        await tx.execute(higher, second)

    await asyncio.gather(
        one.transact(lambda tx: cross(tx, "a", "b"), beside=True),
        two.transact(lambda tx: cross(tx, "b", "a"), beside=True),
    )
    # one gives way, and may meet the other once more
    assert len(runs) >= 3
    found = await ask(url, "SELECT at FROM throttle_hits")
    assert [row["at"] for row in found] == [3, 3]


@pytest.fixture
def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever does not listen notices nothing."""
    monkeypatch.setattr(postgres, "_LOOK_SECONDS", 3600.0)


@pytest.mark.parametrize("beside", [False, True])
async def test_every_commit_of_another_node_is_heard(
    join: Join, nobody_looks: None, beside: bool
) -> None:
    one, two = await join(), await join()
    await until_heard(one, two)
    for n in range(3):
        change = two.watch()
        await add(one, f"n{n}", beside=beside)
        await asyncio.wait_for(change.wait(), 10)
        assert len(await two.rows(f"{NAMES} WHERE name LIKE 'n%'")) == n + 1


async def test_last_commit_before_a_node_closes_is_heard(
    join: Join, nobody_looks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_NOTICE_SECONDS", 0.3)
    one, two = await join(), await join()
    await until_heard(one, two)
    for name in ("one", "another"):
        change = two.watch()
        await add(one, name)
        if name == "another":
            await one.close()
        await asyncio.wait_for(change.wait(), 10)
    assert len(await two.rows(NAMES)) == 2


async def test_node_that_only_reads_opens_no_more_than_it_reads_by(join: Join, url: str) -> None:
    reading = await join()
    await reading.rows(NAMES)
    named = "datname = current_database() AND application_name = 'maild'"
    async with asyncio.timeout(10):
        # what opened the store is still on its way out
        while len(await ask(url, f"SELECT 1 FROM pg_stat_activity WHERE {named}")) > 1:
            pass


async def until_heard(one: Database, two: Database) -> None:
    """Return once two hears what one commits: it has begun to listen."""
    heard = asyncio.create_task(two.watch().wait())
    async with asyncio.timeout(10):
        while not heard.done():
            await one.transact(count_nothing)
            await asyncio.wait([heard], timeout=0.05)


async def count_nothing(tx: Transaction) -> None:
    await tx.rows(COUNT)


async def listeners(url: str, *, end: bool = False) -> int:
    """Return how many connections listen or ring, and end them if told to."""
    what = "pg_terminate_backend(pid, 5000)" if end else "1"
    bells = "query LIKE 'LISTEN%' OR query LIKE '%pg_notify($1%'"
    mine = "datname = current_database() AND pid <> pg_backend_pid()"
    return len(await ask(url, f"SELECT {what} FROM pg_stat_activity WHERE {mine} AND ({bells})"))


async def test_node_whose_ear_was_cut_off_still_looks(
    join: Join, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(postgres, "_AGAIN_SECONDS", 3600.0)
    monkeypatch.setattr(postgres, "_LAST_WORD_SECONDS", 0.1)
    one, two = await join(), await join()
    await until_heard(one, two)
    assert await listeners(url, end=True)
    change = two.watch()
    await add(one, "unheard")
    await asyncio.wait_for(change.wait(), 10)


async def test_node_whose_ear_was_cut_off_grows_another_without_a_word_of_its_own(
    join: Join, url: str, nobody_looks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_AGAIN_SECONDS", 0.01)
    one, two = await join(), await join()
    await until_heard(one, two)
    await listeners(url, end=True)
    async with asyncio.timeout(10):
        while await listeners(url) < 2:
            pass
    change = two.watch()
    await add(one, "heard")
    await asyncio.wait_for(change.wait(), 10)


async def test_node_that_is_paused_in_its_turn_holds_up_nobody_for_long(
    join: Join, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres_session._SETTINGS, "idle_in_transaction_session_timeout", "1s")
    one, two = await join(), await join()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def doze(tx: Transaction) -> None:
        await hit(tx, "dozed")
        begun.set()
        await go_on.wait()
        await hit(tx, "woke")

    dozing = asyncio.create_task(one.transact(doze))
    await begun.wait()
    await asyncio.wait_for(add(two, "awake"), 10)
    go_on.set()
    with pytest.raises(StoreUnavailable):
        await dozing
    await add(one, "after")
    assert await names(url) == {"awake", "after"}
