"""Outgoing letters: their frozen bytes, their state, and who is sending them just now."""

from __future__ import annotations

from dataclasses import dataclass

from maild.clock import HOUR
from maild.model import Letter
from maild.store.database import (
    LATEST,
    SKIP_LOCKED,
    Mark,
    Queries,
    Transaction,
    collect,
    columns,
    find,
    insert,
    insert_value,
    only,
)

# nobody sits and waits for these: they leave after an answer or a way in
_PATIENT = frozenset({"document", "reminder", "chase", "statement", "paid", "digest"})

_LETTER = columns(Letter)


@dataclass(frozen=True, slots=True)
class FrozenLetter:
    """A letter as its sender needs it; in its bytes stand placeholders for the secrets (JSON)."""

    id: str
    kind: str
    recipient: str
    secrets: str
    attempts: int
    waiting_since: int
    client_id: str | None
    document_id: str | None
    contact_id: str | None
    credential_id: str | None


_FROZEN = columns(FrozenLetter)
# spelt as the index on what is due has it: engines would rather read all letters of two states
_ON_ITS_WAY = "state NOT IN ('held', 'sent', 'bounced', 'failed', 'dropped')"
# Past its time; or put there by a clock that was ahead, as nothing waits so long for its next try.
_DUE = (
    f"{_ON_ITS_WAY} AND lease_until <= $1 AND waiting_since <= $2 AND"
    " (next_at <= $1 OR (state = 'queued' AND created_at > $1)"
    " OR (state = 'deferred' AND next_at > $3))"
)
_NO_PAUSE = 6 * HOUR
_ANY_TIME = 2**62


async def add_letter(tx: Transaction, letter: Letter, message: bytes, secrets: str) -> bool:
    """Keep a new letter; return False, keeping nothing, if its occurrence has one already."""
    if await find_occurrence(tx, letter.occurrence):
        return False
    await insert_value(
        tx,
        "letters",
        letter,
        secrets=secrets,
        waiting_since=letter.next_at,
        patient=int(letter.kind in _PATIENT),
    )
    await insert(tx, "letter_messages", letter_id=letter.id, content=message)
    return True


async def find_occurrence(source: Queries, occurrence: str) -> Letter | None:
    """Return the letter of an occurrence: there is at most one."""
    sql = f"SELECT {_LETTER} FROM letters WHERE occurrence = $1"
    return await find(source, Letter, sql, occurrence)


async def get_letter(source: Queries, letter_id: str) -> Letter | None:
    """Return the letter of that id, without its bytes."""
    sql = f"SELECT {_LETTER} FROM letters WHERE id = $1"
    return await find(source, Letter, sql, letter_id)


async def read_message(source: Queries, letter_id: str) -> bytes:
    """Return the frozen bytes of a letter; none are left of one that was purged."""
    sql = "SELECT content FROM letter_messages WHERE letter_id = $1"
    rows = await source.rows(sql, letter_id)
    return bytes(rows[0]["content"]) if rows else b""


async def read_secrets(source: Queries, letter_id: str) -> str:
    """Return what the secrets of a letter are derived from, as JSON, without its bytes."""
    rows = await source.rows("SELECT secrets FROM letters WHERE id = $1", letter_id)
    secrets: str = rows[0]["secrets"]
    return secrets


async def list_letters(
    source: Queries, state: str = "", most: int = 1000, before: Mark = LATEST
) -> list[Letter]:
    """Return the latest letters before a place, newest first: all, or in one state.

    The state `waiting` stands for those that are queued and those that are deferred.
    """
    found = [
        letter
        for one in (("queued", "deferred") if state == "waiting" else (state,))
        for letter in await _list_page(source, one, most, before)
    ]
    return sorted(found, key=lambda letter: (letter.created_at, letter.id), reverse=True)[:most]


async def _list_page(source: Queries, state: str, most: int, before: Mark) -> list[Letter]:
    return await collect(
        source,
        Letter,
        f"SELECT {_LETTER} FROM letters WHERE {only('state', '$1', state)}"
        " AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4",
        state,
        *before,
        most,
    )


async def list_document_letters(source: Queries, document_id: str) -> list[Letter]:
    """Return a document's letters, oldest first."""
    sql = f"SELECT {_LETTER} FROM letters WHERE document_id = $1 ORDER BY created_at, id"
    return await collect(source, Letter, sql, document_id)


async def first_letter_to(source: Queries, document_id: str, contact_id: str) -> Letter | None:
    """Return the first letter that brought a document to a contact."""
    return await find(
        source,
        Letter,
        f"SELECT {_LETTER} FROM letters WHERE document_id = $1 AND contact_id = $2"
        " ORDER BY created_at, id LIMIT 1",
        document_id,
        contact_id,
    )


