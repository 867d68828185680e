"""Long lists a page at a time: what is unpaid first, then the rest, latest first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from maild.errors import BadInput
from maild.model import StoredDocument
from maild.states import DocumentState
from maild.store.database import Queries
from maild.store.reach import Reach
from maild.store.shelves import SETTLED, UNPAID, Position, Shelf, list_shelf, position_of

PAGE = 50

# a shelf's place in its row, then a position on it
_KEY = re.compile(r"(\d)\.(\d{4}-\d\d-\d\d)\.(\d{1,18})\.([A-Za-z0-9-]{1,64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """Documents in order, and the keys of the pages on both sides where there are any."""

    documents: tuple[StoredDocument, ...]
    before: str
    after: str


def shelves_for(kind: str, today: date) -> Mapping[str, tuple[Shelf, ...]]:
    """Return by status, `all` first, the shelves that hold a client's documents of a kind.

    Open invoices stand by due date, so that the longest overdue come first; open estimates by
    their last day. Everything else stands latest first. A credit is open, but never unpaid.
    """
    turn = (today.isoformat(), 0, "")
    rest = Shelf(SETTLED)
    if kind == "invoice":
        unsettled = Shelf(DocumentState.OPEN, latest_first=False)
        unpaid = Shelf(UNPAID, latest_first=False)
        overdue = Shelf(UNPAID, high=turn, latest_first=False)
        shelves = {"all": (unsettled, rest), "unpaid": (unpaid,), "overdue": (overdue,)}
        states = [DocumentState.PAID, DocumentState.VOID]
    else:
        valid = Shelf(DocumentState.OPEN, low=turn, latest_first=False)
        expired = Shelf(DocumentState.OPEN, high=turn)
        shelves = {"all": (valid, expired, rest), "open": (valid,), "expired": (expired,)}
        states = [DocumentState.ACCEPTED, DocumentState.DECLINED, DocumentState.VOID]
    return shelves | {state.value: (Shelf(state),) for state in states}


async def turn_page(
    source: Queries,
    reach: Reach,
    kind: str,
    shelves: Sequence[Shelf],
    *,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """Return the page after or before a key, or the first; raises `BadInput` for a strange key."""
    key = before or after
    start, beyond = _read_key(key, shelves) if key else (0, None)
    found: list[tuple[int, StoredDocument]] = []
    for index in range(start, -1, -1) if before else range(start, len(shelves)):
        batch = await list_shelf(
            source,
            reach,
            kind,
            shelves[index],
            beyond=beyond,
            backward=bool(before),
            limit=size + 1 - len(found),
        )
        found += [(index, document) for document in batch]
        beyond = None
        if len(found) > size:
            break
    more = len(found) > size
    shown = found[:size][::-1] if before else found[:size]
    return Page(
        documents=tuple(document for _, document in shown),
        before=_write_key(shown[0], shelves) if shown and (more if before else after) else "",
        after=_write_key(shown[-1], shelves) if shown and (more or before) else "",
    )


def _write_key(place: tuple[int, StoredDocument], shelves: Sequence[Shelf]) -> str:
    index, document = place
    day, made, document_id = position_of(shelves[index], document)
    return f"{index}.{day}.{made}.{document_id}"


def _read_key(key: str, shelves: Sequence[Shelf]) -> tuple[int, Position]:
    found = _KEY.fullmatch(key)
    if found is None or int(found[1]) >= len(shelves):
        raise BadInput("there is no such page")
    return int(found[1]), (found[2], int(found[3]), found[4])
