"""What nodes on one store share: the key ring, the time, the calendar's deeds, a mailbox's turn."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import pytest

from maild.clock import HOUR, MINUTE, SECOND, from_datetime, system_clock, to_datetime
from maild.config import Config
from maild.delivery import LEASE, deliver_due
from maild.errors import Refused
from maild.ids import Purpose
from maild.office import Office, open_office
from maild.pattern import make_pattern
from maild.rhythm import make_rhythm
from maild.ring import adopt_ring, open_ring
from maild.services.digest import DIGEST
from maild.services.issue import commit_issue, prepare_issue
from maild.services.recurring import add_recurrence, prepare_recurrence
from maild.services.rounds import make_round
from maild.store import letters
from maild.store.appointments import find_appointment
from maild.store.database import Transaction
from maild.store.postgres_session import PostgresSession
from maild.timepiece import Timepiece
from maild.turn import Turn, TurnLost
from tests.fakes import FakeClock, FakeRelay
from tests.paper import PaperPress, without_ink
from tests.postgres import Cluster
from tests.world import HouseWorld, make_document, open_house_world

JANE = "jane@acme.example"
OPERATOR = "owner@example.test"
NEW_KEY = "b " + "42" * 32 + "\n"

LIMITS = ("lock", "idle_in_transaction_session")

Node = Callable[..., AbstractAsyncContextManager[Office]]


@pytest.fixture
def keys(house: HouseWorld) -> Path:
    """The key file of the first node."""
    return house.office.config.resolve(house.office.config.keys.file)


@pytest.fixture
def node(house: HouseWorld, tmp_path: Path) -> Node:
    """What opens one more node on the store, with a key file of its own."""

    @asynccontextmanager
    async def open_node(keys: Path = tmp_path / "other" / "keys") -> AsyncIterator[Office]:
        async with open_office(with_keys(house.office.config, keys), clock=house.clock) as office:
            yield office

    return open_node


def with_keys(config: Config, keys: Path) -> Config:
    return config.model_copy(update={"keys": config.keys.model_copy(update={"file": str(keys)})})


async def test_node_without_the_key_file_is_refused_and_makes_none(
    node: Node, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match=r"key ring is missing.*copy the key file from the node"):
        async with node():
            pass
    assert not (tmp_path / "other").exists()


async def test_node_with_a_key_ring_of_its_own_is_refused(node: Node, tmp_path: Path) -> None:
    other = tmp_path / "keys"
    other.write_text(NEW_KEY)
    other.chmod(0o600)
    with pytest.raises(Refused, match=r"lacks the key \(a\).*copy the key file from the node"):
        async with node(other):
            pass


async def test_of_two_nodes_that_begin_a_store_together_one_is_refused(
    house: HouseWorld, tmp_path: Path
) -> None:
    async def forget(tx: Transaction) -> None:
        await tx.execute("DELETE FROM ring")

    await house.office.db.transact(forget)
    rings = (tmp_path / "one", tmp_path / "other")
    opened = [open_ring(house.office.db, path, os.urandom) for path in rings]
    found = await asyncio.gather(*opened, return_exceptions=True)
    assert sorted(isinstance(one, Refused) for one in found) == [False, True]


async def test_node_with_a_copy_of_the_key_file_checks_what_the_first_has_made(
    house: HouseWorld, node: Node, keys: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(keys, tmp_path / "copy"))
    row = house.office.ids.new()
    async with node(copy) as second:
        assert second.keys.check(Purpose.LINK, house.office.keys.make(Purpose.LINK, row)) == row


async def test_second_key_is_taken_up_node_by_node_and_the_first_let_go_at_the_end(
    node: Node, keys: Path, tmp_path: Path
) -> None:
    old, both = keys.read_text(), tmp_path / "both"
    late = Path(shutil.copy(keys, tmp_path / "late"))
    shutil.copy(keys, both)
    for ring in (old + NEW_KEY, NEW_KEY + old):
        both.write_text(ring)
        async with node(both):
            pass
    with pytest.raises(Refused, match=r"lacks the key \(b\)"):
        async with node(late):
            pass
    both.write_text(NEW_KEY)
    async with node(both) as office:
        assert office.keys.current == "b"


async def test_store_whose_keys_are_lost_goes_on_with_others_when_it_is_told_to(
    house: HouseWorld, node: Node, tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh"
    await adopt_ring(house.office.db, fresh, house.office.random_bytes)
    async with node(fresh) as office:
        assert office.keys.check(Purpose.LINK, office.keys.make(Purpose.LINK, "a" * 16))


async def test_nodes_whose_clocks_are_a_minute_apart_go_by_the_servers(
    house: HouseWorld, engine: str
) -> None:
    slow, fast = (Timepiece(lambda by=by: system_clock() + by) for by in (-MINUTE, MINUTE))  # type: ignore[misc]
    await slow.set_by(house.office.db)
    await fast.set_by(house.office.db)
    apart = 0 if engine == "postgresql" else 2 * MINUTE
    assert abs(fast() - slow() - apart) < SECOND


async def test_what_a_pooler_would_refuse_is_said_once_connected(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    connect = asyncpg.connect

    async def note(*place: object, **options: object) -> object:
        told.append(options["server_settings"])
        return await connect(*place, **options)

    monkeypatch.setattr(asyncpg, "connect", note)
    session = PostgresSession(cluster.url("ready"), None)
    limits = [await session.rows(f"SHOW {name}_timeout") for name in LIMITS]
    await session.close()
    assert [list(rows[0].values()) for rows in limits] == [["20s"], ["10s"]]
    assert told == [{"application_name": "maild"}]


async def test_office_goes_by_the_servers_clock_where_there_is_one(
    house: HouseWorld, engine: str
) -> None:
    async with open_office(house.office.config) as office:
        assert isinstance(office.clock, Timepiece) == (engine == "postgresql")
        assert abs(office.clock() - system_clock()) < MINUTE


async def test_letter_whose_lease_ran_out_before_it_was_sent_is_left_alone(
    house: HouseWorld,
) -> None:
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    document = make_document("INV-1")
    await commit_issue(house.office, await prepare_issue(house.office, document, ()), actor="test")
    real = house.office.db.transact

    class Paused:
        """The store of a node that is paused while it claims, for longer than a lease."""

        def __getattr__(self, name: str) -> object:
            return getattr(house.office.db, name)

        async def transact(self, work: object, **more: bool) -> object:
            found: object = await real(work, **more)  # type: ignore[arg-type]
            house.clock.advance(seconds=LEASE / SECOND + 1)
            return found

    paused = replace(house.office, db=Paused())  # type: ignore[arg-type]
    late, other = FakeRelay(), FakeRelay()
    await deliver_due(paused, late, "paused", 5)
    await deliver_due(house.office, other, "other", 5)
    assert (len(late.tried), len(other.tried)) == (0, 1)
    assert [row.state for row in await letters.list_letters(house.office.db)] == ["sent"]


async def test_mailbox_has_one_reader_until_its_turn_has_run_out(house: HouseWorld) -> None:
    first, second = (
        Turn(house.office.db, house.clock, "mailbox", owner, 3 * MINUTE, alone=False)
        for owner in ("first", "second")
    )
    assert (await first.take(), await second.take()) == (True, False)
    house.clock.advance(seconds=120)
    assert (await first.take(), await second.take()) == (True, False)
    house.clock.advance(seconds=181)
    assert await second.take()
    assert not await first.take()

    async def go_on(tx: Transaction) -> None:
        await first.keep(tx)

    with pytest.raises(TurnLost):
        await house.office.db.transact(go_on)
    await second.end()
    assert await first.take()


async def test_turn_kept_far_beyond_its_time_comes_of_a_clock_that_was_ahead(
    house: HouseWorld,
) -> None:
    def turn(owner: str) -> Turn:
        return Turn(house.office.db, house.clock, "mailbox", owner, 3 * MINUTE, alone=False)

    house.clock.advance(days=30)
    assert await turn("first").take()
    house.clock.advance(days=-30)
    assert await turn("second").take()


REMINDERS = """
[reminders]
ladder = ["3 days after: friendly"]
statement_day = 10
"""
RENT = {
    "type": "invoice",
    "number": "RENT-{year}-{seq:3}",
    "client": "ACME",
    "due_days": 60,
    "lines": [{"description": "Rent, {period}", "unit_price": "800.00"}],
}


async def test_calendar_does_everything_once_though_two_nodes_a_minute_apart_go_round(
    tmp_path: Path, engine: str
) -> None:
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(open_house_world(tmp_path, more=REMINDERS))
        without_ink(world)
        behind = FakeClock(world.clock() - MINUTE)
        other = await stack.enter_async_context(open_office(world.office.config, clock=behind))
        nodes = (world.office, replace(other, press=PaperPress()))
        await world.client("Acme Ltd", JANE)
        await world.issue("INV-1", due="2026-12-01")
        rhythm = make_rhythm("1 month", date(2026, 12, 7), "")
        pattern = make_pattern(RENT, "GBP", "rent.json")
        prepared = await prepare_recurrence(world.office, pattern, rhythm, None, ())
        await add_recurrence(world.office, prepared, actor="test")
        for day in range(24, 45):
            for minute in (8 * 60, 8 * 60 + 1, 9 * 60, 9 * 60 + 1):
                instant = from_datetime(datetime(2026, 11, 1, tzinfo=UTC))
                world.clock.instant = instant + (day - 1) * 24 * HOUR + minute * MINUTE
                behind.instant = world.clock() - MINUTE
                await asyncio.gather(*(make_round(node) for node in nodes))
        found = await letters.list_letters(world.office.db)
        days = Counter((row.kind, to_datetime(row.created_at).date()) for row in found)
        told = sorted(f"{kind} {day:%d %b}" for kind, day in days if kind != "digest")
        assert told == ["document 07 Dec", "document 23 Nov", "reminder 04 Dec", "statement 10 Dec"]
        assert set(days.values()) == {1}


async def test_node_that_is_behind_leaves_the_digest_of_another_as_it_is(
    house: HouseWorld, node: Node, keys: Path
) -> None:
    await make_round(house.office)
    house.clock.instant = from_datetime(datetime(2026, 11, 24, 8, tzinfo=UTC))
    await make_round(house.office)
    written = await find_appointment(house.office.db, DIGEST)
    house.clock.advance(seconds=-60)
    async with node(keys) as behind:
        await make_round(behind)
    assert await find_appointment(house.office.db, DIGEST) == written
