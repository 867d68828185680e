"""Passwords of addresses: hashes and dates only."""

from __future__ import annotations

from maild.model import Credential
from maild.store.database import Queries, Transaction, collect, columns, insert_value

_CREDENTIAL = columns(Credential)
# far more than are ever mailed before one of them is used
EVERY_LIVE_ONE = 100


async def add_credential(tx: Transaction, credential: Credential) -> None:
    """Keep a new credential beside the older ones, which stay good until it is first used."""
    await insert_value(tx, "credentials", credential)


async def list_credentials(source: Queries, key: str, most: int = 4) -> list[Credential]:
    """Return the newest credentials of an address key that are not retired, newest first.

    One in use is always among them: new ones, asked for by whomever, must not push it out.
    """
    found = await collect(
        source,
        Credential,
        f"SELECT {_CREDENTIAL} FROM credentials WHERE address_key = $1 AND retired_at IS NULL"
        " ORDER BY first_used_at IS NULL, created_at DESC, id LIMIT $2",
        key,
        most,
    )
    return sorted(found, key=lambda credential: credential.created_at, reverse=True)


async def mark_used(tx: Transaction, credential: Credential, now: int) -> bool:
    """Note a credential's use, the first of which retires every older one of its address.

    Returns False, having changed nothing, when the credential has been retired meanwhile.
    """
    touched = await tx.execute(
        "UPDATE credentials SET first_used_at = COALESCE(first_used_at, $2)"
        " WHERE id = $1 AND retired_at IS NULL",
        credential.id,
        now,
    )
    if not touched:
        return False
    await tx.execute(
        "UPDATE credentials SET retired_at = $3 WHERE address_key = $1 AND created_at < $2"
        " AND retired_at IS NULL",
        credential.address_key,
        credential.created_at,
        now,
    )
    return True


async def mark_delivered(tx: Transaction, credential_id: str, now: int) -> None:
    """Start the lapse of a generated password: the relay has taken the letter that bears it."""
    await tx.execute(
        "UPDATE credentials SET delivered_at = $2 WHERE id = $1 AND delivered_at IS NULL",
        credential_id,
        now,
    )


async def retire_credentials(tx: Transaction, key: str, now: int) -> int:
    """End every password of an address key; return how many there were."""
    return await tx.execute(
        "UPDATE credentials SET retired_at = $2 WHERE address_key = $1 AND retired_at IS NULL",
        key,
        now,
    )


async def retire_untold(
    tx: Transaction, now: int, *, contact_id: str = "", document_id: str = ""
) -> None:
    """End passwords whose letter (to a contact, about a document) was dropped: nobody knows them.

    One that was used all the same had reached its owner before the drop.
    """
    await tx.execute(
        "UPDATE credentials SET retired_at = $1 WHERE retired_at IS NULL"
        " AND delivered_at IS NULL AND first_used_at IS NULL AND id IN"
        " (SELECT credential_id FROM letters WHERE contact_id = $2 AND state = 'dropped'"
        " UNION SELECT credential_id FROM letters WHERE document_id = $3 AND state = 'dropped')",
        now,
        contact_id,
        document_id,
    )


async def has_chosen(source: Queries, key: str) -> bool:
    """Tell whether a password that its owner chose is among an address key's live ones."""
    return any(not held.generated for held in await list_credentials(source, key))
