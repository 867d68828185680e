"""The log is only ever added to, and read from its end; its retention alone takes lines away."""

from __future__ import annotations

import re

from maild.ids import Ids
from maild.model import Event
from maild.store.database import Transaction
from maild.store.events import add_event, list_events
from maild.store.sqlite import SqliteDatabase
from tests.fakes import START
from tests.store.test_portability import FILES, statements

CHANGING = re.compile(r"\b(UPDATE|DELETE\s+FROM|REPLACE\s+INTO|DROP\s+TABLE)\s+events\b", re.I)


def test_no_statement_changes_an_event_or_takes_one_away() -> None:
    others = [path for path in FILES if path.name != "retention.py"]
    spoken = [text for path in others for text in statements(path)]
    assert [text for text in spoken if CHANGING.search(text)] == []
    assert any("INTO events" in text or "FROM events" in text for text in spoken)
    assert CHANGING.search("DELETE FROM events WHERE at < $1")


async def test_events_are_read_back_from_the_end_in_pages(db: SqliteDatabase) -> None:
    ids = Ids(lambda n: b"\0" * n)

    async def work(tx: Transaction) -> None:
        for n in range(10):
            event_id = ids.ordered(START)
            event = Event(event_id, START, "test", "done", str(n), "", None, None, None)
            await add_event(tx, event)

    await db.transact(work)
    last = await list_events(db, most=4)
    assert [event.subject for event in last] == ["6", "7", "8", "9"]
    rest = await list_events(db, before=last[0].id)
    assert [event.subject for event in rest] == ["0", "1", "2", "3", "4", "5"]
    assert await list_events(db, before=rest[0].id) == []
