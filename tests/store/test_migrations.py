"""Each step of the schema's history keeps what was there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from maild.store import clients, letters, links, postgres_schema, sqlite, troubles
from maild.store.database import Database, Transaction
from maild.store.engine import Place, migrate_store, open_store
from maild.store.schema import list_migrations

FIRST = (
    "INSERT INTO clients (id, ref, ref_key, name, enforce_login, created_at)"
    " VALUES ('a', 'ACME', 'acme', 'Acme', 1, 5), ('b', 'BOLT', 'bolt', 'Bolt', 0, 6)",
    "INSERT INTO contacts (id, client_id, address, address_key, created_at)"
    " VALUES ('p', 'a', 'Jane@acme.example', 'jane@acme.example', 5)",
    "INSERT INTO documents (id, client_id, number, type, state, currency, issued,"
    " total_minor, canonical, created_at) VALUES"
    " ('d', 'a', 'INV-1', 'invoice', 'open', 'GBP', '2026-11-01', 1, '{}', 5)",
    "INSERT INTO links (id, contact_id, document_id, scope, created_at)"
    " VALUES ('l', 'p', 'd', 'account', 5)",
    "INSERT INTO letters (id, kind, occurrence, recipient, subject, message, secrets,"
    " state, created_at, next_at) VALUES ('m', 'document', 'o', 'Jane@acme.example',"
    " 'Invoice', 'x', '[]', 'queued', 7, 8)",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, path: Path) -> Place:
    """Where no store is yet, on either engine."""
    if request.param == "sqlite":
        return Place(f"sqlite:{path}")
    return Place(request.getfixturevalue("bare_url"))


@pytest.fixture
async def first(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A store as the first version made it, with two clients and a link."""
    with monkeypatch.context() as old:
        for engine in (sqlite, postgres_schema):
            old.setattr(engine, "list_migrations", lambda: list_migrations()[:1])
        db = await open_store(place)
        await db.transact(fill)
        await db.close()
    return place


async def fill(tx: Transaction) -> None:
    for statement in FIRST:
        await tx.execute(statement)


@pytest.fixture
async def db(first: Place) -> AsyncIterator[Database]:
    """That store, brought up to this version."""
    assert await migrate_store(first) == len(list_migrations()) - 1
    database = await open_store(first)
    yield database
    await database.close()


async def test_letters_of_the_first_version_wait_since_they_were_written(db: Database) -> None:
    assert await troubles.find_oldest(db) == 7
    assert await letters.is_due(db, 8)
    assert not await letters.is_due(db, 7)
    assert not await troubles.is_untold(db)


async def test_log_in_rules_links_and_contacts_of_the_first_version_are_kept(db: Database) -> None:
    kept = {client.ref: client for client in await clients.list_clients(db)}
    assert {ref: client.login for ref, client in kept.items()} == {"ACME": "yes", "BOLT": "default"}
    assert not any(client.dummy for client in kept.values())
    (person,) = await clients.list_contacts(db, "a")
    assert (person.address, person.history_from) == ("Jane@acme.example", None)
    link = await links.get_link(db, "l")
    assert link
    assert (link.revoked_at, link.expires_at, link.revoked_why) == (None, None, "")


async def test_whoever_was_written_to_before_is_written_to_in_the_same_way(db: Database) -> None:
    for client in await clients.list_clients(db):
        assert (client.copies, client.pdf) == ("individual", "attach")
    (person,) = await clients.list_contacts(db, "a")
    assert (person.held_at, person.held_why) == (None, "")
    latest = await links.latest_link(db, "p")
    assert latest
    assert latest.id == "l"