async def find_copy(source: Queries, letter_id: str, key: str) -> Letter | None:
    """Return the copy of a letter that went to the live contact of an address key, or None."""
    return await find(
        source,
        Letter,
        f"SELECT {columns(Letter, 'l')} FROM letters l JOIN contacts c ON c.id = l.contact_id"
        " WHERE l.copy_of = $1 AND c.address_key = $2 AND c.disabled_at IS NULL",
        letter_id,
        key,
    )


async def next_due(source: Queries) -> int | None:
    """Return when the next waiting letter is due or its lease runs out, or None."""
    rows = await source.rows(
        "SELECT MIN(CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END) AS due"
        f" FROM letters WHERE {_ON_ITS_WAY}"
    )
    due: int | None = rows[0]["due"]
    return due


async def is_due(source: Queries, now: int, waiting_since: int = _ANY_TIME) -> bool:
    """Tell whether there is a letter to be claimed, that waits since an instant if one is given."""
    rows = await source.rows(
        f"SELECT 1 AS n FROM letters WHERE {_DUE} LIMIT 1", now, waiting_since, now + _NO_PAUSE
    )
    return bool(rows)


async def claim_letters(
    tx: Transaction,
    *,
    owner: str,
    now: int,
    lease_until: int,
    most: int,
    waiting_since: int = _ANY_TIME,
) -> list[FrozenLetter]:
    """Lease due letters to one sender; nobody else gets them until the lease runs out.

    Those that somebody waits for come first, then those that are due the longest; with
    `waiting_since` only letters that wait since then.
    """
    return await collect(
        tx,
        FrozenLetter,
        "UPDATE letters SET lease_owner = $4, lease_until = $5 WHERE id IN"
        f" (SELECT id FROM letters WHERE {_DUE} ORDER BY patient, next_at, id"
        f" LIMIT $6 {SKIP_LOCKED})"
        f" RETURNING {_FROZEN}",
        now,
        waiting_since,
        now + _NO_PAUSE,
        owner,
        lease_until,
        most,
    )


async def settle_letter(
    tx: Transaction,
    *,
    letter_id: str,
    owner: str,
    state: str,
    outcome: str,
    next_at: int,
    sent_at: int | None,
    trouble_at: int | None = None,
    counts: bool = True,
) -> bool:
    """Write an attempt's outcome and end its lease; False if the lease was lost meanwhile.

    A letter dropped during the attempt stays dropped, unless it has gone out. With `trouble_at`
    the operator is to be told; an attempt that does not count says nothing about the letter.
    """
    touched = await tx.execute(
        "UPDATE letters SET state = $3, outcome = $4, next_at = $5, sent_at = $6,"
        " trouble_at = CASE WHEN $3 = 'deferred' THEN trouble_at ELSE $7 END,"
        " told_at = CASE WHEN $3 = 'deferred' THEN told_at ELSE NULL END,"
        " attempts = attempts + $8, lease_until = 0, lease_owner = ''"
        " WHERE id = $1 AND lease_owner = $2"
        " AND (state IN ('queued', 'deferred') OR $3 = 'sent')",
        letter_id,
        owner,
        state,
        outcome,
        next_at,
        sent_at,
        trouble_at,
        int(counts),
    )
    return touched == 1


async def end_lease(tx: Transaction, letter_id: str, owner: str) -> None:
    """Put back a letter that its sender did not begin; it is due as before."""
    await tx.execute(
        "UPDATE letters SET lease_until = 0, lease_owner = '' WHERE id = $1 AND lease_owner = $2",
        letter_id,
        owner,
    )


async def save_letter(tx: Transaction, letter: Letter) -> None:
    """Write a letter's state and due time, as the operator changed them: its way begins anew."""
    await tx.execute(
        "UPDATE letters SET state = $2, next_at = $3, outcome = $4, waiting_since = $3,"
        " trouble_at = NULL, told_at = NULL,"
        " attempts = CASE WHEN $2 = 'queued' THEN 0 ELSE attempts END,"
        " lease_until = 0, lease_owner = '' WHERE id = $1",
        letter.id,
        letter.state,
        letter.next_at,
        letter.outcome,
    )


async def list_contact_letters(
    source: Queries, contact_id: str, most: int, *, recipient: str = ""
) -> list[Letter]:
    """Return the latest letters to a contact (at one address, so spelled), newest first."""
    return await collect(
        source,
        Letter,
        f"SELECT {_LETTER} FROM letters WHERE contact_id = $1 AND ($2 = '' OR recipient = $2)"
        " ORDER BY created_at DESC, id LIMIT $3",
        contact_id,
        recipient,
        most,
    )


