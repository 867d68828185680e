"""Who was turned away, when and why: what a person's complaint is looked up in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from maild.store.database import Queries, Transaction, collect, columns, insert_value


class RefusalReason(StrEnum):
    """Why somebody was turned away; a repetition of it soon after is not noted again."""

    LINK_EXPIRED = "link-expired"
    LINK_REVOKED = "link-revoked"
    LOGIN_REQUIRED = "login-required"
    LOGIN_WRONG = "login-wrong"
    LOGIN_LAPSED = "login-lapsed"
    LOGIN_THROTTLED = "login-throttled"
    REISSUE_THROTTLED = "reissue-throttled"
    CONTACT_DISABLED = "contact-disabled"


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """One refusal: the address key turned away, and from what (a document number, a page)."""

    id: str
    at: int
    address_key: str
    reason: str
    subject: str


_REFUSAL = columns(RefusalRow)


async def add_refusal(tx: Transaction, refusal: RefusalRow) -> None:
    """Keep a refusal."""
    await insert_value(tx, "refusals", refusal)


async def was_refused(
    source: Queries, key: str, reason: RefusalReason, subject: str, since: int
) -> bool:
    """Tell whether the same refusal was noted after an instant."""
    rows = await source.rows(
        "SELECT 1 AS n FROM refusals WHERE address_key = $1 AND at > $4"
        " AND reason = $2 AND subject = $3 LIMIT 1",
        key,
        reason,
        subject,
        since,
    )
    return bool(rows)


async def list_refusals(source: Queries, address_key: str, most: int) -> list[RefusalRow]:
    """Return the latest refusals of an address key, newest first."""
    return await collect(
        source,
        RefusalRow,
        f"SELECT {_REFUSAL} FROM refusals WHERE address_key = $1"
        " ORDER BY at DESC, id DESC LIMIT $2",
        address_key,
        most,
    )


async def purge_refusals(tx: Transaction, before: int, most: int) -> int:
    """Forget so many refusals older than an instant; return how many."""
    return await tx.execute(
        "DELETE FROM refusals WHERE id IN (SELECT id FROM refusals WHERE at < $1"
        " ORDER BY at LIMIT $2)",
        before,
        most,
    )
