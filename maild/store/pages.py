"""Whole tables read in the order of their keys, a bounded number of bytes at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from hashlib import sha256

from maild.store.database import Queries, Row, Value
from maild.store.tables import Table

_ROWS = 500
_BYTES = 8 * 1024 * 1024


class Digest:
    """All rows of a table in the order of their keys, as one number, and how many they were.

    A NUL counts as the sign that stands for it where an engine keeps none in a text.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._hash = sha256()

    def add(self, table: Table, page: Sequence[Row]) -> None:
        """Take the next rows in."""
        self.rows += len(page)
        for row in page:
            for column in table.columns:
                self._hash.update(_spell(row[column]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digest) and self._known() == other._known()

    __hash__ = None  # type: ignore[assignment]

    def _known(self) -> tuple[int, bytes]:
        return self.rows, self._hash.digest()


async def read_pages(
    source: Queries, table: Table, where: str = "1 = 1"
) -> AsyncIterator[Sequence[Row]]:
    """Yield all rows of a table, or those of a condition.

    A page holds no more than about 8 MB of the table's bytes, unless one row alone does.
    """
    size = " + ".join(("0", *(f"COALESCE(LENGTH({name}), 0)" for name in table.bulk)))
    others = tuple(name for name in table.columns if name not in table.key)
    after: Sequence[Value] = ()
    while heads := await _read(source, table, where, (f"{size} AS size",), after):
        last = find_key(table, heads[_fit([row["size"] for row in heads]) - 1])
        yield await _read(source, table, where, others, after, last)
        after = last


async def count_rows(source: Queries, table: Table) -> int:
    """Return how many rows a table has."""
    return int((await source.rows(f"SELECT COUNT(*) AS n FROM {table.name}"))[0]["n"])


def find_key(table: Table, row: Row) -> list[Value]:
    """Return the values of a row's key."""
    return [row[name] for name in table.key]


def marks(number: int, *, start: int = 1) -> str:
    """Return so many placeholders, from `$start` on."""
    return ", ".join(f"${n}" for n in range(start, start + number))


async def _read(
    source: Queries,
    table: Table,
    where: str,
    columns: Sequence[str],
    after: Sequence[Value],
    last: Sequence[Value] = (),
) -> Sequence[Row]:
    """Return the key and these columns of the next rows behind one key, and up to another."""
    key, width = ", ".join(table.key), len(table.key)
    bounds = [f"({key}) > ({marks(width)})"] if after else []
    bounds += [f"({key}) <= ({marks(width, start=len(after) + 1)})"] if last else []
    told = " AND ".join((where, *bounds))
    chosen = ", ".join((key, *columns))
    sql = f"SELECT {chosen} FROM {table.name} WHERE {told} ORDER BY {key} LIMIT {_ROWS}"
    return await source.rows(sql, *after, *last)


def _fit(sizes: Sequence[int]) -> int:
    """Return how many of the first rows are to be read at once: one at least."""
    total = 0
    for number, size in enumerate(sizes):
        total += size
        if number and total > _BYTES:
            return number
    return len(sizes)


def _spell(value: Value) -> bytes:
    """Return a value so that no two rows of values read alike."""
    if value is None:
        return b"n"
    if isinstance(value, int):
        return b"i%d;" % value
    if isinstance(value, bytes):
        return b"b%d:%b" % (len(value), value)
    content = value.replace("\0", "\ufffd").encode()
    return b"t%d:%b" % (len(content), content)
