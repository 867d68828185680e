"""What the door may promise: nothing is accepted that the store has not kept."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

from maild import intake
from maild.errors import StoreFull, StoreUnavailable
from maild.model import Envelope
from maild.store import replies
from maild.store.database import Transaction
from tests.world import HouseWorld, store_path

MAIL = Envelope(
    "192.0.2.1", "mx", "x@y.example", ("billing@example.test",), b"Hi\r\n" + b"x" * 50_000
)


async def test_accepted_mail_is_in_the_file_when_the_door_hears_of_it(house: HouseWorld) -> None:
    with closing(sqlite3.connect(store_path(house.office.config), timeout=0.1)) as other:
        ids = await asyncio.gather(*(intake.accept(house.office, MAIL) for _ in range(50)))
        kept = dict(other.execute("SELECT reply_id, content FROM reply_bytes"))
    assert kept == dict.fromkeys(ids, MAIL.content)
    assert await replies.read_reply(house.office.db, ids[0]) == MAIL.content


async def test_mail_is_not_accepted_while_the_disk_is_full_and_is_afterwards(
    house: HouseWorld,
) -> None:
    db = house.office.db

    async def limit(tx: Transaction, pages: int) -> None:
        await tx.rows(f"PRAGMA max_page_count = {pages}")

    await db.transact(lambda tx: limit(tx, 1))
    with pytest.raises(StoreFull):
        await intake.accept(house.office, MAIL)
    assert not await replies.list_replies(db)
    await db.transact(lambda tx: limit(tx, 100_000))
    reply_id = await intake.accept(house.office, MAIL)
    assert [reply.id for reply in await replies.list_replies(db)] == [reply_id]


async def test_mail_is_not_accepted_by_a_store_that_is_closed(house: HouseWorld) -> None:
    await house.office.db.close()
    with pytest.raises(StoreUnavailable):
        await intake.accept(house.office, MAIL)
