"""What the schema consists of, as its history makes it: the tables, in an order to fill them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from graphlib import TopologicalSorter

from maild.store.schema import list_migrations, split_statements


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns, and those of its key, of bytes, and that refer to its own rows.

    `parents` are the other tables that its rows refer to.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    bulk: tuple[str, ...]
    own: tuple[str, ...]
    parents: frozenset[str]


def list_tables(migrations: Iterable[str] | None = None) -> tuple[Table, ...]:
    """Return every table of this code's version, or of other migrations; parents come first.

    Read from an empty store in memory, so it holds for either engine.
    """
    with closing(sqlite3.connect(":memory:")) as empty:
        for script in list_migrations() if migrations is None else migrations:
            for statement in split_statements(script):
                empty.execute(statement)
        names = empty.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        tables = {name: _read(empty, name) for (name,) in names}
    order = TopologicalSorter({table.name: sorted(table.parents) for table in tables.values()})
    return tuple(tables[name] for name in order.static_order())


def _read(empty: sqlite3.Connection, name: str) -> Table:
    # (number, name, type, not null, default, place in the key from 1)
    columns = empty.execute(f"PRAGMA table_info({name})").fetchall()
    # (number, place in the foreign key, table, from, to, …)
    references = empty.execute(f"PRAGMA foreign_key_list({name})").fetchall()
    return Table(
        name=name,
        columns=tuple(column[1] for column in columns),
        key=tuple(one[1] for one in sorted(columns, key=lambda c: int(c[5])) if one[5]),
        bulk=tuple(column[1] for column in columns if column[2] == "BLOB"),
        own=tuple(reference[3] for reference in references if reference[2] == name),
        parents=frozenset(one[2] for one in references if one[2] != name),
    )
