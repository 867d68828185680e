"""A message as signatures see it: raw header fields and the body, byte for byte.

It is cut where `parse` cuts it, so that what a signature covers is what is acted on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from maild.mail.parse import Caps, split_head

# name as written, and what follows the colon, folds and the last CRLF included
Field = tuple[bytes, bytes]

_FIELD = re.compile(rb"([!-9;-~]{1,120})[ \t]*:(.*)", re.DOTALL)
# these say who wrote, when and how to read it: twice, and two readers may each believe another
_ONCE = frozenset(
    {b"from", b"subject", b"date", b"message-id", b"content-type", b"content-transfer-encoding"}
)


@dataclass(frozen=True)
class RawMessage:
    """The header fields, topmost first, and the body; every line ends with CRLF."""

    fields: tuple[Field, ...]
    body: bytes
    # whether every reader finds the same fields in it
    sound: bool

    def all(self, name: bytes) -> tuple[Field, ...]:
        """Return every field of that name (lower case), topmost first."""
        return tuple(self._named.get(name, ()))

    @cached_property
    def _named(self) -> Mapping[bytes, Sequence[Field]]:
        named: dict[bytes, list[Field]] = {}
        for field in self.fields:
            named.setdefault(field[0].lower(), []).append(field)
        return named

    def hash_body(self, form: bytes) -> bytes:
        """Return the SHA-256 of the body in canonical form, b"simple" or b"relaxed"."""
        return self._relaxed_hash if form == b"relaxed" else self._simple_hash

    @cached_property
    def _simple_hash(self) -> bytes:
        """RFC 6376 section 3.4.3."""
        return sha256(_trim(self.body) + b"\r\n").digest()

    @cached_property
    def _relaxed_hash(self) -> bytes:
        """RFC 6376 section 3.4.4."""
        body = self.body.replace(b"\t", b" ")
        # each turn halves every run of blanks
        while b"  " in body:
            body = body.replace(b"  ", b" ")
        body = _trim(body.replace(b" \r\n", b"\r\n").removesuffix(b" "))
        return sha256(body + b"\r\n" if body else b"").digest()


def read_raw(content: bytes) -> RawMessage:
    """Return the fields and the body of a message; raises `Unparseable` as `parse` does."""
    head, body = split_head(content, Caps())
    fields = tuple(_cut_fields(head))
    names = [name.lower() for name, _ in fields]
    doubled = any(names.count(name) > 1 for name in _ONCE)
    bare = b"\r" in head.replace(b"\r\n", b"")
    return RawMessage(fields, _end_lines(body), sound=not doubled and not bare)


def _cut_fields(head: bytes) -> list[Field]:
    folded: list[list[bytes]] = []
    for line in head.replace(b"\r\n", b"\n").split(b"\n"):
        if line[:1] in (b" ", b"\t") and folded:
            folded[-1].append(line)
        elif line and not line.startswith((b"From ", b">From ")):
            folded.append([line])
    found = (_FIELD.fullmatch(b"\r\n".join(lines) + b"\r\n") for lines in folded)
    return [(field[1], field[2]) for field in found if field]


def _end_lines(body: bytes) -> bytes:
    if body.count(b"\n") == body.count(b"\r\n"):
        return body
    return body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _trim(body: bytes) -> bytes:
    """Return a body without the empty lines at its end."""
    trimmed = body.rstrip(b"\r\n")
    rest = body[len(trimmed) :]
    return trimmed if rest == b"\r\n" * (len(rest) // 2) else body
