"""The seam between maild and a database engine: what every statement is run through.

A statement numbers its parameters `$1`, `$2`, … in both engines. A `Transaction` is handed to a
piece of work; several pieces may share one commit, and each caller returns only after the commit
its work was part of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol, TypeVar

# behind a subquery that picks rows to claim: those that another node is just claiming are left out
SKIP_LOCKED = "/* skip locked */"

Row = Mapping[str, Any]
T = TypeVar("T")
Value = str | int | bytes | None


class Queries(Protocol):
    """Whatever can be read from: a database between transactions, or a transaction."""

    async def rows(self, sql: str, *values: Value) -> Sequence[Row]:
        """Return all rows of a query; raises `StoreUnavailable`."""


class Transaction(Queries, Protocol):
    """A piece of work's view of the database: its reads see its own writes."""

    async def execute(self, sql: str, *values: Value) -> int:
        """Run a statement and return how many rows it touched."""


Work = Callable[[Transaction], Awaitable[T]]


class Database(Queries, Protocol):
    """An open store."""

    async def transact(self, work: Work[T], *, beside: bool = False) -> T:
        """Run work in a transaction and return its result once it is durable.

        One piece of work follows the other, on all nodes: what it has read still holds when it
        writes. Work that needs no such thing, as its own statements decide, may run `beside`.

        Whatever the work raises undoes all of it and is raised here. Raises `StoreFull` or
        `StoreUnavailable` when it could not be made durable. A caller that is cancelled does not
        undo work that has begun. Work may be run twice; only the last run is kept.
        """

    async def tell_time(self) -> int | None:
        """Return what time it is by the clock that all nodes share, the server's; None without.

        Raises `StoreUnavailable`.
        """

    def watch(self) -> asyncio.Event:
        """Return an event that is set at the next commit by this or any other process."""

    async def close(self) -> None:
        """Finish the running commit and let go of the engine."""


def build(kind: type[T], row: Row) -> T:
    """Return a row as the dataclass whose field names its columns bear."""
    values = dict(row)
    for field in fields(kind):  # type: ignore[arg-type]
        if field.type == "bool":
            values[field.name] = bool(values[field.name])
    return kind(**values)


async def find(source: Queries, kind: type[T], sql: str, *values: Value) -> T | None:
    """Return the first row of a query as a dataclass, or None."""
    rows = await source.rows(sql, *values)
    return build(kind, rows[0]) if rows else None


async def collect(source: Queries, kind: type[T], sql: str, *values: Value) -> list[T]:
    """Return all rows of a query as dataclasses."""
    return [build(kind, row) for row in await source.rows(sql, *values)]


def columns(kind: type[object], table: str = "") -> str:
    """Return the column list of a dataclass, for a SELECT that `build` takes back."""
    prefix = f"{table}." if table else ""
    return ", ".join(prefix + field.name for field in fields(kind))  # type: ignore[arg-type]


async def insert(tx: Transaction, table: str, **values: Value) -> None:
    """Insert one row; table and column names come from code, never from input."""
    names = ", ".join(values)
    marks = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await tx.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values.values())


async def insert_value(tx: Transaction, table: str, value: object, **more: Value) -> None:
    """Insert a dataclass whose fields are the table's columns, and columns beside them."""
    names = (field.name for field in fields(value))  # type: ignore[arg-type]
    row = {name: getattr(value, name) for name in names}
    plain = {k: int(v) if isinstance(v, bool) else v for k, v in row.items()}
    await insert(tx, table, **plain, **more)
