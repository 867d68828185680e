"""How many letters there are, by state."""

from __future__ import annotations

from collections.abc import Iterable

from maild.states import LetterState
from maild.store.database import Queries

_ANY_TIME = 2**62


async def count_letters(
    source: Queries,
    states: Iterable[LetterState] = LetterState,
    *,
    since: int = 0,
    until: int = _ANY_TIME,
) -> dict[str, int]:
    """Return how many letters, written from an instant until another, are in some states.

    A state in which there is none is not among them.
    """
    named = ", ".join(f"'{state}'" for state in states)
    rows = await source.rows(
        f"SELECT state, COUNT(*) AS n FROM letters WHERE state IN ({named})"
        " AND created_at >= $1 AND created_at < $2 GROUP BY state",
        since,
        until,
    )
    return {row["state"]: int(row["n"]) for row in rows}
