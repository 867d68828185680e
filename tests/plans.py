"""How an engine goes about a statement, and what of that grows with the store.

Statements are explained on an empty store without statistics, as a new business has it. Whatever
reads a whole table, or walks a whole index, costs more with every document; so does sorting what
is found in order to keep a few rows of it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing

from maild.store.schema import list_migrations, split_statements

# an engine's way with statements: those steps of each that read everything
Explain = Callable[[Iterable[str]], Mapping[str, list[str]]]

SMALL = {
    "appointments": "a row for each thing that the calendar does",
    "mailboxes": "a row for each mailbox that is read",
    "outages": "a row for each mail server",
}
# partial indexes of what is there for a while only
WAITING = {
    "letters_due": "letters on their way",
    "letters_untold": "trouble that the operator has not been told of",
    "recoveries_due": "requests that wait for an answer",
    "replies_due": "replies that nobody has read yet",
    "replies_open": "replies that wait for the operator",
}
# what is asked once, for a person, and is about everything
WHOLE = {
    "SELECT COUNT(*) AS n FROM clients": "maild check says how many there are",
    "SELECT COUNT(*) AS n FROM documents": "maild check says how many there are",
}
_STATEMENT = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b")
_SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?$")
_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?")


def list_explainable(statements: Iterable[str]) -> list[str]:
    """Return those of statements that read or write rows of ours."""
    return sorted(s for s in set(statements) if _STATEMENT.match(s) and "sqlite_" not in s)


def explain_sqlite(statements: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the statements with a step that grows, and those steps, as SQLite plans them."""
    with closing(sqlite3.connect(":memory:")) as raw:
        for script in list_migrations():
            for statement in split_statements(script):
                raw.execute(statement)
        found = {sql: _find_growing(raw, sql) for sql in statements}
    return {sql: steps for sql, steps in found.items() if steps and sql not in WHOLE}


def _find_growing(raw: sqlite3.Connection, sql: str) -> list[str]:
    values = {mark: None for mark in re.findall(r"\$(\d+)", sql)}
    plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}
    known = {alias: name for name, alias in _TABLE.findall(sql) if name in tables}
    return [step for step in plan if _grows(step, known, tables)]
