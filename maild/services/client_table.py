"""A table of clients as other programs write it: CSV, read into rows that know their lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from maild.errors import BadInput

if TYPE_CHECKING:
    from _csv import Reader

_MOST_BYTES = 64 * 1024 * 1024
_SEPARATORS = (",", ";", "\t")
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_WORKBOOK = b"PK\x03\x04"
# how headings are spelt, without case, blanks and signs; the first is the one we teach
HEADINGS: Mapping[str, Sequence[str]] = {
    "name": (
        "name",
        "client",
        "clientname",
        "customer",
        "customername",
        "company",
        "companyname",
        "organisation",
        "organization",
        "displayname",
    ),
    "ref": (
        "ref",
        "reference",
        "clientref",
        "code",
        "id",
        "clientid",
        "customerid",
        "clientnumber",
        "customernumber",
        "customerno",
        "accountnumber",
    ),
    "email": ("email", "emailaddress", "mail", "contactemail"),
    "contact": ("contact", "contactname", "contactperson", "person"),
    "first": ("firstname", "forename", "givenname"),
    "last": ("lastname", "surname", "familyname"),
}


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One row: the line it begins on, its cells as they are, and what is known of a client.

    A `fault` says why it cannot be understood; what is missing is empty.
    """

    line: int
    cells: tuple[str, ...]
    name: str = ""
    ref: str = ""
    email: str = ""
    contact: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ClientTable:
    """A whole table; `unused` are the headings of columns that say nothing to maild.

    One that was not UTF-8 is taken for Windows-1252 (`guessed`).
    """

    headings: tuple[str, ...]
    rows: tuple[ClientRow, ...]
    unused: tuple[str, ...]
    guessed: bool


def read_clients(path: Path) -> ClientTable:
    """Return the table in a CSV file (RFC 4180; commas, semicolons or tabs between its cells).

    Raises `BadInput`, with the line where there is one, for a file that is no such table.
    """
    text, guessed = _decode(path, _read(path))
    separator = max(_SEPARATORS, key=lambda one: _rate(text, one))
    records = _split(path, text, separator)
    line, headings = next(records, (1, ()))
    columns = _find_columns(path, line, headings)
    rows = [_read_row(columns, len(headings), *record) for record in records]
    if not rows:
        raise BadInput(f"{path}: no row stands under the headings {_list(headings)}")
    used = set(columns.values())
    unused = (h for at, h in enumerate(headings) if at not in used and h)
    return ClientTable(headings, tuple(rows), tuple(unused), guessed)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from None
    if len(content) > _MOST_BYTES:
        raise BadInput(f"{path}: is larger than 64 MiB; import it in parts")
    if content.startswith(_WORKBOOK):
        raise BadInput(f'{path}: is a workbook; save it as "CSV UTF-8" and import that')
    return content


def _decode(path: Path, content: bytes) -> tuple[str, bool]:
    """Return the text, and whether its encoding had to be guessed."""
    marked = next((code for mark, code in _MARKS.items() if content.startswith(mark)), "utf-8")
    text = _try(content, marked)
    guessed = text is None and marked == "utf-8"
    if guessed:
        text = _try(content, "cp1252")
    if text is None:
        raise BadInput(f'{path}: is neither UTF-8 nor Windows-1252 text; save it as "CSV UTF-8"')
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadInput(f"{path}:{line}: holds a NUL, which no text does: is it a CSV file?")
    return text, guessed


def _try(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _rate(text: str, separator: str) -> tuple[int, int]:
    """Return how many headings a separator makes known ones of, and how many in all."""
    try:
        cells: list[str] = next(filter(any, _open(text, separator)), [])
    except csv.Error:
        return 0, 0
    return len({_name_of(cell) for cell in cells} - {""}), len(cells)


def _open(text: str, separator: str) -> Reader:
    lines = StringIO(text, newline="")
    return csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)


def _split(path: Path, text: str, separator: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield each record that holds anything: the line it begins on, and its cells."""
    reader = _open(text, separator)
    begins = 1
    try:
        for cells in reader:
            stripped = tuple(cell.strip() for cell in cells)
            if any(stripped):
                yield begins, stripped
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(
            f"{path}:{begins}: the quotation marks of the row that begins here do not match "
            f'({error}); a mark inside a cell is written twice: ""'
        ) from None


def _find_columns(path: Path, line: int, headings: Sequence[str]) -> Mapping[str, int]:
    """Return where each column that we know stands."""
    columns: dict[str, int] = {}
    for at, heading in enumerate(headings):
        name = _name_of(heading)
        if name in columns:
            both = _list((headings[columns[name]], heading))
            raise BadInput(f"{path}:{line}: {both} both hold the {name}; take one of them out")
        if name:
            columns[name] = at
    if not columns.keys() & {"name", "ref"}:
        raise BadInput(
            f"{path}:{line}: no heading says which column holds the clients' names; the first line "
            f"must hold headings such as name, ref, email, contact (found: {_list(headings)})"
        )
    return columns


def _name_of(heading: str) -> str:
    """Return which of our columns a heading names, or nothing."""
    folded = re.sub(r"[\W_]+", "", heading.casefold())
    return next((name for name, spelt in HEADINGS.items() if folded in spelt), "")


def _read_row(
    columns: Mapping[str, int], width: int, line: int, cells: tuple[str, ...]
) -> ClientRow:
    if any(cells[width:]):
        told = f"has {len(cells)} cells under {width} headings"
        return ClientRow(line, cells, fault=f"{told}; a cell with a separator in it needs quotes")
    found = {name: cells[at] for name, at in columns.items() if at < len(cells)}
    person = f"{found.get('first', '')} {found.get('last', '')}".strip()
    return ClientRow(
        line,
        cells,
        name=found.get("name", ""),
        ref=found.get("ref", ""),
        email=found.get("email", ""),
        contact=found.get("contact", "") or person,
    )


def _list(headings: Sequence[str]) -> str:
    return ", ".join(f'"{heading[:40]}"' for heading in headings[:20]) or "nothing"
