"""A store moved from one engine to the other, and back, by the command."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

import asyncpg
import pytest

from maild.store.engine import Place, read_store
from maild.store.pages import read_pages
from maild.store.schema import list_migrations
from maild.store.tables import list_tables
from tests.postgres import Cluster

from .conftest import Business

FILE = "sqlite:data/maild.db"
Rows = Mapping[str, list[tuple[Any, ...]]]


@pytest.fixture
def server(cluster: Cluster) -> Iterator[str]:
    """The URL of an empty store on PostgreSQL."""
    url = cluster.new()
    yield url
    cluster.drop(url)


@pytest.fixture
def full(maild: Business, monkeypatch: pytest.MonkeyPatch) -> Business:
    """A business with two rows in every table, which is where its commands run."""
    monkeypatch.chdir(maild.folder)
    maild.did("migrate")
    fill(maild)
    return maild


def fill(business: Business) -> None:
    """Put two rows into every table: one with all that a column can hold, one with the least.

    The first also refers to the second, where it can.
    """
    with closing(sqlite3.connect(business.folder / "data" / "maild.db")) as raw:
        for table in list_tables():
            told = raw.execute(f"PRAGMA table_info({table.name})").fetchall()
            parents = raw.execute(f"PRAGMA foreign_key_list({table.name})").fetchall()
            refers = {reference[3] for reference in parents} - set(table.own)
            kinds = {column[1]: (column[2], bool(column[3] or column[5])) for column in told}
            for which, other in (("a", "b"), ("b", None)):
                row = {n: value_of(n, *kinds[n], which) for n in table.columns}
                row |= dict.fromkeys(refers, which) | dict.fromkeys(table.own, other)
                marks = ", ".join("?" * len(row))
                sql = f"INSERT INTO {table.name} ({', '.join(row)}) VALUES ({marks})"
                raw.execute(sql, list(row.values()))
        raw.commit()


def value_of(name: str, kind: str, needed: bool, which: str) -> Any:
    """Return what stands in a column that refers to nothing."""
    if name in {"id", "hash"}:
        return which
    if kind == "BIGINT":
        return {"a": 2**63 - 1, "b": 0 if needed else None}[which]
    if kind == "BLOB":
        return {"a": bytes(range(256)) * 4, "b": b""}[which]
    return {"a": f"Zoë\n'{{}}' {name} €𝄞", "b": "" if needed else None}[which]


def read_all(url: str, business: Business) -> Rows:
    """Return every row of every table of a store."""

    async def read() -> Rows:
        async with read_store(Place(url, business.folder)) as reading:
            return {
                table.name: [
                    tuple(row[name] for name in table.columns)
                    async for page in read_pages(reading, table)
                    for row in page
                ]
                for table in list_tables()
            }

    return asyncio.run(read())


def test_whole_store_moves_to_a_server_and_back(full: Business, server: str) -> None:
    before = read_all(FILE, full)
    assert all(len(rows) == 2 for rows in before.values())
    told = full.did("copy", FILE, server)
    tables = len(list_tables())
    assert told.endswith(f" → {server}: {2 * tables} rows of {tables} tables copied and checked\n")
    assert read_all(server, full) == before
    full.did("copy", server, "sqlite:back.db")
    assert read_all("sqlite:back.db", full) == before


def test_business_goes_on_from_its_new_store(
    acme: Business, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(acme.folder)
    statement = acme.write("hours.txt", b"seven")
    acme.did("contact", "add", "ACME", "tom@acme.example")
    acme.did("client", "set", "ACME", "--copies", "cc")
    acme.did("send", acme.invoice(attachments=["hours.txt"]))
    acme.did("file", "add", "ACME", statement)
    shown = [acme.json(*command) for command in (("document", "list"), ("queue", "list"), ("log",))]
    acme.did("copy", FILE, server)
    acme.config.write_text(acme.config.read_text() + f'[store]\nurl = "{server}"\n')
    assert shown == [
        acme.json(*command) for command in (("document", "list"), ("queue", "list"), ("log",))
    ]
    assert "already sent" in acme.did("send", acme.invoice(attachments=["hours.txt"]))
    assert acme("send", acme.invoice("INV-1002")).exit_code == 0


def test_text_that_a_server_cannot_hold_arrives_as_it_would_have(
    full: Business, server: str
) -> None:
    with closing(sqlite3.connect(full.folder / "data" / "maild.db")) as raw:
        raw.execute("UPDATE clients SET name = ?", ("A\0B\0",))
        raw.commit()
    full.did("copy", FILE, server)
    assert {row[3] for row in read_all(server, full)["clients"]} == {"A\ufffdB\ufffd"}
    full.did("copy", FILE, "sqlite:beside.db")
    assert {row[3] for row in read_all("sqlite:beside.db", full)["clients"]} == {"A\0B\0"}


def test_more_rows_than_are_read_at_once_arrive(full: Business, server: str) -> None:
    with closing(sqlite3.connect(full.folder / "data" / "maild.db")) as raw:
        many = ((f"n{n:05}", n, b"x" * (6_000_000 if n % 700 == 0 else 1)) for n in range(1501))
        raw.executemany("INSERT INTO blobs (hash, size, content) VALUES (?, ?, ?)", many)
        raw.commit()
    before = read_all(FILE, full)
    full.did("copy", FILE, server)
    assert read_all(server, full) == before


def test_store_that_is_not_empty_is_refused_and_left_alone(full: Business, server: str) -> None:
    full.did("copy", FILE, server)
    before = read_all(server, full)
    again = full("copy", FILE, server)
    assert again.exit_code == 1
    assert "is not empty" in again.stderr
    assert "clients" in again.stderr
    assert read_all(server, full) == before


def test_store_is_not_copied_into_itself(full: Business, server: str) -> None:
    for source, target in ((FILE, "sqlite:./data/../data/maild.db"), (server, server)):
        result = full("copy", source, target)
        assert result.exit_code == 1
        assert "into itself" in result.stderr


def test_source_must_be_there_and_nothing_is_made_of_it(full: Business, server: str) -> None:
    missing = full("copy", "sqlite:none.db", "sqlite:new.db")
    assert missing.exit_code == 1
    assert "none.db" in missing.stderr
    assert {path.name for path in full.folder.iterdir()} == {"config.toml", "data"}
    gone = full("copy", f"{server}x", "sqlite:new.db")
    assert (gone.exit_code, "does not exist" in gone.stderr) == (1, True)


def test_empty_database_is_no_store_to_copy(full: Business, cluster: Cluster) -> None:
    url = cluster.new("template0")
    result = full("copy", url, "sqlite:new.db")
    cluster.drop(url)
    assert result.exit_code == 1
    assert "there is no store" in result.stderr
    assert not (full.folder / "new.db").exists()


def test_source_of_another_version_is_refused_with_the_remedy(full: Business, server: str) -> None:
    set_version(full, server, len(list_migrations()) + 1)
    for source in (FILE, server):
        result = full("copy", source, "sqlite:new.db")
        assert result.exit_code == 1
        assert "newer than this maild knows" in result.stderr
    set_version(full, server, len(list_migrations()) - 1)
    for source in (FILE, server):
        assert "run: maild migrate" in full("copy", source, "sqlite:new.db").stderr
    assert not (full.folder / "new.db").exists()


def set_version(business: Business, server: str, version: int) -> None:
    with closing(sqlite3.connect(business.folder / "data" / "maild.db")) as raw:
        raw.execute(f"PRAGMA user_version = {version}")
    on_server(server, f"UPDATE maild_schema SET version = {version}, oldest = 1")


def test_store_that_a_daemon_serves_is_refused(full: Business, server: str) -> None:
    from maild.store.lock import hold_store

    with hold_store(full.folder / "data" / "maild.db"):
        for result in (full("copy", FILE, server), full("copy", server, FILE)):
            assert result.exit_code == 1
            assert "another maild is serving this store" in result.stderr
    assert not any(read_all(server, full).values())


def test_server_that_another_maild_is_connected_to_is_refused(
    full: Business, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maild.store.postgres_schema._LOOKS", 1)
    with connected(server):
        result = full("copy", server, "sqlite:new.db")
    assert result.exit_code == 1
    assert "maild is connected to this store (1 times)" in result.stderr


class connected:  # noqa: N801 - reads as the adjective it is
    """Another maild on a server, in a process of its own."""

    def __init__(self, url: str) -> None:
        code = (
            "import asyncio, sys, asyncpg\n"
            "async def main():\n"
            "    named = {'application_name': 'maild'}\n"
            "    it = await asyncpg.connect(sys.argv[1], server_settings=named)\n"
            "    print(flush=True)\n"
            "    await asyncio.Event().wait()\n"
            "asyncio.run(main())"
        )
        self._process = subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE)

    def __enter__(self) -> None:
        assert self._process.stdout
        self._process.stdout.readline()

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_copy_that_is_broken_off_leaves_an_empty_store(
    full: Business, server: str, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "maild", "--config", "config.toml", "copy", FILE, server]

    def break_off() -> tuple[int, str]:
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            wait_for_lock(server)
            process.send_signal(number)
            told = process.communicate(timeout=30)[1]
            return process.returncode, told

    code, told = while_locked(server, break_off)
    assert code == (1 if number == signal.SIGINT else -number)
    assert ("is as empty as it was" in told) is (number == signal.SIGINT)
    full.did("copy", FILE, server)
    assert read_all(server, full) == read_all(FILE, full)


def while_locked(server: str, work: Callable[[], tuple[int, str]]) -> tuple[int, str]:
    """Work while nobody can write to the last of the tables, once all others are filled."""
    last = list_tables()[-1].name

    async def hold() -> tuple[int, str]:
        connection = await asyncpg.connect(server)
        try:
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {last} IN SHARE MODE")
                return await asyncio.to_thread(work)
        finally:
            await connection.close()

    return asyncio.run(hold())


def wait_for_lock(server: str) -> None:
    deadline = time.monotonic() + 30
    waiting = "SELECT count(*) AS n FROM pg_locks WHERE NOT granted"
    while not on_server(server, waiting)[0]["n"]:
        assert time.monotonic() < deadline


def test_copy_that_differs_is_not_kept_and_the_table_is_named(full: Business, server: str) -> None:
    on_server(
        server,
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.reason = 'other'; RETURN NEW; END $$",
    )
    on_server(
        server,
        "CREATE TRIGGER spoil BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION spoil()",
    )
    result = full("copy", FILE, server)
    assert result.exit_code == 1
    assert "is not what was read" in result.stderr
    assert ": events; nothing has been kept" in result.stderr
    assert not any(read_all(server, full).values())


def test_password_comes_from_the_environment_and_never_from_the_command_line(
    full: Business, server: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = server.replace("maild@", "maild:secret@")
    for url in (told, f"{server}?password=secret"):
        result = full("copy", FILE, url)
        assert result.exit_code == 2
        assert "MAILD_STORE_PASSWORD" in result.stderr
        assert "secret" not in result.stderr


def test_place_that_is_none_is_bad_usage(full: Business) -> None:
    result = full("copy", FILE, "mysql://localhost/maild")
    assert result.exit_code == 2
    assert "postgresql://USER@HOST/DATABASE" in result.stderr


def on_server(url: str, sql: str) -> list[Any]:
    async def run() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            return list(await connection.fetch(sql))
        finally:
            await connection.close()

    return asyncio.run(run())
