"""Whose turn it is: so many letters are under way at once, the others wait in the order they came.

A letter whose turn comes gets a connection that its predecessor hands on, or room for its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

from maild.errors import Busy

Letter = TypeVar("Letter")
Line = TypeVar("Line")


class Waiting(Generic[Letter, Line]):
    """A letter that waits; `turn` is the connection handed on to it, None for one of its own."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.turn: asyncio.Future[Line | None] = asyncio.get_running_loop().create_future()


class Turns(Generic[Letter, Line]):
    """The turns of letters: `room` at once, nobody waits longer than `patience` (seconds)."""

    def __init__(self, room: int, patience: float) -> None:
        self._room = room
        self._patience = patience
        self._waiting: deque[Waiting[Letter, Line]] = deque()

    async def take(self, letter: Letter) -> Line | None:
        """Wait for a letter's turn; raises `Busy`. Who has had a turn gives it back."""
        if self._room > 0:
            self._room -= 1
            return None
        waiting = Waiting[Letter, Line](letter)
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(self._patience):
                return await waiting.turn
        except BaseException as error:
            self._withdraw(waiting)
            if isinstance(error, TimeoutError):
                raise Busy("no connection to the mail server came free in time") from None
            raise

    def give_back(self) -> None:
        """End a turn; the next letter has one."""
        self._room += 1
        while self._room > 0 and self._waiting:
            self.hand(self._waiting.popleft(), None)

    def first(self) -> Letter | None:
        """Return the letter whose turn is next, or None."""
        return self._waiting[0].letter if self._waiting else None

    def call(self) -> Waiting[Letter, Line]:
        """Take the next letter out of the queue, to `hand` it its turn soon."""
        return self._waiting.popleft()

    def hand(self, waiting: Waiting[Letter, Line], line: Line | None) -> bool:
        """Give a letter that was called its turn; False if it has gone meanwhile."""
        if waiting.turn.done():
            return False
        self._room -= 1
        waiting.turn.set_result(line)
        return True

    def _withdraw(self, waiting: Waiting[Letter, Line]) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)
        elif not waiting.turn.cancelled():
            # its turn came at that very moment
            self.give_back()
