"""How an engine goes about a statement, and what of that grows with the store.

Statements are explained on an empty store without statistics, as a new business has it. Whatever
reads a whole table, or walks a whole index, costs more with every document.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

import asyncpg

from maild.store.database import SKIP_LOCKED
from maild.store.schema import list_migrations, split_statements
from tests.fakes import START
from tests.growth import Past

# an engine's way with statements: those steps of each that read everything
Explain = Callable[[Iterable[str]], Mapping[str, list[str]]]

SMALL = {
    "appointments": "a row for each thing that the calendar does",
    "mailboxes": "a row for each mailbox that is read",
    "outages": "a row for each mail server",
    "ring": "a row for each key of the ring",
    "turns": "a row for each thing that nodes take turns at",
}
# partial indexes that hold little, whatever there is
FEW = {
    "events_of_addresses": "contacts whose address has changed",
    "letters_due": "letters on their way",
    "letters_untold": "trouble that the operator has not been told of",
    "recurrences_waking": "what recurs: maild recur list shows all of it",
    "recoveries_due": "requests that wait for an answer",
    "replies_due": "replies that nobody has read yet",
    "replies_open": "replies that wait for the operator",
}
# what begins so is asked once a day, or for a person, and is about everything
WHOLE = {
    "SELECT d.currency, SUM(": "the digest adds up what is owed, over open invoices alone",
    "SELECT COUNT(*) AS n FROM clients": "maild check says how many there are",
    "SELECT COUNT(*) AS n FROM documents": "maild check says how many there are",
}
# columns with few values: all rows of one are most of a table
CLASSES = frozenset({"state", "kind", "type", "verb"})
_DOCUMENTS = 5_000
_SKIP = "FOR UPDATE SKIP LOCKED"
_WHOLE = tuple(WHOLE)
_ROWS = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b")
_WALK = re.compile(
    r"(?:SCAN|SEARCH) (\w+)(?: USING (?:COVERING |INTEGER )?(?:INDEX (\w+)|PRIMARY KEY))?"
    r"(?: \((.*)\))?$"
)
# one end of an index, for MIN and MAX
_IS_LEAST = re.compile(r"SEARCH \w+ USING (?:COVERING )?INDEX \w+$")
_TERM = re.compile(r"(\w+)\)?([=<>])")
_NAMED = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?(\w+)")


def list_explainable(statements: Iterable[str]) -> list[str]:
    """Return those of statements that read or write rows of ours."""
    return sorted(sql for sql in set(statements) if _ROWS.match(sql) and "sqlite_" not in sql)


def explain_sqlite(statements: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the statements of which a step grows, with those steps, as SQLite plans them."""
    with closing(sqlite3.connect(":memory:")) as raw:
        for script in list_migrations():
            for statement in split_statements(script):
                raw.execute(statement)
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}
        found = {sql: _list_growing(raw, sql, tables) for sql in statements}
    return {sql: steps for sql, steps in found.items() if steps and not sql.startswith(_WHOLE)}


def _list_growing(raw: sqlite3.Connection, sql: str, tables: Collection[str]) -> list[str]:
    values = dict.fromkeys(re.findall(r"\$(\d+)", sql))
    plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    # a plan names tables as the statement does
    known = {alias: name for name, alias in _NAMED.findall(sql) if name in tables}
    growing = [step for step in plan if _grows(step, known, tables)]
    ours = [step for step in plan if _walked(step, known) in tables]
    return growing + (_list_sorted(plan, ours) if " LIMIT " in sql else [])


def _walked(step: str, known: Mapping[str, str]) -> str:
    """Return the table that a step walks; what a subquery found has a name of its own."""
    walk = _WALK.match(step)
    return known.get(walk[1], walk[1]) if walk else ""


def _grows(step: str, known: Mapping[str, str], tables: Collection[str]) -> bool:
    """Tell whether a step reads a whole table or index, or a whole class of rows."""
    if "AUTOMATIC" in step:
        return True
    walk = _WALK.match(step)
    if walk is None or _IS_LEAST.match(step):
        return False
    _, index, terms = walk.groups()
    table = _walked(step, known)
    if table not in tables or table in SMALL or index in FEW:
        return False
    return {column for column, _ in _TERM.findall(terms or "")} <= CLASSES


def _list_sorted(plan: Sequence[str], ours: Sequence[str]) -> list[str]:
    """Return steps that sort more than belongs to one thing, of which a few rows are kept."""
    walks = [walk for step in ours if (walk := _WALK.match(step)) and walk[2] not in FEW]
    firsts = [_TERM.findall(walk[3] or "")[:1] for walk in walks]
    owned = all(first and first[0][1] == "=" and first[0][0] not in CLASSES for first in firsts)
    return [] if owned else [step for step in plan if step == "USE TEMP B-TREE FOR ORDER BY"]


def explain_postgres(dsn: str, statements: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the statements of which a step grows, and those steps, as PostgreSQL plans them.

    The plan is the one for all values; and tables are read whole, or joined by reading them whole,
    only where nothing else will do. Of tables that are empty, in an empty store filled here for
    the purpose, nothing can be said: for them every way is as good.
    """
    return asyncio.run(_explain_postgres(dsn, statements))


async def _explain_postgres(dsn: str, statements: Iterable[str]) -> Mapping[str, list[str]]:
    connection = await asyncpg.connect(dsn)
    found = {}
    try:
        tables = await _fill(connection)
        for setting in ("seqscan", "mergejoin", "hashjoin", "material", "memoize"):
            await connection.execute(f"SET enable_{setting} = off")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        for sql in statements:
            plan = await _plan(connection, sql)
            steps = [step for node in _list_nodes(plan) if (step := _name(node, tables))]
            if steps and not sql.startswith(_WHOLE):
                found[sql] = steps
    finally:
        await connection.close()
    return found


async def _fill(connection: asyncpg.Connection) -> set[str]:
    """Give an empty store a past; return the tables, and the indexes of them, that have rows."""
    past = Past(_DOCUMENTS, START).list_tables()
    names = [table for table, *_ in past]
    if not await connection.fetchval("SELECT COUNT(*) FROM clients"):
        for table, columns, rows in past:
            await connection.copy_records_to_table(table, records=rows, columns=columns.split(", "))
        await connection.execute("ANALYZE")
    sql = "SELECT indexname FROM pg_indexes WHERE tablename = ANY($1)"
    indexes = await connection.fetch(sql, names)
    return {*names, *(row["indexname"] for row in indexes)}


async def _plan(connection: asyncpg.Connection, sql: str) -> Mapping[str, Any]:
    await connection.execute(f"PREPARE asked AS {sql.replace(SKIP_LOCKED, _SKIP)}")
    nulls = ", ".join(["NULL"] * len(set(re.findall(r"\$\d+", sql))))
    asked = f"asked({nulls})" if nulls else "asked"
    plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE {asked}")
    await connection.execute("DEALLOCATE asked")
    root: Mapping[str, Any] = json.loads(plan)[0]["Plan"]
    return root


def _list_nodes(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [node, *(inner for below in node.get("Plans", ()) for inner in _list_nodes(below))]


def _name(node: Mapping[str, Any], tables: Collection[str]) -> str:
    """Return a step of a plan that reads a whole table or index, in words, or nothing."""
    kind, table, index = (node.get(key, "") for key in ("Node Type", "Relation Name", "Index Name"))
    whole = kind == "Seq Scan" or (index and "Index Cond" not in node)
    if not whole or index in FEW or not {table, index} & set(tables):
        return ""
    return f"{kind} on {index or table}"
