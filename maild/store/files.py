"""Files of a client that belong to no document."""

from __future__ import annotations

from maild.model import ClientFile
from maild.store.database import Queries, Transaction, collect, find, insert
from maild.store.reach import Reach

_FILE = (
    "SELECT f.id, f.client_id, f.name, f.media_type, b.size, f.hash, f.created_at FROM files f"
    " JOIN blobs b ON b.hash = f.hash WHERE f.client_id = $1"
)


async def add_file(tx: Transaction, file: ClientFile) -> None:
    """Keep a file whose bytes are kept already; its name must be free (see `find_file`)."""
    await insert(
        tx,
        "files",
        id=file.id,
        client_id=file.client_id,
        hash=file.hash,
        name=file.name,
        media_type=file.media_type,
        created_at=file.created_at,
    )


async def remove_file(tx: Transaction, file_id: str) -> None:
    """Forget a file, but not its bytes."""
    await tx.execute("DELETE FROM files WHERE id = $1", file_id)


async def find_file(source: Queries, client_id: str, name: str) -> ClientFile | None:
    """Return a client's file of that name."""
    return await find(source, ClientFile, f"{_FILE} AND f.name = $2", client_id, name)


async def get_file(source: Queries, reach: Reach, file_id: str) -> ClientFile | None:
    """Return a file within reach; any other is None."""
    return await find(
        source,
        ClientFile,
        f"{_FILE} AND f.created_at >= $2 AND f.id = $3",
        reach.client_id,
        reach.since,
        file_id,
    )


async def list_files(source: Queries, reach: Reach) -> list[ClientFile]:
    """Return the files within reach by name."""
    return await collect(
        source,
        ClientFile,
        f"{_FILE} AND f.created_at >= $2 ORDER BY f.name",
        reach.client_id,
        reach.since,
    )
