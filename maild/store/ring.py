"""The key that links and addresses are made with just now, by its fingerprint: one row at most."""

from __future__ import annotations

from dataclasses import dataclass

from maild.store.database import Queries, Transaction, columns, find

_THE_ONE = 1


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key's name and its fingerprint, of which the key cannot be told."""

    key_name: str
    fingerprint: str


_KEY = columns(KnownKey)


async def find_key(source: Queries) -> KnownKey | None:
    """Return the key that the last node to start makes tokens with; None in a new store."""
    return await find(source, KnownKey, f"SELECT {_KEY} FROM ring WHERE id = $1", _THE_ONE)


async def save_key(tx: Transaction, key: KnownKey) -> None:
    """Put a key in the place of the one that was known."""
    await tx.execute(
        f"INSERT INTO ring (id, {_KEY}) VALUES ($1, $2, $3)"
        " ON CONFLICT (id) DO UPDATE SET key_name = $2, fingerprint = $3",
        _THE_ONE,
        key.key_name,
        key.fingerprint,
    )
