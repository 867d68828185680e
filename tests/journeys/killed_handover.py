"""A hand-over that is killed before its first statement, its second, and so on, each time anew.

After each kill what another process finds in the store is written to standard output as a line.
The last line but one is what the hand-over that nobody killed left behind; then comes `done`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from itertools import count
from pathlib import Path
from typing import Any

from maild import config
from maild.office import open_office
from maild.press import Press
from maild.services.handover import Pending, hand_over, plan_replacement
from maild.store.sqlite import _Connection
from tests.world import store_path

OLD, NEW = "jane@acme.example", "tom@acme.example"
SEEN = {
    "contacts": "SELECT address, disabled_at IS NULL FROM contacts ORDER BY address",
    "links": "SELECT COUNT(*), SUM(revoked_at IS NULL) FROM links",
    "letters": "SELECT recipient, state FROM letters ORDER BY recipient, state",
    "passwords": "SELECT COUNT(*), SUM(retired_at IS NULL) FROM credentials",
    "sessions": "SELECT COUNT(*) FROM sessions",
    "events": "SELECT verb, COUNT(*) FROM events GROUP BY verb ORDER BY verb",
}


class Killer:
    """Lets so many statements of the writer pass, and kills the process at the next."""

    def __init__(self, passing: int) -> None:
        self.left = passing
        self.execute = _Connection.execute

    def arm(self) -> None:
        """Count from now on."""
        killer = self

        async def execute(connection: _Connection, sql: str, *values: Any) -> int:
            if killer.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            killer.left -= 1
            return await killer.execute(connection, sql, *values)

        _Connection.execute = execute  # type: ignore[method-assign,assignment]


async def print_nothing(*_: object) -> bytes:
    """Stand in for the press, which would start a process of its own."""
    return b"%PDF-1.7\n"


async def work(path: Path, passing: int) -> None:
    """Hand over, and be killed on the way."""
    async with open_office(config.load(path, {})) as office:
        plan = await plan_replacement(office, "ACME", OLD, NEW)
        Killer(passing).arm()
        await hand_over(office, plan, Pending.READDRESS, actor="test")


def look(path: Path) -> str:
    """Return what a reader finds, as JSON."""
    with sqlite3.connect(store_path(config.load(path, {}))) as store:
        return json.dumps({name: store.execute(sql).fetchall() for name, sql in SEEN.items()})


def main(path: Path) -> None:
    """Kill hand-overs until one gets through."""
    Press.print = print_nothing  # type: ignore[method-assign, assignment]
    for passing in count():
        child = os.fork()
        if not child:
            asyncio.run(work(path, passing))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(look(path), flush=True)
        if not os.WIFSIGNALED(status):
            print("done" if status == 0 else f"failed {status}")
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
