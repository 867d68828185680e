"""Every statement the suite executes, gathered from all of its workers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Statement = Callable[..., Awaitable[Any]]


def overhear(kind: type, heard: set[str]) -> None:
    """Have every statement that goes through connections of a kind added to a set."""
    for name in ("rows", "execute"):
        setattr(kind, name, _listening(getattr(kind, name), heard))


def _listening(run: Statement, heard: set[str]) -> Statement:
    async def listening(self: object, sql: str, *values: object) -> Any:
        heard.add(sql)
        return await run(self, sql, *values)

    return listening
