"""What maild does all day takes the engine no more steps in a large store than in a small one.

SQLite counts the instructions of its own machine, so that no clock is asked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing

import pytest

from maild.clock import DAY, HOUR
from maild.store import (
    accounts,
    agenda,
    census,
    clients,
    documents,
    events,
    letters,
    links,
    news,
    replies,
    retention,
    shelves,
    troubles,
)
from maild.store.database import Row, Transaction, Value
from maild.store.reach import Reach
from maild.store.retention import BEGINNING
from maild.store.schema import list_migrations, split_statements
from tests.fakes import START
from tests.growth import Past, number_of

SMALL, LARGE = 1_000, 20_000
OLD = START - 400 * DAY

Deed = Callable[[Transaction, Past], Awaitable[object]]


class Meter:
    """A transaction that counts the engine's steps."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.steps = 0
        self._raw = raw
        raw.set_progress_handler(self._step, 1)

    async def rows(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows of a query."""
        return self._raw.execute(sql, _number(values)).fetchall()

    async def execute(self, sql: str, *values: Value) -> int:
        """Run a statement."""
        return self._raw.execute(sql, _number(values)).rowcount

    def _step(self) -> int:
        self.steps += 1
        return 0


def _number(values: Sequence[Value]) -> Mapping[str, Value]:
    return {str(n): value for n, value in enumerate(values, 1)}


@pytest.fixture(scope="module")
def stores() -> Iterator[dict[Past, sqlite3.Connection]]:
    """A small store and a large one, in memory."""
    with closing(sqlite3.connect(":memory:")) as small, closing(sqlite3.connect(":memory:")) as big:
        made = {}
        for size, raw in ((SMALL, small), (LARGE, big)):
            raw.row_factory = sqlite3.Row
            for script in list_migrations():
                for statement in split_statements(script):
                    raw.execute(statement)
            past = Past(size, START)
            past.write(raw)
            made[past] = raw
        yield made


def reach(past: Past) -> Reach:
    return Reach(past.client_id(7))


SHELF = shelves.Shelf(shelves.SETTLED)


async def let_go(tx: Transaction) -> None:
    """Let go of the first letters, as far as a walk has come."""
    stretch = await retention.walk_letters(tx, BEGINNING, OLD, 100)
    assert await retention.purge_letters(tx, BEGINNING, stretch.end, START)


DEEDS: dict[str, Deed] = {
    "looks when a letter is due": lambda tx, _: letters.next_due(tx),
    "sees that a letter is due": lambda tx, _: letters.is_due(tx, START),
    "claims letters": lambda tx, _: letters.claim_letters(
        tx, owner="o", now=START, lease_until=START + HOUR, most=10
    ),
    "looks when a reply is due": lambda tx, _: replies.next_due(tx),
    "claims replies": lambda tx, _: replies.claim_replies(
        tx, owner="o", now=START, lease_until=START + HOUR, most=10
    ),
    "looks for trouble": lambda tx, _: troubles.count_untold(tx),
    "looks for late letters": lambda tx, _: troubles.find_late(tx, 0),
    "finds the oldest letter": lambda tx, _: troubles.find_oldest(tx),
    "tells whether a telling waits": lambda tx, _: troubles.waits(tx, "operator troubles"),
    "lists letters": lambda tx, _: letters.list_letters(tx, most=50),
    "lists sent letters": lambda tx, _: letters.list_letters(tx, "sent", 50),
    "lists waiting letters": lambda tx, _: letters.list_letters(tx, "waiting", 50),
    "lists older letters": lambda tx, _: letters.list_letters(tx, "sent", 50, (OLD, "")),
    "lists replies": lambda tx, _: replies.list_replies(tx, most=50),
    "lists held replies": lambda tx, _: replies.list_replies(tx, "held", 50),
    "lists accepted replies": lambda tx, _: replies.list_replies(tx, "accepted", 50),
    "lists settled replies": lambda tx, _: replies.list_replies(tx, "settled", 30),
    "lists links": lambda tx, _: links.list_links(tx, most=50),
    "lists a client's links": lambda tx, past: links.list_links(tx, client_id=past.client_id(7)),
    "lists documents": lambda tx, _: documents.list_documents(tx, most=50),
    "lists a client's documents": lambda tx, past: documents.list_documents(tx, past.client_id(7)),
    "lists clients": lambda tx, _: clients.list_clients(tx, "c000007", 50),
    "lists events": lambda tx, _: events.list_events(tx, most=50),
    "lists a client's events": lambda tx, past: events.list_events(tx, client_id=past.client_id(7)),
    "finds a document": lambda tx, past: documents.find_within(
        tx, reach(past), "invoice", number_of(7)
    ),
    "shows a shelf": lambda tx, past: shelves.list_shelf(
        tx, reach(past), "invoice", SHELF, beyond=None, backward=False, limit=20
    ),
    "looks when a document wakes": lambda tx, _: agenda.next_waking(tx),
    "lists what wakes": lambda tx, _: agenda.list_waking(tx, START, 20),
    "lists who owes": lambda tx, _: accounts.list_owing(tx, "2026-11-23", 5),
    "lists what falls due": lambda tx, _: news.list_overdue(tx, "2026-11-22", "2026-11-23"),
    "passes by letters to keep": lambda tx, _: retention.walk_letters(tx, BEGINNING, OLD, 100),
    "lets go of letters": lambda tx, _: let_go(tx),
    "passes by events to keep": lambda tx, _: retention.walk_events(tx, BEGINNING, "z", 100),
}


@pytest.mark.parametrize("name", DEEDS)
async def test_a_large_store_takes_no_more_steps(
    name: str, stores: dict[Past, sqlite3.Connection]
) -> None:
    steps = [await count_steps(raw, DEEDS[name], past) for past, raw in stores.items()]
    small, large = steps
    assert large <= 1.3 * small + 50, f"{name}: {small} and {large} steps"


async def test_what_reads_everything_is_noticed(stores: dict[Past, sqlite3.Connection]) -> None:
    async def count(tx: Transaction, _: Past) -> object:
        return await census.count_letters(tx)

    small, large = [await count_steps(raw, count, past) for past, raw in stores.items()]
    assert large > 10 * small


async def count_steps(raw: sqlite3.Connection, deed: Deed, past: Past) -> int:
    """Return how many steps a deed takes, and undo it."""
    meter = Meter(raw)
    await deed(meter, past)
    raw.rollback()
    raw.set_progress_handler(None, 1)
    return meter.steps
