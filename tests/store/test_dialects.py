"""Where the two engines part, as maild/store/README.md says: what each does with a statement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from maild.store.database import Database, Transaction, Value, insert
from maild.store.engine import Place, open_store

FAILS = object()
ADD = "INSERT INTO outages (server, since, failures, words)"


@pytest.fixture
async def both(url: str, path: Path) -> AsyncIterator[tuple[Database, Database]]:
    """A store on SQLite and one on PostgreSQL, with the same three rows."""
    opened = [await open_store(Place(where)) for where in (f"sqlite:{path}", url)]
    for db in opened:
        await db.transact(_fill)
    yield opened[0], opened[1]
    for db in opened:
        await db.close()


async def _fill(tx: Transaction) -> None:
    for name, number in (("a", 1), ("B", 2), ("ä", 3)):
        await insert(tx, "mailboxes", name=name, validity=number, last_uid=10, since=0)
    await insert(tx, "appointments", name="x", due_at=2**62, note="Note")
    await insert(
        tx, "clients", id="1", ref="r", ref_key="r", name="n", created_at=1, link_days=None
    )
    await insert(tx, "clients", id="2", ref="s", ref_key="s", name="n", created_at=1, link_days=7)


async def ask(db: Database, sql: str, *values: Value) -> Any:
    """Return the only column of all rows, or that the engine refuses the statement."""
    try:
        return [next(iter(dict(row).values())) for row in await db.rows(sql, *values)]
    except Exception:
        return FAILS


# statement, values, what SQLite makes of it, what PostgreSQL does
QUERIES: tuple[tuple[str, tuple[Value, ...], Any, Any], ...] = (
    # a sum is no number of ours on PostgreSQL until it is cast, and NULL without rows
    ("SELECT CAST(SUM(last_uid) AS BIGINT) FROM mailboxes", (), [30], [30]),
    ("SELECT CAST(SUM(last_uid) AS BIGINT) FROM mailboxes WHERE name = ''", (), [None], [None]),
    # a parameter has one type in all of a statement
    ("SELECT name FROM mailboxes WHERE name = $1 AND validity = $1", ("1",), [], FAILS),
    ("SELECT name FROM mailboxes WHERE validity = $1", ("1",), ["a"], FAILS),
    ("SELECT $1 AS n", (1,), [1], FAILS),
    ("SELECT CAST($1 AS BIGINT) AS n", (1,), [1], [1]),
    ("SELECT COALESCE($1, 0) AS n", (2**40,), [2**40], FAILS),
    # truth is a type of its own
    ("SELECT name FROM mailboxes WHERE validity", (), ["a", "B", "ä"], FAILS),
    ("SELECT SUM(validity > 1) AS n FROM mailboxes", (), [2], FAILS),
    ("SELECT COUNT(*) FILTER (WHERE validity > 1) AS n FROM mailboxes", (), [2], [2]),
    # a figure in the statement has 32 bits, a column or parameter 64
    ("SELECT 2147483647 + 1 AS n", (), [2**31], FAILS),
    ("SELECT due_at + 1 AS n FROM appointments", (), [2**62 + 1], [2**62 + 1]),
    ("SELECT due_at * 2 AS n FROM appointments", (), [2.0**63], FAILS),
    ("SELECT -7 / 2 AS n", (), [-3], [-3]),
    # where nothing stands, and how text compares
    ("SELECT link_days FROM clients ORDER BY link_days", (), [None, 7], [7, None]),
    ("SELECT link_days FROM clients ORDER BY COALESCE(link_days, 0)", (), [None, 7], [None, 7]),
    ("SELECT name FROM mailboxes ORDER BY name", (), ["B", "a", "ä"], ["B", "a", "ä"]),
    ("SELECT name FROM mailboxes WHERE name LIKE 'b%'", (), ["B"], []),
    ("SELECT LOWER(name) AS n FROM mailboxes WHERE name = 'B'", (), ["b"], ["b"]),
    # of several values, the least and the greatest
    ("SELECT MAX(validity, 2) AS n FROM mailboxes WHERE name = 'a'", (), [2], FAILS),
    ("SELECT GREATEST(validity, 2) AS n FROM mailboxes WHERE name = 'a'", (), FAILS, [2]),
    # what is neither grouped nor counted
    ("SELECT name FROM mailboxes GROUP BY last_uid", (), ["a"], FAILS),
)


async def test_engines_part_where_the_readme_says(both: tuple[Database, Database]) -> None:
    for sql, values, *expected in QUERIES:
        assert [await ask(db, sql, *values) for db in both] == expected, sql


async def test_sum_that_is_not_cast_is_no_whole_number_on_postgresql(
    both: tuple[Database, Database],
) -> None:
    found = [await ask(db, "SELECT SUM(last_uid) AS n FROM mailboxes") for db in both]
    assert [type(one[0]).__name__ for one in found] == ["int", "Decimal"]


async def _change(db: Database, sql: str) -> None:
    await db.transact(lambda tx: tx.execute(sql))


# statement, and which engine refuses it
INSERTS = (
    (f"{ADD} VALUES ('s', 1, 1, '') ON CONFLICT (server) DO NOTHING", ""),
    (
        f"{ADD} VALUES ('s', 1, 1, '') ON CONFLICT (server)"
        " DO UPDATE SET failures = outages.failures + excluded.failures",
        "",
    ),
    (
        f"{ADD} VALUES ('s', 1, 1, '') ON CONFLICT (server) DO UPDATE SET failures = failures",
        "postgresql",
    ),
    (
        f"{ADD} VALUES ('t', 1, 1, ''), ('t', 2, 2, '') ON CONFLICT (server)"
        " DO UPDATE SET since = excluded.since",
        "postgresql",
    ),
    (f"{ADD} SELECT name, 1, 1, '' FROM mailboxes ON CONFLICT (server) DO NOTHING", "sqlite"),
    (f"{ADD} SELECT name, 1, 1, '' FROM mailboxes WHERE 1 = 1 ON CONFLICT DO NOTHING", ""),
)


async def test_row_that_is_there_already(both: tuple[Database, Database]) -> None:
    for sql, refused in INSERTS:
        for name, db in zip(("sqlite", "postgresql"), both, strict=True):
            try:
                await _change(db, sql)
            except Exception:
                assert name == refused, sql
            else:
                assert name != refused, sql


async def test_transaction_goes_on_after_a_failed_statement_on_sqlite_alone(
    both: tuple[Database, Database],
) -> None:
    async def work(tx: Transaction) -> None:
        try:
            await insert(tx, "mailboxes", name="a", validity=1, last_uid=1, since=1)
        except Exception:
            await tx.execute("UPDATE mailboxes SET since = 5")

    await both[0].transact(work)
    with pytest.raises(Exception, match="current transaction is aborted"):
        await both[1].transact(work)
