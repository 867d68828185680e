"""The receiver that one would write in an afternoon: stock aiosmtpd, SQLite, a commit per mail.

python -m tests.bench.programs.stock_smtpd STORE
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys

from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Keeps each message in a transaction of its own before it is answered."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store

    async def handle_DATA(  # noqa: N802 - aiosmtpd finds it by this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a message durably (aiosmtpd calls it)."""
        self._store.execute(
            "INSERT INTO mail (sender, recipients, content) VALUES (?, ?, ?)",
            (envelope.mail_from, " ".join(envelope.rcpt_tos), envelope.content),
        )
        self._store.commit()
        return "250 2.0.0 OK"


async def serve(path: str) -> None:
    """Serve until killed, and say the port."""
    store = sqlite3.connect(path)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = FULL")
    store.execute("CREATE TABLE mail (sender TEXT, recipients TEXT, content BLOB)")
    keeper = Keeper(store)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(keeper, hostname="mx.bench.example"), "127.0.0.1", 0, backlog=1000
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
