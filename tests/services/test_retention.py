"""Retention: what is past its time is let go of, and nothing of an open document is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from maild.jobs import tidy
from maild.services.issue import resend
from maild.services.payments import pay
from maild.services.retention import purge
from maild.store import events, letters, replies
from maild.store.letters import read_message
from tests.letterbox import JANE, letter_to
from tests.paper import without_ink
from tests.world import HouseWorld, open_house_world

SHORT = "\n[store]\nletters_days = 100\nreplies_days = 200\nevents_days = 300\n"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[HouseWorld]:
    async with open_house_world(tmp_path, more=SHORT) as world:
        without_ink(world)
        await world.client("Acme Ltd", JANE)
        await world.issue("PAID-1")
        world.clock.advance(seconds=60)
        await world.reply(await letter_to(world), "It won't let me log in.")
        world.clock.advance(seconds=3600)
        await world.issue("OPEN-1")
        await world.reply(
            await letter_to(world), "It won't let me in to this one, I cannot log in."
        )
        await pay(world.office, "PAID-1", on=None, amount=None, quiet=True, actor="test")
        yield world


async def kept_letters(world: HouseWorld) -> list[str]:
    found = []
    for one in await letters.list_letters(world.office.db):
        if await read_message(world.office.db, one.id):
            found.append(one.subject.partition(" from")[0])
    return sorted(found)


async def kept_replies(world: HouseWorld) -> list[str]:
    return [
        one.excerpt
        for one in await replies.list_replies(world.office.db)
        if await replies.read_reply(world.office.db, one.id)
    ]


async def test_each_kind_is_let_go_of_after_its_days_but_not_of_an_open_document(
    shop: HouseWorld,
) -> None:
    everything = await kept_letters(shop)
    before = await shop.log()
    shop.clock.advance(days=99)
    assert await purge(shop.office) == 0
    shop.clock.advance(days=2)
    assert await purge(shop.office) == 2
    assert await kept_letters(shop) == ["Invoice OPEN-1", "Your way in to invoice OPEN-1"]
    assert len(await letters.list_letters(shop.office.db)) == len(everything)
    assert len(await kept_replies(shop)) == 2
    shop.clock.advance(days=100)
    assert await purge(shop.office) == 1
    assert await kept_replies(shop) == ["It won't let me in to this one, I cannot log in."]
    assert len(await replies.list_replies(shop.office.db)) == 2
    assert await shop.log() == before
    shop.clock.advance(days=100)
    assert await purge(shop.office) > 0
    log = await shop.log()
    assert "contact added jane@acme.example" in log
    assert "issued OPEN-1" in log
    assert "issued PAID-1" not in log
    assert await purge(shop.office) == 0


async def test_letter_that_waits_or_failed_keeps_its_bytes(shop: HouseWorld) -> None:
    waiting = [one for one in await letters.list_letters(shop.office.db) if "PAID" in one.subject]
    for one, state in zip(waiting, ("held", "failed"), strict=True):
        await shop.office.db.transact(
            lambda tx, one=one, state=state: tx.execute(  # type: ignore[misc]
                "UPDATE letters SET state = $2 WHERE id = $1", one.id, state
            )
        )
    shop.clock.advance(days=150)
    assert await purge(shop.office) == 0


async def test_conversation_goes_on_after_its_first_letter_was_let_go_of(shop: HouseWorld) -> None:
    first = (await shop.mail_to(JANE))[0]
    shop.clock.advance(days=150)
    await purge(shop.office)
    await resend(shop.office, "PAID-1", actor="test")
    await shop.deliver()
    again = await letter_to(shop)
    assert str(first.message["Message-ID"]) in str(again.message["References"])


async def test_hourly_tidying_does_it_and_writes_nothing_where_there_is_nothing(
    shop: HouseWorld,
) -> None:
    shop.clock.advance(days=101)
    await tidy(shop.office)
    assert len(await kept_letters(shop)) == 2
    change = shop.office.db.watch()
    await purge(shop.office)
    assert not change.is_set()


async def test_zero_days_keep_everything(tmp_path: Path) -> None:
    never = "\n[store]\nletters_days = 0\nreplies_days = 0\nevents_days = 0\n"
    async with open_house_world(tmp_path, more=never) as world:
        without_ink(world)
        await world.client("Acme Ltd", JANE)
        await world.issue("INV-1")
        await pay(world.office, "INV-1", on=None, amount=None, quiet=True, actor="test")
        world.clock.advance(days=20_000)
        assert await purge(world.office) == 0
        assert await events.list_events(world.office.db)
