"""Each step of the schema's history keeps what was there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from maild.store import clients, letters, links, replies, troubles
from maild.store.schema import list_migrations, split_statements
from maild.store.sqlite import migrate_sqlite, open_sqlite


def make_first(path: Path) -> None:
    """Make a store as the first version did, with two clients and a link."""
    with closing(sqlite3.connect(path)) as raw:
        for statement in split_statements(list_migrations()[0]):
            raw.execute(statement)
        raw.execute("PRAGMA user_version = 1")
        client = "INSERT INTO clients (id, ref, ref_key, name, enforce_login, created_at)"
        raw.execute(f"{client} VALUES ('a', 'ACME', 'acme', 'Acme', 1, 5)")
        raw.execute(f"{client} VALUES ('b', 'BOLT', 'bolt', 'Bolt', 0, 6)")
        raw.execute(
            "INSERT INTO contacts (id, client_id, address, address_key, created_at)"
            " VALUES ('p', 'a', 'Jane@acme.example', 'jane@acme.example', 5)"
        )
        raw.execute(
            "INSERT INTO documents (id, client_id, number, type, state, currency, issued,"
            " total_minor, canonical, created_at) VALUES"
            " ('d', 'a', 'INV-1', 'invoice', 'open', 'GBP', '2026-11-01', 1, '{}', 5)"
        )
        raw.execute(
            "INSERT INTO links (id, contact_id, document_id, scope, created_at)"
            " VALUES ('l', 'p', 'd', 'account', 5)"
        )
        raw.execute(
            "INSERT INTO letters (id, kind, occurrence, recipient, subject, message, secrets,"
            " state, created_at, next_at) VALUES ('m', 'document', 'o', 'Jane@acme.example',"
            " 'Invoice', X'78', '[]', 'queued', 7, 8)"
        )
        raw.execute(
            "INSERT INTO replies (id, received_at, peer, sender, recipients, content, state,"
            " next_at) VALUES ('r', 9, '', 'jane@acme.example', '[]', x'E90D0A', 'accepted', 9)"
        )
        raw.commit()


async def test_letters_of_the_first_version_wait_since_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "maild.db"
    make_first(path)
    await migrate_sqlite(path)
    db = await open_sqlite(path)
    assert await troubles.find_oldest(db) == 7
    assert await letters.is_due(db, 8)
    assert not await letters.is_due(db, 7)
    assert not await troubles.is_untold(db)
    await db.close()


async def test_letters_of_the_first_version_keep_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "maild.db"
    make_first(path)
    await migrate_sqlite(path)
    db = await open_sqlite(path)
    assert await letters.read_message(db, "m") == b"x"
    await db.close()


async def test_log_in_rules_links_and_contacts_of_the_first_version_are_kept(
    tmp_path: Path,
) -> None:
    path = tmp_path / "maild.db"
    make_first(path)
    assert await migrate_sqlite(path) == len(list_migrations()) - 1
    db = await open_sqlite(path)
    kept = {client.ref: client for client in await clients.list_clients(db)}
    assert {ref: client.login for ref, client in kept.items()} == {"ACME": "yes", "BOLT": "default"}
    assert not any(client.dummy for client in kept.values())
    (person,) = await clients.list_contacts(db, "a")
    assert (person.address, person.history_from) == ("Jane@acme.example", None)
    link = await links.get_link(db, "l")
    assert link
    assert (link.revoked_at, link.expires_at, link.revoked_why) == (None, None, "")
    await db.close()


async def test_whoever_was_written_to_before_is_written_to_in_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "maild.db"
    make_first(path)
    await migrate_sqlite(path)
    db = await open_sqlite(path)
    for client in await clients.list_clients(db):
        assert (client.copies, client.pdf) == ("individual", "attach")
    (person,) = await clients.list_contacts(db, "a")
    assert (person.held_at, person.held_why) == (None, "")
    latest = await links.latest_link(db, "p")
    assert latest
    assert latest.id == "l"
    await db.close()


async def test_replies_of_the_first_version_have_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "maild.db"
    make_first(path)
    await migrate_sqlite(path)
    db = await open_sqlite(path)
    raw = await replies.load_raw(db, "r")
    assert raw
    assert (raw.sender, raw.size, raw.content) == ("jane@acme.example", 3, b"\xe9\r\n")
    await db.close()
