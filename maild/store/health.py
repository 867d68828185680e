"""Whether a store's file is whole: read through by the engine itself, and nothing changed."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

_STEPS = 100_000


def find_damage(path: Path, seconds: float) -> tuple[str, ...] | None:
    """Return what is wrong with the file of a store; None if it could not be read in time.

    Blocks for at most about so many seconds; others may use the store meanwhile.
    """
    deadline = time.monotonic() + seconds
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as db:
            db.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
            told = [row[0] for row in db.execute("PRAGMA quick_check(5)")]
            lost = db.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
            return None
        return (str(error),)
    except sqlite3.DatabaseError as error:
        return (str(error),)
    damage = [] if told == ["ok"] else told
    return (*damage, f"rows of {lost[0]} refer to what is gone") if lost else tuple(damage)
