"""Clients who owe something: who they are, who hears of it, and what statement they had last."""

from __future__ import annotations

from maild.model import Client, Contact
from maild.store.database import Queries, Transaction, collect, columns

_OWED = "d.type = 'invoice' AND d.state = 'open' AND d.total_minor > d.paid_minor"


async def list_owing(source: Queries, day: str, most: int, after: str = "") -> list[Client]:
    """Return clients with an unpaid invoice and no statement for that day yet, by reference.

    They begin beyond a reference: who owes nothing is passed by once, and not at every look.
    """
    return await collect(
        source,
        Client,
        f"SELECT {columns(Client, 'c')} FROM clients c WHERE c.ref_key > $3 AND c.stated_for < $1"
        f" AND EXISTS (SELECT 1 FROM documents d WHERE d.client_id = c.id AND {_OWED})"
        " ORDER BY c.ref_key LIMIT $2",
        day,
        most,
        after.casefold(),
    )


async def note_stated(tx: Transaction, client_id: str, day: str) -> bool:
    """Note that a client has had the statement of a day; False if it had it already."""
    touched = await tx.execute(
        "UPDATE clients SET stated_for = $2 WHERE id = $1 AND stated_for < $2", client_id, day
    )
    return touched == 1


async def list_debtors(source: Queries, client_id: str) -> list[Contact]:
    """Return a client's live contacts whom an unpaid invoice went to, the earliest first.

    Where all of them have left, the others come in their place.
    """
    everyone = await collect(
        source,
        Contact,
        f"SELECT {columns(Contact)} FROM contacts WHERE client_id = $1 AND disabled_at IS NULL"
        " ORDER BY created_at, id",
        client_id,
    )
    rows = await source.rows(
        "SELECT DISTINCT l.contact_id FROM letters l JOIN documents d ON d.id = l.document_id"
        f" WHERE d.client_id = $1 AND l.kind = 'document' AND {_OWED}",
        client_id,
    )
    told = {row["contact_id"] for row in rows}
    return [one for one in everyone if one.id in told] or everyone
