"""Letters in trouble: those that failed, came back, are held or wait long, until that is told."""

from __future__ import annotations

from dataclasses import dataclass

from maild.model import Letter
from maild.store.database import Queries, Transaction, collect, columns, end_of, only

_UNTOLD = "trouble_at IS NOT NULL AND told_at IS NULL AND state NOT IN ('sent', 'dropped')"

# what waits is one, whether or not it has been tried
_STATE = "CASE WHEN state IN ('queued', 'deferred') THEN 'waiting' ELSE state END"
# spelt as the index on what is due has it
_ON_ITS_WAY = "state NOT IN ('held', 'sent', 'bounced', 'failed', 'dropped')"
_LATE = (
    f"{_ON_ITS_WAY} AND waiting_since <= $1 AND trouble_at IS NULL"
    " AND kind NOT IN ('operator', 'digest')"
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many letters of one state are in a trouble not told yet, the oldest since when.

    Letters that are queued or deferred have the state `waiting` here.
    """

    state: str
    letters: int
    since: int


async def is_untold(source: Queries) -> bool:
    """Tell whether any trouble has not been told."""
    return bool(await source.rows(f"SELECT 1 AS n FROM letters WHERE {_UNTOLD} LIMIT 1"))


async def count_untold(source: Queries) -> list[Tally]:
    """Return what has not been told, counted by state."""
    return await collect(
        source,
        Tally,
        f"SELECT {_STATE} AS state, COUNT(*) AS letters, MIN(waiting_since) AS since"
        f" FROM letters WHERE {_UNTOLD} GROUP BY 1 ORDER BY 1",
    )


async def list_untold(source: Queries, state: str, most: int) -> list[Letter]:
    """Return letters of one state whose trouble has not been told, the oldest first."""
    return await collect(
        source,
        Letter,
        f"SELECT {columns(Letter)} FROM letters WHERE {_UNTOLD} AND {_STATE} = $1"
        " ORDER BY waiting_since, id LIMIT $2",
        state,
        most,
    )


async def mark_told(tx: Transaction, now: int, letter_id: str = "") -> int:
    """Note that the trouble of one letter, or all there is, has been told; return of how many."""
    return await tx.execute(
        f"UPDATE letters SET told_at = $1 WHERE {_UNTOLD} AND {only('id', '$2', letter_id)}",
        now,
        letter_id,
    )


async def find_late(source: Queries, before: int) -> bool:
    """Tell whether a letter waits since before an instant, and nobody took note."""
    rows = await source.rows(f"SELECT 1 AS n FROM letters WHERE {_LATE} LIMIT 1", before)
    return bool(rows)


async def note_late(tx: Transaction, before: int, now: int) -> int:
    """Take letters that wait since before an instant for trouble; return how many more these are.

    Not letters to the operator: news of them would wait as well.
    """
    return await tx.execute(
        f"UPDATE letters SET trouble_at = $2, told_at = NULL WHERE {_LATE}", before, now
    )


async def find_oldest(source: Queries) -> int | None:
    """Return since when the oldest letter waits that is on its way, or None."""
    rows = await source.rows(f"SELECT MIN(waiting_since) AS since FROM letters WHERE {_ON_ITS_WAY}")
    since: int | None = rows[0]["since"]
    return since


async def waits(source: Queries, occurrence_start: str) -> bool:
    """Tell whether a letter is still on its way whose occurrence begins so."""
    rows = await source.rows(
        "SELECT 1 AS n FROM letters WHERE occurrence >= $1 AND occurrence < $2"
        f" AND {_ON_ITS_WAY} LIMIT 1",
        occurrence_start,
        end_of(occurrence_start),
    )
    return bool(rows)
