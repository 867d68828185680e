"""The key ring held against the store: every node must be able to check what another one made.

The store knows by its fingerprint the key that the last node to start makes tokens with. A node
that does not hold it would call the links of all others dead, and is refused.
"""

from __future__ import annotations

from pathlib import Path

from maild.errors import Refused
from maild.ids import KeyRing, RandomBytes, load_keys
from maild.store.database import Database, Transaction
from maild.store.ring import KnownKey, find_key, save_key

_REMEDY = (
    "copy the key file from the node that made it, or from a backup; only if it is lost for good, "
    "`maild keys adopt` goes on without it"
)


async def open_ring(db: Database, path: Path, random_bytes: RandomBytes) -> KeyRing:
    """Return the key ring in a file, made if both it and the store are new.

    Raises `Refused` for a ring that the store's links were not made with, `BadInput` for a file
    that is no ring.
    """
    known = await find_key(db)
    ring = load_fitting(known, path, random_bytes)
    key = _current(ring)

    async def work(tx: Transaction) -> None:
        # another node may have begun the store meanwhile
        _refuse_misfit(await find_key(tx), ring, path)
        await save_key(tx, key)

    if key != known:
        await db.transact(work)
    return ring


def load_fitting(known: KnownKey | None, path: Path, random_bytes: RandomBytes) -> KeyRing:
    """Return the ring in a file if it holds the key that a store knows; else as `open_ring`."""
    if known and not path.exists():
        raise Refused(f"{path}: the key ring is missing, and this store has one: {_REMEDY}")
    ring = load_keys(path, random_bytes)
    _refuse_misfit(known, ring, path)
    return ring


async def adopt_ring(db: Database, path: Path, random_bytes: RandomBytes) -> KeyRing:
    """Take the ring in a file, made if it is missing, for the store's, whatever that knew.

    What was made with a key that it lacks opens nothing any more.
    """
    ring = load_keys(path, random_bytes)
    await db.transact(lambda tx: save_key(tx, _current(ring)))
    return ring


def _current(ring: KeyRing) -> KnownKey:
    return KnownKey(ring.current, ring.fingerprints[0])


def _refuse_misfit(known: KnownKey | None, ring: KeyRing, path: Path) -> None:
    if known and known.fingerprint not in ring.fingerprints:
        raise Refused(
            f"{path}: this key ring lacks the key ({known.key_name}) that the store's links are "
            f"made with: {_REMEDY}"
        )
