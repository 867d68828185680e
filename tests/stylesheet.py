"""What a page asks of whoever shows it: its elements, and every feature of its CSS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

Feature = tuple[str, str]

_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_WORD = re.compile(r"[-a-z]+", re.IGNORECASE)
_UNIT = re.compile(r"(?<![\w#.-])[-+]?(?:\d+\.?\d*|\.\d+)([a-z]+|%)", re.IGNORECASE)
_FUNCTION = re.compile(r"([-a-z]+)\(", re.IGNORECASE)
_MEDIA = re.compile(r"\(\s*([-a-z]+)")
_SPECIAL = re.compile(r"::?[-a-z]+|\[[^\]]*\]|[>+~*]")
# properties that programs know by some of their values
_BY_VALUE = {"display", "position", "float", "white-space", "font-weight"}


class _Reader(HTMLParser):
    """Collects elements, their own styles, and the sheets of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.styles: list[str] = []
        self.sheets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.styles += [value or "" for name, value in attrs if name == "style"]

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style":
            self.sheets.append(data)


def find_features(html: str) -> set[Feature]:
    """Return the features of a page as (kind, name), such as ("unit", "px")."""
    reader = _Reader()
    reader.feed(html)
    found = {("element", name) for name in reader.elements}
    for style in reader.styles:
        found |= set(_read_declarations(style))
    for sheet in reader.sheets:
        found |= set(_read_sheet(_COMMENT.sub("", sheet)))
    return found


def _read_sheet(sheet: str) -> Iterator[Feature]:
    """Walk a sheet's blocks; one with blocks in it belongs to an at-rule."""
    at = 0
    while (opened := sheet.find("{", at)) >= 0:
        head, end = sheet[at:opened].strip(), _find_end(sheet, opened)
        inner = sheet[opened + 1 : end]
        if head.startswith("@"):
            name = head.split("(")[0].split()[0]
            media = _MEDIA.findall(head)
            yield from (("at-rule", f"{name} ({feature})") for feature in media or ["?"])
            yield from _read_sheet(inner)
        else:
            yield from (("selector", found) for found in _SPECIAL.findall(head))
            yield from _read_declarations(inner)
        at = end + 1
    if rest := sheet[at:].strip():
        yield "at-rule", rest


def _find_end(sheet: str, opened: int) -> int:
    depth = 0
    for place in range(opened, len(sheet)):
        depth += {"{": 1, "}": -1}.get(sheet[place], 0)
        if not depth:
            return place
    raise ValueError(f"a block is not closed: {sheet[opened : opened + 60]}")


def _read_declarations(text: str) -> Iterator[Feature]:
    for declaration in filter(str.strip, _STRING.sub("''", text).split(";")):
        name, colon, value = declaration.partition(":")
        if not colon or not _WORD.fullmatch(name.strip()):
            raise ValueError(f"not a declaration: {declaration}")
        name, value = name.strip().lower(), value.replace("!important", "").strip()
        yield "property", name
        if name in _BY_VALUE:
            yield "value", f"{name}: {value}"
        yield from (("unit", unit.lower()) for unit in _UNIT.findall(value))
        yield from (("function", called) for called in _FUNCTION.findall(value))
