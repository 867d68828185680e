"""A look into a SQLite store from the loop's own thread, for what is found in a moment.

Most queries of a page or a letter find a few rows by their key, which takes SQLite less time than
handing the query to a thread and the answer back. So each is tried here first. What turns out to
be long or large, and what has to wait, is given up and left to the threads that read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from maild.store.database import Row, Value

# how often SQLite asks whether to go on, and how often it may: a quarter of a millisecond in all.
# It counts the steps of a statement through all its runs, so the first question may come at once.
_STEPS = 5_000
_QUESTIONS = 2
_BYTES = 256 * 1024
# more than the store has, so that none is parsed twice
_STATEMENTS = 1_000


class Glance:
    """A connection that only reads, and gives up what the loop would have to wait for."""

    def __init__(self, path: Path) -> None:
        """Open it on a store that is there; raises `sqlite3.Error`."""
        self._asked = 0
        self._given_up: set[str] = set()
        self._raw = sqlite3.connect(
            path, timeout=0, isolation_level=None, cached_statements=_STATEMENTS
        )
        self._raw.row_factory = sqlite3.Row
        self._raw.execute("PRAGMA query_only = ON")
        self._raw.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _BYTES)
        self._raw.set_progress_handler(self._tires, _STEPS)

    def rows(self, sql: str, values: dict[str, Value]) -> Sequence[Row] | None:
        """Return all rows of a query, or None for one that somebody else has to run.

        What is wrong with a query or with the store is left to them, too, and told there. One that
        was given up is not tried again: Python parses such a statement anew at each run.
        """
        if sql in self._given_up:
            return None
        self._asked = 0
        try:
            return self._raw.execute(sql, values).fetchall()
        except sqlite3.Error:
            self._given_up.add(sql)
            return None

    def close(self) -> None:
        """Close the connection."""
        self._raw.close()

    def _tires(self) -> bool:
        self._asked += 1
        return self._asked > _QUESTIONS
