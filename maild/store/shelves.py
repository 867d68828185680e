"""A client's documents in long rows, read a page at a time from wherever the last page ended.

Every read starts at a position and goes along an index, so that it costs the same in the first
row and in the ten thousandth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from maild.model import StoredDocument
from maild.states import DocumentState
from maild.store.database import Queries, collect, columns
from maild.store.reach import WITHIN, Reach

# a day as YYYY-MM-DD, an instant, an id
Position = tuple[str, int, str]

UNPAID = "unpaid"
SETTLED = "settled"
_UNDATED = "9999-12-31"
_FIRST: Position = ("", 0, "")
_LAST: Position = ("9999-99-99", 0, "")
_DOCUMENT = columns(StoredDocument, "d")
_OPEN = (DocumentState.OPEN, UNPAID)
# word for word as in the indexes, or they would not be used
_STATES: Mapping[str, str] = {
    DocumentState.OPEN: "d.state = 'open'",
    UNPAID: "d.state = 'open' AND d.total_minor > d.paid_minor",
    SETTLED: "d.state <> 'open'",
}


@dataclass(frozen=True, slots=True)
class Shelf:
    """A stretch of one client's documents, between two positions and in one order.

    `state` is one state, `SETTLED` for all but open, or `UNPAID` for open ones with something to
    pay. Open documents stand by their last day, which comes never where they have none; others by
    their day of issue.
    """

    state: str
    low: Position = _FIRST
    high: Position = _LAST
    latest_first: bool = True


def position_of(shelf: Shelf, document: StoredDocument) -> Position:
    """Return where a document stands on its shelf."""
    day = (document.ends or _UNDATED) if shelf.state in _OPEN else document.issued
    return day, document.created_at, document.id


async def list_shelf(
    source: Queries,
    reach: Reach,
    kind: str,
    shelf: Shelf,
    *,
    beyond: Position | None,
    backward: bool,
    limit: int,
) -> list[StoredDocument]:
    """Return documents of a kind as they stand on a shelf, from beyond a position if one is given.

    Backward, they come in the opposite order.
    """
    falling = shelf.latest_first != backward
    low = shelf.low if falling else beyond or shelf.low
    high = beyond or shelf.high if falling else shelf.high
    named = () if shelf.state in _STATES else (shelf.state,)
    sql = _select(shelf.state, "DESC" if falling else "ASC")
    values = (*reach.values, kind, *low, *high, limit, *named)
    return await collect(source, StoredDocument, sql, *values)


async def count_some(source: Queries, reach: Reach, kind: str, most: int) -> int:
    """Return how many documents of a kind there are, counting no further than `most`."""
    rows = await source.rows(
        "SELECT COUNT(*) AS n FROM"
        f" (SELECT 1 AS one FROM documents d WHERE {WITHIN} AND d.type = $4 LIMIT $5) AS counted",
        *reach.values,
        kind,
        most,
    )
    return int(rows[0]["n"])


def _select(state: str, order: str) -> str:
    day = f"COALESCE(d.ends, '{_UNDATED}')" if state in _OPEN else "d.issued"
    place = f"({day}, d.created_at, d.id)"
    return (
        f"SELECT {_DOCUMENT} FROM documents d WHERE {WITHIN} AND d.type = $4"
        f" AND {_STATES.get(state, 'd.state = $12')} AND {day} >= $5 AND {day} <= $8"
        f" AND {place} > ($5, $6, $7) AND {place} < ($8, $9, $10)"
        f" ORDER BY {day} {order}, d.created_at {order}, d.id {order} LIMIT $11"
    )
