"""A line-up: much at once, and yet what has to do with each other in the order in which it came."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable


class Place:
    """One piece of work in hand: it waits for those before it that share a name with it."""

    def __init__(self, before: Iterable[Place]) -> None:
        self._before = tuple(before)
        self._names: frozenset[str] = frozenset()
        self._named = asyncio.Event()
        self._ended = asyncio.Event()

    async def come(self, names: Iterable[str]) -> bool:
        """Wait for those before it that share one of these names; tell whether there were any.

        Until each of those before has told its own names nobody knows whether it shares one.
        """
        self._names = frozenset(names)
        self._named.set()
        for other in self._before:
            await other._named.wait()
        rivals = [other for other in self._before if other._names & self._names]
        for other in rivals:
            await other._ended.wait()
        return bool(rivals)

    def end(self) -> None:
        """Let those behind go on, however it ended."""
        self._named.set()
        self._ended.set()


def line_up(count: int) -> list[Place]:
    """Return so many places, the first to come first."""
    places: list[Place] = []
    for _ in range(count):
        places.append(Place(places))
    return places
