"""A client's ledger: what was charged and what was paid, out of invoices and payments.

Its anchor is what the open invoices say now; the past is that minus what has come in since. An
entry counts from the day it bears, or from the day it was made where that came first: what a
client has been sent counts, though it be dated ahead. Void invoices, and what was paid on them,
have never counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from maild.store.database import Queries, build
from maild.store.reach import WITHIN, Reach

Amounts = Mapping[str, int]

_OPEN = (
    "SELECT 'open' AS kind, '' AS number, '' AS dated, 0 AS created_at, d.currency,"
    " SUM(d.total_minor - d.paid_minor) AS minor FROM documents d"
    f" WHERE {WITHIN} AND d.type = 'invoice' AND d.state = 'open' GROUP BY d.currency"
)
_ENTRIES = (
    "SELECT 'invoice' AS kind, d.number, d.issued AS dated, d.created_at, d.currency,"
    " d.total_minor AS minor FROM documents d"
    f" WHERE {WITHIN} AND d.type = 'invoice' AND d.state <> 'void'"
    " UNION ALL SELECT 'payment', d.number, p.paid_on, p.created_at, d.currency, -p.amount_minor"
    " FROM documents d JOIN payments p ON p.document_id = d.id"
    f" WHERE {WITHIN} AND d.type = 'invoice' AND d.state <> 'void'"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """The beginning of a day: its date as ISO text, and the instant."""

    day: str
    instant: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One invoice or payment: its own date (ISO), when it was made, minor units.

    What a client owes more is positive, what it owes less negative.
    """

    kind: str
    number: str
    dated: str
    created_at: int
    currency: str
    minor: int


async def sum_open(source: Queries, reach: Reach) -> Amounts:
    """Return what is owed now, per currency, in minor units."""
    rows = await source.rows(_OPEN, *reach.values)
    return {row["currency"]: int(row["minor"]) for row in rows}


async def read_ledger(
    source: Queries, reach: Reach, start: Moment, end: Moment, most: int
) -> tuple[Amounts, list[LedgerLine]]:
    """Return what was owed before `end`, per currency, and the lines from `start` until then.

    Of more lines than `most`, those with the latest dates are returned; they come latest first.
    One statement reads it all, so that what it tells is of one moment.
    """
    rows = await source.rows(
        f"WITH entries AS NOT MATERIALIZED ({_ENTRIES}) {_OPEN}"
        " UNION ALL SELECT 'later', '', '', 0, e.currency, -SUM(e.minor) FROM entries e"
        " WHERE e.dated >= $6 AND e.created_at >= $7 GROUP BY e.currency"
        " UNION ALL SELECT * FROM"
        " (SELECT e.kind, e.number, e.dated, e.created_at, e.currency, e.minor FROM entries e"
        " WHERE e.dated >= $4 AND e.created_at >= $5 AND (e.dated < $6 OR e.created_at < $7)"
        " ORDER BY e.dated DESC, e.created_at DESC LIMIT $8) latest",
        *reach.values,
        start.day,
        start.instant,
        end.day,
        end.instant,
        most,
    )
    lines = [build(LedgerLine, dict(row) | {"minor": int(row["minor"])}) for row in rows]
    owed: dict[str, int] = {}
    for line in lines:
        if line.kind in {"open", "later"}:
            owed[line.currency] = owed.get(line.currency, 0) + line.minor
    entries = [line for line in lines if line.kind not in {"open", "later"}]
    return owed, sorted(entries, key=lambda line: (line.dated, line.created_at), reverse=True)
