"""A rehearsal: an office with a store of its own, that knows the same clients and keeps nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from maild.office import Office
from maild.store import clients
from maild.store.database import Transaction
from maild.store.sqlite import open_sqlite


@asynccontextmanager
async def rehearse(office: Office) -> AsyncIterator[Office]:
    """Open an office where clients and contacts can be changed as in the real one, for a trial.

    The real store is only read; the other one is deleted at the end.
    """
    with TemporaryDirectory() as folder:
        db = await open_sqlite(Path(folder) / "store")
        try:
            stage = replace(office, db=db)
            await _copy_clients(office, stage)
            yield stage
        finally:
            await db.close()


async def _copy_clients(office: Office, stage: Office) -> None:
    known = await clients.list_all_clients(office.db)
    people = page = await clients.list_everyone(office.db)
    while page:
        page = await clients.list_everyone(office.db, page[-1].id)
        people += page

    async def work(tx: Transaction) -> None:
        for client in known:
            await clients.add_client(tx, client)
        for person in people:
            await clients.add_contact(tx, person)

    await stage.db.transact(work)
