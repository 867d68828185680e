"""How many letters there are in each state, however many there have ever been."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from maild.services.census import Census
from maild.store import letters
from tests.letterbox import JANE
from tests.paper import without_ink
from tests.world import HouseWorld, open_house_world

NONE = {"queued": 0, "deferred": 0, "held": 0, "sent": 0, "bounced": 0, "failed": 0, "dropped": 0}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[HouseWorld]:
    async with open_house_world(tmp_path) as world:
        without_ink(world)
        await world.client("Acme Ltd", JANE)
        yield world


async def test_every_state_is_told_of_and_each_letter_at_once(shop: HouseWorld) -> None:
    census = Census(shop.office)
    assert await census.count() == NONE
    await shop.issue("INV-1")
    assert await census.count() == NONE | {"sent": 1}
    await shop.issue("INV-2")
    assert await census.count() == NONE | {"sent": 2}


async def test_older_letters_are_remembered_and_counted_once(shop: HouseWorld) -> None:
    census = Census(shop.office)
    for number in range(20):
        await shop.issue(f"INV-{number}")
        assert await census.count() == NONE | {"sent": number + 1}
        shop.clock.advance(seconds=10_000)
    assert await Census(shop.office).count() == NONE | {"sent": 20}


async def test_old_letter_that_is_put_on_its_way_again_is_seen_at_once(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    (letter,) = await letters.list_letters(shop.office.db)
    census = Census(shop.office)
    shop.clock.advance(days=30)
    for state in ("failed", "queued", "held"):
        await shop.office.db.transact(
            lambda tx, state=state: tx.execute(  # type: ignore[misc]
                "UPDATE letters SET state = $2 WHERE id = $1", letter.id, state
            )
        )
        assert await census.count() == NONE | {state: 1}


async def test_clock_that_is_set_back_makes_it_count_anew(shop: HouseWorld) -> None:
    census = Census(shop.office)
    shop.clock.advance(days=100)
    await shop.issue("INV-1")
    shop.clock.advance(days=30)
    assert (await census.count())["sent"] == 1
    shop.clock.advance(days=-60)
    assert (await census.count())["sent"] == 1
