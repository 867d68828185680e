"""A turn at what one node does at a time: taken, kept while it is used, left to others at the end.

A node that dies or is paused loses its turn after a while, and another goes on in its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from maild.clock import HOUR, Clock, Instant
from maild.errors import MaildError
from maild.store.database import Database, Transaction
from maild.store.turns import end_turn, keep_turn, take_turn


class TurnLost(MaildError):
    """Another node has taken the turn meanwhile."""


@dataclass(slots=True)
class Turn:
    """One node's turn at something; `length` is how long it lasts without being kept.

    Where there is one node only, it is always its turn and nothing is written.
    """

    db: Database
    clock: Clock
    name: str
    owner: str
    length: int
    alone: bool
    _until: Instant = field(default=0, init=False)

    async def take(self) -> bool:
        """Take the turn, or keep it before half of it is over; False while it is another's."""
        now = self.clock()
        if self.alone or now + self.length // 2 < self._until <= now + self.length:
            return True
        until = now + self.length

        async def work(tx: Transaction) -> bool:
            return await take_turn(tx, self.name, self.owner, now, until, until + HOUR)

        mine = await self.db.transact(work)
        self._until = until if mine else 0
        return mine

    async def keep(self, tx: Transaction) -> None:
        """Keep the turn as part of what is done in it; raises `TurnLost` if it is another's."""
        until = self.clock() + self.length
        if not self.alone and not await keep_turn(tx, self.name, self.owner, until):
            raise TurnLost(f"another node goes on with {self.name}")

    async def end(self) -> None:
        """Leave the turn to whoever wants it."""
        if self._until:
            self._until = 0
            await self.db.transact(lambda tx: end_turn(tx, self.name, self.owner))
