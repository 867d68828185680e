"""Command lines as strict as the data: they end in CRLF and in nothing else."""

from __future__ import annotations

import asyncio
from typing import Any


class BareLine(Exception):
    """A line with a CR or LF that stands alone, or with a NUL."""


class StrictReader(asyncio.StreamReader):
    """A reader that refuses what is no line to every server (RFC 5321 section 2.3.8)."""

    async def readuntil(self, separator: Any = b"\n") -> bytes:
        """The next line, as soon as there is an LF; raises BareLine for any other than CRLF."""
        line = await super().readuntil(separator)
        if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line:
            raise BareLine
        return line