async def list_waiting(source: Queries, contact_id: str) -> list[Letter]:
    """Return the letters that still wait to go to a contact, newest first."""
    return await collect(
        source,
        Letter,
        f"SELECT {_LETTER} FROM letters"
        " WHERE contact_id = $1 AND state IN ('queued', 'deferred', 'held')"
        " ORDER BY created_at DESC, id",
        contact_id,
    )


async def list_undelivered(source: Queries, contact_id: str) -> list[Letter]:
    """Return what a contact has not got, newest first: letters that still wait, and failed ones.

    A failed one counts while its document is open and no later letter has brought that.
    """
    return await collect(
        source,
        Letter,
        f"SELECT {columns(Letter, 'l')} FROM letters l"
        " LEFT JOIN documents d ON d.id = l.document_id WHERE l.contact_id = $1"
        " AND (l.state IN ('queued', 'deferred', 'held')"
        " OR (l.state = 'failed' AND l.kind = 'document' AND d.state = 'open'"
        " AND NOT EXISTS (SELECT 1 FROM letters n WHERE n.contact_id = l.contact_id"
        " AND n.document_id = l.document_id AND n.state = 'sent'"
        " AND n.created_at > l.created_at)))"
        " ORDER BY l.created_at DESC, l.id",
        contact_id,
    )


async def drop_waiting(tx: Transaction, contact_id: str, outcome: str) -> int:
    """Drop every letter that still waits to go to a contact; return how many."""
    return await tx.execute(
        "UPDATE letters SET state = 'dropped', outcome = $2"
        " WHERE contact_id = $1 AND state IN ('queued', 'deferred', 'held')",
        contact_id,
        outcome,
    )


async def drop_document(tx: Transaction, document_id: str, outcome: str) -> int:
    """Drop every letter that still waits to bring a document, or thanks for it; return how many."""
    return await tx.execute(
        "UPDATE letters SET state = 'dropped', outcome = $2 WHERE document_id = $1"
        " AND kind IN ('document', 'paid') AND state IN ('queued', 'deferred', 'held')",
        document_id,
        outcome,
    )


async def latest_letter_to(source: Queries, contact_id: str) -> Letter | None:
    """Return the newest letter about a document to a contact."""
    return await find(
        source,
        Letter,
        f"SELECT {_LETTER} FROM letters WHERE contact_id = $1 AND document_id IS NOT NULL"
        " ORDER BY created_at DESC, id LIMIT 1",
        contact_id,
    )


async def list_client_letters(source: Queries, client_id: str, most: int) -> list[Letter]:
    """Return the latest letters to a client's contacts, newest first."""
    return await collect(
        source,
        Letter,
        f"SELECT {_LETTER} FROM letters WHERE contact_id IN"
        " (SELECT id FROM contacts WHERE client_id = $1) ORDER BY created_at DESC, id LIMIT $2",
        client_id,
        most,
    )


async def find_letters(source: Queries, first: str, last: str) -> list[Letter]:
    """Return up to two letters whose ids lie between two texts: enough to tell if it is one."""
    sql = f"SELECT {_LETTER} FROM letters WHERE id BETWEEN $1 AND $2 ORDER BY id LIMIT 2"
    return await collect(source, Letter, sql, first, last)


async def leased_until(source: Queries, letter_id: str) -> int:
    """Return when the lease on a letter runs out; one in the past or 0 is none."""
    rows = await source.rows("SELECT lease_until FROM letters WHERE id = $1", letter_id)
    until: int = rows[0]["lease_until"]
    return until


async def hold_waiting(tx: Transaction, contact_id: str, outcome: str) -> int:
    """Hold every letter that waits to go to a contact; return how many."""
    return await tx.execute(
        "UPDATE letters SET state = 'held', outcome = $2, trouble_at = NULL"
        " WHERE contact_id = $1 AND state IN ('queued', 'deferred')",
        contact_id,
        outcome,
    )


async def release_held(tx: Transaction, contact_id: str, because: str, now: int) -> int:
    """Let go what is held for a contact, if its outcome begins with a reason; return how many."""
    return await tx.execute(
        "UPDATE letters SET state = 'queued', outcome = '', next_at = $3, waiting_since = $3,"
        " attempts = 0"
        " WHERE contact_id = $1 AND state = 'held' AND substr(outcome, 1, $4) = $2",
        contact_id,
        because,
        now,
        len(because),
    )


async def mark_bounced(tx: Transaction, letter_id: str, outcome: str, now: int) -> bool:
    """Note that a letter came back; False unless it had been sent and not come back before."""
    touched = await tx.execute(
        "UPDATE letters SET state = 'bounced', outcome = $2, trouble_at = $3, told_at = NULL"
        " WHERE id = $1 AND state = 'sent'",
        letter_id,
        outcome,
        now,
    )
    return touched == 1
